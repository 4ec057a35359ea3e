/**
 * A call (one contact to be reached in one campaign), its attempts (one dial each), and advance(): what happened → what
 * changes. advance() is total and idempotent: an event that comes late, twice or out of order changes nothing.
 */
import type { Contact } from "./contact.ts";
import { type Instant, SECOND } from "../time/instant.ts";
import type { CallStatus } from "./call-status.ts";
import { type Charge, settled } from "./budget.ts";
import type { Callback } from "./callback.ts";
import type { Mark } from "./circuit-breaker.ts";
import { endTime, secondsOf } from "./end-time.ts";
import { type Ending, ENDINGS } from "./ending.ts";
import { type Blamed, markOf } from "./mark.ts";
import type { Recording } from "./recording.ts";
import type { Outcome } from "./outcome.ts";
import { nextAttemptAt, type RetryPolicy, spreadOf } from "./retry.ts";
import { isReached, isTalkEnding, type Said } from "./verdict.ts";

export type { Contact } from "./contact.ts";
export { CALL_STATUSES, type CallStatus } from "./call-status.ts";
export { type Outcome, OUTCOMES } from "./outcome.ts";

export interface Call {
  readonly id: string;
  /** null: a single call of `dial`, outside any campaign. */
  readonly campaignId: string | null;
  readonly contact: Contact;
  readonly status: CallStatus;
  /** Attempts that counted: the phone rang, or may have. */
  readonly attemptsSpent: number;
  /** Attempts that failed on our side and cost the contact nothing. */
  readonly attemptsFree: number;
  /** The attempt under way, if any. */
  readonly attemptId: string | null;
  /** Where the contact may be, as placeKey spells it: whose hours and rules hold. */
  readonly place: string;
  /** When the next attempt is due; null once no further one is. */
  readonly nextAttemptAt: Instant | null;
  /** The rule that moved the next attempt to later, in words; null: none did. */
  readonly heldBy: string | null;
  /** The promise that stands: it goes first, however many attempts are left; and the latest that was not kept. */
  readonly callback: Callback | null;
  readonly callbackMissedAt: Instant | null;
  readonly endReason: Ending | null;
  readonly sipStatus: number | null;
  readonly outcome: Outcome | null;
  readonly notes: string | null;
  /** Whole seconds from answer to end. */
  readonly durationSeconds: number | null;
  /** Seconds by which the duration, or the time of the end, may be off; null: nothing is. */
  readonly durationUncertainty: number | null;
  readonly roomName: string | null;
  /** The carrier's id of the call where it is known, else LiveKit's. */
  readonly sipCallId: string | null;
  /** Caller ID of the first attempt; later ones keep it. */
  readonly fromNumber: string | null;
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
  /** The attempt in which a human spoke; null: none was reached so far. */
  readonly reachedIn: string | null;
  /** Of its newest attempt that has one; null: none has. */
  readonly recording: Recording | null;
}

/**
 * claimed: handed out to a runner, no phone has rung · dialing: the dial was stored, from here on a phone may ring ·
 * answered: in conversation · ended.
 */
export type AttemptState = "claimed" | "dialing" | "answered" | "ended";

export interface Attempt {
  readonly id: string;
  readonly callId: string;
  readonly campaignId: string | null;
  readonly runnerId: string;
  /** The LiveKit trunk that it is to be dialed through. */
  readonly trunkId: string | null;
  readonly state: AttemptState;
  readonly claimedAt: Instant;
  /** The promise that it is to keep; null: it keeps none. */
  readonly callbackAt: Instant | null;
  readonly dialedAt: Instant | null;
  /** The caller ID that it was dialed with; null: the trunk's own. */
  readonly fromNumber: string | null;
  readonly answeredAt: Instant | null;
  /** On the clock by which it was answered, where the talk was measured. */
  readonly endedAt: Instant | null;
  /** The campaign's local day (YYYY-MM-DD) the dial counted for. */
  readonly localDay: string | null;
  readonly ending: Ending | null;
  readonly sipStatus: number | null;
  /** What LiveKit or the carrier said, without numbers and names. */
  readonly detail: string | null;
  /** The carrier's id of the call where it is known, else LiveKit's. */
  readonly sipCallId: string | null;
  /** Seconds by which the times of answer and end may be late, since nobody looked. */
  readonly uncertainSeconds: number;
  /** We hung up, not the callee. */
  readonly endedByUs: boolean;
  /** Its phone was seen to ring before it ended unanswered: an attempt spent, whatever the far end said then. */
  readonly rang: boolean;
  /** What the agent said of it, apart from what was seen; null: nothing. */
  readonly said: Said | null;
  /** What became of its recording; null: none was asked for. */
  readonly recording: Recording | null;
  /** Against its campaign's budget. Left out: it has none. */
  readonly charge?: Charge;
}

