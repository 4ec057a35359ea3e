/**
 * Which rows of the rules table hold for a contact. Without a choice: the national row of the contact's country. More
 * rows only ever close: everything an operator can name is added, and `none` is the one word that takes away.
 */
import { InvalidRules, type Rule, type RuleTable } from "./rules.ts";
import type { Place } from "../phones/place.ts";

export interface RuleChoice {
  /** Do countries that are not named keep their national row? */
  readonly defaults: boolean;
  /** Named countries: their national row, and the rows of the contact's state, or of every state. */
  readonly countries: Readonly<Record<string, "state" | "strict">>;
  /** Ids of rows named one by one. */
  readonly rows: readonly string[];
}

/** No choice made. */
export const DEFAULT_RULES: RuleChoice = { defaults: true, countries: {}, rows: [] };

/**
 * `us`, `us-strict`, `us,gb,us-debt`, `none` and so on, in any case; nothing else than `none` and names of the table.
 * Throws InvalidRules with what there is.
 */
export function parseRuleChoice(text: string, table: RuleTable): RuleChoice {
  const ids = table.rules.map(({ id }) => id);
  const countries = [...new Set(table.rules.map(({ country }) => country))];
  let defaults = true;
  const named: Record<string, "state" | "strict"> = {};
  const rows = new Set<string>();
  for (const written of text.split(",")) {
    const word = written.trim().toUpperCase();
    const strict = word.endsWith("-STRICT") ? word.slice(0, -"-STRICT".length) : "";
    if (word === "NONE") defaults = false;
    else if (countries.includes(word)) named[word] ??= "state";
    else if (countries.includes(strict)) named[strict] = "strict";
    else if (ids.includes(word)) rows.add(word);
    else
      throw new InvalidRules([
        `expected rules such as us, us-strict, gb or none, got "${written.trim()}"; there are none, ` +
          `${countries.map((country) => country.toLowerCase()).join(", ")}, each also with -strict, ` +
          `and the rows ${ids.join(", ")}`,
      ]);
  }
  return { defaults, countries: named, rows: [...rows] };
}

/** The same, and the rows of the contact's state wherever only the national row would hold. */
export function withStates(choice: RuleChoice, table: RuleTable): RuleChoice {
  if (!choice.defaults) return choice;
  const all = Object.fromEntries(table.rules.map(({ country }) => [country, "state"] as const));
  return { ...choice, countries: { ...all, ...choice.countries } };
}

/** As parseRuleChoice reads it; empty when no choice was made. */
export function formatRuleChoice({ defaults, countries, rows }: RuleChoice): string {
  const named = Object.entries(countries).map(([country, which]) =>
    which === "strict" ? `${country}-strict` : country,
  );
  return [...(defaults ? [] : ["none"]), ...named, ...rows].join(",").toLowerCase();
}

/** Places with numbers of their own that live under the rules of another country, or are best taken to. */
const UNDER: Readonly<Record<string, string>> = {
  GG: "GB",
  IM: "GB",
  JE: "GB",
  BL: "FR",
  GF: "FR",
  GP: "FR",
  MF: "FR",
  MQ: "FR",
  PM: "FR",
  RE: "FR",
  YT: "FR",
  CC: "AU",
  CX: "AU",
  NF: "AU",
  VA: "IT",
};

/** The rows that hold for a contact there, in the order of the table. An unknown state may be every state. */
export function rulesFor(table: RuleTable, choice: RuleChoice, place: Place): readonly Rule[] {
  const { or = [] } = place;
  if (or.length > 0)
    return [place.country, ...or].flatMap((country) => rulesFor(table, choice, { ...place, country, or: [] }));
  if (place.country === null) return [];
  const own = table.rules.some(({ country }) => country === place.country);
  const home = own ? place.country : (UNDER[place.country] ?? place.country);
  const which = choice.countries[home] ?? (choice.defaults ? "national" : "none");
  return table.rules.filter((rule) => {
    // Our voice is an artificial one.
    if (rule.country !== home || rule.voice === "live") return false;
    const here = rule.state === null || place.state === null || rule.state === place.state;
    if (here && choice.rows.includes(rule.id)) return true;
    if (rule.content !== "marketing") return false;
    switch (which) {
      case "none":
        return false;
      case "national":
        return rule.state === null;
      case "state":
        return here;
      case "strict":
        return true;
    }
  });
}
