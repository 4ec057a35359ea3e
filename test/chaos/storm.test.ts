import { expect, test } from "vitest";
import { playStorm, type StormResult } from "./storm.ts";

const ROUNDS = 100;

test(`${ROUNDS} storms break no promise: nobody dialed twice, nobody forgotten, every counter right`, async () => {
  const results: StormResult[] = [];
  for (let seed = 1; seed <= ROUNDS; seed++) results.push(await playStorm(seed));
  expect(results.filter(({ violations }) => violations.length > 0)).toEqual([]);
  const sum = (key: Exclude<keyof StormResult, "seed" | "violations">): number =>
    results.reduce((all, { [key]: n }) => all + n, 0);
  // The storms were storms.
  expect(sum("dials")).toBeGreaterThan(500);
  expect(sum("kills")).toBeGreaterThan(100);
  expect(sum("troubles")).toBeGreaterThan(100);
  expect(sum("crashes")).toBeGreaterThan(50);
  for (const what of ["refusals", "few", "odd", "forbidden"] as const)
    expect([what, sum(what) > 20]).toEqual([what, true]);
  // A minute of processor; beside all the rest of the suite that is several.
}, 600_000);
