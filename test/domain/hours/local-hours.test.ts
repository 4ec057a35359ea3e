/**
 * Calling hours against vectors made by an independent minute scan, and against themselves under random windows.
 * A rule about hours belongs here: the lowest door.
 */
import { isTimeZone } from "../../../src/domain/time/zone.ts";
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  closesAt,
  closesAtOfAll,
  formatWindow,
  type Hours,
  InvalidHours,
  isOpen,
  isOpenOfAll,
  localDay,
  nextLocalDay,
  nightHours,
  nextOpening,
  nextOpeningOfAll,
  parseDays,
  parseWindows,
  parseHours,
  type Schedule,
  type Weekday,
  WEEKDAYS,
  type Window,
} from "../../../src/domain/hours/local-hours.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../../src/domain/time/instant.ts";

const days = z.array(z.enum(WEEKDAYS));
const vector = z.object({
  id: z.string(),
  instant: z.string(),
  callable: z.boolean(),
  next_opening: z.string().nullable(),
  closes_at: z.string().nullable(),
  holidays: z.array(z.string()).optional(),
});
const hourWindow = z
  .object({ start_hour: z.number(), end_hour: z.number(), days })
  .transform((w): Window => ({ days: w.days, start: w.start_hour * 60, end: w.end_hour * 60 }));
const minuteWindow = z
  .object({ start: z.string(), end: z.string(), days })
  .transform((w): Window => ({ days: w.days, ...parseHours(`${w.start}-${w.end}`) }));
const file = z
  .object({
    vectors: z.array(vector.extend({ zone: z.string(), window: hourWindow })),
    multi_zone_vectors: z.array(vector.extend({ zones: z.array(z.string()), window: hourWindow })),
    schedule_vectors: z.array(vector.extend({ zone: z.string(), windows: z.array(minuteWindow) })),
  })
  .parse(JSON.parse(readFileSync(new URL("../data/window_vectors.json", import.meta.url), "utf8")));

const cases = [
  ...file.vectors.map((v) => ({ ...v, zones: [v.zone], windows: [v.window] })),
  ...file.multi_zone_vectors.map((v) => ({ ...v, windows: [v.window] })),
  ...file.schedule_vectors.map((v) => ({ ...v, zones: [v.zone] })),
];

const at = (text: string): Instant => Date.parse(text);
const iso = (instant: Instant | null) =>
  instant === null ? null : new Date(instant).toISOString().replace(".000Z", "Z");
const window = (hours: string, on = "all"): Window => ({ days: parseDays(on), ...parseHours(hours) });
const schedule = (hours: string, on = "all"): Schedule => ({ windows: [window(hours, on)] });

describe("vectors of an independent minute scan", () => {
  test.for(cases)("$id", (v) => {
    const hours: Schedule = { windows: v.windows, ...(v.holidays && { holidays: v.holidays }) };
    const instant = at(v.instant);
    expect(isOpenOfAll([{ schedule: hours, zones: v.zones }], instant)).toBe(v.callable);
    expect(iso(nextOpening(hours, v.zones, instant))).toBe(v.next_opening);
    expect(iso(closesAt(hours, v.zones, instant))).toBe(v.closes_at);
  });
});

