/** When the dials of one campaign, or through one trunk, leave: as few within any second as its pace allows. Monotonic moments. */
import { SECOND } from "../../domain/time/instant.ts";

/** A request takes now longer and now shorter to its far end: by so much more than a second, milliseconds, dials leave apart. */
export const JITTER = 4;

/** By how much a dial may come closer to one that was late, milliseconds; a quarter of the interval at most. */
const CLOSER = 10;

/** A dial that has left, or is to leave, at some moment. */
export interface Departure {
  at: number;
}

export class Departures {
  /** The last ones, one after the other. */
  #left: readonly Departure[] = [];
  /** Dials that are being stored, and come next. */
  storing = 0;

  /** From when on one more may leave, behind those that are being stored. `interval`: milliseconds between two, 0: no pace. */
  next(interval: number): number {
    return free(this.#left, interval, this.storing);
  }

  /** Lines one up behind the others; `free`: from when on it may leave, which is later when one of those before it is. */
  enter(interval: number, at: number): { readonly own: Departure; readonly free: () => number } {
    const own = { at };
    const before = this.#left;
    this.#left = [...before, own].slice(-mostOf(interval));
    return { own, free: () => free(before, interval, 0) };
  }
}

/** How many a second, or an interval that is longer, has room for. */
export const mostOf = (interval: number): number => (interval === 0 ? 1 : Math.max(1, Math.ceil(SECOND / interval)));

function free(left: readonly Departure[], interval: number, between: number): number {
  if (interval === 0) return -Infinity;
  const most = mostOf(interval);
  const oldest = between < most ? left.at(between - most) : undefined;
  const apart = interval - Math.min(interval / 4, CLOSER);
  const span = Math.max(SECOND, interval) + JITTER;
  return Math.max((oldest?.at ?? -Infinity) + span, (left.at(-1)?.at ?? -Infinity) + apart * (between + 1));
}
