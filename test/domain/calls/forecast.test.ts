/** When a list will be through: an estimate, exact where the arithmetic is. */
import { expect, test } from "vitest";
import { forecast } from "../../../src/domain/calls/forecast.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { CallingHours } from "../../../src/domain/hours/calling-hours.ts";
import { campaign, NOON, PLACE } from "../../support/domain.ts";

const plan = (contacts: number, changes: Partial<typeof campaign> = {}) => {
  const given = { ...campaign, ...changes };
  return forecast(given, new Map([[PLACE, contacts]]), new CallingHours(given), NOON);
};

test("nobody to call is never", () => expect(plan(0)).toEqual({ firstDialAt: null, throughAt: null }));

test("within one day: one gap per contact", () => {
  expect(plan(30, { delay: MINUTE })).toEqual({ firstDialAt: NOON, throughAt: NOON + 30 * MINUTE });
});

test("the daily cap sends the rest to the next opening", () => {
  // 100 today, 20 on Tuesday from 9:00.
  expect(plan(120, { delay: 2 * SECOND }).throughAt).toBe(NOON + 21 * HOUR + 20 * 2 * SECOND);
});

test("the hours send the rest to the next opening, over the weekend too", () => {
  const { throughAt } = plan(1000, { delay: MINUTE, dailyCap: 10_000 });
  // 300 on Monday from noon, 480 on Tuesday, 220 on Wednesday.
  expect(Math.abs((throughAt ?? 0) - (NOON + 2 * DAY - 3 * HOUR + 220 * MINUTE))).toBeLessThan(5 * MINUTE);
});

test("a list that is never through within a year is said to be so", () => {
  expect(plan(1_000_000, { dailyCap: 10 }).throughAt).toBeNull();
});
