import { expect, test } from "vitest";
import { playRound } from "./round.ts";

test("two rounds of real processes killed, frozen and cut off break no promise (npm run chaos plays hundreds)", async () => {
  const results = await Promise.all([playRound(1), playRound(2)]);
  expect(results.flatMap(({ violations }) => violations)).toEqual([]);
}, 180_000);