/** A call that nobody has tried yet. */
export function waitingCall(
  id: string,
  campaignId: string | null,
  contact: Contact,
  place: string,
  dueAt: Instant | null,
): Call {
  return {
    id,
    campaignId,
    contact,
    status: "pending",
    attemptsSpent: 0,
    attemptsFree: 0,
    attemptId: null,
    place,
    nextAttemptAt: dueAt,
    heldBy: null,
    callback: null,
    callbackMissedAt: null,
    endReason: null,
    sipStatus: null,
    outcome: null,
    notes: null,
    durationSeconds: null,
    durationUncertainty: null,
    roomName: null,
    sipCallId: null,
    fromNumber: null,
    startedAt: null,
    completedAt: null,
    reachedIn: null,
    recording: null,
  };
}

/** An attempt as it is handed out. */
export function claimedAttempt(id: string, call: Call, runnerId: string, trunkId: string, at: Instant): Attempt {
  return {
    id,
    callId: call.id,
    campaignId: call.campaignId,
    runnerId,
    trunkId,
    state: "claimed",
    claimedAt: at,
    callbackAt: call.callback?.at ?? null,
    dialedAt: null,
    fromNumber: null,
    answeredAt: null,
    endedAt: null,
    localDay: null,
    ending: null,
    sipStatus: null,
    detail: null,
    sipCallId: null,
    uncertainSeconds: 0,
    endedByUs: false,
    rang: false,
    said: null,
    recording: null,
  };
}

/** Room and callee of an attempt have names derived from its id, so that a crash can be asked about. */
export const ROOM_PREFIX = "call-";
export const roomOf = (attemptId: string): string => `${ROOM_PREFIX}${attemptId}`;
export const calleeOf = (attemptId: string): string => `callee-${attemptId}`;

/** What can happen to an attempt once it is claimed. */
export type AttemptEvent =
  | {
      readonly type: "dialed";
      readonly at: Instant;
      /** The day the dial counts for, YYYY-MM-DD; null outside a campaign. */
      readonly localDay: string | null;
      readonly fromNumber: string | null;
    }
  /** The carrier has said under which id it has the call in its books. */
  | { readonly type: "identified"; readonly at: Instant; readonly sipCallId: string }
  | ({
      readonly type: "answered";
      readonly at: Instant;
      readonly sipCallId: string | null;
      readonly uncertain?: number;
    } & Blame)
  | ({
      readonly type: "ended";
      readonly at: Instant;
      readonly ending: Ending;
      readonly sipStatus?: number;
      /** We hung up, not the callee. */
      readonly byUs?: boolean;
      /** The phone was seen to ring. */
      readonly rang?: boolean;
      /** Milliseconds by which `at` may be late. */
      readonly uncertain?: number;
      /** Milliseconds from answer to end, as they were measured; left out: as `at` says. */
      readonly talked?: number;
      /** The agent was there for as long as a conversation needs. */
      readonly agentStayed?: boolean;
    } & Blame);

export interface Blame {
  /** What was said about it, without numbers and names. */
  readonly detail?: string;
  /** The dial request itself got no answer that could be read: our side is to blame, whatever the phone did. */
  readonly unanswered?: boolean;
}

