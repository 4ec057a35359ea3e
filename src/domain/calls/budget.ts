/**
 * What a campaign may spend. Whoever hands out a call reserves the most that it can cost, in the same transaction, so that
 * spent and reserved together never pass the budget; what it did cost takes the place of the reserve when it has ended.
 */
import { type Ending, ENDINGS } from "./ending.ts";
import { type Instant, SECOND } from "../time/instant.ts";
import { formatMicros, parseMicros } from "./money.ts";
import { CLOCKS_APART_SECONDS, costOf, mostOf, type Prices, type Rate, rateOf } from "./prices.ts";

export interface Budget {
  /** Millionths of the currency. */
  readonly micros: number;
  /** Such as USD. */
  readonly currency: string;
  readonly prices: Prices;
}

/** What an attempt counts against its campaign's budget: its reserve while it is under way, then its price. */
export interface Charge {
  readonly micros: number;
  readonly rate: Rate;
}

/** Sums over a campaign's attempts, in millionths. `reserved`: those under way, and those of which nobody knows how they ended. */
export interface Spending {
  readonly spent: number;
  readonly reserved: number;
}

/** `50`, `50.25 EUR`; null: it is neither. */
export function parseBudget(text: string): Omit<Budget, "prices"> | null {
  const [, amount = "", currency = "USD"] = /^([\d.]+)(?:\s*([A-Za-z]{3}))?$/.exec(text.trim()) ?? [];
  const micros = parseMicros(amount);
  return micros === null || micros === 0 ? null : { micros, currency: currency.toUpperCase() };
}

export const formatBudget = ({ micros, currency }: Omit<Budget, "prices">): string =>
  `${formatMicros(micros)} ${currency}`;

/** What a call to the number is to reserve; null: the number has no price, so nobody dials it. `longest`: longestCall. */
export function reserveFor({ prices }: Budget, number: string, longest: number): Charge | null {
  const rate = rateOf(prices, number);
  return rate === null ? null : { rate, micros: mostOf(rate, longest) };
}

export const leftOf = ({ micros }: Pick<Budget, "micros">, { spent, reserved }: Spending): number =>
  micros - spent - reserved;

/** How an attempt ended, as far as its price hangs on that. */
interface End {
  readonly at: Instant;
  readonly ending: Ending;
  readonly byUs?: boolean;
  /** By which its times may be late. */
  readonly uncertainSeconds: number;
}

/** Never less than the carrier will ask for: what nobody can know counts as the most. */
export function settled(
  charge: Charge,
  { dialedAt, answeredAt }: { readonly dialedAt: Instant | null; readonly answeredAt: Instant | null },
  { at, ending, byUs, uncertainSeconds }: End,
): Charge {
  // Nothing left.
  if (dialedAt === null || ending === "released") return { ...charge, micros: 0 };
  const isUnsure = ending === "lost" || (answeredAt === null && ENDINGS[ending].status === "completed");
  if (isUnsure) return charge;
  // Hung up while it rang: it may have been answered in the same moment.
  const answered = answeredAt ?? (byUs === true ? at : null);
  const seconds = answered === null ? null : (at - answered) / SECOND + uncertainSeconds + CLOCKS_APART_SECONDS;
  return { ...charge, micros: Math.min(charge.micros, costOf(charge.rate, seconds)) };
}

/** `50.00 USD: 49.80 spent, 0.00 reserved, 0.20 left` */
export function budgetText(budget: Pick<Budget, "micros" | "currency">, spending: Spending): string {
  const { spent, reserved } = spending;
  return `${money(budget.micros)} ${budget.currency}: ${money(spent)} spent, ${money(reserved)} reserved, ${money(leftOf(budget, spending))} left`;
}

export const budgetInWords = (budget: Budget, spending: Spending, most: number | null): string =>
  `budget of ${budgetText(budget, spending)}${most === null ? "" : `; the next call may cost ${money(most)}`}`;

export const money = (micros: number): string => formatMicros(micros, 2);
