/**
 * Keys that are refused in the middle of a run, by LiveKit, by Supabase, by a firewall between. It passes: nobody is hung up
 * on for it, no runner ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../../src/sandbox/index.ts";
import type { Refusal } from "./stores.ts";
import type { Stage, Trouble } from "./trouble.ts";

const LIVEKIT = ["key_refused_before", "key_refused_before", "page_before", "grant_refused_before"] as const;

const SUPABASE: readonly [Refusal, ...Refusal[]] = [
  { status: 401, body: '{"code":"PGRST303","details":null,"hint":null,"message":"JWT issued at future"}' },
  { status: 401, body: '{"message":"Invalid API key"}' },
  { status: 403, body: '{"code":"42501","details":null,"hint":null,"message":"permission denied for function x"}' },
  { status: 403, body: "<html>403 Forbidden</html>" },
];

export class RefusedKeys implements Trouble {
  readonly played = "spells of refused keys";
  count = 0;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    stage.runners.mayBeRefused = true;
  }

  async rage(storm: AbortSignal): Promise<void> {
    const { random, store, sandbox, faults } = this.#stage;
    const { seed } = faults;
    while (!storm.aborted) {
      await sleep(random.whole(300, 2500));
      if (storm.aborted) return;
      this.count++;
      const ofStore = random.chance(0.5) && store.refuse(random.pick(SUPABASE));
      if (!ofStore) {
        const does = random.pick(LIVEKIT);
        const refusal: Fault = { method: "", chance: random.pick([1, 1, 0.3]), does, seconds: 0 };
        sandbox.world.faults.set({ seed: seed + this.count, faults: [refusal, ...faults.faults] });
      }
      await sleep(random.whole(50, 3000));
      if (ofStore) store.refuse(null);
      else sandbox.world.faults.set({ seed: seed - this.count, faults: [...faults.faults] });
    }
  }
}