/** Which events an attempt listens to in each state; all others are late and change nothing. */
export const ACCEPTED_EVENTS = {
  claimed: ["dialed", "ended"],
  dialing: ["identified", "answered", "ended"],
  answered: ["identified", "ended"],
  ended: [],
} as const satisfies Record<AttemptState, readonly AttemptEvent["type"][]>;

/** Everything one event changes, to be stored in one transaction by a compare-and-set on `attempt.state`. */
export interface Change {
  readonly call: Call;
  readonly attempt: Attempt;
  /** The attempt's state that the change was computed from. */
  readonly from: AttemptState;
  /** What to add to the campaign's counters. */
  readonly tally: { readonly dials: number; readonly pickups: number; readonly usageSeconds: number };
  /** What the attempt says about our own side; null: nothing. */
  readonly mark: Mark | null;
  /** What went wrong on our side, in words; null: nothing. */
  readonly trouble: string | null;
}

/** A call that fails on our side this often is given up. */
export const MAX_FREE_ATTEMPTS = 8;
/** A number that the trunk refuses this often, while others get through, is given up. */
export const MAX_REFUSALS = 3;

export interface Policy extends RetryPolicy {
  /** Whom a refusal speaks against, and not against the trunk: those that it went to, or the number once it comes again. */
  readonly blames?: (call: Pick<Call, "place" | "contact">) => Blamed | null;
}

const UNANSWERED = "the dial request got no answer";

/** How long a call waits after our own failure: 15 s, doubled each time, at most 15 minutes. */
const freeRetryAfter = (freeAttempts: number): number => Math.min(15 * SECOND * 2 ** freeAttempts, 900 * SECOND);

/** What changes when `event` happens to `attempt` of `call`; null when it changes nothing. */
export function advance(call: Call, attempt: Attempt, event: AttemptEvent, policy: Policy): Change | null {
  const listens: readonly AttemptEvent["type"][] = ACCEPTED_EVENTS[attempt.state];
  if (call.attemptId !== attempt.id || !listens.includes(event.type)) return null;
  const from = attempt.state;
  switch (event.type) {
    case "dialed":
      return {
        from,
        attempt: {
          ...attempt,
          state: "dialing",
          dialedAt: event.at,
          localDay: event.localDay,
          fromNumber: event.fromNumber,
        },
        call: {
          ...call,
          status: "calling",
          attemptsSpent: call.attemptsSpent + 1,
          nextAttemptAt: null,
          heldBy: null,
          roomName: roomOf(attempt.id),
          fromNumber: event.fromNumber,
          startedAt: call.startedAt ?? event.at,
        },
        tally: { dials: 1, pickups: 0, usageSeconds: 0 },
        mark: null,
        trouble: null,
      };
    case "identified":
      if (attempt.sipCallId === event.sipCallId) return null;
      return {
        from,
        attempt: { ...attempt, sipCallId: event.sipCallId },
        call: { ...call, sipCallId: event.sipCallId },
        tally: { dials: 0, pickups: 0, usageSeconds: 0 },
        mark: null,
        trouble: null,
      };
    case "answered": {
      // An id that the carrier gave while it rang stays.
      const sipCallId = attempt.sipCallId ?? event.sipCallId;
      return {
        from,
        attempt: {
          ...attempt,
          state: "answered",
          answeredAt: event.at,
          sipCallId,
          uncertainSeconds: secondsOf(event.uncertain),
        },
        call: { ...call, status: "answered", sipCallId },
        tally: { dials: 0, pickups: 1, usageSeconds: 0 },
        mark: event.unanswered === true ? "x" : ".",
        trouble: event.unanswered === true ? (event.detail ?? UNANSWERED) : null,
      };
    }
    case "ended":
      return ended(call, attempt, event, policy);
  }
}

