/** When the dials of one campaign, or through one trunk, leave: as few within any second as its pace allows. Monotonic moments. */
import { SECOND } from "../../domain/time/instant.ts";

/** A request takes now longer and now shorter to its far end: by so much more than a second, milliseconds, dials leave apart. */
export const JITTER = 6;

/**
 * By how much a dial may come closer to the one before it, milliseconds. At 50 a second a busy process wakes up some 12 ms late
 * for each: with less to catch up, all would be as late as those before them together.
 */
const CLOSER = 20;

class Departure {
  /** When it left, or is to leave. */
  at: number;
  hasLeft = false;
  readonly #gone = Promise.withResolvers<void>();

  constructor(at: number) {
    this.at = at;
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  leave(at: number): void {
    this.at = at;
    this.hasLeft = true;
    this.#gone.resolve();
  }
}

/** The place of one dial behind the others. */
export interface Place {
  readonly own: Departure;
  /** Resolves when all before it have left: whoever looked at the clock instead would be late for each of them. */
  readonly first: Promise<void>;
  /** From when on it may leave then. */
  readonly free: (now: number) => number;
}

export class Departures {
  /** The last ones, one after the other. */
  #left: readonly Departure[] = [];
  /** Dials that are being stored, and come next. */
  storing = 0;

  /** From when on one more may leave, behind those that are being stored and `ahead` others. `interval`: milliseconds between two, 0: no pace. */
  next(interval: number, now: number, ahead: number): number {
    return free(this.#left, interval, now, this.storing + ahead);
  }

  enter(interval: number, at: number): Place {
    const own = new Departure(at);
    const before = this.#left;
    this.#left = [...before, own].slice(-mostOf(interval));
    const first = interval === 0 ? NOBODY : (before.at(-1)?.gone ?? NOBODY);
    return { own, first, free: (now) => free(before, interval, now) };
  }
}

const NOBODY = Promise.resolve();

/** How many a second, or an interval that is longer, has room for. */
export const mostOf = (interval: number): number => (interval === 0 ? 1 : Math.max(1, Math.ceil(SECOND / interval)));

function free(left: readonly Departure[], interval: number, now: number, between = 0): number {
  if (interval === 0) return -Infinity;
  const most = mostOf(interval);
  const oldest = between < most ? left.at(between - most) : undefined;
  const apart = Math.max(0, interval - CLOSER);
  const span = Math.max(SECOND, interval) + JITTER;
  return Math.max(momentOf(oldest, now) + span, momentOf(left.at(-1), now) + apart * (between + 1));
}

/** Who was to leave by now and has not, since the machine had other things to do, may leave any moment. */
const momentOf = (dial: Departure | undefined, now: number): number =>
  dial === undefined ? -Infinity : dial.hasLeft ? dial.at : Math.max(dial.at, now);
