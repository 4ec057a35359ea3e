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
import { Departures, JITTER, mostOf, type Place } from "./departures.ts";

/** By so much more, milliseconds in a second, turns come apart: what was late comes back into its turn by what is more than jitter. */
const SLACK = JITTER + 2;

/** Of a dial that takes longer than most, or less: how much of the difference is believed. */
const [LONGER, LESS] = [1 / 2, 1 / 16];

/** A pace: of a campaign, or of a trunk, by its id; `interval`: milliseconds between two dials, 0: no pace. */
export interface Pace {
  readonly id: string;
  readonly interval: number;
}

export class Pacer {
  /** Per campaign. */
  readonly #lines = new Map<string, Line>();
  /** Per trunk. */
  readonly #trunks = new Map<string, Departures>();
  readonly #habit: Habit = { takes: 0 };
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For one dial of the campaign through the trunk. */
  turn(campaign: Pace, trunk: Pace): Turn {
    const line = this.#lineOf(campaign.id);
    const lanes = [
      { departures: line.departures, interval: campaign.interval },
      { departures: known(this.#trunks, trunk.id, () => new Departures()), interval: trunk.interval },
    ];
    return new Turn(line, campaign.interval, lanes, this.#habit, this.#clock);
  }

  /** For so long, milliseconds, enough turns are taken: nobody else is to be made to wait for one. */
  ahead(campaignId: string, interval: number): number {
    const { last, late } = this.#lineOf(campaignId);
    return Math.max(0, last + late - this.#clock.monotonic() - Math.max(interval, SECOND / 2));
  }

  #lineOf(campaignId: string): Line {
    return known(this.#lines, campaignId, newLine);
  }
}

function known<T>(all: Map<string, T>, id: string, fresh: () => T): T {
  const one = all.get(id) ?? fresh();
  all.set(id, one);
  return one;
}

/** What dials take, milliseconds, from the use of a turn until all is done but the writing: no less than most of them. */
interface Habit {
  takes: number;
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
  readonly departures: Departures;
}

interface Lane {
  readonly departures: Departures;
  readonly interval: number;
}

const newLine = (): Line => ({
  last: -Infinity,
  late: 0,
  used: NEVER,
  waiting: new Set(),
  departures: new Departures(),
});

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
  readonly #lanes: readonly Lane[];
  #places: readonly Place[] | null = null;
  readonly #habit: Habit;

  constructor(line: Line, interval: number, lanes: readonly Lane[], habit: Habit, clock: Clock) {
    this.#line = line;
    this.#interval = interval;
    this.#lanes = lanes;
    this.#habit = habit;
    this.#clock = clock;
  }

  /** Milliseconds until it may be used; negative: so late it is. Whoever asks has taken it. */
  get wait(): number {
    const turn = this.#interval === 0 ? -Infinity : this.#turn;
    // Else it would have to wait once it is stored, and what it was told there would grow old.
    const now = this.#clock.monotonic();
    const ahead = this.#ahead;
    const free = Math.max(...this.#lanes.map(({ departures, interval }) => departures.next(interval, now, ahead)));
    const at = Math.max(turn, free - this.#habit.takes);
    // The clock is read last: of a turn that is now, a hair is not to be waited for, again and again.
    return at - this.#clock.monotonic();
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
    const asked = (this.#askedAt = this.#clock.monotonic());
    for (const { departures } of this.#lanes) departures.storing++;
    if (this.#interval === 0) return now;
    const line = this.#line;
    this.#swap();
    line.late = Math.max(0, asked - (this.#at ?? asked));
    const at = this.#turn;
    const [turn, next] = [now + Math.round(at - asked), line.used.stored + this.#interval];
    // The clock rounds down: a millisecond from now may be now. Where that is the interval, the store would take it for another turn.
    const stored = next > turn && next <= now + (this.#interval > 1 ? 1 : 0) ? next : turn;
    this.#before = line.used;
    line.used = this.#used = { at, stored: isPossible(stored) ? stored : now };
    return this.#used.stored;
  }

  /** Another runner was faster: it comes in so many milliseconds, and those behind it later. */
  putOff(by: number): void {
    this.#unuse();
    if (this.#interval > 0) this.#line.waiting.add(this);
    this.#at = this.#clock.monotonic() + by;
    this.#line.last = Math.max(this.#line.last, this.#at);
  }

  /** It is stored. */
  keep(): void {
    this.#isKept = true;
    for (const { departures } of this.#lanes) departures.storing--;
  }

  /**
   * Resolves when the request leaves, at once. What comes before it takes now longer and now shorter, so that turns which are far
   * enough apart would still bring one dial too many into a second.
   */
  async leave(look: () => Promise<void>): Promise<void> {
    const began = this.#clock.monotonic();
    if (this.#askedAt !== null) {
      const more = began - this.#askedAt - this.#habit.takes;
      this.#habit.takes += more * (more > 0 ? LONGER : LESS);
      this.#askedAt = null;
    }
    // Whoever has to leave by another connection keeps its place, and does not line up behind itself.
    const places = (this.#places ??= this.#lanes.map(({ departures, interval }) => departures.enter(interval, began)));
    await Promise.all(places.map(({ first }) => first));
    for (let looked = false; ;) {
      const now = this.#clock.monotonic();
      const free = Math.max(...places.map((place) => place.free(now)));
      if (free <= now && looked) {
        for (const { own } of places) own.leave(now);
        return;
      }
      for (const { own } of places) own.at = Math.max(now, free);
      looked = free <= now;
      await (looked ? look() : this.#clock.sleep(Math.ceil(free - now)));
    }
  }

  [Symbol.dispose](): void {
    if (this.#isKept) return;
    this.#unuse();
    this.#line.waiting.delete(this);
    if (this.#line.last === this.#at) this.#line.last = this.#at - this.#step;
  }

  #unuse(): void {
    if (this.#askedAt === null) return;
    this.#askedAt = null;
    for (const { departures } of this.#lanes) departures.storing--;
    if (this.#line.used === this.#used) this.#line.used = this.#before;
  }

  /** Whoever comes first uses the first of the turns that wait, and leaves its own to another. */
  #swap(): void {
    const { waiting } = this.#line;
    waiting.delete(this);
    for (const other of waiting)
      if ((other.#at ?? Infinity) < (this.#at ?? -Infinity)) [this.#at, other.#at] = [other.#at, this.#at];
  }

  /** Others whose turns come first: for each of them it waits as well, or all would ask each time that one has gone. */
  get #ahead(): number {
    const at = this.#at ?? -Infinity;
    let ahead = 0;
    for (const other of this.#line.waiting) if ((other.#at ?? Infinity) < at) ahead++;
    return ahead;
  }

  /** From one turn to the next. */
  get #step(): number {
    return Math.max(this.#interval, (Math.max(SECOND, this.#interval) + SLACK) / mostOf(this.#interval));
  }
}
