import { describe, expect, test } from "vitest";
import { readTime } from "../../../src/domain/time/said-time.ts";
import { NOON } from "../../support/domain.ts";

const LONDON = "Europe/London";
const NEW_YORK = "America/New_York";
/** Mon 23 Nov 2026, 12:00 in London, 07:00 in New York. */
const read = (said: string, zone: string | null = LONDON, now = NOON): string => {
  const time = readTime(said, zone, now);
  return "problem" in time ? time.problem : new Date(time.at).toISOString().slice(0, 16);
};

describe("a time that somebody says", () => {
  test.each([
    ["tue 15:00", LONDON, "2026-11-24T15:00"],
    ["Tuesday at 3pm", LONDON, "2026-11-24T15:00"],
    ["tue 15:00", NEW_YORK, "2026-11-24T20:00"],
    ["mon 15:00", LONDON, "2026-11-23T15:00"],
    ["mon 12:00", LONDON, "2026-11-30T12:00"],
    ["mon 11:59", LONDON, "2026-11-30T11:59"],
    ["mon 8:00", NEW_YORK, "2026-11-23T13:00"],
    ["sun 23:59", LONDON, "2026-11-29T23:59"],
    ["today 17:30", LONDON, "2026-11-23T17:30"],
    ["today 9:00", LONDON, "2026-11-23T09:00"],
    ["tomorrow 9:30", LONDON, "2026-11-24T09:30"],
    ["tomorrow 12am", LONDON, "2026-11-24T00:00"],
    ["tomorrow  12:15 pm", LONDON, "2026-11-24T12:15"],
    ["in 2h", LONDON, "2026-11-23T14:00"],
    ["in 90 m", LONDON, "2026-11-23T13:30"],
    ["2026-11-26T15:00", LONDON, "2026-11-26T15:00"],
    ["2026-11-26 15:00", NEW_YORK, "2026-11-26T20:00"],
    ["2026-11-26T15:00:00.000Z", NEW_YORK, "2026-11-26T15:00"],
    ["2026-11-26T15:00+01:00", null, "2026-11-26T14:00"],
    ["2026-11-26T15:00-0500", null, "2026-11-26T20:00"],
    ["2028-02-29T10:00", LONDON, "2028-02-29T10:00"],
  ])("%s in %s is %s", (said, zone, at) => expect(read(said, zone)).toBe(at));

  test.each([
    "",
    "soon",
    "15:00",
    "15",
    "tue",
    "tue 15",
    "tue 25:00",
    "tue 15:60",
    "tue 13pm",
    "tu 15:00",
    "tuesdays 15:00",
    "in 2",
    "in -2h",
    "2026-02-30T10:00",
    "2026-13-01T10:00",
    "2026-11-26T24:00",
    "2026-11-26",
    "26.11.2026 15:00",
    "tue 15:00 or later",
    "__proto__ 15:00",
    "constructor 15:00",
  ])("%j cannot be read", (said) => expect(read(said)).toBe("unreadable"));

  test("without a zone, only an instant can be read", () => {
    expect(["tue 15:00", "2026-11-26T15:00", "in 2h"].map((said) => read(said, null))).toEqual([
      "no_zone",
      "no_zone",
      "2026-11-23T14:00",
    ]);
  });

  test("that a clock change skips, or shows twice, is none", () => {
    const spring = Date.UTC(2027, 2, 27, 12);
    expect(read("tomorrow 1:30", LONDON, spring)).toBe("skipped");
    expect(read("tomorrow 0:59", LONDON, spring)).toBe("2027-03-28T00:59");
    expect(read("tomorrow 2:00", LONDON, spring)).toBe("2027-03-28T01:00");
    const autumn = Date.UTC(2027, 9, 30, 12);
    expect(read("tomorrow 1:30", LONDON, autumn)).toBe("repeated");
    expect(read("tomorrow 2:00", LONDON, autumn)).toBe("2027-10-31T02:00");
    expect(read("2027-10-31T01:30+01:00", LONDON, autumn)).toBe("2027-10-31T00:30");
    expect(read("2027-10-31T01:30+00:00", LONDON, autumn)).toBe("2027-10-31T01:30");
    // A day that a zone left out altogether.
    expect(read("2011-12-30T10:00", "Pacific/Apia", NOON)).toBe("skipped");
  });
});