function ended(call: Call, attempt: Attempt, event: Extract<AttemptEvent, { type: "ended" }>, policy: Policy): Change {
  const answered = attempt.state === "answered";
  // Whatever else ends a conversation: it was one.
  const isTalk = isTalkEnding(event.ending) || event.ending === "agent_lost";
  const ending = ENDINGS[answered && !isTalk ? "completed" : event.ending];
  const next = event.ending === "agent_lost" && policy.agentLost === true ? "retry" : ending.next;
  const wasDialed = attempt.state !== "claimed";
  const free = next === "free" || !wasDialed;
  const { endedAt, uncertainSeconds } = endTime(attempt, event);
  const seconds = attempt.answeredAt === null ? null : Math.round((endedAt - attempt.answeredAt) / SECOND);
  const attemptsSpent = call.attemptsSpent - (free && wasDialed ? 1 : 0);
  // A carrier that wants it slower, or an agent that did not join, says nothing of the number.
  const failed = wasDialed && next === "free" && ending.mark === "x";
  const attemptsFree = call.attemptsFree + (failed ? 1 : 0);
  const blamed = (free && ending.mark === "x" && event.sipStatus !== undefined && policy.blames?.(call)) || null;
  // A failure of LiveKit may be among those counted, but never the last before this one.
  const atMost = blamed !== null && call.sipStatus !== null ? MAX_REFUSALS : MAX_FREE_ATTEMPTS;
  const givenUp = ending.mark === "x" && wasDialed && attemptsFree >= atMost;
  const endReason = givenUp && blamed !== null ? "refused_destination" : event.ending;

  const again =
    next === "free" && !givenUp && call.campaignId !== null
      ? event.at + (ending.mark === null ? 0 : freeRetryAfter(call.attemptsFree))
      : next === "retry"
        ? retryAt({ ...call, attemptsSpent }, event.ending, event.at, policy)
        : null;
  const mark = markOf(event, answered, blamed === "number" && call.attemptsFree === 0 ? null : blamed);
  return {
    from: attempt.state,
    attempt: {
      ...attempt,
      state: "ended",
      endedAt,
      ending: event.ending,
      sipStatus: event.sipStatus ?? null,
      detail: event.detail ?? null,
      uncertainSeconds,
      endedByUs: event.byUs === true,
      rang: event.rang === true,
      ...(attempt.charge && { charge: settled(attempt.charge, attempt, { ...event, at: endedAt, uncertainSeconds }) }),
    },
    call: {
      ...call,
      status: again === null ? ending.status : "pending",
      attemptId: null,
      attemptsSpent,
      attemptsFree,
      nextAttemptAt: again,
      callback: free && again !== null ? call.callback : null,
      endReason,
      sipStatus: event.sipStatus ?? null,
      durationSeconds: seconds ?? call.durationSeconds,
      durationUncertainty: answered && uncertainSeconds > 0 ? uncertainSeconds : call.durationUncertainty,
      completedAt: again === null ? endedAt : null,
      reachedIn: answered && isReached(event.ending, attempt.said) ? (call.reachedIn ?? attempt.id) : call.reachedIn,
    },
    tally: { dials: free && wasDialed ? -1 : 0, pickups: 0, usageSeconds: seconds ?? 0 },
    mark,
    trouble: mark === "x" || mark === "a" ? [ending.words, event.detail ?? ""].filter(Boolean).join(": ") : null,
  };
}

/** When a call is due again that its ending lets be repeated; null: it is not. A single call is not repeated by itself. */
export function retryAt(
  { campaignId, attemptsSpent, contact }: Call,
  ending: Ending,
  at: Instant,
  policy: Policy,
): Instant | null {
  const { voicemail } = policy;
  if (campaignId === null || (ending === "voicemail" && voicemail?.does === "hang_up")) return null;
  const after = ending === "voicemail" && voicemail?.after != null ? [voicemail.after] : policy.after;
  return nextAttemptAt({ ...policy, after }, attemptsSpent, at, spreadOf(contact.phoneNumber));
}

/** Above this many seconds of doubt a time counts as estimated. */
const ESTIMATED_ABOVE = 2;

export const isEstimated = ({ durationUncertainty }: Pick<Call, "durationUncertainty">): boolean =>
  (durationUncertainty ?? 0) > ESTIMATED_ABOVE;
