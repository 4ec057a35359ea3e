/**
 * How many agents there seem to be. An agent that does not come while others talk is no failure: all of them are busy, and
 * LiveKit drops the request. So fewer calls are claimed: as many as had an agent at once; one more from time to time, and
 * more rarely each time that it finds no agent. Only when nobody joins any more is our side broken.
 */
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../ports/index.ts";

/** How long an agent may take to join before the attempt is given up. */
export const AGENT_WAIT = 10 * SECOND;

/** Requests in a row without an agent, and nobody in a call: the agents are gone. By chance once in 10,000 at 40 % drops. */
const GONE = 10;
/** A probe for one more agent is at most so many rounds of calls away. */
const RAREST_PROBE = 32;

export class AgentCapacity {
  readonly #clock: Clock;
  #limit = Infinity;
  /** Calls that want or have an agent. */
  #calls = 0;
  /** Of these, those that have one; and the most at once since the limit was last lowered. */
  #present = 0;
  #peak = 0;
  #missed = 0;
  #everJoined = false;
  #joinsSinceChange = 0;
  #rounds = 1;
  #loweredAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** May another call be claimed? */
  get isFull(): boolean {
    return this.#calls >= this.#limit;
  }

  /** Calls that the agents seem to take at once; null: no limit was met. */
  get limit(): number | null {
    return this.#limit === Infinity ? null : this.#limit;
  }

  /** A call wants an agent, until the seat is disposed of. */
  enter(): AgentSeat {
    this.#calls += 1;
    let joined = false;
    return {
      joined: () => {
        joined = true;
        this.#joined();
      },
      missed: () => this.#onMissed(),
      [Symbol.dispose]: () => {
        this.#calls -= 1;
        if (joined) this.#present -= 1;
      },
    };
  }

  #joined(): void {
    this.#present += 1;
    this.#peak = Math.max(this.#peak, this.#present);
    this.#missed = 0;
    this.#everJoined = true;
    if (++this.#joinsSinceChange < this.#limit * this.#rounds) return;
    this.#limit += 1;
    this.#joinsSinceChange = 0;
  }

  #onMissed(): "busy" | "gone" {
    this.#missed += 1;
    if (!this.#everJoined || (this.#present === 0 && this.#missed >= GONE)) return "gone";
    // Requests of one burst are missed together, and lower the limit once.
    const now = this.#clock.monotonic();
    if (now - this.#loweredAt < AGENT_WAIT) return "busy";
    this.#loweredAt = now;
    this.#limit = Math.max(1, Math.min(this.#limit, this.#peak));
    this.#peak = this.#present;
    this.#joinsSinceChange = 0;
    this.#rounds = Math.min(2 * this.#rounds, RAREST_PROBE);
    return "busy";
  }
}

/** The place of one call among those that want agents. */
export interface AgentSeat extends Disposable {
  joined(): void;
  /** busy: others have agents · gone: nobody has. */
  missed(): "busy" | "gone";
}