describe("what went wrong in other dialers", () => {
  test("the window Mon 22-02 was closed at Tue 01:00, since the day was taken from the clock", () => {
    const night = schedule("22-2", "mon");
    expect(isOpen(night, "Europe/London", at("2027-01-12T01:00Z"))).toBe(true);
    expect(isOpen(night, "Europe/London", at("2027-01-11T01:00Z"))).toBe(false);
  });

  test("calling hours were kept in the server's own time zone", () => {
    const office = schedule("9-17", "mon-fri");
    const noonInLondon = at("2027-01-13T12:00Z");
    expect(isOpen(office, "Europe/London", noonInLondon)).toBe(true);
    expect(isOpen(office, "America/New_York", noonInLondon)).toBe(false);
  });

  test("an unknown time zone opened the gate", () => {
    const always = schedule("0-24");
    expect(nextOpening(always, [], 0)).toBeNull();
    expect(closesAt(always, [], 0)).toBeNull();
    expect(isOpenOfAll([{ schedule: always, zones: [] }], 0)).toBe(false);
    expect(() => isOpen(always, "Mars/Olympus", 0)).toThrow(RangeError);
  });

  test("the daily counter's day was UTC while the hours were local", () => {
    const evening = at("2027-01-14T04:30Z");
    expect(localDay("America/Los_Angeles", evening)).toBe("2027-01-13");
    expect(iso(nextLocalDay("America/Los_Angeles", evening))).toBe("2027-01-14T08:00:00Z");
  });

  test("a window of equal hours was taken for the whole day", () => {
    expect(isOpen({ windows: [{ days: WEEKDAYS, start: 540, end: 540 }] }, "UTC", at("2027-01-13T09:00Z"))).toBe(false);
  });

  test("a night window that opened on a holiday went on after midnight", () => {
    const night: Schedule = { windows: [window("22-2")], holidays: ["2026-12-25"] };
    expect(isOpen(night, "UTC", at("2026-12-25T00:30Z"))).toBe(false);
    expect(isOpen(night, "UTC", at("2026-12-26T00:30Z"))).toBe(false);
    expect(iso(nextOpening(night, ["UTC"], at("2026-12-26T00:30Z")))).toBe("2026-12-26T22:00:00Z");
    expect(iso(closesAt(night, ["UTC"], at("2026-12-24T23:00Z")))).toBe("2026-12-25T00:00:00Z");
  });

  test("EST was read as Eastern Time and was an hour off all summer", () => {
    expect(isTimeZone("America/New_York")).toBe(true);
    expect(isTimeZone("US/Eastern")).toBe(true);
    for (const name of ["EST", "MST", "UTC", "Etc/GMT-5", "+05:30", "Mars/Olympus", "America/Nowhere", "", "Europe"])
      expect(isTimeZone(name)).toBe(false);
  });
});

describe("schedules that hold on some dates only", () => {
  const night = at("2027-01-31T23:30Z");
  const since: Schedule = { ...schedule("9-17"), since: "2027-02-01" };

  test("a rule was kept before it came into force", () => {
    expect(isOpen(since, "UTC", night)).toBe(true);
    expect(iso(closesAt(since, ["UTC"], night))).toBe("2027-02-01T00:00:00Z");
    expect(iso(nextOpening(since, ["UTC"], at("2027-02-01T00:00Z")))).toBe("2027-02-01T09:00:00Z");
    // The date is the local one: in Auckland it is the first of February already.
    expect(isOpen(since, "Pacific/Auckland", night)).toBe(true);
    expect(isOpen(since, "Pacific/Auckland", at("2027-01-31T19:00Z"))).toBe(false);
  });

  test("a shorter day closes nothing on other days", () => {
    const eve: Schedule = { ...schedule("10-19"), only: ["2027-12-24"] };
    expect(isOpen(eve, "UTC", at("2027-12-24T09:30Z"))).toBe(false);
    expect(isOpen(eve, "UTC", at("2027-12-23T09:30Z"))).toBe(true);
    expect(iso(closesAt(eve, ["UTC"], at("2027-12-23T12:00Z")))).toBe("2027-12-24T00:00:00Z");
    expect(iso(nextOpening(eve, ["UTC"], at("2027-12-24T20:00Z")))).toBe("2027-12-25T00:00:00Z");
  });

  test("a year whose holidays nobody knew was taken to have none", () => {
    const known: Schedule = { ...schedule("9-17"), holidays: [], known: ["2026-01-01", "2026-12-31"] };
    expect(isOpen(known, "UTC", at("2026-12-31T16:59Z"))).toBe(true);
    expect(nextOpening(known, ["UTC"], at("2026-12-31T17:00Z"))).toBeNull();
    expect(iso(nextOpening(known, ["UTC"], at("2025-12-24T12:00Z")))).toBe("2026-01-01T09:00:00Z");
  });
});

