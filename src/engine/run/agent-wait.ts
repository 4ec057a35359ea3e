/** Nobody is rung to hear silence: before the dial, the agent is waited for. */
import { SECOND } from "../../domain/time/instant.ts";
import { AGENT_WAIT } from "./agent-capacity.ts";
import type { Presence, Telephony } from "../ports/index.ts";
import type { AttemptContext } from "./attempt-context.ts";
import { passing } from "./backoff.ts";

/** Agents are ready 0.3 to 0.5 s after they are asked: mostly one look is enough. Later pauses double, up to a second. */
const FIRST_LOOK = SECOND / 2;

/** LiveKit loses dispatches in a burst, and repeats none. Who takes one is there long before. */
const ASK_AGAIN = 2 * SECOND;

export interface Awaited {
  readonly room: string;
  readonly isHungUp: () => boolean;
  /** Asks for an agent once more; without an answer it is waited for all the same. */
  readonly askAgain: () => Promise<void>;
  readonly onLook: (presence: Presence) => void;
}

/** Milliseconds until the agent was there; null: it was not waited for, or is not waited for any more. */
export async function awaitAgent(
  { room, isHungUp, askAgain, onLook }: Awaited,
  { clock, telephony, waitForAgent, drain, leave }: AttemptContext,
): Promise<number | null | "absent"> {
  if (!waitForAgent) return null;
  const stop = AbortSignal.any([drain, leave]);
  const since = clock.monotonic();
  let asked = false;
  await clock.sleep(FIRST_LOOK, stop);
  for (let pause = FIRST_LOOK; ; pause = Math.min(2 * pause, SECOND)) {
    if (stop.aborted || isHungUp()) return null;
    // A look that fails is a look that saw no agent.
    const joined = (await agentIn(room, telephony, onLook)) === true;
    const waited = clock.monotonic() - since;
    if (joined) return Math.round(waited);
    if (waited >= AGENT_WAIT) return "absent";
    if (!asked && waited >= ASK_AGAIN) {
      asked = true;
      await passing(askAgain);
    }
    await clock.sleep(Math.min(pause, AGENT_WAIT - waited), stop);
  }
}

/** Seen so lately, the agent is still there, milliseconds. */
const LATELY = 2 * SECOND;

/**
 * For a dial that has to wait for its turn: whether the agent that came just now is still there, looked at again when that
 * was a while ago. Null: nobody can tell.
 */
export function agentStays(
  { room, onLook }: Pick<Awaited, "room" | "onLook">,
  { clock, telephony }: AttemptContext,
): () => Promise<boolean | null> {
  let seen = clock.monotonic();
  return async () => {
    const asked = clock.monotonic();
    if (asked - seen <= LATELY) return true;
    const there = await agentIn(room, telephony, onLook);
    if (there === true) seen = asked;
    return there;
  };
}

async function agentIn(room: string, telephony: Telephony, onLook: Awaited["onLook"]): Promise<boolean | null> {
  const seen: { there: boolean | null } = { there: null };
  await passing(async () => {
    const presence = await telephony.presence(room);
    onLook(presence);
    seen.there = presence.agents.length > 0;
  });
  return seen.there;
}
