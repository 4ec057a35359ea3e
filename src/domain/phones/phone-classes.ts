/**
 * Numbers that libphonenumber cannot tell apart. Its answer hangs on the country code, the length, and the patterns of the
 * countries that share the code; once the digits read so far settle every one of those patterns, all numbers that go on
 * from there get the same answer. So it is asked once per class, and a million numbers cost a few thousand questions.
 */
import metadata from "libphonenumber-js/max/metadata";
import { type State, startOf } from "./digits.ts";

/** What libphonenumber keeps about a country, by position; the rest of the row is for formatting. */
const CODE = 0;
const DIALED_ABROAD = 1;
const PATTERN = 2;
const NATIONAL_PREFIX = 5;
const PREFIX_FOR_PARSING = 7;
const LEADING_DIGITS = 10;
const TYPES = 11;

/** The first digits of numbers, and which patterns they may still match. */
interface Step<Answer> {
  /** Patterns of validity, of kinds of numbers, and of leading digits. */
  readonly states: readonly State[];
  /** What is cut off, or changed, at the start of a number; a number that matches it is in no class. */
  readonly prefix: State;
  readonly next: (Step<Answer> | undefined)[];
  /** By digits still to come. undefined: not looked at yet; null: the digits to come decide. */
  readonly settled: (PhoneClass<Answer> | "none" | null | undefined)[];
}

/** Numbers that get the same answer; it is kept here once somebody has asked. */
export interface PhoneClass<Answer> {
  answer?: Answer;
}

/** Steps kept at most; a number that would need one more is in no class. Far more than today's plans need. */
const STEPS = 100_000;

export class PhoneClasses<Answer> {
  readonly #plans = new Map<string, Step<Answer> | null>();
  #steps = 0;

  /** The class of `+digits`; null for the few that are in none: each of those has to be asked about. */
  international(digits: string): PhoneClass<Answer> | null {
    for (let at = 1; at <= 3; at++) {
      const code = digits.slice(0, at);
      const plan = this.#plan(code, () => {
        const countries = metadata.country_calling_codes[code as keyof typeof metadata.country_calling_codes];
        // The first country's: only its prefix is looked for in international numbers.
        return countries === undefined ? null : firstStep(countries, prefixOf(rowOf(countries[0])));
      });
      if (plan !== null) return this.#classOf(plan, digits, at);
    }
    return null;
  }

  /** The class of digits that are written without a country code in `region`, a country of the metadata. */
  national(digits: string, region: string): PhoneClass<Answer> | null {
    const plan = this.#plan(region, () => {
      const row = rowOf(region);
      const code = String(row[CODE]);
      const countries = metadata.country_calling_codes[code as keyof typeof metadata.country_calling_codes];
      return firstStep(countries ?? [], [row[DIALED_ABROAD], code, ...prefixOf(row)]);
    });
    return plan === null ? null : this.#classOf(plan, digits, 0);
  }

  #classOf(plan: Step<Answer>, digits: string, at: number): PhoneClass<Answer> | null {
    let step: Step<Answer> | null = plan;
    for (let read = at; step !== null; read++) {
      const left = digits.length - read;
      let settled = step.settled[left];
      if (settled === undefined) step.settled[left] = settled = settle(step, left);
      if (settled === "none") return null;
      if (settled !== null) return settled;
      step = this.#after(step, digits.charCodeAt(read) - ZERO);
    }
    return null;
  }

  #plan(key: string, make: () => Step<Answer> | null): Step<Answer> | null {
    let plan = this.#plans.get(key);
    if (plan === undefined) this.#plans.set(key, (plan = make()));
    return plan;
  }

  #after(step: Step<Answer>, digit: number): Step<Answer> | null {
    const known = step.next[digit];
    if (known !== undefined) return known;
    if (this.#steps >= STEPS) return null;
    this.#steps++;
    const next: Step<Answer> = {
      states: step.states.map((state) => state.after(digit)),
      prefix: step.prefix.after(digit),
      next: [],
      settled: [],
    };
    return (step.next[digit] = next);
  }
}

const ZERO = "0".charCodeAt(0);

function settle<Answer>({ states, prefix }: Step<Answer>, left: number): PhoneClass<Answer> | "none" | null {
  const cut = prefix.verdict(left);
  if (cut === "all") return "none";
  return cut === "none" && states.every((state) => state.verdict(left) !== "depends") ? {} : null;
}

type Row = readonly unknown[];
const rowOf = (country: string | undefined): Row =>
  metadata.countries[country as keyof typeof metadata.countries] ?? [];
const prefixOf = (row: Row): readonly unknown[] => [row[PREFIX_FOR_PARSING] || row[NATIONAL_PREFIX]];

function firstStep<Answer>(countries: readonly string[], prefixes: readonly unknown[]): Step<Answer> {
  const rows = countries.map(rowOf);
  const whole = rows.flatMap((row) => [row[PATTERN], ...((row[TYPES] || []) as Row[]).map((type) => type && type[0])]);
  const leading = rows.map((row) => row[LEADING_DIGITS]);
  return {
    states: [
      ...distinct(whole).map((pattern) => startOf(pattern, "whole")),
      ...distinct(leading).map((pattern) => startOf(pattern, "start")),
    ],
    prefix: startOf(distinct(prefixes).join("|") || NOTHING, "start"),
    next: [],
    settled: [],
  };
}

/** Matches the number of no digits only. */
const NOTHING = "$";
const distinct = (patterns: readonly unknown[]): string[] => [
  ...new Set(patterns.filter((pattern): pattern is string => typeof pattern === "string" && pattern !== "")),
];
