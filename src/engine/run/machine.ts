/** A voicemail has answered, and the agent is to hang up. When it does not, the runner does. */
import type { RetryPolicy } from "../../domain/calls/retry.ts";
import type { Said } from "../../domain/calls/verdict.ts";
import { SECOND } from "../../domain/time/instant.ts";

/** For the agent to hang up by itself, or to say that a human came to the phone after all. */
const GRACE = 5 * SECOND;

export class Machine {
  readonly #isMessageWanted: boolean;
  #since: number | null = null;

  constructor({ voicemail }: RetryPolicy, messageLeftBefore: boolean) {
    this.#isMessageWanted = voicemail?.does === "message" && !messageLeftBefore;
  }

  /** Is it to be hung up now? Asked at each look; `now` on the monotonic clock. */
  isToBeHungUp(said: Said | null, now: number): boolean {
    if (said?.answeredBy !== "voicemail" || this.#isMessageWanted) this.#since = null;
    else this.#since ??= now;
    return this.#since !== null && now - this.#since >= GRACE;
  }
}
