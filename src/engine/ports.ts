/**
 * The edges of the engine. Adapters implement these; a contract suite per port (test/contracts) proves that they do.
 *
 * Glossary
 * - campaign: who to call, with which assistant, when, how fast, how often
 * - contact: a person; contact file / contact list: where contacts come from
 * - call: one contact to be reached in one campaign; attempt: one dial of a call
 * - claim: a call handed out to one runner, with its attempt stored, before anything rings
 * - runner: one running `campaigns run`; its lease says until when it counts as alive
 * - trunk: a LiveKit SIP outbound trunk; room: where agent and callee meet
 * - ending: how an attempt ended; outcome: what the conversation came to
 */
import type { Attempt, Call, CallStatus, Change, Contact, Outcome } from "../domain/call.ts";
import type { Campaign, CampaignSettings, CampaignStatus, ContactSource, MoveName } from "../domain/campaign.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ending } from "../domain/outcome.ts";
import type { Snapshot } from "../domain/plan.ts";

/** The only source of time in the engine, the sandbox and the adapters. */
export interface Clock {
  now(): Instant;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------- Store

/** A runner's identity and its lease. A runner whose lease has run out may be relieved of its attempts by any other. */
export interface Lease {
  readonly runnerId: string;
  readonly until: Instant;
}

export interface Claim {
  readonly call: Call;
  readonly attempt: Attempt;
}

export interface ClaimRequest {
  readonly campaignId: string;
  readonly runnerId: string;
  /** Chosen by the caller: asking again with the same id hands out the same claim, not a second one. */
  readonly attemptId: string;
  readonly at: Instant;
  /** Today in the campaign's zone, YYYY-MM-DD: the day of the daily cap. */
  readonly localDay: string;
  /** Milliseconds that must lie between two hand-outs of this campaign, across all runners. */
  readonly interval: number;
  /** Calls of this campaign that may be under way at once. */
  readonly concurrency: number;
}

/** What the store says to a runner that is about to dial. */
export type Gate =
  | { readonly say: "go" }
  /** Another dial of the campaign left less than an interval ago. */
  | { readonly say: "wait"; readonly until: Instant }
  | { readonly say: "no"; readonly because: "not_yours" | "not_running" | "daily_cap" | "do_not_call" };

/** `closed`: the campaign was stopped meanwhile, so the call cannot become pending again. */
export type Saved = "saved" | "not_yours" | "closed";

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
  readonly dials: number;
  readonly pickups: number;
  readonly usageSeconds: number;
  /** Runners that are alive on this store, whatever they are at. */
  readonly runners: number;
}

/** A contact source to be filled; sealed when whole. An unsealed one is never used and may be dropped. */
export interface NewContactFile {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
}

/**
 * Every verb is one transaction: it happens wholly or not at all. Failures of the database itself are thrown as
 * `Unavailable`. Instants come as arguments; the store never asks a clock.
 */
export interface Store extends AsyncDisposable {
  // contacts
  addContactFile(file: NewContactFile, at: Instant): Promise<void>;
  /** Adds contacts to an unsealed file; numbers already in it are left out. Returns how many were added. */
  addContacts(source: ContactSource, contacts: readonly Contact[], at: Instant): Promise<number>;
  sealContactFile(id: string, at: Instant): Promise<void>;
  /** Removes a file and its contacts. Not an error when it is gone. */
  dropContactFile(id: string): Promise<void>;

  // campaigns
  createCampaign(id: string, settings: CampaignSettings, at: Instant): Promise<Campaign>;
  listCampaigns(status?: CampaignStatus): Promise<readonly Campaign[]>;
  /** Campaigns whose id is `ref`, else whose name is, else whose id starts with it. */
  findCampaigns(ref: string): Promise<readonly Campaign[]>;
  /**
   * Makes the move if it is allowed from the stored status, and returns the campaign as it is then; null when it is not
   * allowed. `start` also turns contacts into calls; `stop` ends those not under way.
   */
  moveCampaign(id: string, move: MoveName, why: MoveDetails): Promise<Campaign | null>;
  /** What plan() needs to know; `localDay` is today in the campaign's zone. The campaign is passed through. */
  snapshot(campaign: Campaign, localDay: string): Promise<Snapshot>;
  progress(campaignId: string, at: Instant): Promise<Progress>;
  /** When dialing goes on, for those who read the tables; null: nothing to wait for. */
  setNextCallAt(campaignId: string, next: Instant | null): Promise<void>;

