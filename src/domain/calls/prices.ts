/**
 * What calls cost by the prefix of their number, as an operator has it from the carrier, and the most that one call can cost.
 * All amounts in millionths of one currency. Supabase's functions read the same table: campaigns_price_prefix, campaigns_most.
 */
import { formatMicros } from "./money.ts";

/** `first` and `next`: seconds that are billed at least, and by which the rest is rounded up. */
export type Rate = readonly [perMinute: number, perCall: number, perDial: number, first: number, next: number];

/** By prefix, digits without the plus. */
export type Prices = Readonly<Record<string, Rate>>;

/** A conversation may be longer on the carrier's clock than on ours: an answer is heard of late, a hang-up takes effect late. */
export const CLOCKS_APART_SECONDS = 2;

/** Digits that a phone number has at most, and so a prefix. */
const LONGEST_PREFIX = 15;

/** Of the longest prefix that has one; null: none does. */
export function rateOf(prices: Prices, number: string): Rate | null {
  const prefix = prefixOf(prices, number);
  return prefix === null ? null : (prices[prefix] ?? null);
}

export function prefixOf(prices: Prices, number: string): string | null {
  const digits = number.startsWith("+") ? number.slice(1) : "";
  for (let length = Math.min(digits.length, LONGEST_PREFIX); length > 0; length--) {
    const prefix = digits.slice(0, length);
    if (Object.hasOwn(prices, prefix)) return prefix;
  }
  return null;
}

/** An answered call of so many seconds; null: nobody answered. */
export function costOf([perMinute, perCall, perDial, first, next]: Rate, seconds: number | null): number {
  if (seconds === null) return perDial;
  const billed = first + Math.ceil(Math.max(0, seconds - first) / next) * next;
  return perDial + perCall + Math.ceil((perMinute * billed) / 60);
}

/** `longest`: seconds from its dial after which LiveKit cuts a call off, answered or not. */
export const mostOf = (rate: Rate, longest: number): number => costOf(rate, longest + CLOCKS_APART_SECONDS);

/** What LiveKit is told of the longest call: it counts from the dial, we from the answer. */
export const longestCall = (terms: { readonly ringSeconds: number; readonly maxDurationSeconds: number }): number =>
  terms.ringSeconds + terms.maxDurationSeconds;

/** As a table that parsePrices reads. */
export function formatPrices(prices: Prices): string {
  const rows = Object.entries(prices).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const spelled = rows.map(([prefix, [perMinute, perCall, perDial, first, next]]) => ({
    prefix: `+${prefix}`,
    per_minute: formatMicros(perMinute),
    per_call: perCall === 0 ? "" : formatMicros(perCall),
    per_dial: perDial === 0 ? "" : formatMicros(perDial),
    increment: first === 60 && next === 60 ? "" : first === next ? String(first) : `${first}/${next}`,
  }));
  const columns = (["prefix", "per_minute", "per_call", "per_dial", "increment"] as const).filter((column) =>
    spelled.some((row) => row[column] !== ""),
  );
  return [columns.join(","), ...spelled.map((row) => columns.map((column) => row[column]).join(",")), ""].join("\n");
}
