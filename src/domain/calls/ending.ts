/**
 * How an attempt ended, and what that means for the call.
 *
 * Classified by the SIP status first and never by the HTTP status: LiveKit reports busy as 429, declined as 403 and a
 * ring timeout as 408, the very codes of a rate limit, an authorisation error and a time-out.
 * Source: livekit/protocol livekit/sip.go, livekit/sip pkg/sip/outbound.go (v1.7 to v1.11).
 */
import type { CallStatus } from "./call-status.ts";
import type { Mark } from "./circuit-breaker.ts";

interface Consequence {
  /** The call's status when no further attempt follows. */
  readonly status: CallStatus;
  /** retry: by the policy · never: final · free: again, at no cost to the contact. */
  readonly next: "retry" | "never" | "free";
  /** What it says about our own side: `.` fine, `x` broken, `t` too fast, `c` too many at once, `a` agent lost, null nothing. */
  readonly mark: Mark | null;
  /** For the operator. */
  readonly words: string;
}

export const ENDINGS = {
  completed: { status: "completed", next: "never", mark: ".", words: "answered, and ended" },
  voicemail: { status: "completed", next: "retry", mark: ".", words: "a voicemail answered" },
  screened: { status: "completed", next: "retry", mark: ".", words: "a machine asked who was calling" },
  ivr: { status: "completed", next: "never", mark: ".", words: "a phone menu answered" },
  no_answer: { status: "no_answer", next: "retry", mark: "n", words: "nobody answered" },
  busy: { status: "busy", next: "retry", mark: ".", words: "the line was busy" },
  declined: { status: "busy", next: "never", mark: "d", words: "the callee declined" },
  invalid_number: { status: "failed", next: "never", mark: "i", words: "the number does not exist" },
  do_not_call: { status: "failed", next: "never", mark: null, words: "the number is on the do-not-call list" },
  no_consent: { status: "failed", next: "never", mark: null, words: "no proven consent to be called" },
  outside_rules: {
    status: "failed",
    next: "never",
    mark: null,
    words: "it cannot be called within the calling hours and rules",
  },
  trunk_error: { status: "failed", next: "free", mark: "x", words: "the trunk refused or failed" },
  trunk_auth: {
    status: "failed",
    next: "free",
    mark: "x",
    words: "the trunk refused us: credentials, number or money",
  },
  livekit_error: { status: "failed", next: "free", mark: "x", words: "LiveKit could not place the call" },
  misconfigured: { status: "failed", next: "free", mark: "x", words: "LiveKit refused the request as configured" },
  no_recording: { status: "failed", next: "free", mark: "x", words: "the recording did not start" },
  no_agent: { status: "failed", next: "free", mark: "x", words: "no agent joined the room" },
  failed_ringing: { status: "failed", next: "retry", mark: "x", words: "the trunk or LiveKit failed while it rang" },
  agent_lost: { status: "failed", next: "never", mark: "a", words: "answered, but the agent was lost" },
  refused_destination: {
    status: "failed",
    next: "never",
    mark: null,
    words: "the trunk refuses this number, while others get through",
  },
  too_fast: { status: "failed", next: "free", mark: "t", words: "the carrier's calls-per-second limit" },
  too_many: { status: "failed", next: "free", mark: "c", words: "the carrier's concurrent-call limit" },
  rate_limited: { status: "failed", next: "free", mark: "t", words: "LiveKit's request limit" },
  unreadable: { status: "failed", next: "never", mark: null, words: "its row in the database cannot be read" },
  duplicate: { status: "failed", next: "never", mark: null, words: "the campaign has another call to this number" },
  released: { status: "failed", next: "free", mark: null, words: "returned to the queue before it was dialed" },
  lost: { status: "failed", next: "never", mark: null, words: "nobody can know whether the phone rang" },
  hung_up: { status: "failed", next: "never", mark: null, words: "hung up by the operator" },
  callback_missed: { status: "failed", next: "never", mark: null, words: "the callback could not be made in time" },
  stopped: { status: "failed", next: "never", mark: null, words: "the campaign was stopped before it was called" },
} as const satisfies Record<string, Consequence>;

/** How an attempt ended, in plain words; the `end_reason` of a call. */
export type Ending = keyof typeof ENDINGS;

/** Others write words of their own. */
export const isEnding = (word: string): word is Ending => Object.hasOwn(ENDINGS, word);

