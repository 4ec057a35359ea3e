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
/** Requests for an agent under way at once, to begin with: LiveKit loses some of a burst. */
const FIRST_BURST = 4;

/** A probe for one more agent is at most so many rounds of calls away. */
const RAREST_PROBE = 32;

export class AgentCapacity {
  readonly #clock: Clock;
  readonly #onFree: () => void;
  /** Agents that were asked for, and have not come yet; and how many of them at once did no harm. */
  #awaited = 0;
  #burst = FIRST_BURST;
  /** Until some were late: nobody knows yet how many are too many. */
  #isWidening = true;
  #promptJoins = 0;
  #narrowedAt = -Infinity;
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

  /** `onFree`: another call may be claimed, though none has ended. */
  constructor(clock: Clock, onFree: () => void = () => {}) {
    this.#clock = clock;
    this.#onFree = onFree;
  }

  /** May no other call be claimed now? */
  get isFull(): boolean {
    return this.free <= 0;
  }

  /** Calls that may be claimed now. */
  get free(): number {
    return Math.min(this.#limit - this.#calls, this.#burst - this.#awaited);
  }

  /** Calls that the agents seem to take at once; null: no limit was met. */
  get limit(): number | null {
    return this.#limit === Infinity ? null : this.#limit;
  }

  /** A call wants an agent, until the seat is disposed of; `isAwaited`: somebody will say whether it has come. */
  enter(isAwaited = true): AgentSeat {
    this.#calls += 1;
    let joined = false;
    let late = false;
    let awaited = isAwaited;
    if (awaited) this.#awaited += 1;
    const arrived = (): void => {
      if (!awaited) return;
      awaited = false;
      const wasFull = this.#awaited >= this.#burst;
      this.#awaited -= 1;
      if (wasFull) this.#onFree();
    };
    return {
      joined: () => {
        joined = true;
        arrived();
        if (!late) this.#onPromptJoin();
        this.#joined();
      },
      late: () => {
        late = true;
        this.#onLate();
      },
      missed: () => {
        arrived();
        return this.#onMissed();
      },
      [Symbol.dispose]: () => {
        arrived();
        this.#calls -= 1;
        if (joined) this.#present -= 1;
      },
    };
  }

  /**
   * As many as came without being asked for again may be asked for at once, and one more; twice as many while none has
   * been late: one by one it would take a minute to fill a thousand lines.
   */
  #onPromptJoin(): void {
    if (this.#isWidening) this.#burst += 1;
    if (this.#isWidening || ++this.#promptJoins < this.#burst) return;
    this.#burst += 1;
    this.#promptJoins = 0;
  }

  /** Requests of one burst are late together, and narrow the next one once. */
  #onLate(): void {
    const now = this.#clock.monotonic();
    this.#isWidening = false;
    this.#promptJoins = 0;
    if (now - this.#narrowedAt < AGENT_WAIT) return;
    this.#narrowedAt = now;
    this.#burst = Math.max(1, Math.floor(this.#burst / 2));
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
  /** It had to be asked for again. */
  late(): void;
  /** busy: others have agents · gone: nobody has. */
  missed(): "busy" | "gone";
}
