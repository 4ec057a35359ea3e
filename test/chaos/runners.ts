/**
 * The runners of a round as processes, and what is done to them: killed, frozen, told to leave, and the campaign paused
 * and resumed at random. Then calm, until every call is final.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOM_PREFIX } from "../../src/domain/calls/call.ts";
import type { Random, Sandbox, Script } from "../../src/sandbox/index.ts";
import type { Ran, Scratch } from "../support/cli.ts";
import type { RoundStore } from "./stores.ts";

/** Short, so that a round is; the defaults are ten times as long. */
const LEASE = 5000;
/** It begins with the first dial, or when there was none for so long. */
const STORM = 8000;
const NO_DIAL = 60_000;
/**
 * A round that has not come to its end by then hangs. Failures of the trunk that follow each other are waited out 15, 30,
 * 60, 120 and 240 s long: a number with four of them in its script, and one of the storm's, is at it for eight minutes.
 */
const LONGEST = 600_000;
/** From the end of the last call until its room is gone: the longest talk, and the time that an agent has. */
const CLEARED_WITHIN = 30_000;

/** What a runner says of each dial, and of each call that it takes over. */
const DIALING = /"type":"call_dialing".*"attempt_id":"([^"]+)"/g;
const ADOPTED = /"type":"call_adopted".*"attempt_id":"([^"]+)"/g;
const STARTED = '"type":"run_started"';

/** Exit codes a runner may end with: done, somebody else down, interrupted, killed. */
const HARMLESS: readonly (number | null)[] = [0, 3, 130, 143, null];
/** A key that is refused at the start, or a campaign that cannot run. */
const MISUSED = 2;
const FAILED = '"type":"campaign_failed"';

type Env = Readonly<Record<string, string>>;
type Runner = ChildProcess & { readonly ended: Promise<Ran> };

export class Runners {
  readonly violations: string[] = [];
  readonly paused: [number, number][] = [];
  kills = 0;
  freezes = 0;
  /** Keys may be refused at the start of a runner. */
  mayBeRefused = false;
  /** Another campaign may be one that cannot run. */
  mayFail = false;
  /** More for each runner. */
  args: readonly string[] = [];
  envOf: () => Env = () => ({});
  /** When the storm is over: epoch milliseconds. */
  stormEnds = 0;
  /** Runners that were killed, frozen, or told to leave their calls; and who dialed which attempt. */
  readonly #hit = new Set<Runner>();
  readonly #told = new Set<Runner>();
  /** One was frozen in the middle of a transaction on the embedded file: all others were held up, and may lose their leases. */
  #heldUp = false;
  readonly #dialedBy = new Map<string, Runner>();
  /** How the last run ended, and what it wrote to stderr: that the database is down is harmless, if it passes. */
  #lastWords = "nothing";
  readonly #adopted: { readonly id: string; readonly by: Runner }[] = [];
  readonly #envs = new Map<Runner, Env>();
  readonly #scratch: Scratch;
  readonly #sandbox: Sandbox;
  readonly #store: RoundStore;
  readonly #random: Random;
  readonly #runners = new Set<Runner>();
  readonly #frozen = new Map<Runner, Promise<unknown>>();

  constructor(scratch: Scratch, sandbox: Sandbox, store: RoundStore, random: Random) {
    this.#scratch = scratch;
    this.#sandbox = sandbox;
    this.#store = store;
    this.#random = random;
  }

