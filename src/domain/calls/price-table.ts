/** Prices as an operator has them from the carrier: a CSV with a line for each prefix. */
import { CsvError, parse } from "csv-parse/sync";
import { parseMicros } from "./money.ts";
import { type Prices, type Rate, rateOf } from "./prices.ts";

/** More make each look at the campaign slow. */
export const MOST_PREFIXES = 2000;
const LONGEST_INCREMENT = 3600;
const DEAREST = 1_000_000_000;

const COLUMNS = ["prefix", "per_minute", "per_call", "per_dial", "increment", "currency"] as const;
type Column = (typeof COLUMNS)[number];

export class InvalidPrices extends Error {}

/** A table with a line for each prefix. `currency`: the one it has to be in, where it says which. Throws InvalidPrices. */
export function parsePrices(text: string, currency: string): Prices {
  const [head, ...rows] = linesOf(text);
  const columns = (head?.cells ?? []).map((name) => name.toLowerCase().replaceAll(/[\s-]+/g, "_"));
  if (!columns.includes("prefix") || !columns.includes("per_minute"))
    throw new InvalidPrices("expected a first line with the columns prefix and per_minute");
  const prices: Record<string, Rate> = {};
  for (const { cells, n } of rows) {
    const cell = (column: Column): string => cells[columns.indexOf(column)] ?? "";
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

/** `n`: the number of its last line in the text, from 1. Throws InvalidPrices for what is no CSV. */
function linesOf(text: string): { readonly cells: readonly string[]; readonly n: number }[] {
  const [first = ""] = text.trimStart().split(/[\r\n]/, 1);
  const delimiter = [";", "\t"].find((each) => first.includes(each)) ?? ",";
  const how = { bom: true, trim: true, relax_column_count: true, skip_records_with_empty_values: true, info: true };
  try {
    const found: unknown = parse(text, { ...how, delimiter });
    return (found as Info[]).map(({ record, info }) => ({ cells: record, n: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidPrices(`expected CSV: ${error.message}`);
  }
}

interface Info {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** A prefix that costs what a shorter one says anyway is left out. */
function withoutRepeats(prices: Prices): Prices {
  const says = (prefix: string): Rate | null => rateOf(prices, `+${prefix.slice(0, -1)}`);
  const kept = Object.entries(prices).filter(([prefix, rate]) => String(says(prefix)) !== String(rate));
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
