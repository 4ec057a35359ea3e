/**
 * Since when a dial or a conversation goes on that was taken over. Two wall clocks say so, of whoever stored it and of this
 * machine, and neither hang-ups nor durations rest on these alone: LiveKit knows on one clock when the leg came and what time it is.
 */
import type { Attempt } from "../../domain/calls/call.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { AttemptContext, AttemptSettings } from "./attempt-context.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { type Ringing, RING_SLACK } from "./ringing.ts";

/** LiveKit says both in whole seconds. */
const ROUNDED = SECOND;
/** How long after the dial has left its leg comes, mostly. */
const COMES_WITHIN = SECOND;
/** How far the clocks of two machines may be apart: each is held within 5 s of the database's before it may dial. */
export const CLOCKS_APART = 10 * SECOND;

type Asked = Pick<AttemptContext, "clock" | "telephony" | "livekitTime">;

/** Looked at as if it left now. A leg that is there says since when; nobody knows of one that has yet to come. */
export async function dialOf(
  { room, attempt }: Pick<AttemptRecord, "room" | "attempt">,
  context: Asked,
): Promise<Pick<Ringing, "dialed" | "earlier">> {
  const { clock } = context;
  const there = await sinceLeg(room, context);
  const said = Math.max(0, clock.now() - (attempt.dialedAt ?? attempt.claimedAt));
  const isBelieved = there === null || Math.abs(said - there) <= CLOCKS_APART;
  return { dialed: clock.monotonic(), earlier: isBelieved ? said : there };
}

export interface Talk {
  /** On this machine's clock, so that what is stored may be another instant. */
  readonly answeredAt: Instant;
  /** Milliseconds by which that may be off. */
  readonly uncertain: number;
  /** When it may have been answered, whoever is right: what was too short to be a talk may be called again. */
  readonly earliest: Instant;
  /** Milliseconds that it has certainly lasted; 0 where LiveKit does not say. */
  readonly lasted: number;
}

export async function talkOf(
  { room, attempt }: Pick<AttemptRecord, "room" | "attempt">,
  settings: Pick<AttemptSettings, "ringSeconds">,
  context: Asked,
): Promise<Talk> {
  const there = await sinceLeg(room, context);
  const now = context.clock.now();
  const byClocks = now - (attempt.answeredAt ?? now);
  const talk = (talked: number, uncertain: number, lasted: number): Talk => ({
    answeredAt: now - Math.round(talked),
    uncertain,
    earliest: now - Math.max(byClocks, Math.round(talked + uncertain)),
    lasted,
  });
  const said = Math.max(0, byClocks);
  // Two clocks that contradict each other are wrong by so much at least.
  if (there === null) return talk(said, said - byClocks, 0);
  const [shortest, longest] = ringOf(attempt, settings);
  const least = Math.max(0, there - ROUNDED - longest);
  const most = Math.max(0, there + ROUNDED - shortest);
  const off = Math.max(0, least - byClocks - attempt.uncertainSeconds * SECOND, byClocks - most);
  const isBelieved = off <= CLOCKS_APART;
  const talked = isBelieved ? said : (least + most) / 2;
  const uncertain = isBelieved ? off : (most - least) / 2;
  return talk(talked, uncertain, Math.max(0, talked - uncertain));
}

/**
 * Milliseconds from the leg to the answer, at least and at most. One machine's clock has mostly told both dial and answer; what
 * no phone can have rung for it has not, or was set meanwhile.
 */
function ringOf(
  { dialedAt, claimedAt, answeredAt, uncertainSeconds }: Attempt,
  { ringSeconds }: Pick<AttemptSettings, "ringSeconds">,
): readonly [number, number] {
  const possible = ringSeconds * SECOND + RING_SLACK;
  const most = (answeredAt ?? claimedAt) - (dialedAt ?? claimedAt);
  const least = Math.max(0, most - uncertainSeconds * SECOND - COMES_WITHIN);
  return most < 0 || least > possible ? [0, possible] : [least, Math.min(most, possible)];
}

/** Milliseconds since the leg came, which is before the phone rings; null: LiveKit does not say. */
async function sinceLeg(room: string, { telephony, livekitTime }: Asked): Promise<number | null> {
  try {
    const { since } = await telephony.presence(room);
    const now = since === undefined ? null : ((await livekitTime?.().catch(() => null)) ?? null);
    return since === undefined || now === null ? null : Math.max(0, now - since);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return null;
  }
}
