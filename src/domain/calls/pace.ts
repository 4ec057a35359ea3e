/** When the next dial may leave: one rule for campaigns, trunks and caller IDs. */
import { type Instant, SECOND } from "../time/instant.ts";

/**
 * `last`: when the last one left, null: none did; `interval`: milliseconds between two, 0: no pace. Never later than one
 * interval from `now`: where another machine's clock was ahead, `last` lies in the future.
 */
export const freeFrom = (last: Instant | null, interval: number, now: Instant): Instant =>
  last === null || interval === 0 ? 0 : Math.min(last, now) + interval;

/** Milliseconds from one dial to the next, rounded up: never faster than so many a second. Null: no rate to dial at. */
export const intervalOf = (perSecond: number): number | null =>
  perSecond > 0 && perSecond <= 1000 ? Math.ceil(SECOND / perSecond) : null;
