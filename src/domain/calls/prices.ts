/**
 * What calls cost by the prefix of their number, as an operator has it from the carrier, and the most that one call can cost.
 * All amounts in millionths of one currency. Supabase's functions read the same table: campaigns_price_prefix, campaigns_most.
 */
import { formatMicros, parseMicros } from "./money.ts";

/** `first` and `next`: seconds that are billed at least, and by which the rest is rounded up. */
export type Rate = readonly [perMinute: number, perCall: number, perDial: number, first: number, next: number];

/** By prefix, digits without the plus. */
export type Prices = Readonly<Record<string, Rate>>;

/** A conversation may be longer on the carrier's clock than on ours: an answer is heard of late, a hang-up takes effect late. */
export const CLOCKS_APART_SECONDS = 2;

/** More make each look at the campaign slow. */
export const MOST_PREFIXES = 2000;
const LONGEST_PREFIX = 15;
const LONGEST_INCREMENT = 3600;
const DEAREST = 1_000_000_000;

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

const COLUMNS = ["prefix", "per_minute", "per_call", "per_dial", "increment", "currency"] as const;
type Column = (typeof COLUMNS)[number];

export class InvalidPrices extends Error {}

/** A table with a line for each prefix. `currency`: the one it has to be in, where it says which. Throws InvalidPrices. */
export function parsePrices(text: string, currency: string): Prices {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .map((line, n) => ({ line, n: n + 1 }))
    .filter(({ line }) => line.trim() !== "");
  const [head = { line: "", n: 1 }, ...rows] = lines;
  const delimiter = [";", "\t"].find((each) => head.line.includes(each)) ?? ",";
  const cells = (line: string): string[] => line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
  const columns = cells(head.line).map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_"),
  );
  if (!columns.includes("prefix") || !columns.includes("per_minute"))
    throw new InvalidPrices("expected a first line with the columns prefix and per_minute");
  const prices: Record<string, Rate> = {};
  for (const { line, n } of rows) {
    const row = cells(line);
    const cell = (column: Column): string => row[columns.indexOf(column)] ?? "";
    const wrong = (expected: string): InvalidPrices => new InvalidPrices(`line ${n}: expected ${expected}`);
    const [, prefix = ""] = /^\+?([1-9]\d{0,14})$/.exec(cell("prefix")) ?? [];
    if (prefix === "") throw wrong("a prefix such as +44");
    if (Object.hasOwn(prices, prefix)) throw wrong("each prefix once, but this one has a line above");
    const amount = (column: Column, isNeeded = false): number => {
      const micros = cell(column) === "" && !isNeeded ? 0 : parseMicros(cell(column));
      if (micros === null || micros > DEAREST)
        throw wrong(`a price such as 0.0135 in ${column}, got "${cell(column)}"`);
      return micros;
    };
    const said = cell("currency").toUpperCase();
    if (said !== "" && said !== currency) throw wrong(`the budget's currency, ${currency}, got "${cell("currency")}"`);
    const [, first = "0", next = first] = /^(\d+)(?:\/(\d+))?$/.exec(cell("increment") || "60") ?? [];
    const [least, step] = [Number(first), Number(next)];
    if (least < 1 || step < 1 || Math.max(least, step) > LONGEST_INCREMENT)
      throw wrong(`billed seconds such as 60, 1 or 30/6 in increment, got "${cell("increment")}"`);
    prices[prefix] = [amount("per_minute", true), amount("per_call"), amount("per_dial"), least, step];
  }
  const lean = withoutRepeats(prices);
  const count = Object.keys(lean).length;
  if (count === 0) throw new InvalidPrices("expected a line for each prefix, got none");
  if (count > MOST_PREFIXES)
    throw new InvalidPrices(
      `expected at most ${MOST_PREFIXES} prefixes, got ${count}: keep those of the countries you call`,
    );
  return lean;
}

/** A prefix that costs what a shorter one says anyway is left out. */
function withoutRepeats(prices: Prices): Prices {
  const says = (prefix: string): Rate | null => rateOf(prices, `+${prefix.slice(0, -1)}`);
  const kept = Object.entries(prices).filter(([prefix, rate]) => String(says(prefix)) !== String(rate));
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** As parsePrices reads it. */
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
