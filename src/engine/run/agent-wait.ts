/** Nobody is rung to hear silence: before the dial, the agent is waited for. */
import { SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import { AGENT_WAIT } from "./agent-capacity.ts";
import type { AttemptContext } from "./attempt-context.ts";

/** Agents are ready 0.3 to 0.5 s after they are asked: mostly one look is enough. Later pauses double, up to a second. */
const FIRST_LOOK = SECOND / 2;

/** Milliseconds until the agent was there; null: it was not waited for, or is not waited for any more. */
export async function awaitAgent(
  room: string,
  { clock, telephony, waitForAgent, drain, leave }: AttemptContext,
  isHungUp: () => boolean,
): Promise<number | null | "absent"> {
  if (!waitForAgent) return null;
  const stop = AbortSignal.any([drain, leave]);
  const since = clock.monotonic();
  await clock.sleep(FIRST_LOOK, stop);
  for (let pause = FIRST_LOOK; ; pause = Math.min(2 * pause, SECOND)) {
    if (stop.aborted || isHungUp()) return null;
    const joined = await agentJoined();
    const waited = clock.monotonic() - since;
    if (joined) return Math.round(waited);
    if (waited >= AGENT_WAIT) return "absent";
    await clock.sleep(Math.min(pause, AGENT_WAIT - waited), stop);
  }

  /** A look that fails is a look that saw no agent. */
  async function agentJoined(): Promise<boolean> {
    try {
      return (await telephony.presence(room)).agent;
    } catch (error) {
      if (error instanceof Unavailable) return false;
      throw error;
    }
  }
}
