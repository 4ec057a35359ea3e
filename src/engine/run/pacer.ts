/**
 * Keeps this runner's own dials apart. The store keeps all runners' dials apart; whoever asks it too early is told to
 * wait and asks again, so that each such dial costs a request more. Moments are on the monotonic clock.
 *
 * A dial asks the store in its turn. What lies from there to the writing of the request takes now longer and now shorter, so that
 * it is held back once more at its last moment: it leaves a little more than a second behind the one that was that many before
 * it as a second has room for, and however late some are, no second sees one more.
 */
import { CATCH_UP, turnOf } from "../../domain/calls/pace.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../ports/index.ts";

/** A request takes now longer and now shorter to its far end: by so much more than a second, milliseconds, dials leave apart. */
const JITTER = 4;

/** By so much more, milliseconds in a second, turns come apart: what was late comes back into its turn by what is more than jitter. */
const SLACK = 8;

/** By how much a dial may come closer to one that was late, milliseconds; a quarter of the interval at most. */
const CLOSER = 10;

/** Of a dial that takes longer than most, or less: how much of the difference is believed. */
const [LONGER, LESS] = [1 / 2, 1 / 16];

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
    const { last, late } = this.#lineOf(campaignId);
    return Math.max(0, last + late - this.#clock.monotonic() - Math.max(interval, SECOND / 2));
  }

  #lineOf(campaignId: string): Line {
    const known = this.#lines.get(campaignId);
    if (known !== undefined) return known;
    const line = { last: -Infinity, late: 0, used: NEVER, waiting: new Set<Turn>(), storing: 0, left: [], takes: 0 };
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
  /** By how much the turn that was used last was late. */
  late: number;
  /** The one that was used last. */
  used: Used;
  /** Those that are taken and not used yet. */
  readonly waiting: Set<Turn>;
  /** Dials that have used theirs and are being stored. */
  storing: number;
  /** When the last dials left, or are to leave, one after the other. */
  left: readonly { at: number }[];
  /** Milliseconds from the use of a turn until all is done but the writing: no fewer than most take. */
  takes: number;
}

/** Given back at the end of its scope, unless it is kept. */
export class Turn implements Disposable {
  readonly #line: Line;
  readonly #interval: number;
  readonly #clock: Clock;
  /** Null: not taken yet. */
  #at: number | null = null;
  #used = NEVER;
  #before = NEVER;
  /** When the store was asked; null: it was not, or how long that took is known. */
  #askedAt: number | null = null;
  #isKept = false;
  #own = { at: Infinity };

  constructor(line: Line, interval: number, clock: Clock) {
    this.#line = line;
    this.#interval = interval;
    this.#clock = clock;
  }

  /** Milliseconds until it may be used; negative: so late it is. Whoever asks has taken it. */
  get wait(): number {
    if (this.#interval === 0) return 0;
    const { left, storing, takes } = this.#line;
    // Else it would have to wait once it is stored, and what it was told there would grow old.
    return Math.max(this.#turn, this.#after(left, storing) - takes) - this.#clock.monotonic();
  }

  /** When it is, for the store. */
  get #turn(): number {
    const now = this.#clock.monotonic();
    if (this.#at === null) {
      this.#at = this.#line.last = turnOf(this.#line.last + this.#step, this.#interval, now);
      this.#line.waiting.add(this);
    }
    const latest = this.#interval < SECOND ? now - CATCH_UP : now;
    return Math.max(this.#at, latest, this.#line.used.at + this.#interval);
  }

  /**
   * What it is stored as by whoever uses it `now`: at least the interval after the one before, which the store insists on.
   * `isPossible`: whether the dial may have left then, else it is stored as now.
   */
  stamp(now: Instant, isPossible: (at: Instant) => boolean = () => true): Instant {
    if (this.#interval === 0) return now;
    const line = this.#line;
    this.#swap();
    const asked = (this.#askedAt = this.#clock.monotonic());
    line.late = Math.max(0, asked - (this.#at ?? asked));
    const at = this.#turn;
    const [turn, next] = [now + Math.round(at - asked), line.used.stored + this.#interval];
    const stored = next > turn && next <= now ? next : turn;
    this.#before = line.used;
    line.used = this.#used = { at, stored: isPossible(stored) ? stored : now };
    line.storing++;
    return this.#used.stored;
  }

  /** Another runner was faster: it comes in so many milliseconds, and those behind it later. */
  putOff(by: number): void {
    this.#unuse();
    this.#line.waiting.add(this);
    this.#at = this.#clock.monotonic() + by;
    this.#line.last = Math.max(this.#line.last, this.#at);
  }

  /** It is stored. */
  keep(): void {
    this.#isKept = true;
    if (this.#askedAt !== null) this.#line.storing--;
  }

  /**
   * Resolves when the request may leave. What comes before it takes now longer and now shorter, so that turns which are far
   * enough apart would still bring one dial too many into a second.
   */
  async due(): Promise<void> {
    if (this.#interval === 0) return;
    const line = this.#line;
    if (this.#askedAt !== null) {
      const took = this.#clock.monotonic() - this.#askedAt;
      line.takes += (took - line.takes) * (took > line.takes ? LONGER : LESS);
      this.#askedAt = null;
    }
    const before = line.left.slice(-this.#most);
    const own = (this.#own = { at: this.#clock.monotonic() });
    line.left = [...before, own];
    // Those before it may leave later than they were to.
    for (let now; (own.at = Math.max(own.at, this.#after(before))) > (now = this.#clock.monotonic());)
      await this.#clock.sleep(Math.ceil(own.at - now));
  }

  /** It leaves now. */
  leave(): void {
    this.#own.at = this.#clock.monotonic();
  }

  [Symbol.dispose](): void {
    if (this.#isKept) return;
    this.#unuse();
    this.#line.waiting.delete(this);
    if (this.#line.last === this.#at) this.#line.last = this.#at - this.#step;
  }

  #unuse(): void {
    const line = this.#line;
    if (this.#askedAt === null) return;
    if (line.used === this.#used) line.used = this.#before;
    this.#askedAt = null;
    line.storing--;
  }

  /** Whoever comes first uses the first of the turns that wait, and leaves its own to another. */
  #swap(): void {
    const { waiting } = this.#line;
    waiting.delete(this);
    for (const other of waiting)
      if ((other.#at ?? Infinity) < (this.#at ?? -Infinity)) [this.#at, other.#at] = [other.#at, this.#at];
  }

  /** How many a second, or an interval that is longer, has room for. */
  get #most(): number {
    return Math.max(1, Math.ceil(SECOND / this.#interval));
  }

  /** At least so long it takes them to leave, as the far end is to see it. */
  get #span(): number {
    return Math.max(SECOND, this.#interval) + JITTER;
  }

  /** From when on one may leave behind these, with so many between that are not there yet. */
  #after(left: Line["left"], between = 0): number {
    const apart = this.#interval - Math.min(this.#interval / 4, CLOSER);
    const oldest = between < this.#most ? left.at(between - this.#most) : undefined;
    return Math.max((oldest?.at ?? -Infinity) + this.#span, (left.at(-1)?.at ?? -Infinity) + apart * (between + 1));
  }

  /** From one turn to the next. */
  get #step(): number {
    return Math.max(this.#interval, (Math.max(SECOND, this.#interval) + SLACK) / this.#most);
  }
}
