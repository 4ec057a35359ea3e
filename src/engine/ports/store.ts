/** Where campaigns, contacts, calls and attempts are kept. */
import type { Attempt, Call, CallStatus, Change, Outcome } from "../../domain/calls/call.ts";
import type {
  Campaign,
  CampaignSettings,
  CampaignStatus,
  ContactSource,
  MoveName,
} from "../../domain/calls/campaign.ts";
import type { NewContact } from "../../domain/calls/contact.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Ending } from "../../domain/calls/ending.ts";
import type { Cap, ConsentAsked } from "../../domain/hours/rule-limits.ts";
import type { Snapshot } from "../../domain/calls/plan.ts";
import type { ConsentRecord } from "../../domain/calls/consent.ts";
import type { CarrierCall, Cost, UnsyncedAttempt } from "./carrier.ts";
import type { Assigned, Assignment, CallerNumber, CallerPool, TrunkLimit } from "./caller-numbers.ts";

/** A runner's identity and its lease. A runner whose lease has run out may be relieved of its attempts by any other. */
export interface Lease {
  readonly runnerId: string;
  readonly until: Instant;
}

export interface Claim {
  readonly call: Call;
  readonly attempt: Attempt;
}

export interface EndedAttempt {
  readonly id: string;
  /** We hung up: nobody is to be in its room any more. */
  readonly byUs: boolean;
}

export interface ClaimRequest {
  readonly campaignId: string;
  readonly runnerId: string;
  /** The trunk that will carry it, whose limits are the store's to know. */
  readonly trunkId: string;
  /** Chosen by the caller: asking again with the same id hands out the same claim, not a second one. */
  readonly attemptId: string;
  readonly at: Instant;
  /** Today in the campaign's zone, YYYY-MM-DD: the day of the daily cap. */
  readonly localDay: string;
  /** Milliseconds that must lie between two hand-outs of this campaign, across all runners. */
  readonly interval: number;
  /** Calls of this campaign that may be under way at once. */
  readonly concurrency: number;
  /** Where somebody may be called at `at`, and how often; nobody elsewhere is handed out. */
  readonly open: readonly OpenPlace[];
}

/** A place whose hours and rules are open now. */
export interface OpenPlace {
  /** As placeKey spells it. */
  readonly place: string;
  /** Dials of one number, by all campaigns together, that the rules there allow. */
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
        /** The number is not spelled in E.164. */
        | "invalid_number"
        /** The number of the call is another one since it was handed out. */
        | "changed"
        /** The caller's clock is more than 5 s off the store's, or the request took that long. */
        | "clock";
    };

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

/** Contacts to come; sealed when whole. An unsealed file is never used, and dropped when it is a day old. */
export interface NewContactFile {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
}

/** Numbers, each once, and how many rows had one that was there already. */
export interface ContactCounts {
  readonly callable: number;
  /** Marked do-not-call: kept, and never called. */
  readonly suppressed: number;
  readonly duplicates: number;
}

export interface ContactList {
  readonly id: string;
  /** Unique per owner, whatever the case of its letters. */
  readonly name: string;
  readonly contacts: number;
  /** Of these, those that are marked do-not-call. */
  readonly suppressed: number;
  readonly createdAt: Instant;
}

/** Where a number is found. */
export interface ContactRecord {
  readonly inLists: readonly {
    readonly list: { readonly id: string; readonly name: string };
    readonly contact: NewContact;
  }[];
  /** Oldest first; the campaign is null for a single call. */
  readonly calls: readonly { readonly campaign: CampaignRef | null; readonly call: Call }[];
  /** Campaigns that are not started, and will call it. */
  readonly waiting: readonly CampaignRef[];
}

export type CampaignRef = Pick<Campaign, "id" | "name" | "status">;

/**
 * Every verb is one transaction: it happens wholly or not at all. Failures of the database itself are thrown as
 * `Unavailable`. Instants come as arguments; only who is alive is judged by a clock of the store's own.
 */
