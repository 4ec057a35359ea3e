/**
 * Keeps this runner's own dials apart. The store keeps all runners' dials apart; whoever asks it too early is told to
 * wait and asks again, so that each such dial costs a request more.
 */
import type { Instant } from "../../domain/time/instant.ts";
import { freeFrom } from "../../domain/calls/pace.ts";

export class Pacer {
  readonly #last = new Map<string, Instant>();

  /** From when on the campaign may dial, milliseconds apart; whoever is told now or earlier has taken the turn. */
  take(campaignId: string, interval: number, now: Instant): Instant {
    const free = freeFrom(this.#last.get(campaignId) ?? null, interval, now);
    if (free <= now) this.#last.set(campaignId, now);
    return free;
  }
}
