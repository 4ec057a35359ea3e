/**
 * A campaign: whom to call, with which assistant, when, how fast, how often; its statuses and the moves between them.
 *
 * "Outside calling hours", "daily cap reached" and "at capacity" are not statuses: plan.ts computes them from the
 * clock and the rows each time, so nothing ever has to be un-paused.
 */
import type { Budget } from "./budget.ts";
import type { Expectation } from "./refusals.ts";
import type { CallingHoursSettings } from "../hours/calling-hours.ts";
import type { MissedCallback } from "./callback.ts";
import type { Instant } from "../time/instant.ts";
import type { Guard } from "./dead-air.ts";
import type { NeededLists } from "./needed-lists.ts";
import type { RecordingPlan } from "./recording.ts";
import type { RetryPolicy } from "./retry.ts";
import type { SipHeaders } from "./sip-headers.ts";

export const CAMPAIGN_STATUSES = ["idle", "running", "paused", "completed", "error"] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

interface Move {
  readonly from: readonly CampaignStatus[];
  readonly to: CampaignStatus;
}

/**
 * The only ways a campaign's status changes.
 * - start, pause, resume, stop: the operator's.
 * - trip: the engine's own protection (see circuit-breaker.ts); the operator resumes.
 * - fail: the campaign cannot run as configured.
 * - finish: every call is final.
 *
 * A callback that is promised after `finish` has one running again: not every call is final any more.
 */
export const MOVES = {
  start: { from: ["idle"], to: "running" },
  pause: { from: ["running"], to: "paused" },
  resume: { from: ["paused", "error"], to: "running" },
  stop: { from: ["idle", "running", "paused", "error"], to: "completed" },
  trip: { from: ["running"], to: "paused" },
  fail: { from: ["running"], to: "error" },
  finish: { from: ["running"], to: "completed" },
} as const satisfies Record<string, Move>;

export type MoveName = keyof typeof MOVES;

/** The status after the move, or null when the move is not allowed from here. */
export function moved(from: CampaignStatus, move: MoveName): CampaignStatus | null {
  const { from: allowed, to }: Move = MOVES[move];
  return allowed.includes(from) ? to : null;
}

/** Where a campaign's contacts come from. */
export interface ContactSource {
  readonly kind: "csv_file" | "contact_list";
  readonly id: string;
}

/** What the operator decides at `create`; fixed from then on. */
export interface CampaignSettings extends CallingHoursSettings {
  readonly name: string;
  readonly assistantId: string;
  readonly assistantName: string | null;
  readonly prompt: string | null;
  readonly source: ContactSource;
  /** Dials per local day of `timeZone`, at least 1. */
  readonly dailyCap: number;
  /** Call only those who have consented, provably and still. */
  readonly requireConsent: boolean;
  /** What the calls are for; a consent to something else opens nothing. Left out: marketing. */
  readonly purpose?: string;
  /** Do-not-call lists without which nobody is called. Left out: none. */
  readonly needsLists?: NeededLists;
  /** Calls in progress at once, at least 1. */
  readonly concurrency: number;
  /** Milliseconds from one dial to the next, across all runners; 0 = as fast as concurrency allows. */
  readonly delay: number;
  readonly retry: RetryPolicy;
  /** What follows a callback that could not be made in time. Left out: next-day. */
  readonly missedCallback?: MissedCallback;
  /** Whole seconds a call may last, from the answer. */
  readonly maxDurationSeconds: number;
  /** An agent that leaves sooner after the answer is lost; one that leaves later has ended the call. */
  readonly minTalkSeconds: number;
  /** low: the list is known for few answers, so a run of refusals is no sign of a broken trunk for longer. */
  readonly expectAnswers: Expectation;
  /** LiveKit outbound trunk; null = the assistant's, else the only one there is. */
  readonly trunkId: string | null;
  /** The only caller IDs to choose from, in E.164; empty = the assistant's pool, else the trunk's own. */
  readonly callerIds: readonly string[];
  /** The caller's name as the INVITE says it; empty: none, so that the carrier looks it up. Left out: the caller ID. */
  readonly displayName?: string;
  /** Sent with each INVITE, above those of the trunk. Left out: none. */
  readonly headers?: SipHeaders;
  /** Left out: calls are not recorded. */
  readonly record?: RecordingPlan;
  /** What the guard against dead air holds it for, and what is usual here. Left out: nothing. */
  readonly guard?: Guard;
  /** Who is told of its events, by a request to this address. Left out: nobody. */
  readonly notifyUrl?: string;
  /** What its calls may cost, and what they cost. Left out: it spends what it spends. */
  readonly budget?: Budget;
  /** Milliseconds from its end until a run forgets whom it called. Left out: it never does. */
  readonly retention?: number;
}

export interface Campaign extends CampaignSettings {
  readonly id: string;
  readonly userId: string | null;
  readonly status: CampaignStatus;
  /** Why it has this status, in plain words; null while it needs no explanation. */
  readonly statusReason: string | null;
  /** When it got this status. */
  readonly statusAt: Instant;
  /** `stop --now` was asked for: live calls are to be hung up. */
  readonly hangUp: boolean;
  /** How the last attempts went, oldest first, one letter each: see circuit-breaker.ts. */
  readonly recent: string;
  /** What went wrong on our side last, in words; null: nothing yet. */
  readonly lastTrouble: string | null;
  readonly createdAt: Instant;
  /** When the first of its callbacks is due, in a list of campaigns. Left out: it has none. */
  readonly nextCallbackAt?: Instant;
}

/** Why a campaign is paused that the operator paused. */
export const PAUSED = "paused by the operator";
/** Why a campaign is completed that the operator stopped. */
export const STOPPED = "stopped by the operator";

/** It ran out of calls, so a callback may set it going again; one that was stopped stays so. */
export const takesCallbacks = ({ status, statusReason }: Pick<Campaign, "status" | "statusReason">): boolean =>
  status !== "completed" || statusReason !== STOPPED;
