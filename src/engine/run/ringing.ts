/**
 * A phone that may be ringing, watched through its room: for dials whose answer nobody could read, and for dials that the
 * agent makes. LiveKit shows a leg from before the phone rings until it is over, and never why it ended.
 */
import { SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, Presence, Telephony } from "../ports/index.ts";
import { DONE, LIVE_POLL } from "./live-calls.ts";

/** A request under way may put a leg into the room this long after it left: LiveKit tries to join for 12 s. */
const SETTLE = 15 * SECOND;
/** What a ring may take longer than asked for: finding a SIP node, joining the room. */
export const RING_SLACK = 30 * SECOND;
/** How often in a row LiveKit must say that there is no room, a second apart, before that is believed. */
export const ROOM_MISSES = 4;
/** How close to its ring time-out a phone must have been seen ringing to have rung out when it is gone. */
const AT_RING_OUT = 3 * SECOND;

/**
 * active: answered, up to `uncertain` milliseconds ago · rang_out: it rang until its time-out, and nobody answered ·
 * gone: a leg was there and left unanswered, nobody knows why · rings_on: the leg is there beyond its time-out ·
 * never_seen: no leg ever came · unreadable: the room could not be read for as long as a call may last.
 */
export type Rung =
  | { readonly is: "active"; readonly uncertain: number }
  | { readonly is: "rang_out" | "gone" | "rings_on" | "never_seen" | "unreadable" };

export interface Ringing {
  readonly room: string;
  /** When the dial left, on the monotonic clock, or a little before; of another runner's, when it was taken over. */
  readonly dialed: number;
  /**
   * Milliseconds that it had left before that, by two wall clocks where LiveKit does not say. Nobody is hung up on or given up for
   * that: a phone has its whole time anew to come and to ring, unless LiveKit ends it. One that was declined may then pass for one
   * that rang out, which the campaign's own retries follow.
   */
  readonly earlier: number;
  readonly ringSeconds: number;
  readonly maxDurationSeconds: number;
  /** Sees what each look has seen. */
  readonly onLook: (presence: Presence) => void;
}

/** What the looks so far have shown. */
interface Seen {
  /** When the leg was last seen unanswered, milliseconds since the dial. */
  last: number | null;
  ringing: boolean;
  /** Looks in a row that found no callee in the room, and those that found no room. */
  misses: number;
  noRooms: number;
}

/** Resolves when the room tells what became of the dial, at the latest when no call lasts that long; rejects on `leave`. */
export async function watchRinging(
  ringing: Ringing,
  telephony: Telephony,
  clock: Clock,
  leave: AbortSignal,
  onTrouble: (trouble: Unavailable) => void,
): Promise<Rung> {
  const seen: Seen = { last: null, ringing: false, misses: 0, noRooms: 0 };
  const { dialed } = ringing;
  for (;;) {
    leave.throwIfAborted();
    const asked = clock.monotonic() - dialed;
    const presence = await look(ringing.room, telephony, onTrouble);
    if (presence !== null) ringing.onLook(presence);
    const rung = judge(presence, ringing, seen, asked, clock.monotonic() - dialed);
    if (rung !== null) return rung;
    await clock.sleep(LIVE_POLL, leave);
  }
}

/** `asked`, `now`: when the look was made and answered, milliseconds since the dial. */
function judge(presence: Presence | null, ringing: Ringing, seen: Seen, asked: number, now: number): Rung | null {
  const ringsUntil = ringing.ringSeconds * SECOND;
  if (presence === null) {
    // A look that failed proves nothing, nor do the misses before it.
    seen.misses = seen.noRooms = 0;
    return now >= ringsUntil + RING_SLACK + ringing.maxDurationSeconds * SECOND ? { is: "unreadable" } : null;
  }
  const { leg } = presence;
  if (leg === "active") return { is: "active", uncertain: now - (seen.last ?? -ringing.earlier) };
  if (leg === "absent") {
    // Once is no proof: LiveKit's lists miss a participant now and then, and its nodes a room for longer.
    if (presence.noRoom === true) seen.noRooms++;
    else seen.misses++;
    if (seen.misses < 2 && seen.noRooms < ROOM_MISSES) return null;
    if (seen.last === null) return now >= SETTLE ? { is: "never_seen" } : null;
    return { is: seen.ringing && ringing.earlier + seen.last >= ringsUntil - AT_RING_OUT ? "rang_out" : "gone" };
  }
  seen.misses = seen.noRooms = 0;
  seen.last = asked;
  seen.ringing = leg === "ringing";
  return now >= ringsUntil + RING_SLACK ? { is: "rings_on" } : null;
}

async function look(
  room: string,
  telephony: Telephony,
  onTrouble: (trouble: Unavailable) => void,
): Promise<Presence | null> {
  try {
    return await telephony.presence(room);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    onTrouble(error);
    return null;
  }
}

/** The first pause before a phone is looked for; doubled after each look, since each is a request. */
const FIRST_LOOK = 3 * SECOND;

/** Resolves with whether the phone was seen to ring before the signal came. A look that fails is one that saw nothing. */
export async function seenRinging(
  room: string,
  telephony: Telephony,
  clock: Clock,
  signal: AbortSignal,
  pause = FIRST_LOOK,
  onLook: (presence: Presence) => void = () => {},
): Promise<boolean> {
  for (; ; pause *= 2) {
    await clock.sleep(pause, signal);
    if (signal.aborted) return false;
    const presence = await look(room, telephony, () => {});
    if (presence !== null) onLook(presence);
    if (presence?.leg === "ringing") return true;
  }
}

/** The same where others wait for what is seen of the dial. */
const EARLY_LOOK = SECOND / 2;

/** Resolves when a leg was seen, or the signal came. What the phone is said to have done does not hang on this. */
export async function seenEarly(
  room: string,
  telephony: Telephony,
  clock: Clock,
  signal: AbortSignal,
  onLook: (presence: Presence) => void,
): Promise<void> {
  const seen = new AbortController();
  await seenRinging(room, telephony, clock, AbortSignal.any([signal, seen.signal]), EARLY_LOOK, (presence) => {
    onLook(presence);
    if (presence.leg !== "absent") seen.abort(DONE);
  });
}
