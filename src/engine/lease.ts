/** A runner's sign of life: while it is renewed, nobody else touches the runner's attempts. */
import type { Instant } from "../domain/instant.ts";
import { Unavailable } from "./errors.ts";
import type { Clock, Store } from "./ports.ts";

export class RunnerLease {
  readonly runnerId: string;
  #until: Instant = 0;
  readonly #store: Store;
  readonly #clock: Clock;
  /** Milliseconds a lease lasts without renewal. */
  readonly #length: number;

  constructor(runnerId: string, length: number, store: Store, clock: Clock) {
    this.runnerId = runnerId;
    this.#length = length;
    this.#store = store;
    this.#clock = clock;
  }

  get until(): Instant {
    return this.#until;
  }

  async renew(): Promise<void> {
    const at = this.#clock.now();
    const until = at + this.#length;
    await this.#store.renewLease({ runnerId: this.runnerId, until }, at);
    this.#until = until;
  }

  /** Renews three times per lease until the signal aborts. A renewal that fails is tried again at the next turn. */
  async keep(stop: AbortSignal, onTrouble: (trouble: Unavailable) => void): Promise<void> {
    while (!stop.aborted) {
      await this.#clock.sleep(this.#length / 3, stop);
      if (stop.aborted) return;
      try {
        await this.renew();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        onTrouble(error);
      }
    }
  }

  /** Others may take over at once. A store that is away now will see the lease run out. */
  async end(): Promise<void> {
    try {
      await this.#store.endLease(this.runnerId);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}
