import { expect, test } from "vitest";
import { budgetInWords, formatBudget, parseBudget, reserveFor, settled } from "../../../src/domain/calls/budget.ts";
import type { Ending } from "../../../src/domain/calls/ending.ts";
import { parsePrices } from "../../../src/domain/calls/price-table.ts";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";

const budget = {
  micros: 50_000_000,
  currency: "USD",
  prices: parsePrices("prefix,per_minute,per_dial\n1,0.1,0.002", "USD"),
};
const reserve = reserveFor(budget, "+12025550123", 645);

test.each([
  ["50", { micros: 50_000_000, currency: "USD" }],
  ["50.25 eur", { micros: 50_250_000, currency: "EUR" }],
  ["50EUR", { micros: 50_000_000, currency: "EUR" }],
  ["0", null],
  ["-5", null],
  ["much", null],
  ["50 $", null],
])("the budget %j", (text, parsed) => {
  expect(parseBudget(text)).toEqual(parsed);
  if (parsed !== null) expect(parseBudget(formatBudget(parsed))).toEqual(parsed);
});

test("reserved is the most that a call can cost, ringing included", () => {
  // 645 s and 2 s for the clocks: 11 minutes
  expect(reserve?.micros).toBe(1_102_000);
  expect(reserveFor(budget, "+447700900123", 645)).toBeNull();
});

const dialed = { dialedAt: NOON, answeredAt: null };
const talked = { dialedAt: NOON, answeredAt: NOON };
const after = (seconds: number, ending: Ending) => ({ at: NOON + seconds * SECOND, ending, uncertainSeconds: 0 });
test.each([
  ["never left", { dialedAt: null, answeredAt: null }, after(5, "no_agent"), 0],
  ["left too late", dialed, after(5, "released"), 0],
  ["nobody answered", dialed, after(45, "no_answer"), 2_000],
  ["the trunk failed", dialed, after(1, "trunk_error"), 2_000],
  ["hung up by us while it rang", dialed, { ...after(5, "hung_up"), byUs: true }, 102_000],
  ["talked for 58 s", talked, after(58, "completed"), 102_000],
  ["talked for 59 s, or a minute on the carrier's clock", talked, after(59, "completed"), 202_000],
  ["was answered up to 5 s sooner than seen", talked, { ...after(55, "voicemail"), uncertainSeconds: 5 }, 202_000],
  ["was found ended days later", talked, after(90_000, "completed"), 1_102_000],
  ["was lost", dialed, after(60, "lost"), 1_102_000],
  ["was lost in conversation", talked, after(3, "lost"), 1_102_000],
  ["is said to be over, and nobody saw the answer", dialed, after(60, "completed"), 1_102_000],
])("what an attempt costs that %s", (_, attempt, end, micros) => {
  expect(reserve && settled(reserve, attempt, end).micros).toBe(micros);
});

test("what is left is said in words", () => {
  expect(budgetInWords(budget, { spent: 49_500_000, reserved: 300_000 }, 1_102_000)).toBe(
    "budget of 50.00 USD: 49.50 spent, 0.30 reserved, 0.20 left; the next call may cost 1.102",
  );
});
