/** Attempt caps of rules: until when a number is left alone. */
import { expect, test } from "vitest";
import { DAY, HOUR } from "../../../src/domain/time/instant.ts";
import { type Cap, heldUntil } from "../../../src/domain/hours/rule-limits.ts";
import { NOON } from "../../support/domain.ts";

const cap = (max: number, within: number, after: Cap["after"] = "any"): Cap => ({ rule: "R", max, within, after });
const three = cap(3, DAY);

test.each<[string, Cap[], number[], number[], number | null]>([
  ["none so far", [three], [], [], null],
  ["two of three", [three], [NOON - HOUR, NOON - 2 * HOUR], [], null],
  [
    "three of three: when the oldest of them is a day old",
    [three],
    [NOON - HOUR, NOON - 5 * HOUR, NOON - 9 * HOUR],
    [],
    NOON + 15 * HOUR,
  ],
  ["three, and older ones", [three], [1, 2, 3, 30].map((h) => NOON - h * HOUR), [], NOON + 21 * HOUR],
  ["a day ago to the millisecond does not count any more", [cap(1, DAY)], [NOON - DAY], [], null],
  ["the longest of several caps holds", [three, cap(1, 8 * HOUR)], [NOON - HOUR], [], NOON + 7 * HOUR],
  ["no refusal, no rest", [cap(0, 60 * DAY, "refusal")], [NOON - HOUR], [], null],
  ["a refusal: a rest from then on", [cap(0, 60 * DAY, "refusal")], [NOON - DAY], [NOON - DAY], NOON + 59 * DAY],
  ["an old refusal", [cap(0, 60 * DAY, "refusal")], [], [NOON - 61 * DAY], null],
])("%s", (_, caps, dials, refusals, until) => {
  expect(heldUntil(caps, { dials, ownDials: dials, refusals }, NOON)?.until ?? null).toBe(until);
});

test("an owner's own limit counts the owner's dials only, beside the law's, which counts all", () => {
  const dials = [NOON - HOUR, NOON - 2 * HOUR, NOON - 3 * HOUR];
  const history = { dials, ownDials: [NOON - 3 * HOUR], refusals: [] };
  const own: Cap = { ...cap(2, DAY), rule: "own", own: true };
  expect(heldUntil([own], history, NOON)).toBeNull();
  expect(heldUntil([own, three], history, NOON)).toEqual({ until: NOON + 21 * HOUR, rule: "R" });
  expect(heldUntil([{ ...own, max: 1 }], history, NOON)).toEqual({ until: NOON + 21 * HOUR, rule: "own" });
});
