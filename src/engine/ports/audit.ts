/** Who did what and when. The log is written by the stores themselves, in the transaction that changes the thing. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { ConsentRecord } from "../../domain/calls/consent.ts";
import type { ProvenDial } from "../../domain/calls/dial-proof.ts";
import type { Instant } from "../../domain/time/instant.ts";

export interface AuditEntry {
  readonly seq: number;
  readonly at: Instant;
  /** `cli:NAME`, `api:TOKEN ID`, `user:ID`, `runner:ID`, `db:ROLE`; null: not this program. */
  readonly actor: string | null;
  readonly userId: string | null;
  /** What was done to what, such as campaign.moved. */
  readonly action: string;
  readonly campaignId: string | null;
  readonly callId: string | null;
  readonly attemptId: string | null;
  /** Stands for a number; of somebody who was erased, for nobody's. */
  readonly subject: number | null;
  /** JSON, as it is stored: no number, name or text of anybody's is in it. */
  readonly before: string | null;
  readonly after: string | null;
}

/** The end of the chain: so many entries, and the hash of the last of them and all before. */
export interface ChainHead {
  readonly link: number;
  readonly hash: string;
}

export interface SealedEntry extends AuditEntry, ChainHead {}

/** What no row tells that the store's triggers see. */
export interface AuditEvent {
  readonly action: "access.refused" | "call.forced" | "data.exported" | "person.exported";
  readonly campaignId?: string | null;
  readonly callId?: string | null;
  /** Kept apart from the entry, so that it can be erased. */
  readonly phoneNumber?: string;
  readonly after?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditFilter {
  readonly since?: Instant;
  readonly campaignId?: string;
  readonly phoneNumber?: string;
  /** Also dials and their ends. */
  readonly dials?: boolean;
  /** Older than this entry: for the next page. */
  readonly before?: number;
  readonly limit: number;
}

/** An entry of the do-not-call list, as it is stored now. */
export interface ListedNumber {
  readonly phoneNumber: string;
  readonly source: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
}

export interface StoredConsent extends Omit<ConsentRecord, "phoneNumber"> {
  readonly id: number;
  readonly userId: string | null;
}

/** An attempt that was dialed, and what is stored now of the number that it rang. */
export interface DialFacts extends ProvenDial {
  readonly listed: readonly ListedNumber[];
  readonly consents: readonly StoredConsent[];
}

/** An entry with the number that it is about; null: it is about none, or somebody was erased. */
export interface HistoryEntry extends AuditEntry {
  readonly phoneNumber: string | null;
}

/** A campaign's settings from an entry of the log on. */
export interface CampaignVersion {
  readonly seq: number;
  readonly campaign: Campaign;
}

/** Entries that say what a campaign's settings are from then on. */
export const SETTINGS_ENTRIES = ["campaign.known", "campaign.created", "campaign.changed"] as const;

/** Part of the Store. A store that is opened for an owner shows the owner's entries, and has no chain, which is everybody's. */
export interface AuditStore {
  recordAudit(event: AuditEvent): Promise<void>;
  /** The newest first. */
  auditEntries(filter: AuditFilter): Promise<readonly AuditEntry[]>;
  /** Entries that are not in the chain yet, oldest first, and where it ends; null: nowhere. */
  unsealedAudit(limit: number): Promise<{ readonly head: ChainHead | null; readonly entries: readonly AuditEntry[] }>;
  /** Makes the entries the next links, in their order. False: the chain does not end at `after` any more. */
  sealAudit(after: number, seals: readonly { readonly seq: number; readonly hash: string }[]): Promise<boolean>;
  /** Links after this one, in their order. */
  sealedAudit(after: number, limit: number): Promise<readonly SealedEntry[]>;
  /**
   * Entries of these actions after this one, in the order in which they were written. Of the do-not-call list, which is
   * everybody's, those about numbers that the owner has called.
   */
  auditHistory(after: number, limit: number, actions: readonly string[]): Promise<readonly HistoryEntry[]>;
  /** Every version of every campaign, in the order in which they were written. */
  campaignVersions(): Promise<readonly CampaignVersion[]>;
  /** By attempt, those after this one. */
  auditedDials(after: string | null, limit: number): Promise<readonly DialFacts[]>;
}