  // calls
  listCalls(filter: CallFilter): Promise<CallPage>;
  findCall(id: string): Promise<Call | null>;
  /** The campaign's call to a number in E.164; null: there is none. */
  callHistory(campaignId: string, phoneNumber: string): Promise<CallHistory | null>;
  /** Stores an outcome; `do_not_call` also puts the number on the do-not-call list. Null: no such call. */
  setOutcome(callId: string, outcome: Outcome, notes: string | null, at: Instant): Promise<Call | null>;

  // exactly once
  /** Registers the runner or renews its lease. */
  renewLease(lease: Lease, at: Instant): Promise<void>;
  /** The runner leaves; attempts it still holds are free for others at once. */
  endLease(runnerId: string): Promise<void>;
  /** Hands out one call that is due and allowed, with its attempt stored as claimed; null when there is none. */
  claim(request: ClaimRequest): Promise<Claim | null>;
  /** Stores a call outside any campaign together with its claimed attempt. */
  addSingleCall(call: Call, attempt: Attempt): Promise<void>;
  /**
   * The last door before a phone rings: stores `dialed` if the attempt is still the runner's, the campaign still running,
   * and the number not on the do-not-call list.
   */
  beginDial(dialed: Change, interval: number): Promise<Gate>;
  /** Stores a change by compare-and-set on runner and attempt state. */
  save(change: Change): Promise<Saved>;
  /**
   * Takes over all attempts of runners whose lease ended before `at`. Returns every open attempt that the runner then
   * holds, so that one whose claim or take-over got no answer is not held by a runner that does not know of it.
   */
  takeOver(runnerId: string, at: Instant): Promise<readonly Claim[]>;
  /** Leases of the other runners that hold attempts, run out or not. */
  othersLeases(runnerId: string): Promise<readonly Lease[]>;
  /** Of these attempts, those that have ended according to the store. */
  endedAttempts(attemptIds: readonly string[]): Promise<readonly string[]>;
  /** Of these campaigns, those for which `stop --now` was asked. */
  hangUps(campaignIds: readonly string[]): Promise<readonly string[]>;
  isDoNotCall(phoneNumber: string): Promise<boolean>;
}

export interface MoveDetails {
  readonly at: Instant;
  readonly reason?: string;
  /** Only with `stop`: hang up live calls too. */
  readonly hangUp?: boolean;
}

// ------------------------------------------------------------------------------------------------------ Telephony

/** Everything LiveKit is told about one attempt. */
export interface DialOrder {
  readonly attemptId: string;
  readonly callId: string;
  readonly campaignId: string | null;
  readonly room: string;
  readonly callee: string;
  readonly trunkId: string;
  readonly contact: Contact;
  readonly assistantId: string | null;
  readonly assistantName: string | null;
  readonly prompt: string | null;
  /** Caller ID; null = the trunk chooses. */
  readonly fromNumber: string | null;
  readonly ringSeconds: number;
  readonly maxDurationSeconds: number;
}

/** Why an attempt ended without a conversation; `detail` is for the operator and holds no numbers or names. */
export interface Problem {
  readonly ending: Ending;
  readonly sipStatus?: number;
  readonly detail: string;
}

export type DialResult =
  | { readonly is: "answered"; readonly sipCallId: string }
  | ({ readonly is: "ended" } & Problem)
  /** A phone may be ringing or answered: look at the room, never dial again. */
  | { readonly is: "unknown"; readonly detail: string };

/** The callee's leg: in the room and being dialed or ringing, in conversation, or not there. */
export type Leg = "ringing" | "active" | "absent";

export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly numbers: readonly string[];
}

/**
 * Rooms, agents and phone calls. Requests that ring nobody are repeated on failure by the adapter, and then thrown as
 * `Unavailable`, or `Misused` when LiveKit refuses the key; dial() is never repeated by anyone.
 */
export interface Telephony {
  /** Creates the room and asks the agent to join it; says what went wrong, or null. Repeating it changes nothing. */
  openRoom(order: DialOrder): Promise<Problem | null>;
  agentJoined(room: string): Promise<boolean>;
  /** Rings the phone: exactly one request. Resolves when answered or over; never rejects. */
  dial(order: DialOrder): Promise<DialResult>;
  /** Callees per room (agents not counted), for the rooms that exist. One request for all of them. */
  callees(rooms: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Whoever was called into the room, by this program or by the agent. */
  leg(room: string): Promise<Leg>;
  /** Hangs up whoever is in the room and removes it. Not an error when it is gone. */
  closeRoom(room: string): Promise<void>;
  /** Names of all rooms that belong to attempts, whoever made them. */
  attemptRooms(): Promise<readonly string[]>;
  trunks(): Promise<readonly Trunk[]>;
}
