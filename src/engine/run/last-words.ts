/**
 * The callee has gone, and the call's end is stored; the agent may still say what came of it. Its room is left until it has
 * gone too, or has said its last word, or has had its time: whoever writes into a room that is removed is not heard.
 */
import { SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Heard, ListedRoom } from "../ports/index.ts";
import type { AttemptContext } from "./attempt-context.ts";
import { passing } from "./backoff.ts";
import { LIVE_POLL } from "./live-calls.ts";

/** How long an agent has by default. */
export const VERDICT_WAIT = 10 * SECOND;

export interface Speaking {
  readonly room: string;
  readonly hear: (heard: Heard) => void;
  readonly isOver: () => boolean;
}

/** Looks once a second, and once more into the room's metadata when the agent has gone without a last word. */
export async function hearOut(speaking: Speaking, context: AttemptContext): Promise<void> {
  const { room, hear, isOver } = speaking;
  const { clock, telephony, leave, live, verdictWait } = context;
  const until = clock.monotonic() + verdictWait;
  while (!isOver() && clock.monotonic() < until) {
    await clock.sleep(Math.min(Math.max(LIVE_POLL, live.turn), until - clock.monotonic()), leave);
    if (leave.aborted) return;
    if (!(await isThere())) break;
  }
  await hearRoom(speaking, context);

  /** An agent that cannot be seen may be there. */
  async function isThere(): Promise<boolean> {
    let there = true;
    await passing(async () => {
      const presence = await telephony.presence(room);
      if (presence.heard !== null) hear(presence.heard);
      there = presence.agents.length > 0;
    });
    return there;
  }
}

/** What the agent has left in the room. LiveKit's list leaves out a room now and then. */
export async function hearRoom({ room, hear, isOver }: Speaking, { telephony }: AttemptContext): Promise<void> {
  for (let looks = 0; looks < 2 && !isOver(); looks++) {
    const listed = await telephony.listedRooms([room]).catch(unread);
    for (const { heard } of listed) if (heard !== null) hear(heard);
    if (listed.length > 0) return;
  }
}

function unread(error: unknown): readonly ListedRoom[] {
  if (error instanceof Unavailable) return [];
  throw error;
}
