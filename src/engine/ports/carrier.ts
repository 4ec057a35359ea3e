/**
 * The carrier behind a trunk, as far as this program sets it up and asks it about calls. Find returns the carrier's id,
 * or null when there is none; make is asked only after find, and sent once.
 *
 * Everything throws `Misused` when the carrier refuses the key, `Refused` when it refuses the wish, `Unavailable` when it
 * does not answer.
 */
import type { Instant } from "../../domain/time/instant.ts";

export interface CarrierAccount {
  readonly id: string;
  /** false: suspended or closed; nothing can be called. */
  readonly active: boolean;
  /** A trial account calls verified numbers only. */
  readonly trial: boolean;
}

export interface CarrierNumber {
  readonly id: string;
  readonly label: string;
  /** The carrier's trunk it is attached to; null: none. */
  readonly trunkId: string | null;
}

export interface Carrier {
  account(): Promise<CarrierAccount>;
  /** A number of the account, E.164. */
  findNumber(number: string): Promise<CarrierNumber | null>;
  /** The host that a trunk of this name takes calls at. */
  domainOf(name: string): string;
  findTrunk(domain: string): Promise<string | null>;
  makeTrunk(name: string, domain: string): Promise<string>;
  findCredentialList(name: string): Promise<string | null>;
  makeCredentialList(name: string): Promise<string>;
  isAssociated(trunkId: string, listId: string): Promise<boolean>;
  associate(trunkId: string, listId: string): Promise<void>;
  findCredential(listId: string, username: string): Promise<string | null>;
  makeCredential(listId: string, username: string, password: string): Promise<string>;
  setPassword(listId: string, credentialId: string, password: string): Promise<void>;
  attach(trunkId: string, numberId: string): Promise<void>;
}

export const CARRIER_STATUSES = [
  "queued",
  "initiated",
  "ringing",
  "in-progress",
  "completed",
  "busy",
  "failed",
  "no-answer",
  "canceled",
] as const;
export type CarrierStatus = (typeof CARRIER_STATUSES)[number];

/** One call as the carrier has it in its books. */
export interface CarrierCall {
  readonly id: string;
  readonly status: CarrierStatus;
  /** Whole seconds in conversation. */
  readonly durationSeconds: number | null;
  /** What it cost, in millionths of `unit`; null: not known yet. */
  readonly price: { readonly micros: number; readonly unit: string } | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
}

/** The carrier's id among ids of calls: Twilio's begin with CA, LiveKit's own do not. */
export const carrierIdOf = (sid: string | null): string | null => (sid?.startsWith("CA") === true ? sid : null);

/** What recovery and `calls sync` ask: what became of a call. */
export interface CarrierRecords {
  find(id: string): Promise<CarrierCall | null>;
  /** Calls to a number, E.164, that began between the two instants, both included; oldest first. */
  callsTo(number: string, from: Instant, until: Instant): Promise<readonly CarrierCall[]>;
}

/** An attempt whose final record or price is not stored yet. */
export interface UnsyncedAttempt {
  readonly attemptId: string;
  /** E.164. */
  readonly phoneNumber: string;
  readonly dialedAt: Instant;
  /** The carrier's id of the call; null: not known. */
  readonly carrierId: string | null;
}

/** A sum of prices. */
export interface Cost {
  readonly unit: string;
  /** Millionths of the unit. */
  readonly micros: number;
  /** Calls with a price in this unit. */
  readonly calls: number;
}

/** Part of the Store: what the carrier's books say of our attempts. */
export interface CarrierCallStore {
  /** Attempts of a campaign that left and ended, and whose final record or price is not stored; the oldest first. */
  unsyncedAttempts(campaignId: string, limit: number, after?: UnsyncedAttempt): Promise<readonly UnsyncedAttempt[]>;
  /**
   * A price in the currency of its campaign's budget counts against that in place of what was reckoned. A price or a beginning
   * that is known stays, should the same record come without it. False: the record belongs to another attempt;
   * nothing was changed. Of whom is erased the price is kept, and not the id.
   */
  saveCarrierCall(attemptId: string, record: CarrierCall, at: Instant): Promise<boolean>;
  /** What the campaign's calls cost, one sum for each unit. */
  costs(campaignId: string): Promise<readonly Cost[]>;
}
