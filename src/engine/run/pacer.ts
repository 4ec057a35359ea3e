/**
 * Keeps this runner's own dials apart. The store keeps all runners' dials apart; whoever asks it too early is told to
 * wait and asks again, so that each such dial costs a request more. Moments are on the monotonic clock.
 */
import { CATCH_UP, turnOf } from "../../domain/calls/pace.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../ports/index.ts";

/** A request takes now longer and now shorter to its far end: by so much more than a second, milliseconds, dials leave apart. */
const JITTER = 3;

/** By so much more, milliseconds in a second, turns come apart: what was late comes back into its turn then. */
const SLACK = 4;

/** By how much a dial may come closer to one that was late, milliseconds; a quarter of the interval at most. */
const CLOSER = 10;

export class Pacer {
  /** Per campaign. */
  readonly #lines = new Map<string, Line>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For one dial of the campaign; `interval`: milliseconds between two, 0: no pace. */
  turn(campaignId: string, interval: number): Turn {
    return new Turn(this.#lineOf(campaignId), interval, this.#clock);
  }

  /** For so long, milliseconds, enough turns are taken: nobody else is to be made to wait for one. */
  ahead(campaignId: string, interval: number): number {
    const { last } = this.#lineOf(campaignId);
    return Math.max(0, last - this.#clock.monotonic() - Math.max(interval, SECOND / 2));
  }

  #lineOf(campaignId: string): Line {
    const known = this.#lines.get(campaignId);
    if (known !== undefined) return known;
    const line = { last: -Infinity, used: NEVER, left: [] };
    this.#lines.set(campaignId, line);
    return line;
  }
}

interface Used {
  readonly at: number;
  readonly stored: Instant;
}
const NEVER: Used = { at: -Infinity, stored: -Infinity };

interface Line {
  /** The last turn that was taken; it may be yet to come. */
  last: number;
  /** The one that was used last. */
  used: Used;
  /** When the last dials left: as many as may leave in a second, one at least. */
  left: readonly { at: number }[];
}

/** Given back at the end of its scope, unless the dial has left. */
export class Turn implements Disposable {
  readonly #line: Line;
  readonly #interval: number;
  readonly #clock: Clock;
  /** Null: not taken yet. */
  #at: number | null = null;
  #used = NEVER;
  #hasLeft = false;

  constructor(line: Line, interval: number, clock: Clock) {
    this.#line = line;
    this.#interval = interval;
    this.#clock = clock;
  }

  /** Milliseconds until it comes; negative: so late it is used. Whoever asks has taken it. */
  get wait(): number {
    if (this.#interval === 0) return 0;
    const now = this.#clock.monotonic();
    if (this.#at === null) this.#at = this.#line.last = turnOf(this.#line.last + this.#step, this.#interval, now);
    return Math.max(turnOf(this.#at, this.#interval, now), this.#line.used.at + this.#interval) - now;
  }

  /**
   * What it is stored as by whoever uses it `now`: at least the interval after the one before, which the store insists on.
   * `isPossible`: whether the dial may have left then, else it is stored as now.
   */
  stamp(now: Instant, isPossible: (at: Instant) => boolean = () => true): Instant {
    const { wait } = this;
    const [turn, next] = [now + Math.round(wait), this.#line.used.stored + this.#interval];
    const stored = next > turn && next <= now ? next : turn;
    this.#used = { at: this.#clock.monotonic() + wait, stored: isPossible(stored) ? stored : now };
    return this.#used.stored;
  }

  /** Another runner was faster: it comes in so many milliseconds, and those behind it later. */
  putOff(by: number): void {
    this.#at = this.#clock.monotonic() + by;
    this.#line.last = Math.max(this.#line.last, this.#at);
  }

  /**
   * Resolves when the request may leave. What comes before it takes now longer and now shorter, so that turns which are far
   * enough apart would still bring one dial too many into a second.
   */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#line.used = this.#used;
    if (this.#interval === 0) return;
    const now = this.#clock.monotonic();
    const { left } = this.#line;
    const most = Math.max(1, Math.floor(SECOND / this.#interval));
    const apart = (left.at(-1)?.at ?? -Infinity) + this.#interval - Math.min(this.#interval / 4, CLOSER);
    const within = (left.at(-most)?.at ?? -Infinity) + most * this.#interval + JITTER;
    const own = { at: Math.max(now, apart, within) };
    this.#line.left = [...left, own].slice(-most);
    // Else each would have to wait for one that waited.
    this.#line.last += Math.max(0, own.at - now - CATCH_UP / 2);
    if (own.at === now) return;
    await this.#clock.sleep(Math.ceil(own.at - now));
    own.at = this.#clock.monotonic();
  }

  [Symbol.dispose](): void {
    if (!this.#hasLeft && this.#line.last === this.#at) this.#line.last = this.#at - this.#step;
  }

  get #step(): number {
    return this.#interval + SLACK * Math.min(1, this.#interval / SECOND);
  }
}
