/** When the next dial may leave: one rule for campaigns, trunks and caller IDs. */
import type { Instant } from "../time/instant.ts";

/**
 * `last`: when the last one left, null: none did; `interval`: milliseconds between two, 0: no pace. Without a pace it is 0,
 * at once, also where another machine's clock is ahead.
 */
export const freeFrom = (last: Instant | null, interval: number): Instant =>
  last === null || interval === 0 ? 0 : last + interval;
