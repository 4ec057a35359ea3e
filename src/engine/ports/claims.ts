/** Exactly once: runners, their leases, and the attempts that they hold. */
import type { Attempt, Call, Change } from "../../domain/calls/call.ts";
import type { Callback } from "../../domain/calls/callback.ts";
import type { Cap, ConsentAsked } from "../../domain/hours/rule-limits.ts";
import type { Mended } from "../../domain/calls/mended.ts";
import type { Verdict } from "../../domain/calls/verdict.ts";
import type { Instant } from "../../domain/time/instant.ts";

/** A runner's identity and its lease. A runner whose lease has run out may be relieved of its attempts by any other. */
export interface Lease {
  readonly runnerId: string;
  readonly until: Instant;
  /** Calls that its agents seem to take at once, for whoever looks; null: it has met no limit. */
  readonly agents?: number | null;
  /** Why it dials nothing new, as a sentence for whoever looks; null: it does. */
  readonly heldUp?: string | null;
}

export interface Claim {
  readonly call: Call;
  readonly attempt: Attempt;
}

export interface SaidVerdict {
  readonly attemptId: string;
  readonly verdict: Verdict;
  /** What it promises to the callee, with the outcome `callback`; null: nothing. */
  readonly callback: Callback | null;
  /** What an attempt that has ended becomes by it, and its call, unless that has gone on; null: nothing else. */
  readonly mended: Mended | null;
  readonly at: Instant;
}

export type VerdictSaved = "stored" | "known" | "gone";

export interface ClaimRequest {
  readonly campaignId: string;
  readonly runnerId: string;
  /** The trunk that will carry it, whose limits are the store's to know. */
  readonly trunkId: string;
  /** One for each call that is wanted, chosen by the caller: asking again with the same ids hands out the same claims, no others. */
  readonly attemptIds: readonly string[];
  /** When the first is handed out; each of the others comes `interval` after the one before. */
  readonly at: Instant;
  /** Today in the campaign's zone, YYYY-MM-DD: the day of the daily cap. */
  readonly localDay: string;
  /** Milliseconds that must lie between two hand-outs of this campaign, across all runners. */
  readonly interval: number;
  /** Calls of this campaign that may be under way at once. */
  readonly concurrency: number;
  /** Where somebody may be called at `at`, and how often; nobody elsewhere is handed out. */
  readonly open: readonly OpenPlace[];
  /** Nobody else is to be called now: it is the turn of another campaign. */
  readonly callbacksOnly?: boolean;
  /** Seconds from its dial after which the call will be cut off, as far as the caller knows; left out: as the campaign says. */
  readonly longest?: number;
}

/** A place whose hours and rules are open now. */
export interface OpenPlace {
  /** As placeKey spells it. */
  readonly place: string;
  /** How often one number may be dialed. */
  readonly caps: readonly Cap[];
  /** What a consent must be, where the campaign asks for one. Left out: any will do. */
  readonly consent?: ConsentAsked;
}

/** What the store says to a runner that is about to dial. */
export type DialGate =
  | { readonly say: "go" }
  /** Another dial of the campaign, through the trunk or with the caller ID left less than an interval ago. */
  | { readonly say: "wait"; readonly until: Instant }
  | {
      readonly say: "no";
      readonly because:
        | "not_yours"
        | "not_running"
        | "daily_cap"
        | "do_not_call"
        | "no_consent"
        | "trunk_full"
        /** What is spent and reserved passes the budget, which is a smaller one now. */
        | "budget"
        /** The number is not spelled in E.164. */
        | "invalid_number"
        /** The number of the call, or what was promised, is another one since it was handed out. */
        | "changed"
        /** The caller's clock is more than 5 s off the store's, or the request took that long. */
        | "clock";
    };

/** `closed`: the campaign was stopped meanwhile, so the call cannot become pending again. */
export type Saved = "saved" | "not_yours" | "closed";

/** Part of the Store. */
export interface ClaimStore {
  /**
   * Registers the runner or renews its lease, for as long as lies between `at` and its end. Leases are judged by the store's
   * own clock. Returns by how much `at` was ahead of that clock, milliseconds; negative: behind; 0: not to be told.
   */
  renewLease(lease: Lease, at: Instant): Promise<number>;
  /** The runner leaves; attempts it still holds are free for others at once. */
  endLease(runnerId: string): Promise<void>;
  /**
   * Takes in what somebody else has written into the tables of running campaigns: contacts of one that was only set to
   * `running` become calls, calls without a place or a due time get them, numbers that nobody can dial end, and a call said
   * to be under way without an attempt is `lost`.
   */
  admit(at: Instant): Promise<void>;
  /**
   * Hands out calls that are due and allowed, as many as are wanted or as there are, each with its attempt stored as claimed, in
   * one go. Callbacks go first, the earliest promise before the others, and the daily cap does not hold them; none is handed out that is missed.
   * Contacts that must not be called any more (do-not-call list, their own mark, consent), whose number is not spelled in E.164, or whose
   * row cannot be read, end on the way; those whose number another attempt is at, or
   * whom a cap protects, or whose number has no price under a budget, are held until later.
   *
   * Under a budget the most that the call can cost is reserved with it. Who costs more than is left waits, and those behind
   * at the same place.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;
  /** Stores a call outside any campaign together with its claimed attempt. */
  addSingleCall(call: Call, attempt: Attempt): Promise<void>;
  /**
   * The last door before a phone rings: stores `dialed` if the attempt is still the runner's, the campaign still running,
   * the number the one that was handed out, in E.164, neither on the do-not-call list nor marked, and the consent, where the
   * campaign wants one, still good and what is asked at the place; and if the paces of campaign, trunk and caller ID allow.
   * `interval`: the campaign's, milliseconds. `consent` left out: any will do. `at`: now, where the dial takes a turn that has
   * just passed, which is what it is stored as: whoever said no since then said it in time.
   */
  beginDial(dialed: Change, interval: number, consent?: ConsentAsked, at?: Instant): Promise<DialGate>;
  /**
   * Stores a change by compare-and-set on runner and attempt state. A promise that was made meanwhile stays, and the call
   * waits for it once the attempt has ended.
   */
  save(change: Change): Promise<Saved>;
  /**
   * Stores what the agent says of an attempt, also of one that has ended, and its outcome as the call's unless an operator
   * has written one meanwhile. Any number of verdicts in any order come to the same: the one with the highest `seq`, and
   * do-not-call if any of them says so. Its `callback` is promised, and another outcome takes the promise back, as with
   * `setOutcome`. `known`: that `seq` or a higher one is stored · `gone`: there is no such attempt, or whom it
   * was to is erased.
   */
  saveVerdict(said: SaidVerdict): Promise<VerdictSaved>;
  /**
   * Takes over all attempts of runners whose lease ended before `at`. Returns every open attempt that the runner then
   * holds, so that one whose claim or take-over got no answer is not held by a runner that does not know of it.
   */
  takeOver(runnerId: string, at: Instant): Promise<readonly Claim[]>;
  /** Leases of the other runners that hold attempts, run out or not. */
  othersLeases(runnerId: string): Promise<readonly Lease[]>;
  /** Of these attempts, those that have ended according to the store. */
  endedAttempts(attemptIds: readonly string[]): Promise<readonly Claim[]>;
  /** Of these campaigns, those for which `stop --now` was asked, and those that were deleted. */
  hangUps(campaignIds: readonly string[]): Promise<readonly string[]>;
}
