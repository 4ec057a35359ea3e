import { expect, test } from "vitest";
import { type Mutant, mutated, MUTANTS } from "./mutants.ts";

test.each(Object.keys(MUTANTS) as Mutant[])("%s can still be built from the program as it is", (mutant) => {
  expect(mutated(mutant).size).toBeGreaterThan(0);
});
