/** When the next dial may leave: one rule for campaigns, trunks and caller IDs. */
import { type Instant, SECOND } from "../time/instant.ts";

/**
 * By how much clocks may differ, milliseconds: who is further off does not dial. What is said to have left later was told by a
 * clock that has been set since, and holds nobody: else each would wait for the next, until then.
 */
export const MOST_AHEAD = 5 * SECOND;

/** `last`: when the last one left, null: none did; `interval`: milliseconds between two, 0: no pace. What is no instant holds nobody either. */
export const freeFrom = (last: Instant | null, interval: number, now: Instant): Instant =>
  last === null || interval === 0 || !(last <= now + MOST_AHEAD) ? 0 : Math.min(last, now) + interval;

/**
 * Less than a second between two dials makes a rate: whoever is late for a turn, by so many milliseconds at most, still takes it,
 * so that lateness does not add up and fifty a second are fifty. From a second on it is the least time between two.
 */
export const CATCH_UP = 100;

/** The turn of whoever comes now, where the next one is `due`. */
export const turnOf = (due: Instant, interval: number, now: Instant, late = CATCH_UP): Instant =>
  interval < SECOND && due >= now - late ? due : Math.max(due, now);

/**
 * The same for calls that are handed out, which rings nobody yet: to look around on a database that is far away takes longer than
 * many turns.
 */
export const handOutTurn = (due: Instant, interval: number, now: Instant): Instant =>
  turnOf(due, interval, now, HAND_OUT_CATCH_UP);
const HAND_OUT_CATCH_UP = SECOND / 2;

/**
 * Has the dial whose turn is `turn` been overtaken on its way to the store by the `last` one? Then it still takes its turn, unless
 * another dial is less than the interval from it.
 */
export const isOvertaken = (turn: Instant, last: Instant | null, interval: number): boolean =>
  interval < SECOND && last !== null && turn < last + interval && turn >= last - CATCH_UP;

/** How many calls may have been handed out by now, from the one that is `due` on. */
export const turnsBy = (now: Instant, due: Instant, interval: number): number =>
  interval === 0 ? Infinity : 1 + Math.floor((now - handOutTurn(due, interval, now)) / interval);

/** Milliseconds from one dial to the next, rounded up: never faster than so many a second. Null: no rate to dial at. */
export const intervalOf = (perSecond: number): number | null =>
  perSecond > 0 && perSecond <= 1000 ? Math.ceil(SECOND / perSecond) : null;
