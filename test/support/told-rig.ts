/** The engine on a manual clock, with a LiveKit that tells what happens as it would by webhook: soon, late, or not at all. */
import type { Attempt, Call } from "../../src/domain/calls/call.ts";
import { HOUR, SECOND } from "../../src/domain/time/instant.ts";
import { Webhooks } from "../../src/engine/manage/webhooks.ts";
import type { Telephony } from "../../src/engine/ports/index.ts";
import type { Runner } from "../../src/engine/run/runner.ts";
import type { RoomEvent as SandboxEvent } from "../../src/sandbox/room-events.ts";
import { fictionalNumber } from "./cli.ts";
import { Rig } from "./engine.ts";
import { altered } from "./troubled.ts";
import { readOf } from "./webhooks.ts";

/** What becomes of a webhook, milliseconds after its event; none: it is lost. */
export type Fate = (event: SandboxEvent) => readonly number[];
export const prompt: Fate = () => [20];
export const lost: Fate = () => [];

/** A rig whose LiveKit tells what happens: to a server that shares the store only, or also wakes the runner. */
export class Told extends Rig {
  fate: Fate = prompt;
  looks = 0;
  /** By how much LiveKit's clock is ahead of ours. */
  ahead = 0;
  readonly hooks: Webhooks;
  runner: Runner | null = null;

  constructor(shares: "process" | "store" = "process") {
    super();
    this.hooks = new Webhooks(this.store, this.clock, () => {
      if (shares === "process") this.runner?.hear();
    });
    this.world.rooms.onEvent = (event) => {
      for (const after of this.fate(event)) {
        void this.clock.sleep(after).then(() => this.hooks.livekit(readOf({ ...event, at: event.at + this.ahead })));
      }
    };
  }

  get counted(): Telephony {
    return altered(this.telephony, "presence", (look) => (room) => {
      this.looks++;
      return look(room);
    });
  }

  /** One pass to its end. */
  async pass(within = 24 * HOUR): Promise<void> {
    const working = this.work({ watch: false }, this.store, this.counted);
    this.runner = working.runner;
    await this.clock.finish(working.done, within);
  }

  async ended(id: string): Promise<{ readonly call: Call; readonly attempt: Attempt }> {
    const found = await this.store.callHistory(id, fictionalNumber(0));
    const attempt = found?.attempts.at(-1);
    if (found === null || attempt === undefined) throw new Error("expected a call");
    return { call: found.call, attempt };
  }

  /** By how much the stored end is late, milliseconds. */
  async off(id: string): Promise<number> {
    const { attempt } = await this.ended(id);
    return (attempt.endedAt ?? NaN) - (this.world.dials.at(-1)?.endedAt ?? NaN);
  }
}

/** Somebody else is called all the while: webhooks come every few seconds. */
export const traffic = async (rig: Told, over: AbortSignal = new AbortController().signal): Promise<void> => {
  while (!over.aborted) {
    await rig.clock.sleep(5 * SECOND);
    await rig.hooks.livekit(null);
  }
};

/** An agent that is there as long as its call. */
export const talk = (talks: number) => ({ does: "answer", rings: 1, talks }) as const;
