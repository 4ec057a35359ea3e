import { expect, test } from "vitest";
import { playRound } from "./round.ts";
import { sqliteStores } from "./sqlite.ts";
import type { Stores } from "./stores.ts";
import { supabaseStores } from "./supabase.ts";
import type { Kind } from "./troubles.ts";

/** A seed, and which further trouble it is played with. Short rounds: no dial hangs in them until its request times out. */
type Played = readonly (readonly [seed: number, only: readonly Kind[]])[];

test.concurrent.each<[string, () => Stores | Promise<Stores>, Played]>([
  [
    "the embedded store",
    sqliteStores,
    [
      [1, ["keys", "restored", "list"]],
      [2, ["clocks", "outsiders"]],
    ],
  ],
  [
    "Supabase",
    supabaseStores,
    [
      [12, ["keys", "outsiders"]],
      [52, ["clocks", "agents", "list"]],
    ],
  ],
])(
  "on %s two rounds of real processes killed, frozen and cut off break no promise (npm run chaos plays hundreds)",
  async (_, open, rounds) => {
    await using stores = await open();
    const results = await Promise.all(rounds.map(([seed, only]) => playRound(seed, stores, { only })));
    expect(results.flatMap(({ violations }) => violations)).toEqual([]);
    // What was to be played was played.
    for (const { figures } of results)
      for (const [what, n] of figures) if (!OFTEN_NONE.test(what)) expect([what, n]).not.toEqual([what, 0]);
  },
  600_000,
);

const OFTEN_NONE = /kills|freezes|lost/;
