/**
 * A phone that may be ringing, watched through its room: for dials that nobody answered for, and for dials that are the
 * agent's to make. LiveKit shows a leg from before the phone rings until it is over, and never why it ended.
 */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { persist } from "./backoff.ts";
import type { Unavailable } from "../errors.ts";
import { LIVE_POLL } from "./live-calls.ts";
import type { Clock, Leg, Telephony } from "../ports/index.ts";

/** A request under way may put a leg into the room this long after it left: LiveKit tries to join for 12 s. */
const SETTLE = 15 * SECOND;
/** What a ring may take longer than asked for: finding a SIP node, joining the room. */
const RING_SLACK = 30 * SECOND;

/** gone: there was a leg, and it left unanswered · rang_out: it is still ringing · never_seen: no leg ever came. */
export type Rung = "active" | "gone" | "rang_out" | "never_seen";

export interface Ringing {
  readonly room: string;
  /** When the dial left. */
  readonly since: Instant;
  readonly ringSeconds: number;
  /** Hears of the carrier's id of the call whenever it is seen. */
  readonly onCarrierId: (id: string) => void;
}

/** Resolves when the room tells what became of the dial, at the latest when no phone rings that long; rejects on `leave`. */
export async function watchRinging(
  { room, since, ringSeconds, onCarrierId }: Ringing,
  telephony: Telephony,
  clock: Clock,
  leave: AbortSignal,
  onTrouble: (trouble: Unavailable) => void,
): Promise<Rung> {
  const ringsUntil = since + ringSeconds * SECOND + RING_SLACK;
  let seen = false;
  let misses = 0;
  for (;;) {
    leave.throwIfAborted();
    const { leg, carrierId } = await persist(clock, () => telephony.presence(room), leave, onTrouble);
    if (carrierId !== null) onCarrierId(carrierId);
    if (leg === "active") return "active";
    // Once is no proof: LiveKit's lists miss a participant now and then.
    misses = leg === "absent" ? misses + 1 : 0;
    seen ||= leg === "ringing";
    if (misses >= 2 && (seen || clock.now() >= since + SETTLE)) return seen ? "gone" : "never_seen";
    if (clock.now() >= ringsUntil) return seen ? "rang_out" : "never_seen";
    await clock.sleep(LIVE_POLL, leave);
  }
}

/** How often a leg that is about to come is looked for. */
const LEG_LOOK = SECOND / 2;

/** The callee's leg as it is first seen; "absent" when the signal comes first. A look that fails is repeated. */
export async function firstLeg(room: string, telephony: Telephony, clock: Clock, signal: AbortSignal): Promise<Leg> {
  while (!signal.aborted) {
    const seen = await persist(clock, () => telephony.presence(room), signal).catch(() => null);
    if (seen !== null && seen.leg !== "absent") return seen.leg;
    await clock.sleep(LEG_LOOK, signal);
  }
  return "absent";
}