describe("hours of several clocks at once", () => {
  const campaign: Hours = { schedule: schedule("9-17", "mon-fri"), zones: ["Europe/London"] };
  const contact: Hours = { schedule: schedule("8-20"), zones: ["America/New_York", "America/Chicago"] };

  test("open only where the campaign's and the contact's hours meet", () => {
    const morning = at("2027-01-13T09:00Z");
    expect(isOpenOfAll([campaign, contact], morning)).toBe(false);
    // 08:00 in Chicago is 14:00 in London.
    expect(iso(nextOpeningOfAll([campaign, contact], morning))).toBe("2027-01-13T14:00:00Z");
    expect(iso(closesAtOfAll([campaign, contact], at("2027-01-13T14:00Z")))).toBe("2027-01-13T17:00:00Z");
  });

  test("no hours at all are no restriction", () => {
    expect(isOpenOfAll([], 0)).toBe(true);
    expect(nextOpeningOfAll([], 5)).toBe(5);
  });

  test("hours that meet only while the clocks of two countries are out of step are found", () => {
    // London is 4 hours ahead of New York, not 5, for two weeks in March.
    const never: Hours[] = [
      { schedule: schedule("12-13"), zones: ["Europe/London"] },
      { schedule: schedule("8-9"), zones: ["America/New_York"] },
    ];
    expect(iso(nextOpeningOfAll(never, at("2027-01-01T00:00Z")))).toBe("2027-03-14T12:00:00Z");
  });
});

describe("local days", () => {
  test.each([
    ["midnight is skipped", "Africa/Cairo", "2027-04-29T12:00Z", "2027-04-29T22:00:00Z"],
    ["midnight comes twice", "America/Havana", "2027-11-06T12:00Z", "2027-11-07T04:00:00Z"],
    ["a date is skipped", "Pacific/Apia", "2011-12-30T09:00Z", "2011-12-30T10:00:00Z"],
    ["23 hours", "America/New_York", "2027-03-14T05:00Z", "2027-03-15T04:00:00Z"],
    ["before 1970", "UTC", "1969-12-31T23:59Z", "1970-01-01T00:00:00Z"],
  ])("%s", (_, zone, from, next) => {
    expect(iso(nextLocalDay(zone, at(from)))).toBe(next);
    expect(localDay(zone, at(next)) > localDay(zone, at(next) - 1)).toBe(true);
  });
});

describe("hours as text", () => {
  test.each<[string, readonly Weekday[]]>([
    ["mon-fri", ["mon", "tue", "wed", "thu", "fri"]],
    ["Fri, mon,WED", ["mon", "wed", "fri"]],
    ["fri-mon", ["mon", "fri", "sat", "sun"]],
    ["monday-tues,sat", ["mon", "tue", "sat"]],
    ["all", WEEKDAYS],
    ["sun", ["sun"]],
  ])("days %s", (text, expected) => expect(parseDays(text)).toEqual(expected));

  test.each(["", "mon-", "m-f", "mon fri", "mon-wed-fri", "monsoon", "0-6", "mon,,tue"])("no days: %s", (text) =>
    expect(() => parseDays(text)).toThrow(InvalidHours),
  );

  test.each([
    ["9-17", 540, 1020],
    ["9:30-17", 570, 1020],
    ["09:00 - 21:30", 540, 1290],
    ["22-6", 1320, 360],
    ["0-24", 0, 1440],
    ["0-0", 0, 0],
    ["22-0", 1320, 0],
    ["9am-5pm", 540, 1020],
    ["9:30am-5PM", 570, 1020],
    [" 9 am - 12 pm", 540, 720],
    ["12pm-12:30pm", 720, 750],
    ["12am-6am", 0, 360],
    ["12:15am-1am", 15, 60],
    ["5pm-12am", 1020, 0],
    ["10pm-6am", 1320, 360],
    ["12am-12am", 0, 0],
  ])("hours %s", (text, start, end) => expect(parseHours(text)).toEqual({ start, end }));

  test.each(["", "9", "9-", "9-25", "9-24:01", "24-6", "9-9", "9:60-17", "9-12-17", "-9-17", "9.5-17"])(
    "no hours: %s",
    (text) => expect(() => parseHours(text)).toThrow(/^expected .*, got /),
  );

  test.each([
    ["9-5", "9:00-5:00 is the night, up to 5:00 the next morning; 9am-5pm is 9:00-17:00"],
    ["8:30-6", "8:30-6:00 is the night, up to 6:00 the next morning; 8:30am-6pm is 8:30-18:00"],
    ["9-12,12-5", "12:00-5:00 is the night, up to 5:00 the next morning; 12pm-5pm is 12:00-17:00"],
    // Nobody means the day with these.
    ["22-6", null],
    ["9-17", null],
    ["10pm-6am", null],
    ["9-0", null],
    ["0-24", null],
  ])("%s is perhaps not meant as the night: %s", (text, words) => expect(nightHours(parseWindows(text))).toBe(words));

  // Read one way, 5-9pm would ring people at five in the morning.
  test.each([
    "5-9pm",
    "9-5pm",
    "9am-17",
    "13pm-2pm",
    "0am-5pm",
    "9:60am-5pm",
    "9xm-5pm",
    "9am-9am",
    "9am",
    "9ampm-5pm",
  ])("no hours, or none that are sure: %s", (text) => expect(() => parseHours(text)).toThrow(/^expected .*, got /));

  test.each([
    ["mon-fri 9:00-17:00", window("9-17", "mon-fri")],
    ["mon-wed,fri,sat 9:30-24:00", window("9:30-24", "mon-wed,fri,sat")],
    ["all 22:00-6:00", window("22-6")],
    ["never 9:00-17:00", { days: [], start: 540, end: 1020 }],
  ])("%s", (text, value) => expect(formatWindow(value)).toBe(text));
});

