import { expect, test } from "vitest";
import { playRound } from "./round.ts";
import { sqliteStores } from "./sqlite.ts";
import { supabaseStores } from "./supabase.ts";

/** The seeds for Supabase are of short rounds: no dial hangs in them until its request times out. */
test.concurrent.each([
  ["the embedded store", sqliteStores, [1, 2]],
  ["Supabase", supabaseStores, [12, 52]],
])(
  "on %s two rounds of real processes killed, frozen and cut off break no promise (npm run chaos plays hundreds)",
  async (_, open, seeds) => {
    await using stores = await open();
    const results = await Promise.all(seeds.map((seed) => playRound(seed, stores)));
    expect(results.flatMap(({ violations }) => violations)).toEqual([]);
  },
  180_000,
);
