/** Whose turn it is: which campaigns a runner works on, and in which order it looks at them. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { Plan } from "../../domain/calls/plan.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { isBusy } from "./waits.ts";

export class Turns {
  /** So many are worked on at once. */
  readonly #most: number;
  /** Campaigns being worked on; they keep their place until they have to wait. */
  readonly #working = new Set<string>();
  /** By campaign, which hand-out its last one was. */
  readonly #last = new Map<string, number>();
  #handOuts = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Those with a callback that is due, the earliest first; then those being worked on, whoever had a call handed out longest
   * ago first, since they may share a trunk or the agents; then the others, as they come.
   */
  order(running: readonly Campaign[], now: Instant): Campaign[] {
    const known = new Set(running.map(({ id }) => id));
    for (const kept of [this.#working, this.#last]) for (const id of kept.keys()) if (!known.has(id)) kept.delete(id);
    const rank = ({ id }: Campaign): number => (this.#working.has(id) ? (this.#last.get(id) ?? 0) : Infinity);
    return running.toSorted((a, b) => compare(promisedTo(a, now), promisedTo(b, now)) || compare(rank(a), rank(b)));
  }

  /** Others are dialed first. */
  rests({ id }: Campaign): boolean {
    return !this.#working.has(id) && this.#working.size >= this.#most;
  }

  handedOut({ id }: Campaign): void {
    this.#last.set(id, ++this.#handOuts);
  }

  /** What came of a look. `live`: calls of this runner; a trunk that others alone have filled may be full for long. */
  looked({ id }: Campaign, plan: Plan, live: number): void {
    const isShutOut = plan.do === "wait" && plan.because === "trunk_full" && live === 0;
    if (isBusy(plan) && !isShutOut) this.#working.add(id);
    else this.#working.delete(id);
  }
}

/** When its earliest callback was due; those to come count for nothing yet. */
export const promisedTo = ({ nextCallbackAt = Infinity }: Campaign, now: Instant): Instant =>
  nextCallbackAt <= now ? nextCallbackAt : Infinity;

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
