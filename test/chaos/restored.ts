/**
 * A backup made in the middle of a run and put back after its end: by `campaigns restore`, or as a plain copy of the file,
 * which a run must refuse. Nobody is dialed again for it.
 */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DialRecord } from "../../src/sandbox/index.ts";
import type { Rows } from "./promises.ts";
import type { Stage, Trouble } from "./trouble.ts";

/** Until the leases of the killed have run out. */
const LEASES_END = 30_000;

const attemptOf = ({ participantIdentity }: DialRecord): string => participantIdentity.replace("callee-", "");

export class Restored implements Trouble {
  readonly played = "backups put back";
  count = 0;
  /** The dials that it does not know: from when it was made until it was back. */
  #from = Infinity;
  #until = Infinity;
  readonly #stage: Stage;
  readonly #violations: string[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get #file(): string {
    return join(this.#stage.scratch.dir, "backup.db");
  }

  async rage(): Promise<void> {
    const { random, scratch } = this.#stage;
    await sleep(random.whole(500, 4000));
    this.#from = Date.now();
    const { code, stderr } = await scratch.run("backup", this.#file);
    if (code !== 0) this.#violations.push(`backup ended with ${code}: ${stderr}`);
  }

  async aftermath(): Promise<void> {
    const { random, runners, scratch, store } = this.#stage;
    if (this.#violations.length > 0) return;
    await runners.killAll();
    if (random.chance(0.5)) await this.#copyPlainly(store.file ?? "");
    const until = Date.now() + LEASES_END;
    for (;;) {
      const { code, stderr } = await scratch.run("restore", this.#file);
      if (code === 0) break;
      if (Date.now() > until) return void this.#violations.push(`restore ended with ${code}: ${stderr}`);
      await sleep(500);
    }
    this.#until = Date.now();
    this.count++;
  }

  /** Without a word to the program. */
  async #copyPlainly(to: string): Promise<void> {
    const { sandbox, scratch, store } = this.#stage;
    const { world } = sandbox;
    const known = new Set((await store.rows()).attempts.map(({ id }) => id));
    for (const end of ["-wal", "-shm"]) rmSync(to + end, { force: true });
    copyFileSync(this.#file, to);
    const kept = new Set(
      (await store.rows()).attempts.flatMap(({ id, dialed_at }) => (dialed_at === null ? [] : [id])),
    );
    const dials = world.dials.length;
    const isOlder = world.dials.map(attemptOf).some((id) => known.has(id) && !kept.has(id));
    if (!isOlder) return;
    const { code, stderr } = await scratch.run("run", "--lease", "5s");
    if (code !== 3 || !stderr.includes("campaigns restore"))
      this.#violations.push(`a run on an older copy ended with ${code}: ${stderr}`);
    // A request of a runner that was killed may come late.
    const made = world.dials.slice(dials).map(attemptOf);
    if (made.some((id) => !known.has(id))) this.#violations.push("a run on an older copy dialed");
  }

  /** Whether the rows need not know of the dial. */
  forgets({ at }: DialRecord): boolean {
    return at >= this.#from && at <= this.#until;
  }

  /** Whether the backup may have the call under way: its end, and who was at it, are not known any more. */
  reopens({ at, endedAt }: DialRecord): boolean {
    return at <= this.#until && (endedAt ?? Infinity) >= this.#from;
  }

  *check(dials: readonly DialRecord[], { attempts }: Rows): Generator<string> {
    yield* this.#violations;
    const known = new Set(attempts.map(({ id }) => `callee-${id}`));
    const unknown = dials.filter((dial) => this.forgets(dial) && !known.has(dial.participantIdentity));
    const numbers = new Set(unknown.map(({ sipCallTo }) => sipCallTo));
    for (const { sipCallTo: number, at } of dials) {
      if (at > this.#until && numbers.has(number)) yield `${number} was dialed again after an older file was put back`;
    }
  }
}
