/** Which rows hold for whom. More rules may close hours, never open them. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RULES, formatRuleChoice, parseRuleChoice, rulesFor } from "../../../src/domain/hours/rule-choice.ts";
import { isOpenOfAll } from "../../../src/domain/hours/local-hours.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../../src/domain/time/instant.ts";
import { hoursOf } from "../../../src/domain/hours/rule-limits.ts";
import { InvalidRules, shippedRules } from "../../../src/domain/hours/rules.ts";
import { parsePlace, type Place } from "../../../src/domain/phones/place.ts";

const table = shippedRules();
const choose = (text: string) => (text === "" ? DEFAULT_RULES : parseRuleChoice(text, table));
const rowsOf = (text: string, place: Place) => rulesFor(table, choose(text), place);
const idsOf = (text: string, key: string) => rowsOf(text, parsePlace(key)).map(({ id }) => id);

const FLORIDA = "US-FL America/New_York";
const OHIO = "US-OH America/New_York";
const ILLINOIS = "US-IL America/Chicago";
const FREEPHONE = "US *";
const PUERTO_RICO = "US-PR America/Puerto_Rico";
const LONDON = "GB Europe/London";

test.each([
  ["", FLORIDA, ["US"]],
  ["", FREEPHONE, ["US"]],
  ["", LONDON, ["GB"]],
  ["", "US/CA *", ["US", "CA"]],
  ["", "US-WI America/Chicago", ["US"]],
  ["", "JE Europe/Jersey", ["GB"]],
  ["", "GP America/Guadeloupe", ["FR"]],
  ["", "NZ Pacific/Auckland", []],
  ["", "?", []],
  ["us", FLORIDA, ["US", "US-FL"]],
  ["us", ILLINOIS, ["US", "US-IL", "US-IL-ADAD"]],
  ["us", OHIO, ["US"]],
  ["us", PUERTO_RICO, ["US"]],
  ["us", LONDON, ["GB"]],
  ["gb", FLORIDA, ["US"]],
  ["none", FLORIDA, []],
  ["none", LONDON, []],
  ["none,us", LONDON, []],
  ["none,us", FLORIDA, ["US", "US-FL"]],
  ["US-Debt", FLORIDA, ["US", "US-DEBT"]],
  ["us-debt", LONDON, ["GB"]],
  ["us, us-debt", FLORIDA, ["US", "US-DEBT", "US-FL"]],
  ["us-tx", FLORIDA, ["US"]],
  ["us-fl", FLORIDA, ["US", "US-FL"]],
  ["us-fl", FREEPHONE, ["US", "US-FL"]],
  ["none,us-debt", FLORIDA, ["US-DEBT"]],
  ["in-debt,none", "IN Asia/Calcutta", ["IN-DEBT"]],
])("--rules '%s' for %s", (text, key, ids) => expect(idsOf(text, key)).toEqual(ids));

test("a number that may be in any state keeps the rules of all", () => {
  const american = table.rules.filter(({ country, content }) => country === "US" && content === "marketing");
  expect(rowsOf("us", parsePlace(FREEPHONE))).toEqual(american);
  for (const key of [FLORIDA, OHIO, PUERTO_RICO, FREEPHONE])
    expect(rowsOf("us-strict", parsePlace(key))).toEqual(american);
  expect(idsOf("us-strict", LONDON)).toEqual(["GB"]);
});

test("a row named beside us-strict fell out of it for the other states", () => {
  expect(idsOf("us-strict,us-ky", FLORIDA)).toEqual(idsOf("us-strict", FLORIDA));
});

test("us-strict is Monday to Friday, 10 to 17", () => {
  const monday = Date.parse("2027-02-22T00:00-06:00");
  const hours = hoursOf(rowsOf("us-strict", parsePlace(ILLINOIS)), ["America/Chicago"]);
  for (let half = 0; half < 14 * 24; half += 1)
    for (const moment of [(half * HOUR) / 2, ((half + 1) * HOUR) / 2 - 1]) {
      const hour = (moment % DAY) / HOUR;
      const expected = moment < 5 * DAY && hour >= 10 && hour < 17;
      expect([half, isOpenOfAll(hours, monday + moment)]).toEqual([half, expected]);
    }
});

test("a row for live voices is not for ours", () => {
  const live = { ...table, rules: table.rules.map((rule) => ({ ...rule, voice: "live" as const })) };
  expect(rulesFor(live, choose("us-strict"), parsePlace(FLORIDA))).toEqual([]);
});

test.each(["", "uk", "us-", "strict", "us-strict-debt", "us;gb", "us-wi", "all", "us,,gb"])(
  "a choice that is none: %s",
  (text) => {
    const parse = () => parseRuleChoice(text, table);
    expect(parse).toThrow(InvalidRules);
    expect(parse).toThrow(/^expected rules such as .* got ".*"; there are none, us, ca, gb, .* US-FL,/);
  },
);

test.each([
  ["", ""],
  ["US-STRICT,gb", "us-strict,gb"],
  ["us-strict,us", "us-strict"],
  ["None, us-debt , US", "none,us,us-debt"],
])("'%s' is kept as '%s'", (text, kept) => {
  expect(formatRuleChoice(choose(text))).toBe(kept);
  if (kept !== "") expect(choose(kept)).toEqual(choose(text));
});

const open = (text: string, place: Place, at: Instant) => isOpenOfAll(hoursOf(rowsOf(text, place), place.zones), at);

describe("any place, any time", () => {
  const states = ["FL", "NY", "MS", "LA", "PA", "TX", "OH", "PR", null];
  const zones = ["America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu", "America/Phoenix"];
  const american: fc.Arbitrary<Place> = fc.record({
    country: fc.constant("US"),
    state: fc.constantFrom(...states),
    zones: fc.subarray(zones, { minLength: 1 }),
  });
  const anywhere = fc.oneof(
    american,
    fc.constantFrom(LONDON, "FR Europe/Paris", "IT Europe/Rome", "?").map(parsePlace),
  );
  const instants: fc.Arbitrary<Instant> = fc
    .integer({ min: Date.UTC(2026, 6, 1) / (15 * MINUTE), max: Date.UTC(2030, 1, 1) / (15 * MINUTE) })
    .map((quarters) => quarters * 15 * MINUTE);

  test("us-strict is never open where us is closed, nor us where the default is", () => {
    fc.assert(
      fc.property(american, instants, (place, at) => {
        const [all, own, federal] = [open("us-strict", place, at), open("us", place, at), open("", place, at)];
        expect([all && !own, own && !federal]).toEqual([false, false]);
      }),
      { numRuns: 2000 },
    );
  });

  test("more rules open nothing", () => {
    const words = fc.subarray(["us", "us-strict", "us-debt", "us-ky", "gb", "fr-strict", "it", "in-debt"], {
      minLength: 1,
    });
    fc.assert(
      fc.property(anywhere, instants, words, fc.nat(), (place, at, more, cut) => {
        const fewer = more.slice(0, cut % more.length).join(",");
        if (open(more.join(","), place, at)) expect(open(fewer, place, at)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("a choice is read back as it was written", () => {
    const words = fc.subarray(["none", "us", "gb-strict", "us-debt", "fr", "us-tx"], { minLength: 1 });
    fc.assert(
      fc.property(words, (chosen) => {
        const choice = choose(chosen.join(","));
        expect(parseRuleChoice(formatRuleChoice(choice), table)).toEqual(choice);
      }),
    );
  });
});