export interface Store extends AsyncDisposable {
  // contacts
  addContactFile(file: NewContactFile, at: Instant): Promise<void>;
  /** Adds contacts to an unsealed file. */
  addContacts(fileId: string, contacts: readonly NewContact[]): Promise<void>;
  /**
   * Makes the file whole. Of the contacts with one number the first stays; it is marked do-not-call when any of them is.
   */
  sealContactFile(id: string): Promise<ContactCounts>;
  /**
   * Adds the contacts of a sealed file to a list, in their order, and unseals the file: it is to be dropped. The list is
   * made when there is none of that name. Numbers that it has already stay as they are, but for a do-not-call that is new:
   * that counts as suppressed, and ends the calls that wait for the contact in campaigns on the list.
   */
  mergeContactFile(fileId: string, list: Pick<ContactList, "id" | "name">, at: Instant): Promise<MergedFile>;
  /** Removes a file and its contacts. Not an error when it is gone. */
  dropContactFile(id: string): Promise<void>;
  /** By name. */
  listContactLists(): Promise<readonly ContactList[]>;
  /** Lists whose id is `ref`, else whose name is, else whose id starts with it. */
  findContactLists(ref: string): Promise<readonly ContactList[]>;
  contactRecord(phoneNumber: string): Promise<ContactRecord>;

  // campaigns
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
   * allowed. `start` also turns contacts into calls; `stop` ends those not under way; `finish` is not made while an attempt
   * is under way.
   */
  moveCampaign(id: string, move: MoveName, why: MoveDetails): Promise<Campaign | null>;
  /**
   * What plan() needs to know; `localDay` is today in the campaign's zone. The campaign is passed through. Its trunk is the
   * one it names, else the one that a call was last asked for.
   */
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
   * Hands out one call that is due and allowed, with its attempt stored as claimed; null when there is none. Contacts that
   * must not be called any more (do-not-call list, their own mark, consent), whose number is not spelled in E.164, or whose
   * row cannot be read, end on the way; those whose number another attempt is at, or
   * whom a cap protects, are held until later.
   */
  claim(request: ClaimRequest): Promise<Claim | null>;
  /** Stores a call outside any campaign together with its claimed attempt. */
  addSingleCall(call: Call, attempt: Attempt): Promise<void>;
  /**
   * The last door before a phone rings: stores `dialed` if the attempt is still the runner's, the campaign still running,
   * the number the one that was handed out, in E.164, neither on the do-not-call list nor marked, and the consent, where the campaign wants one, still good; and if the paces
   * of campaign, trunk and caller ID allow. `interval`: the campaign's, milliseconds.
   */
  beginDial(dialed: Change, interval: number): Promise<DialGate>;
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
  endedAttempts(attemptIds: readonly string[]): Promise<readonly EndedAttempt[]>;
  /** Of these campaigns, those for which `stop --now` was asked, and those that were deleted. */
  hangUps(campaignIds: readonly string[]): Promise<readonly string[]>;

  // whom one must not call
  /**
   * Puts numbers on the do-not-call list, for every campaign, at once. A number is on it once for each source; what is
   * there already stays as it is, but for a longer term. Returns how many entries are new.
   */
  addDoNotCall(entries: readonly DoNotCallEntry[]): Promise<number>;
  /** Takes numbers off the list of one source, or of all (null); returns how many were on it. */
  removeDoNotCall(phoneNumbers: readonly string[], source: string | null): Promise<number>;
  /** Takes all numbers of a source off the list; returns how many entries there were. */
  dropDoNotCallSource(source: string): Promise<number>;
  /**
   * Gives the entries of the source `arriving` to `source`; with `replace`, in place of those it had. In one transaction,
   * so that nobody is ever free between the old list and the new one. Returns how many old entries were removed.
   */
  settleDoNotCall(
    arriving: string,
    source: string,
    how: { readonly at: Instant; readonly replace: boolean },
  ): Promise<number>;
  /** The entries that forbid a call to the number at that instant: its own, and those of its prefixes. */
  doNotCall(phoneNumber: string, at: Instant): Promise<readonly DoNotCallEntry[]>;
  /** By number, then source: all entries of at most `limit` numbers, those after the number `after`. */
  listDoNotCall(limit: number, after: string | null, source: string | null): Promise<readonly DoNotCallEntry[]>;
  /** By name; without entries that have run out. */
  doNotCallSources(at: Instant): Promise<readonly DoNotCallSource[]>;
  /** Adds consents; one that is known already (same number, purpose, source and time) changes nothing. Returns how many are new. */
  addConsents(consents: readonly ConsentRecord[]): Promise<number>;
  /** Revokes every consent to call the number, at once and everywhere. Returns how many there were. */
  revokeConsents(phoneNumber: string, at: Instant): Promise<number>;
  /** Oldest first. */
  consentsOf(phoneNumber: string): Promise<readonly ConsentRecord[]>;

