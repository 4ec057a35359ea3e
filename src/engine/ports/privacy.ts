/** What a person may ask for: all that is stored about their number, and that it is erased. */
import type { Instant } from "../../domain/time/instant.ts";

/** Rows as they are stored, by table; a table without any is there with none. */
export type PersonalData = Readonly<Record<PersonalTable, readonly Readonly<Record<string, unknown>>[]>>;

/** Every table that holds a contact's number, hangs on a row that does, or stands for it. */
export const PERSONAL_TABLES = [
  "contacts",
  "csv_contacts",
  "campaign_calls",
  "call_attempts",
  "carrier_calls",
  "webhooks_heard",
  "consents",
  "do_not_call_numbers",
  "audit_log",
] as const;
export type PersonalTable = (typeof PERSONAL_TABLES)[number];

/** What `purge` removes: see the verb. */
export const PURGED = ["contacts", "variables", "recordings", "calls"] as const;
export type Purged = (typeof PURGED)[number];

export interface Outlived {
  readonly campaignId: string;
  readonly name: string;
  /** What ended before is to be forgotten. */
  readonly before: Instant;
}

export interface Removed {
  readonly rows: number;
  /** Where the recordings lie that it has forgotten, each once; the files are not in the store. */
  readonly recordings: readonly string[];
}

/** Part of the Store. Of the owner's rows only; that a number is on the do-not-call list is everybody's, its reason its writer's. */
export interface PrivacyStore {
  personalData(phoneNumber: string): Promise<PersonalData>;
  /**
   * Removes the number, and what hangs on it, from every table. Its calls stay, without number, name and notes, so that sums
   * stay true; those that wait end. The number is on the do-not-call list from then on, and stays on it for whoever else put it
   * there, with their reasons; the owner's own are gone. Returns where the recordings lie that were forgotten, each once. Null: a
   * call to it is under way, or its recording is not stored yet, and nothing was changed.
   */
  erase(phoneNumber: string, at: Instant): Promise<readonly string[] | null>;
  /**
   * Removes what is older than `before`, at most `limit` rows of it; returns how many. 0: nothing is left. Without a limit it
   * removes nothing, and returns what would go. Of a campaign alone, where one is named; lists are not its own, and stay.
   *
   * - contacts: rows of files and lists that only campaigns use that were completed by then, or none
   * - variables: name, e-mail, variables and notes of calls that ended by then
   * - recordings: where the recordings of attempts that ended by then lie; the files are not in the store
   * - calls: number, name, notes and recordings of calls, as `erase` does, whose campaign was completed by then, or that have none
   *
   * A recording that is not stored yet stays, and its call with it, since nobody could say where it lies; so does a call of
   * which an attempt ended later.
   */
  purge(what: Purged, before: Instant, limit: number | null, campaignId?: string): Promise<Removed>;
  /** Campaigns that were completed longer ago than they keep whom they called, and still know some. */
  outlived(at: Instant): Promise<readonly Outlived[]>;
  /**
   * What was erased and purged is gone from the disk too. False: somebody still reads what was there before, or writes without
   * a pause.
   */
  forget(): Promise<boolean>;
  /** Where the recordings of calls to a number lie, each once. */
  recordingPlaces(phoneNumber: string): Promise<readonly string[]>;
}
