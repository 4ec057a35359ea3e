import { expect, test } from "vitest";
import { forecastBudget } from "../../../src/domain/calls/budget-forecast.ts";
import { parsePrices } from "../../../src/domain/calls/price-table.ts";

const prices = parsePrices("prefix,per_minute,per_dial\n1,0.1,0.01\n44,0.2,0", "USD");
const budget = (micros: number) => ({ micros, currency: "USD", prices });
const UNSPENT = { spent: 0, reserved: 0 };
/** Half of the calls last a minute, half two. */
const usual = { answerRate: 0.5, talks: [50, 110] };

test("one price: what is expected, what may come of it, and how far the budget goes", () => {
  const forecast = forecastBudget(budget(5_000_000), UNSPENT, new Map([["1", 100]]), 118, usual);
  // (0.01 + 0.15) and 0.01, half of each; 0.21 at most.
  expect(forecast).toMatchObject({ expected: 8_500_000, most: 21_000_000, covers: 58, coversSurely: 23, unpriced: 0 });
});

test("several prices, what was spent, and numbers without one", () => {
  const contacts = new Map([
    ["1", 10],
    ["44", 10],
    ["", 3],
  ]);
  const spent = { spent: 900_000, reserved: 100_000 };
  const forecast = forecastBudget(budget(9_000_000), spent, contacts, 118, { ...usual, answerRate: 1 });
  expect(forecast).toMatchObject({ expected: 4_600_000, most: 6_100_000, covers: 20, coversSurely: 20, unpriced: 3 });
});

test("a budget that is too small for the longest call makes none, however short most are", () => {
  const forecast = forecastBudget(budget(200_000), UNSPENT, new Map([["1", 100]]), 118, usual);
  expect(forecast).toMatchObject({ covers: 0, coversSurely: 0 });
  expect(forecastBudget(budget(1), { spent: 2, reserved: 0 }, new Map([["1", 1]]), 118, usual).covers).toBe(0);
});
