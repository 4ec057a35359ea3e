/**
 * Where campaigns, contacts, calls and attempts are kept.
 *
 * Every verb is one transaction: it happens wholly or not at all. Failures of the database itself are thrown as
 * `Unavailable`. Instants come as arguments; only who is alive is judged by a clock of the store's own.
 */
import type { Attempt, Call, CallStatus, Outcome } from "../../domain/calls/call.ts";
import type { Callback } from "../../domain/calls/callback.ts";
import type { Campaign, CampaignSettings, CampaignStatus, MoveName } from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Guard, Talk } from "../../domain/calls/dead-air.ts";
import type { Ending } from "../../domain/calls/ending.ts";
import type { Figures } from "../../domain/calls/figures.ts";
import type { Snapshot } from "../../domain/calls/plan.ts";
import type { AuditStore } from "./audit.ts";
import type { CarrierCallStore } from "./carrier.ts";
import type { CallerNumberStore } from "./caller-numbers.ts";
import type { ClaimStore } from "./claims.ts";
import type { RecordingStore } from "./recorder.ts";
import type { ContactStore } from "./contacts.ts";
import type { EventStore, NoticeState } from "./events.ts";
import type { PrivacyStore } from "./privacy.ts";
import type { RequestKeyStore } from "./request-keys.ts";
import type { SuppressionStore } from "./suppression.ts";
import type { WebhookStore } from "./webhooks.ts";

export interface CallFilter {
  readonly campaignId: string;
  readonly status?: CallStatus;
  /** At most this many, at least 1. */
  readonly limit: number;
  /** The cursor of the previous page. */
  readonly after?: string;
}

export interface CallPage {
  readonly calls: readonly Call[];
  /** Pass it as `after` for the next page; null after the last. */
  readonly next: string | null;
}

/** A call and all its attempts, oldest first. */
export interface CallHistory {
  readonly call: Call;
  readonly attempts: readonly Attempt[];
}

/** How far a campaign is. `total` equals the sum of `calls`. */
export interface Progress {
  readonly total: number;
  readonly calls: Readonly<Record<CallStatus, number>>;
  readonly endings: Readonly<Partial<Record<Ending, number>>>;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Contacts of the source that became no call, since the number was already in the campaign or suppressed. */
  readonly skipped: number;
  /** Calls that wait longer for what protects their numbers, by the rule in words. */
  readonly held: Readonly<Record<string, number>>;
  /** Callbacks that were promised and not made yet, and calls whose latest callback was missed. */
  readonly callbacks: { readonly open: number; readonly missed: number };
  readonly dials: number;
  readonly pickups: number;
  /** Calls in which a human spoke. */
  readonly reached: number;
  readonly usageSeconds: number;
  /** Attempts whose agent said when it spoke first, and those of them where that was later than 2 s. */
  readonly firstWords: { readonly told: number; readonly late: number };
  /** Runners that are alive on this store, whatever they are at. */
  readonly runners: number;
  /** Calls that the agents of these runners seem to take at once, as they measured it; null: they have met no limit. */
  readonly agents: number | null;
  /** Of those of these runners that dial nothing new: why, each in a sentence. */
  readonly heldUp: readonly string[];
  readonly notices: NoticeState;
}

/** The whole of it; the parts have files of their own. */
export interface Store
  extends
    ContactStore,
    ClaimStore,
    SuppressionStore,
    RecordingStore,
    CallerNumberStore,
    CarrierCallStore,
    PrivacyStore,
    EventStore,
    RequestKeyStore,
    WebhookStore,
    AuditStore,
    AsyncDisposable {
  // campaigns
  /** Throws Refused when the owner has one of that name already: of several who ask at once, one gets it. */
  createCampaign(id: string, settings: CampaignSettings, at: Instant): Promise<Campaign>;
  /**
   * All, or those with this status stored. One whose row cannot be read comes as `error`, with the column named, whatever
   * status is stored: the move `fail` stores it.
   */
  listCampaigns(status?: CampaignStatus): Promise<readonly Campaign[]>;
  /** Campaigns whose id is `ref`, else whose name is, else whose id starts with it. */
  findCampaigns(ref: string): Promise<readonly Campaign[]>;
  /**
   * Makes the move if it is allowed from the stored status, and returns the campaign as it is then; null when it is not
   * allowed. `start` also turns contacts into calls; `stop` ends those not under way and takes back all callbacks; `finish` is not made while an attempt
   * is under way.
   */
  moveCampaign(id: string, move: MoveName, why: MoveDetails): Promise<Campaign | null>;
  /** Stores what was changed of its settings, where it is idle, paused or in error; null: it is not, or not there. */
  changeCampaign(before: Campaign, settings: CampaignSettings, at: Instant): Promise<Campaign | null>;
  /** Removes a campaign that is not running and never dialed, with its calls and its file. False: it is none. */
  deleteCampaign(id: string): Promise<boolean>;
  /**
   * What plan() needs to know; `localDay` is today in the campaign's zone. The campaign is passed through. Its trunk is the
   * one it names, else the one that a call was last asked for.
   */
  snapshot(campaign: Campaign, localDay: string): Promise<Snapshot>;
  /** The newest answered attempts of a campaign that were answered since then, at most `limit`; the oldest of them first. */
  talks(campaignId: string, since: Instant, limit: number): Promise<readonly Talk[]>;
  progress(campaignId: string, at: Instant): Promise<Progress>;
  /** Names of campaigns of which `progress` tells other numbers than their calls do; `resume` counts its campaign anew. */
  miscounted(): Promise<readonly string[]>;
  /** What it came to, summed up where it is stored. */
  figures(campaignId: string, at: Instant): Promise<Figures>;
  /**
   * When dialing goes on, for those who read the tables; null: nothing to wait for. `because`: why it waits, an event where it is
   * not what was told last; left out: the same as before. The next dial has it forgotten.
   */
  setNextCallAt(campaignId: string, next: Instant | null, because?: string): Promise<void>;

  // calls
  listCalls(filter: CallFilter): Promise<CallPage>;
  findCall(id: string): Promise<Call | null>;
  /** The campaign's call to a number in E.164; null: there is none. */
  callHistory(campaignId: string, phoneNumber: string): Promise<CallHistory | null>;
  /**
   * Stores an outcome; `do_not_call` also puts the number on the do-not-call list. Null: no such call, or whom it was
   * to is erased.
   *
   * `callback`, with that outcome: the call waits for it, in place of an earlier one; a call under way once it has ended. A
   * campaign that had run out of calls goes on; one that was stopped, and a call outside any, take no callback. Every
   * outcome but `callback` takes the promise back: the call ends as it went.
   */
  setOutcome(
    callId: string,
    outcome: Outcome,
    notes: string | null,
    at: Instant,
    callback?: Callback,
  ): Promise<Call | null>;
  /**
   * A callback that waits, and was promised for `missed`, is promised for `next` instead; null: the call ends as it went, or
   * as `callback_missed`. False: it does not wait for that any more.
   */
  missCallback(callId: string, missed: Instant, next: Callback | null, at: Instant): Promise<boolean>;
}

export interface MoveDetails {
  readonly at: Instant;
  readonly reason?: string;
  /** Only with `trip`: the attempts that ended so since the last answer are the trunk's, and their calls wait again. */
  readonly blamed?: Ending;
  /** Stored in place of what the guard against dead air had; left out: that stays. */
  readonly guard?: Guard;
  /** Only with `finish`: the places where those wait who never can be called. Not made while somebody waits elsewhere. */
  readonly unreachable?: readonly string[];
  /** Only with `stop`: hang up live calls too. */
  readonly hangUp?: boolean;
}
