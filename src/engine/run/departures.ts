/** When the dials of one campaign, or through one trunk, leave: as few within any second as its pace allows. Monotonic moments. */
import { SECOND } from "../../domain/time/instant.ts";

/** A request takes now longer and now shorter to its far end: by so much more than a second, milliseconds, dials leave apart. */
export const JITTER = 4;

/** By how much a dial may come closer to one that was late, milliseconds; a quarter of the interval at most. */
const CLOSER = 10;

export interface Departure {
  /** When it left, or is to leave. */
  at: number;
  hasLeft: boolean;
}

export class Departures {
  /** The last ones, one after the other. */
  #left: readonly Departure[] = [];
  /** Dials that are being stored, and come next. */
  storing = 0;

  /** From when on one more may leave, behind those that are being stored. `interval`: milliseconds between two, 0: no pace. */
  next(interval: number, now: number): number {
    return free(this.#left, interval, now, this.storing);
  }

  /** Lines one up behind the others; `free`: from when on it may leave, which is later when one of those before it is. */
  enter(interval: number, at: number): { readonly own: Departure; readonly free: (now: number) => number } {
    const own = { at, hasLeft: false };
    const before = this.#left;
    this.#left = [...before, own].slice(-mostOf(interval));
    return { own, free: (now) => free(before, interval, now) };
  }
}

/** How many a second, or an interval that is longer, has room for. */
export const mostOf = (interval: number): number => (interval === 0 ? 1 : Math.max(1, Math.ceil(SECOND / interval)));

function free(left: readonly Departure[], interval: number, now: number, between = 0): number {
  if (interval === 0) return -Infinity;
  const most = mostOf(interval);
  const oldest = between < most ? left.at(between - most) : undefined;
  const apart = interval - Math.min(interval / 4, CLOSER);
  const span = Math.max(SECOND, interval) + JITTER;
  return Math.max(momentOf(oldest, now) + span, momentOf(left.at(-1), now) + apart * (between + 1));
}

/** Who was to leave by now and has not, since the machine had other things to do, may leave any moment. */
const momentOf = (dial: Departure | undefined, now: number): number =>
  dial === undefined ? -Infinity : dial.hasLeft ? dial.at : Math.max(dial.at, now);
