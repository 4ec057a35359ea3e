import { expect, test } from "vitest";
import { budgetInWords, formatBudget, parseBudget, reserveFor, settled } from "../../../src/domain/calls/budget.ts";
import { parsePrices } from "../../../src/domain/calls/prices.ts";

const budget = {
  micros: 50_000_000,
  currency: "USD",
  prices: parsePrices("prefix,per_minute,per_dial\n1,0.1,0.002", "USD"),
};
const reserve = reserveFor(budget, "+12025550123", { ringSeconds: 45, maxDurationSeconds: 600 });

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
  expect(reserveFor(budget, "+447700900123", { ringSeconds: 45, maxDurationSeconds: 600 })).toBeNull();
});

const ended = { wasDialed: true, ending: "completed", talkSeconds: null, byUs: false } as const;
test.each([
  ["never left", { ...ended, wasDialed: false, ending: "no_agent" }, 0],
  ["left too late", { ...ended, ending: "released" }, 0],
  ["nobody answered", { ...ended, ending: "no_answer" }, 2_000],
  ["the trunk failed", { ...ended, ending: "trunk_error" }, 2_000],
  ["hung up by us while it rang", { ...ended, ending: "hung_up", byUs: true }, 102_000],
  ["talked for 58 s", { ...ended, talkSeconds: 58 }, 102_000],
  ["talked for 59 s, or a minute on the carrier's clock", { ...ended, talkSeconds: 59 }, 202_000],
  ["found ended days later", { ...ended, talkSeconds: 90_000 }, 1_102_000],
  ["lost", { ...ended, ending: "lost" }, 1_102_000],
  ["lost in conversation", { ...ended, ending: "lost", talkSeconds: 3 }, 1_102_000],
  ["said to be over, and nobody saw the answer", ended, 1_102_000],
] as const)("an attempt that %s", (_, how, micros) => {
  expect(reserve && settled(reserve, how).micros).toBe(micros);
});

test("what is left is said in words", () => {
  expect(budgetInWords(budget, { spent: 49_500_000, reserved: 300_000 }, 1_102_000)).toBe(
    "budget of 50.00 USD: 49.50 spent, 0.30 reserved, 0.20 left; the next call may cost 1.102",
  );
});
