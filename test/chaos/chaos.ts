/**
 * npm run chaos -- [--rounds N] [--seed S] [--at-once N] [--broken NAME]: many rounds, and the figures. A seed that broke
 * a promise is printed; `--rounds 1 --seed S` plays it again. `--broken` plays against a build that breaks a promise on
 * purpose, until it is caught.
 */
import { parseArgs } from "node:util";
import { MUTANTS, type Mutant, mutate } from "./mutants.ts";
import { playRound, type RoundResult } from "./round.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    "at-once": { type: "string", default: "6" },
    broken: { type: "string" },
  },
});
const first = Number(values.seed);
const rounds = Number(values.rounds);
const isMutant = (name: string): name is Mutant => name in MUTANTS;
if (values.broken !== undefined && !isMutant(values.broken)) {
  throw new Error(`--broken: expected one of ${Object.keys(MUTANTS).join(", ")}, got ${values.broken}`);
}
const bin = values.broken === undefined ? undefined : mutate(values.broken);
const results: RoundResult[] = [];
const caught = (): boolean => bin !== undefined && results.some(({ violations }) => violations.length > 0);
let next = 0;

async function play(): Promise<void> {
  while (next < rounds && !caught()) {
    const seed = first + next++;
    const result = await playRound(seed, bin);
    results.push(result);
    const { contacts, dials, kills, freezes, lost, violations } = result;
    process.stdout.write(
      `seed ${seed}: ${contacts} contacts, ${dials} dials, ${kills} kills, ${freezes} freezes, ${lost} lost` +
        `, ${violations.length} violations\n${violations.map((violation) => `  ${violation}\n`).join("")}`,
    );
  }
}
await Promise.all(Array.from({ length: Number(values["at-once"]) }, play));

const sum = (key: "dials" | "kills" | "freezes" | "lost"): number => results.reduce((all, { [key]: n }) => all + n, 0);
const bad = results.filter(({ violations }) => violations.length > 0);
process.stdout.write(
  `${results.length} rounds, ${sum("dials")} dials, ${sum("kills")} kills, ${sum("freezes")} freezes, ` +
    `${sum("lost")} lost and explained, ${bad.length} rounds with violations` +
    `${bad.length === 0 ? "" : ` (seeds ${bad.map(({ seed }) => seed).join(", ")})`}\n`,
);
if (values.broken !== undefined) {
  process.stdout.write(`${values.broken} was ${caught() ? `caught within ${results.length} rounds` : "not caught"}\n`);
}
process.exitCode = (bad.length === 0) === (bin === undefined) ? 0 : 1;
