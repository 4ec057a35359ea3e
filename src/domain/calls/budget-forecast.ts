/** What a list will cost, as far as that can be said before, with one dial for each contact. */
import { type Budget, leftOf, type Spending } from "./budget.ts";
import { CLOCKS_APART_SECONDS, costOf, mostOf } from "./prices.ts";

/** What callees are expected to do. */
export interface Expected {
  /** Of all dials, from 0 to 1. */
  readonly answerRate: number;
  /** Seconds, one as likely as the other. */
  readonly talks: readonly number[];
}

/** Amounts in millionths. */
export interface BudgetForecast extends Spending {
  readonly budget: Budget;
  /** Contacts by the prefix that has their price. */
  readonly byPrefix: ReadonlyMap<string, number>;
  readonly answerRate: number;
  /** What all of them cost as expected, and if each call were as long as it can be. */
  readonly expected: number;
  readonly most: number;
  /** Contacts that what is left is expected to do for, and does in any case. */
  readonly covers: number;
  readonly coversSurely: number;
  /** Contacts whose number has no price: nobody calls them. */
  readonly unpriced: number;
}

/** `byPrefix`: contacts by the prefix that has their price; the empty one: none has. `longest`: longestCall. */
export function forecastBudget(
  budget: Budget,
  spending: Spending,
  byPrefix: ReadonlyMap<string, number>,
  longest: number,
  { answerRate, talks }: Expected,
): BudgetForecast {
  const sums = { contacts: 0, expected: 0, most: 0, unpriced: 0 };
  let dearest = 0;
  for (const [prefix, contacts] of byPrefix) {
    const rate = budget.prices[prefix];
    if (rate === undefined) {
      sums.unpriced += contacts;
      continue;
    }
    const talked = talks.reduce((sum, seconds) => sum + costOf(rate, seconds + CLOCKS_APART_SECONDS), 0) / talks.length;
    const most = mostOf(rate, longest);
    sums.contacts += contacts;
    sums.expected += Math.ceil(contacts * (answerRate * talked + (1 - answerRate) * costOf(rate, null)));
    sums.most += contacts * most;
    dearest = Math.max(dearest, most);
  }
  const { contacts, ...rest } = sums;
  const left = Math.max(0, leftOf(budget, spending));
  const enoughFor = (all: number): number => (all <= left ? contacts : Math.floor((left / all) * contacts));
  const coversSurely = Math.min(contacts, dearest === 0 ? contacts : Math.floor(left / dearest));
  return {
    budget,
    byPrefix,
    ...spending,
    ...rest,
    answerRate,
    // The last ones need more than they will cost.
    covers: left < dearest ? 0 : Math.max(coversSurely, enoughFor(sums.expected)),
    coversSurely,
  };
}
