/**
 * A frontend raises the daily cap by a dial or two, again and again, when it is reached. All runners stand at its edge then,
 * and race for what is new.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SECOND } from "../../src/domain/time/instant.ts";
import type { DialRecord, Fault } from "../../src/sandbox/index.ts";
import { campaignOf, STORM } from "./cast.ts";
import { COSTS_NOTHING, type Rows } from "./promises.ts";
import type { Stage, Trouble } from "./trouble.ts";

/** At the edge a single pass would be over. */
const STAYS = ["--watch", "--poll", "1s"];
/** A runner decides on its first dial, and hears of the trunks so much later: meanwhile others dial. */
const SLOW_TRUNKS: Fault = { method: "SIP/ListSIPOutboundTrunk", chance: 1, does: "slow", seconds: 1 };
/** More than any round dials. */
const ENOUGH = 1000;
const MOST_TRIES = 100;

export class DailyCap implements Trouble {
  readonly played = "raises of the daily cap";
  count = 0;
  readonly #stage: Stage;
  /** The oldest first: from when on each may have been in force. */
  readonly #caps: { readonly from: number; readonly cap: number }[] = [];
  #stormEnded = Infinity;
  #args: readonly string[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async prepare(): Promise<void> {
    const { runners, faults, random } = this.#stage;
    faults.faults.unshift(SLOW_TRUNKS);
    this.#args = runners.args;
    runners.args = [...runners.args, ...STAYS];
    await this.#insist(random.whole(1, 2));
  }

  async rage(storm: AbortSignal): Promise<void> {
    const { random } = this.#stage;
    while (!storm.aborted) {
      await sleep(random.whole(200, 800));
      if ((await this.#isReached()) && (await this.#set(this.#cap + random.whole(1, 2)))) this.count++;
    }
    this.#stormEnded = Date.now();
  }

  async aftermath(): Promise<void> {
    this.#stage.runners.args = this.#args;
    await this.#insist(ENOUGH);
  }

  /** At no time more of a day's dials had come to the far side than the cap allowed by then. */
  *check(dials: readonly DialRecord[], { attempts }: Rows): Generator<string> {
    const days = new Map(attempts.map(({ id, local_day: day }) => [`callee-${id}`, day]));
    const dayOf = ({ participantIdentity }: DialRecord): string | null => days.get(participantIdentity) ?? null;
    const own = dials.filter(({ sipCallTo, at }) => campaignOf(sipCallTo) === STORM && at <= this.#stormEnded);
    for (const dial of own) {
      const { at } = dial;
      const isFree = ({ endedAs, endedAt }: DialRecord): boolean =>
        COSTS_NOTHING.test(endedAs ?? "") && (endedAt ?? Infinity) <= at;
      const today = own.filter((other) => other.at <= at && dayOf(other) === dayOf(dial) && !isFree(other)).length;
      const cap = this.#caps.findLast(({ from }) => from <= at)?.cap ?? 0;
      if (today > cap) yield `${today} dials on ${dayOf(dial)} with a daily cap of ${cap} until then`;
    }
  }

  get #cap(): number {
    return this.#caps.at(-1)?.cap ?? 0;
  }

  /** As the program counts: with the calls that were handed out, and the dials that never came to the far side. */
  async #isReached(): Promise<boolean> {
    const rows = await this.#stage.store.rows().catch(() => null);
    const own = rows?.campaigns.find(({ name }) => name === STORM);
    if (rows === null || own === undefined) return false;
    const claimed = rows.attempts.filter(({ campaign_id: id, state }) => id === own.id && state === "claimed").length;
    return Number(own["current_daily_calls"]) + claimed >= this.#cap;
  }

  /** What the database refuses is as good as not written; the rest may be in force before this process hears so. */
  async #set(cap: number): Promise<boolean> {
    const from = Date.now();
    const { store } = this.#stage;
    const changed = await store.write(`update campaigns set daily_cap = ${cap} where name = '${STORM}'`).catch(() => 0);
    if (changed > 0) this.#caps.push({ from, cap });
    return changed > 0;
  }

  /** Runners may hold the file for a moment. */
  async #insist(cap: number): Promise<void> {
    for (let tries = 1; !(await this.#set(cap)); tries++) {
      if (tries >= MOST_TRIES) throw new Error(`the daily cap could not be set to ${cap}`);
      await sleep(SECOND / 5);
    }
  }
}
