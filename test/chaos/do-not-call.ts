/** People who ask, in the middle of a run, not to be called any more. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DialRecord } from "../../src/sandbox/index.ts";
import { fictionalNumber } from "../support/cli.ts";
import { LEAVES_WITHIN } from "./promises.ts";
import type { Stage, Trouble } from "./trouble.ts";

export class DoNotCall implements Trouble {
  readonly played = "numbers put on the do-not-call list";
  /** Number → since when it is on it. */
  readonly #since = new Map<string, number>();
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get count(): number {
    return this.#since.size;
  }

  async rage(storm: AbortSignal): Promise<void> {
    const { random, scratch, contacts } = this.#stage;
    for (let n = random.whole(1, 3); n > 0 && !storm.aborted; n--) {
      await sleep(random.whole(200, 2500));
      const number = fictionalNumber(random.whole(0, contacts - 1));
      const { code } = await scratch.run("dnc", "add", number);
      if (code === 0 && !this.#since.has(number)) this.#since.set(number, Date.now());
    }
  }

  /** What a backup has forgotten of the list its operator puts there again, once he is told so. */
  async aftermath(): Promise<void> {
    const { scratch, store } = this.#stage;
    const { campaigns } = await store.rows();
    const isToBeCompleted = campaigns.some((row) =>
      String(row["status_reason"]).includes("complete the do-not-call list"),
    );
    if (isToBeCompleted && this.#since.size > 0) await scratch.run("dnc", "add", ...this.#since.keys());
  }

  *check(dials: readonly DialRecord[]): Generator<string> {
    for (const { sipCallTo: number, at } of dials) {
      const late = at - (this.#since.get(number) ?? Infinity);
      if (late > LEAVES_WITHIN) yield `${number} was dialed ${late} ms after it was put on the do-not-call list`;
    }
  }
}
