/** Fewer agents than calls; agents that do not come, and nobody says so; that come late; that crash in the call. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Script } from "../../src/sandbox/index.ts";
import type { Stage, Trouble } from "./trouble.ts";

export class AgentPool implements Trouble {
  readonly played = "spells of few or bad agents";
  count = 0;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** How it is for the whole storm, and now and then worse. */
  async rage(storm: AbortSignal): Promise<void> {
    const { random, sandbox } = this.#stage;
    const good = sandbox.world.script;
    const usual: Partial<Script> = {
      agentPool: random.whole(1, 3),
      agentDrops: random.pick([0, 0, 0.1, 0.3]),
      // Most of them in the conversation, which is short.
      agentLeavesAfter: random.pick([null, null, 1 + random.next()]),
    };
    while (!storm.aborted) {
      const worse = random.pick<Partial<Script>>([
        {},
        { agentJoinsAfter: 1 + random.next() * 3 },
        { agentCrashesAfter: random.next() * 2 },
        { agentLeavesAfter: random.next() * 3 },
        { agentActiveAfter: 1 + random.next() * 2 },
        { agentPool: 0 },
      ]);
      this.count++;
      sandbox.world.script = { ...good, ...usual, ...worse };
      await sleep(random.whole(300, 2000));
    }
    sandbox.world.script = good;
  }
}