describe("any window, any zone, any time", () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const windows = fc
    .record({ days: fc.subarray([...WEEKDAYS]), start: minute, end: fc.integer({ min: 0, max: 1440 }) })
    .filter(({ start, end }) => start !== end || start === 0);
  const zones = fc.constantFrom(
    "UTC",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Europe/London",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
  );
  const instants = fc.integer({ min: at("2010-01-01"), max: at("2035-01-01") });
  const hours = fc.record({
    schedule: fc.record({ windows: fc.array(windows, { minLength: 1, maxLength: 3 }) }),
    zones: fc.array(zones, { minLength: 1, maxLength: 3 }),
  });

  test("the wall clock is Temporal's", () => {
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const clock = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
        const start = clock.hour * 60 + clock.minute;
        const on = WEEKDAYS.filter((_, day) => day === clock.dayOfWeek - 1);
        expect(isOpen({ windows: [{ days: on, start, end: start + 1 }] }, zone, instant)).toBe(true);
        expect(localDay(zone, instant)).toBe(clock.toPlainDate().toString());
      }),
      { numRuns: 1000 },
    );
  });

  test("nextOpening is open, and nothing opens before it", () => {
    fc.assert(
      fc.property(fc.array(hours, { minLength: 1, maxLength: 2 }), instants, fc.integer(), (all, from, seed) => {
        const opening = nextOpeningOfAll(all, from);
        if (opening !== null) expect(isOpenOfAll(all, opening)).toBe(true);
        const until = Math.min(opening ?? Infinity, from + 14 * DAY);
        const step = 7 * MINUTE + (Math.abs(seed) % (2 * HOUR));
        for (let t = from; t < until; t += step) expect(isOpenOfAll(all, t)).toBe(false);
        if (opening !== null && opening > from) expect(isOpenOfAll(all, opening - 1)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("closesAt is closed, and nothing closes before it", () => {
    fc.assert(
      fc.property(fc.array(hours, { minLength: 1, maxLength: 2 }), instants, fc.integer(), (all, from, seed) => {
        const opening = nextOpeningOfAll(all, from);
        if (opening === null) return;
        const closing = closesAtOfAll(all, opening);
        if (closing !== null) expect(isOpenOfAll(all, closing)).toBe(false);
        const step = 7 * MINUTE + (Math.abs(seed) % (2 * HOUR));
        for (let t = opening; t < (closing ?? opening + 40 * DAY); t += step) expect(isOpenOfAll(all, t)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("the next local day begins with a later date", () => {
    fc.assert(
      fc.property(zones, instants, (zone, from) => {
        const next = nextLocalDay(zone, from);
        expect(next).toBeGreaterThan(from);
        expect(localDay(zone, next) > localDay(zone, from)).toBe(true);
        expect(localDay(zone, next - 1) <= localDay(zone, from)).toBe(true);
      }),
    );
  });

  test("a window is read back as it was written", () => {
    fc.assert(
      fc.property(windows, (value) => {
        if (value.days.length === 0) return;
        const [on = "", of = ""] = formatWindow(value).split(" ");
        expect({ days: parseDays(on), ...parseHours(of) }).toEqual(value);
      }),
    );
  });
});