  // where contacts are
  /** Contacts of the source without a place, at most `limit`: rows that somebody else than this program has written. */
  unplacedContacts(source: ContactSource, limit: number): Promise<readonly UnplacedContact[]>;
  placeContacts(
    source: ContactSource,
    places: readonly { readonly key: string; readonly place: string }[],
  ): Promise<void>;
  /** Who of the campaign's contacts would be called if it were started now, or waits; and who is left out. */
  preview(campaignId: string, at: Instant, asked?: readonly ConsentAt[]): Promise<Preview>;

  // caller IDs and trunks
  /** Assigns a number to an assistant and a trunk, unless it is assigned elsewhere. Repeating it changes nothing. */
  assignNumber(assignment: Assignment, at: Instant): Promise<Assigned>;
  /** Takes a number from its assistant and trunk; its row stays. Null: it was not assigned. */
  unassignNumber(number: string): Promise<CallerNumber | null>;
  /** Active numbers that are assigned to a trunk, of one assistant or of all, the least recently used first. */
  listNumbers(assistantId?: string): Promise<readonly CallerNumber[]>;
  /** What the owner of a campaign may call with; null: the installation; left out: the store's owner, else everybody. */
  callerPool(assistantId: string | null, owner?: string | null): Promise<CallerPool>;
  /** `unless_set`: a limit that is stored already stays. */
  setTrunkLimit(limit: TrunkLimit, at: Instant, when?: "always" | "unless_set"): Promise<void>;
  trunkLimits(): Promise<readonly TrunkLimit[]>;
  /** Removes a trunk's limit; numbers assigned to it are left to their verb. */
  dropTrunkLimit(trunkId: string): Promise<void>;

  // the carrier's books
  /** Attempts of a campaign that left and ended, and whose final record or price is not stored; the oldest first. */
  unsyncedAttempts(campaignId: string, limit: number, after?: UnsyncedAttempt): Promise<readonly UnsyncedAttempt[]>;
  /** False: the record belongs to another attempt; nothing was changed. */
  saveCarrierCall(attemptId: string, record: CarrierCall, at: Instant): Promise<boolean>;
  /** What the campaign's calls cost, one sum for each unit. */
  costs(campaignId: string): Promise<readonly Cost[]>;
}

export interface DoNotCallEntry {
  /** In E.164, or a prefix of such numbers with an asterisk: `+1900*`. */
  readonly phoneNumber: string;
  /** Who put it there: `operator`, `outcome`, the name of a list or file. */
  readonly source: string;
  readonly reason: string | null;
  readonly addedAt: Instant;
  /** From then on it forbids nothing; undefined: for ever. */
  readonly expiresAt?: Instant;
}

export interface DoNotCallSource {
  readonly source: string;
  readonly entries: number;
  /** When it was last imported, or added to. */
  readonly refreshedAt: Instant;
}

export interface UnplacedContact {
  /** The row, for placeContacts. */
  readonly key: string;
  readonly phoneNumber: string;
  readonly timeZone: string | null;
}

/** What a consent must be at a place. */
export type ConsentAt = Required<Pick<OpenPlace, "place" | "consent">>;

/** Contacts by what would become of them. The sum of all is the size of the source. */
export interface Preview {
  /** Per place. */
  readonly callable: ReadonlyMap<string, number>;
  readonly leftOut: Readonly<Record<LeftOut, number>>;
  /** Of the callable, those without the consent that was asked about; where it was. */
  readonly lackingConsent?: number;
}

/** marked: do-not-call in the file or list · on_list: on the do-not-call list · duplicate: duplicate number. */
export type LeftOut = "marked" | "on_list" | "no_consent" | "duplicate" | "unusable";

export interface MergedFile {
  readonly list: ContactList;
  readonly added: ContactCounts;
}

export interface MoveDetails {
  readonly at: Instant;
  readonly reason?: string;
  /** Only with `trip`: the attempts that ended so since the last answer are the trunk's, and their calls wait again. */
  readonly blamed?: Ending;
  /** Only with `stop`: hang up live calls too. */
  readonly hangUp?: boolean;
}
