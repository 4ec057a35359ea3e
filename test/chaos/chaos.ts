/** npm run chaos: many rounds, and the figures. */
import { parseArgs } from "node:util";
import { MUTANTS, mutate } from "./mutants.ts";
import { isKind, type Kind, KINDS_IN_WORDS } from "./troubles.ts";
import { playRound, type RoundResult } from "./round.ts";
import { sqliteStores } from "./sqlite.ts";
import { supabaseStores } from "./supabase.ts";

/** `atOnce`: rounds at once, unless said otherwise. */
const STORES = {
  sqlite: { open: sqliteStores, atOnce: "6" },
  supabase: { open: supabaseStores, atOnce: "3" },
};

const HELP = `npm run chaos -- [options]

  --store sqlite|supabase   (sqlite)
  --rounds N                (500)
  --seed S                  of the first round; one that broke a promise is printed: --rounds 1 --seed S plays it again
  --at-once N               rounds side by side
  --with KIND,...           these kinds of further trouble in every round: ${KINDS_IN_WORDS}; none for none;
                            left out: as the seed says
  --broken NAME             against a build that breaks a promise on purpose, until it is caught:
                            ${Object.keys(MUTANTS).join(", ")}
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    with: { type: "string" },
    store: { type: "string", default: "sqlite" },
    rounds: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    "at-once": { type: "string" },
    broken: { type: "string" },
  },
});
if (values.help === true) {
  process.stdout.write(HELP);
  process.exit();
}
const only = values.with === undefined ? null : values.with === "none" ? [] : values.with.split(",").map(kind);
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
    const result = await playRound(seed, stores, { bin, only });
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
  const sums = new Map<string, number>();
  for (const [what, n] of of.flatMap((result) => [...result.figures])) sums.set(what, (sums.get(what) ?? 0) + n);
  return [...sums].map(([what, n]) => `${n} ${what}`).join(", ");
}

function kind(given: string): Kind {
  if (isKind(given)) return given;
  throw new Error(`--with: expected one or more of ${KINDS_IN_WORDS}, got ${given}`);
}

function oneOf<T extends object>(table: T, option: string, given: string): keyof T {
  if (Object.hasOwn(table, given)) return given as keyof T;
  throw new Error(`--${option}: expected one of ${Object.keys(table).join(", ")}, got ${given}`);
}
