/** A runner's sign of life: while it is renewed, nobody else touches the runner's attempts. */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { backoff } from "./backoff.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, Lease, Store } from "../ports/index.ts";

/** The failure in a row after which the pause grows no further. */
const ABOUT_A_SECOND = 3;

/** How far this machine's clock may be off the database's, milliseconds; the database refuses dials beyond it. */
const MOST_OFF = 5 * SECOND;

/** So long after a change whoever looks is told of it, milliseconds. */
const SOON = SECOND / 2;
/** A reason, since without one an error is made, with its stack. */
const CHANGED = "changed";

function clockIsOff(ahead: number): Unavailable {
  const seconds = Math.round(Math.abs(ahead) / SECOND);
  const how = ahead > 0 ? "ahead of" : "behind";
  const problem = `expected this machine's clock within 5 s of the database's, but it is ${seconds} s ${how} it`;
  return new Unavailable("clock", problem, {
    hint: "set the clock, by NTP for instance; nothing is dialed until then",
  });
}

type Told = Pick<Lease, "agents" | "heldUp">;

export class RunnerLease {
  readonly runnerId: string;
  #until: Instant = 0;
  readonly #store: Store;
  readonly #clock: Clock;
  /** Milliseconds a lease lasts without renewal. */
  readonly #length: number;
  readonly #told: () => Told;
  #wake = new AbortController();

  /** `told`: what is stored with the lease, for whoever looks. */
  constructor(runnerId: string, length: number, store: Store, clock: Clock, told = (): Told => ({})) {
    this.runnerId = runnerId;
    this.#length = length;
    this.#store = store;
    this.#clock = clock;
    this.#told = told;
  }

  get until(): Instant {
    return this.#until;
  }

  async renew(): Promise<void> {
    const at = this.#clock.now();
    const until = at + this.#length;
    const ahead = await this.#store.renewLease({ runnerId: this.runnerId, until, ...this.#told() }, at);
    if (Math.abs(ahead) > MOST_OFF) throw clockIsOff(ahead);
    this.#until = until;
  }

  /** What is told with it has changed: it is renewed soon, not only when it is due. */
  changed(): void {
    this.#wake.abort(CHANGED);
  }

  /**
   * Renews three times per lease until the signal aborts. After a renewal that failed it tries again within a second or
   * so: whoever holds no lease is handed nothing, and the store may be back at any moment. `onAnswer` hears of every renewal,
   * `onFailure` of every other one, whatever it was: nobody waits for this before the end, and live calls go on by the lease.
   */
  async keep(stop: AbortSignal, onFailure: (error: unknown) => void, onAnswer: () => void = () => {}): Promise<void> {
    stop.addEventListener("abort", () => this.changed(), { once: true });
    for (let failures = 0; ;) {
      const turn = this.#length / 3;
      const pause = failures === 0 ? turn : Math.min(turn, backoff(Math.min(failures, ABOUT_A_SECOND)));
      await this.#clock.sleep(pause, this.#wake.signal);
      // With what else changes in that time.
      if (this.#wake.signal.aborted) await this.#clock.sleep(Math.min(SOON, pause), stop);
      if (stop.aborted) return;
      this.#wake = new AbortController();
      try {
        await this.renew();
        failures = 0;
        onAnswer();
      } catch (error) {
        failures++;
        onFailure(error);
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
