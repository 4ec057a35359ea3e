/**
 * The runners of a round as processes, and what is done to them: killed, frozen, told to leave, and the campaign paused
 * and resumed at random. Then calm, until every call is final.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random, Sandbox, Script } from "../../src/sandbox/index.ts";
import type { Ran, Scratch } from "../support/cli.ts";

/** Short, so that a round is; the defaults are ten times as long. */
const LEASE = 2000;
const STORM = 6000;
/**
 * A round that has not come to its end by then hangs. Failures of the trunk that follow each other are waited out 15, 30,
 * 60, 120 and 240 s long: a number with four of them in its script, and one of the storm's, is at it for eight minutes.
 */
const LONGEST = 600_000;

/** What a runner says of each dial. */
const DIALING = /"type":"call_dialing".*"attempt_id":"([^"]+)"/g;

/** Exit codes a runner may end with: done, somebody else down, interrupted, killed. */
const HARMLESS: readonly (number | null)[] = [0, 3, 130, 143, null];

type Runner = ChildProcess & { readonly ended: Promise<Ran> };

export class Runners {
  readonly violations: string[] = [];
  readonly paused: [number, number][] = [];
  kills = 0;
  freezes = 0;
  /** Runners that were killed, frozen, or told to leave their calls; and who dialed which attempt. */
  readonly #hit = new Set<Runner>();
  readonly #dialedBy = new Map<string, Runner>();
  readonly #scratch: Scratch;
  readonly #sandbox: Sandbox;
  readonly #random: Random;
  readonly #runners = new Set<Runner>();
  readonly #frozen = new Map<Runner, Promise<unknown>>();

  constructor(scratch: Scratch, sandbox: Sandbox, random: Random) {
    this.#scratch = scratch;
    this.#sandbox = sandbox;
    this.#random = random;
  }

  async rage(wanted: number): Promise<void> {
    const until = Date.now() + STORM;
    while (Date.now() < until) {
      while (this.#runners.size < wanted) this.#launch();
      await sleep(this.#random.whole(100, 1200));
      await this.#strike();
    }
  }

  #launch(): void {
    const watch = this.#random.chance(0.7) ? ["--watch", "--poll", "1s"] : [];
    const runner = this.#scratch.start("run", ...watch, "--lease", `${LEASE}ms`, "--json");
    this.#runners.add(runner);
    void runner.ended.then(({ code, stdout, stderr }) => {
      this.#runners.delete(runner);
      for (const [, id] of stdout.matchAll(DIALING)) this.#dialedBy.set(id ?? "", runner);
      if (!HARMLESS.includes(code)) this.violations.push(`a runner ended with ${code}: ${stderr.slice(0, 2000)}`);
    });
  }

  async #strike(): Promise<void> {
    const [victim] = [...this.#runners].toSorted(() => this.#random.next() - 0.5);
    const roll = this.#random.next();
    if (victim === undefined || this.#frozen.has(victim)) return;
    if (roll < 0.35) {
      this.kills++;
      this.#hit.add(victim);
      victim.kill("SIGKILL");
      await victim.ended;
    } else if (roll < 0.6) {
      this.freezes++;
      this.#hit.add(victim);
      victim.kill("SIGSTOP");
      // Longer than its lease, or just short of it.
      const thaw = sleep(this.#random.pick([300, LEASE - 200, LEASE + 300, LEASE * 2])).then(() => {
        victim.kill("SIGCONT");
        this.#frozen.delete(victim);
      });
      this.#frozen.set(victim, thaw);
    } else if (roll < 0.75) {
      victim.kill("SIGTERM");
      if (this.#random.chance(0.5)) {
        await sleep(this.#random.whole(0, 300));
        this.#hit.add(victim);
        victim.kill("SIGTERM");
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

  /** For a moment agents do as it is said. */
  async #agents(behaviour: Partial<Script>): Promise<void> {
    const { world } = this.#sandbox;
    const { script } = world;
    world.script = { ...script, ...behaviour };
    await sleep(this.#random.whole(100, 800));
    world.script = script;
  }

  /** Everybody leaves; then one-shot runs, as cron would start them, until every call is final. */
  async calm(): Promise<void> {
    await Promise.all(this.#frozen.values());
    for (const runner of this.#runners) runner.kill("SIGTERM");
    await Promise.all([...this.#runners].map((runner) => runner.ended));
    const until = Date.now() + LONGEST;
    for (;;) {
      await this.#scratch.run("resume", "storm");
      const { code, stdout, stderr } = await this.#scratch.run("run", "--lease", `${LEASE}ms`);
      if (!HARMLESS.includes(code)) this.violations.push(`the last run ended with ${code}: ${stderr.slice(0, 2000)}`);
      const status = JSON.parse((await this.#scratch.run("status", "storm", "--json")).stdout) as Status;
      if (status.execution_status === "completed") break;
      if (Date.now() > until) {
        this.violations.push(`not completed after ${LONGEST / 1000} s: ${JSON.stringify(status)}\n${stdout}`);
        break;
      }
      await sleep(Math.min(10_000, Math.max(50, Date.parse(status.next_call_at ?? "") - Date.now() || 200)));
    }
  }

  /** A runner that died so soon that it could not say whom it dialed leaves an attempt of nobody. */
  wasHit(attemptId: string): boolean {
    const runner = this.#dialedBy.get(attemptId);
    return runner === undefined ? this.#hit.size > 0 : this.#hit.has(runner);
  }

  async lost(): Promise<number> {
    const { stdout } = await this.#scratch.run("status", "storm", "--json");
    return (JSON.parse(stdout) as Status).end_reasons["lost"] ?? 0;
  }
}

interface Status {
  readonly execution_status: string;
  readonly next_call_at: string | null;
  readonly end_reasons: Readonly<Record<string, number>>;
}
