/** Whose data says what the clock shows: a machine's Node was three releases old, and Manitoba was called at 22:20. */
import moment from "moment-timezone";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { nextOpening, WEEKDAYS } from "../../../src/domain/hours/local-hours.ts";
import { placeOf } from "../../../src/domain/phones/place.ts";
import { Clocks, clocks, type MachineClocks, wallClock } from "../../../src/domain/time/clocks.ts";
import { HOUR, type Instant } from "../../../src/domain/time/instant.ts";
import { SHIPPED_RELEASE, SHIPPED_SPAN, SHIPPED_ZONES } from "../../../src/domain/time/zone-data.ts";

const at = (text: string): Instant => Date.parse(text);
const shown = (zone: string, instant: Instant): string => new Date(wallClock(zone, instant)).toISOString().slice(0, 16);
const machine = (release: string | null, hours = 0): MachineClocks => ({
  release,
  spanAt: () => ({ from: -Infinity, until: Infinity, offset: hours * HOUR }),
});

test.each([
  ["Winnipeg stays on summer time", "America/Winnipeg", "2026-11-25T03:20:00Z", "2026-11-24T22:20"],
  ["Havana too", "America/Havana", "2026-11-25T03:20:00Z", "2026-11-24T23:20"],
  ["Vancouver", "America/Vancouver", "2027-01-15T12:00:00Z", "2027-01-15T05:00"],
  ["Edmonton", "America/Edmonton", "2027-01-15T12:00:00Z", "2027-01-15T06:00"],
  ["Inuvik", "America/Inuvik", "2027-01-15T12:00:00Z", "2027-01-15T06:00"],
  ["Casablanca", "Africa/Casablanca", "2027-01-15T12:00:00Z", "2027-01-15T12:00"],
  ["an old name of it", "Canada/Central", "2026-11-25T03:20:00Z", "2026-11-24T22:20"],
  ["before the data begins", "Europe/London", "2024-07-01T12:00:00Z", "2024-07-01T13:00"],
  ["after it ends", "Europe/London", "2031-07-01T12:00:00Z", "2031-07-01T13:00"],
])("%s", (_, zone, instant, wall) => expect(shown(zone, at(instant))).toBe(wall));

test("a number of Manitoba was called at 22:20, since the machine's data was old", () => {
  const { zones } = placeOf("+12045550123", null);
  const until21 = { windows: [{ days: WEEKDAYS, start: 9 * 60, end: 21 * 60 }] };
  // 21:20 by the clock that Winnipeg kept in other winters.
  expect(nextOpening(until21, zones, at("2026-11-25T02:20:00Z"))).toBe(at("2026-11-25T14:00:00Z"));
});

test("of the program's data and the machine's, the newer counts", () => {
  const noon = at("2026-11-25T12:00:00Z");
  const london = (release: string | null) => new Clocks(machine(release, 5)).spanAt("Europe/London", noon).offset;
  expect(london("2026c")).toBe(0);
  expect(london(null)).toBe(0);
  expect(london(SHIPPED_RELEASE)).toBe(0);
  expect(london("2099a")).toBe(5 * HOUR);
  expect(new Clocks(machine("2099a")).release).toBe("2099a");
});

test("the zones on which they differ are named", () => {
  const now = at("2026-11-25T12:00:00Z");
  const utc = new Clocks(machine("2026c"));
  expect(utc.differing(now)).toContain("Europe/London");
  expect(utc.differing(now)).not.toContain("Africa/Abidjan");
  expect(clocks.differing(SHIPPED_SPAN.last)).toEqual([]);
});

test("a zone too young for the machine ended the process", () => {
  const blind: MachineClocks = {
    release: "2024a",
    spanAt: (zone) => {
      throw new RangeError(`no ${zone}`);
    },
  };
  const old = new Clocks(blind);
  expect(old.spanAt("America/Coyhaique", at("2026-11-25T12:00:00Z")).offset).toBe(-3 * HOUR);
  expect(old.spanAt("America/Coyhaique", at("2031-11-25T12:00:00Z")).offset).toBe(-3 * HOUR);
  expect(() => old.spanAt("Mars/Olympus", 0)).toThrow(RangeError);
});

test("the spans of a zone follow each other without a gap, in our data and beyond it", () => {
  for (const zone of SHIPPED_ZONES) {
    let now = at("2024-12-01T00:00:00Z");
    for (let n = 0; n < 60 && now < at("2030-06-01T00:00:00Z"); n += 1) {
      const span = clocks.spanAt(zone, now);
      expect([zone, span.from <= now, span.until > now]).toEqual([zone, true, true]);
      expect(clocks.spanAt(zone, span.until - 1).offset).toBe(span.offset);
      now = span.until;
    }
  }
});

test("where the machine's data knows no better, both say the same", () => {
  const differ = new Set(clocks.differing(at("2026-11-25T00:00:00Z")));
  for (const zone of SHIPPED_ZONES.filter((name) => !differ.has(name))) {
    const instant = at("2028-07-01T12:00:00Z");
    const theirs = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
    expect([zone, clocks.spanAt(zone, instant).offset]).toEqual([zone, theirs]);
  }
});

/** Only a warning: a new release of the world's clocks must not stop an old commit from being tested. */
test("the data is of the newest release that this checkout has seen", () => {
  const own = process.versions["tz"] ?? "";
  const seen = own > moment.tz.dataVersion ? own : moment.tz.dataVersion;
  if (seen > SHIPPED_RELEASE)
    process.emitWarning(
      `the time-zone data is of ${SHIPPED_RELEASE}, and there is ${seen}: run node scripts/make-zones.js`,
    );
  if (Date.now() > SHIPPED_SPAN.last - 400 * 24 * HOUR)
    process.emitWarning("the time-zone data ends within 400 days: run node scripts/make-zones.js");
  expect(SHIPPED_RELEASE).toMatch(/^20\d\d[a-z]$/);
});
