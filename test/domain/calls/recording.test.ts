import { describe, expect, test } from "vitest";
import type { ConsentRecord } from "../../../src/domain/calls/consent.ts";
import {
  formatRecordingPlan,
  mayBeRecorded,
  parseRecordingPlan,
  recordingPath,
  takesConsent,
} from "../../../src/domain/calls/recording.ts";
import { parsePlace } from "../../../src/domain/phones/place.ts";
import { HOUR } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";

const plan = (text: string) => parseRecordingPlan(text.split(" "));

describe("how to record", () => {
  test("goes to LiveKit's own storage or to a bucket, required or not", () => {
    expect(plan("file")).toEqual({ bucket: null, prefix: "campaigns", required: false });
    expect(plan("required")).toEqual({ bucket: null, prefix: "campaigns", required: true });
    expect(plan("file:a/b required")).toEqual({ bucket: null, prefix: "a/b", required: true });
    expect(plan("s3://calls-2026")).toEqual({ bucket: "calls-2026", prefix: "campaigns", required: false });
    expect(plan("required s3://calls-2026/spring/")).toEqual({
      bucket: "calls-2026",
      prefix: "spring",
      required: true,
    });
  });

  test.each([
    "",
    "s3",
    "s3://",
    "s3://UPPER/x",
    "s3://bucket/../x",
    "file:../x",
    "file:a b",
    "file:/etc",
    "gcs://b",
    "file s3://bucket",
  ])("%j is refused", (text) => expect(plan(text)).toBeNull());

  test.each(["file:campaigns", "file:a/b required", "s3://calls-2026/spring required"])(
    "%s is spelled as it is read",
    (text) => {
      const read = plan(text);
      expect(read && formatRecordingPlan(read)).toBe(text);
    },
  );

  test("files are named by ids alone", () => {
    const read = plan("s3://calls-2026/spring");
    expect(read && recordingPath(read, "c1", "a1")).toBe("spring/c1/a1.ogg");
    expect(read && recordingPath(read, null, "a1")).toBe("spring/single/a1.ogg");
  });
});

const consent = (changes: Partial<ConsentRecord> = {}): ConsentRecord => ({
  phoneNumber: "+13105550123",
  channel: "ai_voice",
  purpose: "recording",
  level: "express",
  grantedAt: NOON - HOUR,
  source: "form",
  proof: "page 12",
  expiresAt: null,
  revokedAt: null,
  ...changes,
});

describe("consent to be recorded", () => {
  test.each(["US-NY America/New_York", "US-TX America/Chicago"])("is not asked for in %s", (place) =>
    expect(takesConsent(parsePlace(place))).toBe(false),
  );
  test.each([
    "US-CA America/Los_Angeles",
    "US-WA America/Los_Angeles",
    "US *",
    "US/CA *",
    "GB Europe/London",
    "DE Europe/Berlin",
    "?",
    "",
  ])("is asked for in %j", (place) => expect(takesConsent(parsePlace(place))).toBe(true));

  const california = parsePlace("US-CA America/Los_Angeles");

  test("is one of its own, proven, and still good", () => {
    expect(mayBeRecorded(california, [consent()], NOON)).toBe(true);
    for (const other of [
      consent({ purpose: "marketing" }),
      consent({ proof: null }),
      consent({ expiresAt: NOON }),
      consent({ revokedAt: NOON }),
      consent({ grantedAt: NOON + 1 }),
    ])
      expect(mayBeRecorded(california, [other], NOON)).toBe(false);
    expect(mayBeRecorded(parsePlace("US-NY America/New_York"), [], NOON)).toBe(true);
  });
});
