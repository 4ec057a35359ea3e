import { expect, test } from "vitest";
import { playRound } from "./round.ts";
import { sqliteStores } from "./sqlite.ts";
import { supabaseStores } from "./supabase.ts";

test.each([
  ["the embedded store", sqliteStores],
  ["Supabase", supabaseStores],
])(
  "on %s two rounds of real processes killed, frozen and cut off break no promise (npm run chaos plays hundreds)",
  async (_, open) => {
    await using stores = await open();
    const results = await Promise.all([1, 2].map((seed) => playRound(seed, stores)));
    expect(results.flatMap(({ violations }) => violations)).toEqual([]);
  },
  180_000,
);
