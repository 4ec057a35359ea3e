/** Forgets whom campaigns called that were completed longer ago than they keep it. */
import { HOUR, type Instant } from "../../domain/time/instant.ts";
import type { Clock, Store } from "../ports/index.ts";
import { PURGED } from "../ports/privacy.ts";
import type { Reporter } from "./reporter.ts";

/** Rows of one transaction: calls under way do not wait for long. */
const BATCH = 500;

export class Retention {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  #next: Instant = -Infinity;

  constructor(store: Store, clock: Clock, reporter: Reporter) {
    this.#store = store;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  /** Looks once an hour; what it breaks off, since the store is away, the next look goes on with. */
  async keep(): Promise<void> {
    const now = this.#clock.now();
    if (now < this.#next) return;
    const outlived = await this.#store.outlived(now);
    for (const { campaignId, name: campaign, before } of outlived) {
      // The files are not in the store: whoever listens removes them.
      const recordings = await this.#store.recordingPlaces({ before, campaignId });
      let rows = 0;
      for (const what of PURGED) {
        for (let removed = BATCH; removed === BATCH; rows += removed)
          removed = await this.#store.purge(what, before, BATCH, campaignId);
      }
      this.#reporter.report({ type: "contacts_forgotten", campaignId, campaign, rows, recordings });
    }
    if (outlived.length > 0) await this.#store.forget();
    this.#next = now + HOUR;
  }
}
