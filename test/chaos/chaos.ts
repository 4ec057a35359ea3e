/**
 * npm run chaos -- [--store sqlite|supabase] [--rounds N] [--seed S] [--at-once N] [--broken NAME]: many rounds, and the
 * figures. A seed that broke a promise is printed; `--rounds 1 --seed S` plays it again. `--broken` plays against a build
 * that breaks a promise on purpose, until it is caught.
 */
import { parseArgs } from "node:util";
import { MUTANTS, mutate } from "./mutants.ts";
import { playRound, type RoundResult } from "./round.ts";
import { sqliteStores } from "./sqlite.ts";
import { supabaseStores } from "./supabase.ts";

/** `atOnce`: rounds at once, unless said otherwise. */
const STORES = {
  sqlite: { open: sqliteStores, atOnce: "6" },
  supabase: { open: supabaseStores, atOnce: "3" },
};

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "sqlite" },
    rounds: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    "at-once": { type: "string" },
    broken: { type: "string" },
  },
});
const first = Number(values.seed);
const rounds = Number(values.rounds);
const store = STORES[oneOf(STORES, "store", values.store)];
const broken = values.broken === undefined ? undefined : oneOf(MUTANTS, "broken", values.broken);
const bin = broken === undefined ? undefined : mutate(broken);
await using stores = await store.open(bin);

const results: RoundResult[] = [];
const caught = (): boolean => bin !== undefined && results.some(({ violations }) => violations.length > 0);
let next = 0;

async function play(): Promise<void> {
  while (next < rounds && !caught()) {
    const seed = first + next++;
    const result = await playRound(seed, stores, bin);
    results.push(result);
    const { violations } = result;
    const met = `${figures([result])}, ${violations.length} violations`;
    process.stdout.write(`seed ${seed}: ${met}\n${violations.map((violation) => `  ${violation}\n`).join("")}`);
  }
}
await Promise.all(Array.from({ length: Number(values["at-once"] ?? store.atOnce) }, play));

const bad = results.filter(({ violations }) => violations.length > 0);
const seeds = bad.length === 0 ? "" : ` (seeds ${bad.map(({ seed }) => seed).join(", ")})`;
process.stdout.write(
  `${results.length} rounds on ${values.store}: ${figures(results)}, ${bad.length} rounds with violations${seeds}\n`,
);
if (broken !== undefined) {
  process.stdout.write(`${broken} was ${caught() ? `caught within ${results.length} rounds` : "not caught"}\n`);
}
process.exitCode = (bad.length === 0) === (bin === undefined) ? 0 : 1;

function figures(of: readonly RoundResult[]): string {
  const sum = (key: "contacts" | "dials" | "kills" | "freezes" | "losses" | "lost"): number =>
    of.reduce((all, { [key]: n }) => all + n, 0);
  return (
    `${sum("contacts")} contacts, ${sum("dials")} dials, ${sum("kills")} kills, ${sum("freezes")} freezes, ` +
    `${sum("losses")} requests to the store lost, ${sum("lost")} calls lost and explained`
  );
}

function oneOf<T extends object>(table: T, option: string, given: string): keyof T {
  if (Object.hasOwn(table, given)) return given as keyof T;
  throw new Error(`--${option}: expected one of ${Object.keys(table).join(", ")}, got ${given}`);
}