  /** The first of them are at work. */
  async begin(wanted: number): Promise<void> {
    const until = Date.now() + NO_DIAL;
    while (this.#sandbox.world.dials.length === 0 && Date.now() < until) {
      while (this.#runners.size < wanted) this.#launch();
      await sleep(50);
    }
    this.stormEnds = Date.now() + STORM;
  }

  async rage(wanted: number): Promise<void> {
    while (Date.now() < this.stormEnds) {
      while (this.#runners.size < wanted) this.#launch();
      await sleep(this.#random.whole(100, 1200));
      await this.#strike();
    }
  }

  #launch(): void {
    const watch = this.#random.chance(0.7) ? ["--watch", "--poll", "1s"] : [];
    const env = this.envOf();
    const args = ["run", ...watch, ...this.args, "--lease", `${LEASE}ms`, "--json"];
    const runner = this.#scratch.startWith(env, ...args);
    this.#envs.set(runner, env);
    this.#runners.add(runner);
    void runner.ended.then(({ code, stdout, stderr }) => {
      this.#runners.delete(runner);
      for (const [, id = ""] of stdout.matchAll(DIALING)) this.#dialedBy.set(id, runner);
      for (const [, id = ""] of stdout.matchAll(ADOPTED)) this.#adopted.push({ id, by: runner });
      if (!this.#isHarmless(code, stdout))
        this.violations.push(`a runner ended with ${code}: ${stderr.slice(0, 2000)}`);
    });
  }

  #isHarmless(code: number | null, stdout: string): boolean {
    const isRefused = this.mayBeRefused && !stdout.includes(STARTED);
    const hasFailed = this.mayFail && stdout.includes(FAILED);
    return HARMLESS.includes(code) || (code === MISUSED && (isRefused || hasFailed));
  }

  async #strike(): Promise<void> {
    const [victim] = [...this.#runners].toSorted(() => this.#random.next() - 0.5);
    const roll = this.#random.next();
    if (victim === undefined || this.#frozen.has(victim)) return;
    if (roll < 0.35) {
      this.kills++;
      await this.#kill(victim);
    } else if (roll < 0.6) {
      this.freezes++;
      this.#hit.add(victim);
      victim.kill("SIGSTOP");
      this.#heldUp ||= this.#store.isHeld();
      // Longer than its lease, or just short of it.
      const thaw = sleep(this.#random.pick([300, LEASE - 200, LEASE + 300, LEASE * 2])).then(() => {
        victim.kill("SIGCONT");
        this.#frozen.delete(victim);
      });
      this.#frozen.set(victim, thaw);
    } else if (roll < 0.75) {
      this.#tellToEnd(victim);
      if (this.#random.chance(0.5)) {
        await sleep(this.#random.whole(0, 300));
        this.#tellToEnd(victim);
      }
    } else if (roll < 0.8) {
      // Agents crash soon after they have joined.
      await this.#agents({ agentLeavesAfter: this.#random.next() * 2 });
    } else if (roll < 0.9) {
      if ((await this.#scratch.run("pause", "storm")).code !== 0) return;
      const from = Date.now();
      await sleep(this.#random.whole(0, 1500));
      this.paused.push([from, Date.now()]);
      await this.#scratch.run("resume", "storm");
    } else {
      // Nobody takes the agent's jobs for a moment.
      await this.#agents({ agentJoinsAfter: null });
    }
  }

  /** Whoever is told a second time leaves its calls. */
  #tellToEnd(runner: Runner): void {
    if (this.#told.has(runner)) this.#hit.add(runner);
    this.#told.add(runner);
    runner.kill("SIGTERM");
  }

  async #kill(victim: Runner): Promise<void> {
    this.#hit.add(victim);
    victim.kill("SIGKILL");
    await victim.ended;
  }

  /** For a moment agents do as it is said. */
  async #agents(behaviour: Partial<Script>): Promise<void> {
    const { world } = this.#sandbox;
    const { script } = world;
    world.script = { ...script, ...behaviour };
    await sleep(this.#random.whole(100, 800));
    world.script = script;
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#runners].map((runner) => this.#kill(runner)));
  }

  /** Everybody leaves; then runs, one after the other as cron would start them or one that stays, until every call is final. */
  async calm(): Promise<void> {
    await Promise.all(this.#frozen.values());
    for (const runner of this.#runners) this.#tellToEnd(runner);
    await Promise.all([...this.#runners].map((runner) => runner.ended));
    const until = Date.now() + LONGEST;
    const stays = this.#random.chance(0.5) ? this.#last("--watch", "--poll", "1s") : null;
    let clearBy = Infinity;
    for (let wait = 0; ; await sleep(wait)) {
      const { attempts, campaigns } = await this.#store.rows();
      const all = campaigns.filter(({ execution_status: status }) => status !== "error");
      const open = all.filter(({ execution_status: status }) => status !== "completed");
      // Somebody may talk on whose call is lost, which no run waits for: cron's next ones clear the room.
      const known = new Set(attempts.map(({ id }) => ROOM_PREFIX + id));
      const isClear = !this.#sandbox.world.rooms.list().some(({ name }) => known.has(name));
      if (open.length > 0) clearBy = Infinity;
      else clearBy = Math.min(clearBy, Date.now() + CLEARED_WITHIN);
      if (open.length === 0 && (isClear || Date.now() > clearBy)) break;
      if (Date.now() > until) {
        const states = open.map(({ name, execution_status: status }) => `${name} is ${status}`).join(", ");
        this.violations.push(
          `not completed after ${LONGEST / 1000} s: ${states}; the last run said ${this.#lastWords}`,
        );
        break;
      }
      for (const { id, execution_status: status } of open)
        if (status !== "running") await this.#scratch.run(status === "idle" ? "start" : "resume", id);
      if (stays === null) await this.#last().ended;
      const next = Date.parse(open[0]?.next_call_at ?? "") - Date.now();
      wait = stays === null ? Math.min(10_000, Math.max(50, next || 200)) : 300;
    }
    stays?.kill("SIGTERM");
    await stays?.ended;
  }

  #last(...args: string[]): Runner {
    const runner = this.#scratch.start("run", ...this.args, ...args, "--lease", `${LEASE}ms`, "--json");
    void runner.ended.then(({ code, stdout, stderr }) => {
      for (const [, id = ""] of stdout.matchAll(DIALING)) this.#dialedBy.set(id, runner);
      this.#lastWords = `${code}: ${stderr.slice(0, 2000)}`;
      if (!this.#isHarmless(code, stdout))
        this.violations.push(`the last run ended with ${code}: ${stderr.slice(0, 2000)}`);
    });
    return runner;
  }

  /** A runner that died so soon that it could not say whom it dialed leaves an attempt of nobody. */
  wasHit(attemptId: string): boolean {
    const runner = this.#dialedBy.get(attemptId);
    return this.#heldUp || (runner === undefined ? this.#hit.size > 0 : this.#hit.has(runner));
  }

  /** What the one that dialed was told of its clock. */
  clockOf(attemptId: string): string | undefined {
    const runner = this.#dialedBy.get(attemptId);
    return runner && this.#envs.get(runner)?.["CHAOS_CLOCK"];
  }

  /** Attempts that were taken over from a runner that lived. */
  get robbed(): readonly string[] {
    return this.#adopted.flatMap(({ id, by }) => (this.#dialedBy.get(id) === by || this.wasHit(id) ? [] : [id]));
  }
}
