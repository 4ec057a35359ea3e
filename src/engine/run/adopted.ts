/**
 * Since when a dial or a conversation goes on that was taken over. Two wall clocks say so, of whoever stored it and of this
 * machine, and nobody is hung up on by these alone: LiveKit knows on one clock when the leg came and what time it is.
 */
import type { Attempt } from "../../domain/calls/call.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Clock } from "../ports/index.ts";
import type { AttemptContext, AttemptSettings } from "./attempt-context.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { type Ringing, RING_SLACK } from "./ringing.ts";

/** LiveKit says both in whole seconds. */
const ROUNDED = SECOND;

/** Looked at as if it left now. */
export const dialOf = ({ dialedAt, claimedAt }: Attempt, clock: Clock): Pick<Ringing, "dialed" | "earlier"> => ({
  dialed: clock.monotonic(),
  earlier: Math.max(0, clock.now() - (dialedAt ?? claimedAt)),
});

export interface Talk {
  /** On this machine's clock. */
  readonly answeredAt: Instant;
  /** Milliseconds that it has certainly lasted; 0 where LiveKit does not say. */
  readonly lasted: number;
}

export async function talkOf(
  { room, attempt }: Pick<AttemptRecord, "room" | "attempt">,
  { ringSeconds }: Pick<AttemptSettings, "ringSeconds">,
  context: Pick<AttemptContext, "clock" | "telephony" | "livekitTime">,
): Promise<Talk> {
  const there = await sinceLeg(room, context);
  const now = context.clock.now();
  const said = attempt.answeredAt ?? now;
  const least = Math.max(0, (there ?? 0) - ringSeconds * SECOND - RING_SLACK);
  const most = there === null ? 0 : there + ROUNDED;
  const lasted = Math.min(Math.max(now - said, least), most);
  // What seems to have lasted longer is at worst taken for a talk that was too short to be called one again.
  return { answeredAt: Math.min(said, now - lasted), lasted };
}

/** Milliseconds since the leg came, which is before the phone rings; null: LiveKit does not say. */
async function sinceLeg(
  room: string,
  { telephony, livekitTime }: Pick<AttemptContext, "telephony" | "livekitTime">,
): Promise<number | null> {
  try {
    const { since } = await telephony.presence(room);
    const now = since === undefined ? null : ((await livekitTime?.().catch(() => null)) ?? null);
    return since === undefined || now === null ? null : Math.max(0, now - since);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return null;
  }
}
