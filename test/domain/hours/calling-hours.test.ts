/** When a campaign may call whom: its hours, the contact's clock, the local rules, all at once. */
import { describe, expect, test } from "vitest";
import { CallingHours, type CallingHoursSettings } from "../../../src/domain/hours/calling-hours.ts";
import { parseDays, parseHours } from "../../../src/domain/hours/window.ts";
import { placeKey, placeOf } from "../../../src/domain/phones/place.ts";

const at = (iso: string): number => Date.parse(iso);
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());
const place = (number: string): string => placeKey(placeOf(number, null));

const NEW_YORK = place("+12125550123");
const LOS_ANGELES = place("+13105550123");
const LONDON = place("+447700900123");
const UNKNOWN = "?";

const hours = (changes: Partial<CallingHoursSettings> & { hours?: string; days?: string } = {}): CallingHours => {
  const { hours = "9-17", days = "mon-fri", ...settings } = changes;
  const window = { days: parseDays(days), ...parseHours(hours) };
  const plain = {
    timeZone: "America/New_York",
    hoursIn: "contact",
    rules: "none",
    rulesTable: null,
    ringSeconds: 45,
  } as const;
  return new CallingHours({ ...plain, window, ...settings });
};

describe("the contact's own clock", () => {
  test("calling hours in the server's own time zone: both the campaign's and the contact's clock must be in them", () => {
    // Tuesday 09:00 in New York is 06:00 in Los Angeles, which opens at 12:00 in New York.
    const morning = at("2026-11-24T14:00:00Z");
    expect(hours().isOpen(NEW_YORK, morning)).toBe(true);
    expect(hours().isOpen(LOS_ANGELES, morning)).toBe(false);
    expect(iso(hours().next(LOS_ANGELES, morning))).toBe("2026-11-24T17:00:00.000Z");
    expect(hours().why(LOS_ANGELES, morning)).toEqual([
      "outside mon-fri 9:00-17:00 on the contact's clock, America/Los_Angeles",
    ]);
  });

  test("--hours-in campaign looks at the campaign's clock alone", () => {
    expect(hours({ hoursIn: "campaign" }).isOpen(LOS_ANGELES, at("2026-11-24T14:00:00Z"))).toBe(true);
  });

  test("an unknown time zone opened the gate: it is never callable, and said so", () => {
    const noon = at("2026-11-24T17:00:00Z");
    expect(hours().next(UNKNOWN, noon)).toBeNull();
    expect(hours().next("", noon)).toBeNull();
    expect(hours().why(UNKNOWN, noon)).toEqual(["nobody knows the time zone of the number"]);
    expect(hours({ hoursIn: "campaign", rules: "" }).next(UNKNOWN, noon)).toBeNull();
    // Whoever asks for neither hours nor rules there has nothing to check.
    expect(hours({ hoursIn: "campaign" }).isOpen(UNKNOWN, noon)).toBe(true);
  });

  test("hours that never meet are never, not a search without end", () => {
    expect(hours({ timeZone: "Asia/Tokyo" }).next(NEW_YORK, at("2026-11-24T09:00:00Z"))).toBeNull();
  });
});

describe("local rules", () => {
  test("without a choice the national rule of the contact's country holds", () => {
    const always = { hours: "0-24", days: "all", rules: "" };
    // 21:30 in New York, 02:30 in London.
    const late = at("2026-11-25T02:30:00Z");
    expect(hours(always).isOpen(NEW_YORK, late)).toBe(false);
    expect(hours(always).why(NEW_YORK, late)[0]).toMatch(/^rule US \(.*\) allows every day 8:00-21:00 there$/);
    expect(iso(hours(always).next(NEW_YORK, late))).toBe("2026-11-25T13:00:00.000Z");
    expect(iso(hours(always).next(LONDON, late))).toBe("2026-11-25T09:00:00.000Z");
    expect(hours({ ...always, rules: "none" }).isOpen(NEW_YORK, late)).toBe(true);
  });

  test("an operator's own table replaces the program's", () => {
    const table = JSON.stringify({
      meta: { version: "2026-11-24" },
      rules: [
        {
          id: "US",
          name: "ours",
          parent: null,
          content: "marketing",
          voice: "any",
          line: "any",
          windows: [{ days: ["tue"], start: "10:00", end: "11:00" }],
          holidays: null,
          caps: [{ max: 1, per_hours: 8, scope: "number" }],
          consent: null,
          hours_lifted_by: null,
          basis: "law",
          effective_from: null,
          flags: [],
          confidence: "high",
          verified_on: "2026-11-24",
          sources: ["us"],
          notes: "",
        },
      ],
    });
    const own = hours({ hours: "0-24", days: "all", rules: "", rulesTable: table });
    expect(own.isOpen(NEW_YORK, at("2026-11-24T15:30:00Z"))).toBe(true);
    expect(own.isOpen(NEW_YORK, at("2026-11-24T16:30:00Z"))).toBe(false);
    expect(own.caps(NEW_YORK)).toMatchObject([{ rule: "US", max: 1 }]);
  });
});

test("no phone is rung so late that it would ring on after the hours", () => {
  const nearly = at("2026-11-24T21:59:30Z"); // 16:59:30 in New York
  expect(hours({ ringSeconds: 20 }).isOpen(NEW_YORK, nearly)).toBe(true);
  expect(hours({ ringSeconds: 45 }).isOpen(NEW_YORK, nearly)).toBe(false);
  expect(hours({ ringSeconds: 45 }).why(NEW_YORK, nearly)).toEqual([
    "too little is left of the calling hours for the phone to ring",
  ]);
  expect(iso(hours({ ringSeconds: 45 }).closes(NEW_YORK, at("2026-11-24T20:00:00Z")))).toBe("2026-11-24T21:59:15.000Z");
});

test("asking in any order gives the same answers: what is remembered changes nothing", () => {
  const instants = Array.from({ length: 60 }, (_, n) => at("2026-11-23T00:00:00Z") + ((n * 37) % 60) * 3_600_000);
  const remembering = hours();
  for (const instant of instants)
    for (const where of [NEW_YORK, LOS_ANGELES, LONDON])
      expect(remembering.next(where, instant)).toBe(hours().next(where, instant));
});
