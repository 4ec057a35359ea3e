/** Prices → JSON. */
import { type Budget, leftOf, type Spending } from "../domain/calls/budget.ts";
import type { BudgetForecast } from "../domain/calls/budget-forecast.ts";
import type { Cost } from "../engine/ports/carrier.ts";

const MICROS = 1e6;

export const costJson = ({ unit, micros, calls }: Cost) => ({
  unit,
  amount: micros / MICROS,
  calls,
});

export const amountOf = (micros: number): number => micros / MICROS;

export const budgetJson = (budget: Pick<Budget, "micros" | "currency">, spending: Spending) => ({
  amount: amountOf(budget.micros),
  currency: budget.currency,
  spent: amountOf(spending.spent),
  reserved: amountOf(spending.reserved),
  left: amountOf(leftOf(budget, spending)),
});

export const budgetForecastJson = ({ budget, ...forecast }: BudgetForecast) => ({
  ...budgetJson(budget, forecast),
  answer_rate: forecast.answerRate,
  expected: amountOf(forecast.expected),
  most: amountOf(forecast.most),
  covers: forecast.covers,
  covers_surely: forecast.coversSurely,
  unpriced: forecast.unpriced,
});