/** A failed dial request as the client saw it; the SDK's classes are left behind at the adapter. */
export interface DialFailure {
  /** Twirp error code; absent when the reply was no Twirp error (proxy page, reset, time-out, unreadable 200). */
  readonly code?: string | undefined;
  readonly message: string;
  /** `sip_status_code` of the error's metadata. */
  readonly sipStatus?: number | undefined;
  /** `sip_status` of the error's metadata: the reason phrase. */
  readonly sipReason?: string | undefined;
  /** HTTP status, when a reply came at all. */
  readonly httpStatus?: number | undefined;
}

/** Of the call, by how its attempt ended. */
export const STATUSES = Object.fromEntries(
  Object.entries(ENDINGS).map(([ending, { status }]) => [ending, status]),
) as Record<Ending, CallStatus>;

/** Endings of dials that rang nobody. */
export const UNRUNG: readonly string[] = Object.entries(ENDINGS).flatMap(([ending, { next }]) =>
  next === "free" ? [ending] : [],
);

/** `unknown`: a phone may be ringing or answered; look at the room, never dial again. */
export type Classified = { readonly ending: Ending; readonly sipStatus?: number } | "unknown";

const TOO_FAST = /cps limit|calls? per second/i;
const TOO_MANY = /concurrent call|channel limit|channel capacity|limit exceeded d1/i;

const NOT_CONNECTED = /connection refused|no such host|no route to host|is unreachable|x509:|tls: /i;

/** What a refusal may mean, for the operator: the far end's own words seldom say it. Null: they do. */
export function meaningOf(status: number): string | null {
  switch (status) {
    case 402:
      return "the carrier's account may be out of money";
    case 403:
      return "the carrier may not allow this caller ID or this destination, or want other credentials or money";
    case 607:
    case 608:
      return "blocked on the way, often for the caller ID's reputation";
    default:
      return null;
  }
}

/** What a final SIP response says about the callee and the trunk; any code from 300 to 699. */
export function endingOfSip(status: number, reason = ""): Ending {
  if (TOO_FAST.test(reason)) return "too_fast";
  if (TOO_MANY.test(reason)) return "too_many";
  switch (status) {
    case 486:
    case 600:
      return "busy";
    case 603:
    case 607:
    case 608:
      return "declined";
    case 302:
    case 408:
    case 480:
    case 487:
      return "no_answer";
    case 301:
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return "invalid_number";
    case 401:
    case 402:
    case 403:
    case 407:
      return "trunk_auth";
    default:
      return "trunk_error";
  }
}

/** The decision order of a failed dial, for current servers and for those before November 2025. */
export function classifyDial(failure: DialFailure): Classified {
  const status = failure.sipStatus ?? sipStatusIn(failure.message);
  const text = `${failure.sipReason ?? ""} ${failure.message}`;
  // A final answer of the far end: no live call is left.
  if (status !== undefined) return { ending: endingOfSip(status, text), sipStatus: status };
  // Our own key or grant; LiveKit answers these in plain text, before it looks at the request.
  if (failure.httpStatus === 401) return { ending: "misconfigured" };
  switch (failure.code) {
    case "invalid_argument":
    case "malformed":
    case "not_found":
    case "bad_route":
    case "unauthenticated":
    case "permission_denied":
    case "unimplemented":
      return { ending: "misconfigured" };
    case "resource_exhausted":
      return { ending: "rate_limited" };
    case "unavailable":
      // No SIP node took the call, or the node refused it before it began.
      return { ending: "livekit_error" };
    case "internal":
      // The leg could not join the room, and joining comes before the INVITE.
      return /update room failed|sip not connected/.test(failure.message) ? { ending: "livekit_error" } : "unknown";
    case "failed_precondition":
      if (/required auth|auth retry/.test(failure.message)) return { ending: "trunk_auth" };
      if (/no numbers on outbound trunk/.test(failure.message)) return { ending: "misconfigured" };
      // The trunk over TCP or TLS could not be connected to, and the INVITE travels on that connection. An ACK that
      // meets this comes after the answer.
      if (NOT_CONNECTED.test(failure.message) && !/\back\b/i.test(failure.message)) return { ending: "trunk_error" };
      // Picked up, and hung up by LiveKit at once: the phone rang.
      return /common (audio )?codec/.test(failure.message) ? { ending: "failed_ringing" } : "unknown";
    case "canceled":
      if (/sip request timed out/.test(failure.message)) return { ending: "no_answer" };
      // The trunk gave no SIP answer at all within 32 s.
      return /0 intermediate responses/.test(failure.message) ? { ending: "trunk_error" } : "unknown";
    default:
      return "unknown";
  }
}

/** Servers that forget the metadata still write the status into the message. */
function sipStatusIn(message: string): number | undefined {
  const found = /sip status: ([3-6]\d\d)\b/.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}
