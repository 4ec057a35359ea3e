/**
 * How many looks at live calls LiveKit takes: 429 halves them, every second of answers gives one a second back. Whoever
 * else uses the same project is not known here, so no fixed number is right.
 */
import { SECOND } from "../../domain/time/instant.ts";
import type { CampaignsError } from "../errors.ts";

/** Looks a second, of all live calls together: with more than this many calls each is looked at less often. */
export const LOOKS_PER_SECOND = 250;
/** However busy LiveKit is: an end must be seen. */
const FEWEST = 5;

export const isBusy = ({ code }: CampaignsError): boolean => code === "livekit_busy";

export class LookBudget {
  #perSecond = LOOKS_PER_SECOND;
  #loweredAt = -Infinity;

  get perSecond(): number {
    return this.#perSecond;
  }

  answered(): void {
    this.#perSecond = Math.min(LOOKS_PER_SECOND, this.#perSecond + 1 / this.#perSecond);
  }

  /** Halves it once for each `turn`, milliseconds from one look at a call to its next: till then calls keep the old pace. */
  refused(now: number, turn: number): void {
    if (now - this.#loweredAt < Math.max(SECOND, turn)) return;
    this.#loweredAt = now;
    this.#perSecond = Math.max(FEWEST, this.#perSecond / 2);
  }
}
