/**
 * Clocks that are off, by seconds up to an hour, ahead and behind, some of them set in the middle of a run. Beside an
 * embedded file that is the clock of the one machine, which all its processes see; on Supabase each runner has its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import type { DialRecord } from "../../src/sandbox/index.ts";
import { campaignOf } from "./cast.ts";
import { COSTS_NOTHING, LEAVES_WITHIN } from "./promises.ts";
import { type ClockOrder, type Shift, shiftAt } from "./shifted-clock.js";
import type { Stage, Trouble } from "./trouble.ts";

const OFFSETS = [2 * SECOND, 4 * SECOND, 8 * SECOND, 30 * SECOND, MINUTE, 10 * MINUTE, HOUR] as const;

/** By how much instants in the rows may be off. */
export const CLOCK_ERROR = HOUR + MINUTE;

/** Whoever is off by more than 5 s dials nothing on Supabase; give or take what the question itself takes. */
const CERTAINLY_OFF = 7 * SECOND;

/** When a clock is set for the last time, milliseconds after its first look. */
const LAST_SHIFT = 14 * SECOND;

const MOST_TRIES = 100;

const PRELOAD = fileURLToPath(new URL("shifted-clock.js", import.meta.url));
const envOf = (order: ClockOrder): Record<string, string> => ({
  NODE_OPTIONS: `--import ${PRELOAD}`,
  CHAOS_CLOCK: JSON.stringify(order),
});

export class WrongClocks implements Trouble {
  readonly played = "clocks off";
  count = 0;
  readonly #stage: Stage;
  readonly #orders = new Map<object, ClockOrder>();
  readonly #began = Date.now();
  readonly #rightFrom = this.#began + LAST_SHIFT + SECOND;
  readonly #violations: string[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  prepare(): Promise<void> {
    const { runners, scratch, store, random } = this.#stage;
    runners.mayBeRefused = true;
    if (store.file !== null) {
      // Each jump ahead is a chance to take a call from a runner that lives: it lasts until that one's next heartbeat.
      const { shifts, signsTokens } = this.#draw(4, 8);
      const order = { shifts: [...shifts, { from: this.#rightFrom, ahead: 0 }], signsTokens };
      this.#orders.set(this, order);
      scratch.env(envOf(order));
    } else {
      runners.envOf = () => (random.chance(0.6) ? envOf(this.#draw(1, 2)) : {});
    }
    return Promise.resolve();
  }

  /** The day's cap was kept; it is then lifted, so that the round comes to its end. */
  async aftermath(): Promise<void> {
    const { sandbox, store } = this.#stage;
    if (store.file !== null) await sleep(Math.max(0, this.#rightFrom - Date.now()));
    const days = this.#daysSeen();
    for (const { name, daily_cap: cap } of (await store.rows()).campaigns) {
      const isCounted = ({ sipCallTo, endedAs }: DialRecord): boolean =>
        campaignOf(sipCallTo) === name && !COSTS_NOTHING.test(endedAs ?? "");
      const dials = sandbox.world.dials.filter(isCounted).length;
      if (dials > Number(cap) * days)
        this.#violations.push(`${dials} dials of ${name} in ${days} days with a daily cap of ${String(cap)}`);
    }
    await this.#insist("update campaigns set daily_cap = 1000");
    // What was planned by a clock that was ahead would be waited for.
    if (store.file !== null)
      await this.#insist(
        "update campaign_calls set next_attempt_at = null where status = 'pending' and attempt_id is null",
      );
  }

  /** Runners may hold the file for a moment. */
  async #insist(sql: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#stage.store.write(sql);
        return;
      } catch (error) {
        if (tries >= MOST_TRIES) throw error;
      }
      await sleep(SECOND / 5);
    }
  }

  *check(dials: readonly DialRecord[]): Generator<string> {
    yield* this.#violations;
    if (this.#stage.store.file !== null) return;
    for (const { participantIdentity, sipCallTo, at } of dials) {
      const clock = this.#stage.runners.clockOf(participantIdentity.replace("callee-", ""));
      if (clock === undefined) continue;
      const order = JSON.parse(clock) as ClockOrder;
      const off = Math.min(...[at - LEAVES_WITHIN - SECOND, at].map((when) => Math.abs(shiftAt(order, when))));
      if (off > CERTAINLY_OFF) yield `${sipCallTo} was dialed by a machine whose clock was off by ${off / SECOND} s`;
    }
  }

  #draw(fewest: number, most: number): ClockOrder {
    const { random } = this.#stage;
    const shifts: Shift[] = [];
    for (let n = random.whole(fewest, most); n > 0; n--) {
      const always = shifts.length === 0 && random.chance(0.5);
      const from = always ? 0 : Date.now() + random.whole(500, LAST_SHIFT);
      shifts.push({ from, ahead: random.pick<number>(OFFSETS) * random.pick([1, -1]) });
      this.count++;
    }
    return { shifts: shifts.toSorted((a, b) => a.from - b.from), signsTokens: random.chance(0.5) };
  }

  /** By any clock that was looked at. */
  #daysSeen(): number {
    const aheads = [...this.#orders.values()].flatMap(({ shifts }) => shifts.map(({ ahead }) => ahead));
    const instants = [0, ...aheads].flatMap((ahead) => [this.#began + ahead, Date.now() + ahead]);
    return new Set(instants.map((instant) => Math.floor(instant / DAY))).size;
  }
}
