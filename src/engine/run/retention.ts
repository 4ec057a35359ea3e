/** Forgets whom campaigns called that were completed longer ago than they keep it. */
import { DAY, HOUR, type Instant } from "../../domain/time/instant.ts";
import type { Clock, LiveKitTime, Store } from "../ports/index.ts";
import { PURGED } from "../ports/privacy.ts";
import type { Reporter } from "./reporter.ts";

/** What a clock that is ahead forgets too soon never comes back. Far less than anything is kept for. */
const MOST_AHEAD = DAY;

/** Rows of one transaction: calls under way do not wait for long. */
const BATCH = 500;

export class Retention {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #livekitTime: LiveKitTime | null;
  /** On the monotonic clock. */
  #next = -Infinity;

  constructor(store: Store, clock: Clock, reporter: Reporter, livekitTime: LiveKitTime | null) {
    this.#livekitTime = livekitTime;
    this.#store = store;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  /** Looks once an hour; what it breaks off, since the store is away, the next look goes on with. */
  async keep(): Promise<void> {
    const [now, moment] = [this.#clock.now(), this.#clock.monotonic()];
    if (moment < this.#next) return;
    const outlived = await this.#store.outlived(now);
    if (outlived.length > 0 && !(await this.#isConfirmed(now))) {
      this.#next = moment + HOUR;
      return;
    }
    for (const { campaignId, name: campaign, before } of outlived) {
      // The files are not in the store: whoever listens removes them.
      const recordings: string[] = [];
      let rows = 0;
      for (const what of PURGED) {
        for (let removed = BATCH; removed === BATCH; rows += removed) {
          const done = await this.#store.purge(what, before, BATCH, campaignId);
          recordings.push(...done.recordings);
          removed = done.rows;
        }
      }
      this.#reporter.report({ type: "contacts_forgotten", campaignId, campaign, rows, recordings });
    }
    if (outlived.length > 0) await this.#store.forget();
    this.#next = moment + HOUR;
  }

  /** The file knows no other clock than this machine's: one that lay there for months looks as one whose machine is months ahead. */
  async #isConfirmed(now: Instant): Promise<boolean> {
    if (this.#livekitTime === null) return true;
    const there = await this.#livekitTime().catch(() => null);
    if (there !== null && now - there <= MOST_AHEAD) return true;
    const says =
      there === null ? "LiveKit does not say what time it is" : `at LiveKit it is ${new Date(there).toISOString()}`;
    this.#reporter.report({
      type: "trouble",
      with: "livekit",
      message: `retention forgot nobody: it is ${new Date(now).toISOString()} on this machine, and ${says}`,
      hint: "check this machine's clock; the run looks again in an hour, and campaigns purge goes by this machine's clock",
    });
    return false;
  }
}
