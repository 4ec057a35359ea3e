/** Contacts: where they are kept, and which of them may be called. */
import type { Call } from "../../domain/calls/call.ts";
import type { Campaign, ContactSource } from "../../domain/calls/campaign.ts";
import type { NewContact } from "../../domain/calls/contact.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { OpenPlace } from "./claims.ts";

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

export interface UnplacedContact {
  /** The row, for placeContacts. */
  readonly key: string;
  readonly phoneNumber: string;
  readonly timeZone: string | null;
}

/** What a consent must be at a place; null: none is asked for. */
export type ConsentsAsked = (place: string) => Required<OpenPlace>["consent"] | null;

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

/** What a file says beside what a campaign has already. Numbers, each once. */
export interface JoinedFile {
  readonly added: number;
  /** There before, and in the file too. */
  readonly known: number;
  /** Of the known, those of whom the file says something else: they stay as they were. */
  readonly differing: number;
  /** Of the known, those that the file marks do-not-call, and nothing did before. */
  readonly marked: number;
  /** There before, and not in the file: they stay. */
  readonly missing: number;
}

export type CampaignRef = Pick<Campaign, "id" | "name" | "status">;

/** Part of the Store. */
export interface ContactStore {
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
  /**
   * Adds the contacts of a sealed file to those of a campaign, and makes calls of them where its contacts have become calls.
   * Numbers that it has already stay as they are, but for a do-not-call that is new: that ends the call that waits. `dry`:
   * only counts, also for one that is over. Null: the campaign is over or not there, or its contacts are not its own: a
   * list's, another campaign's too.
   */
  joinContactFile(fileId: string, campaignId: string, at: Instant, dry: boolean): Promise<JoinedFile | null>;
  /** Removes a file and its contacts. Not an error when it is gone. */
  dropContactFile(id: string): Promise<void>;
  /** By name. */
  listContactLists(): Promise<readonly ContactList[]>;
  /** Lists whose id is `ref`, else whose name is, else whose id starts with it. */
  findContactLists(ref: string): Promise<readonly ContactList[]>;
  /**
   * What the contacts of the list that can be called say of themselves, under the names that the agent gets: variables, and
   * name, email and company where anybody has them. For how many each is filled: more than white space.
   */
  listVariables(listId: string): Promise<ReadonlyMap<string, number>>;
  contactRecord(phoneNumber: string): Promise<ContactRecord>;

  /** Contacts of the source without a place, at most `limit`: rows that somebody else than this program has written. */
  unplacedContacts(source: ContactSource, limit: number): Promise<readonly UnplacedContact[]>;
  placeContacts(
    source: ContactSource,
    places: readonly { readonly key: string; readonly place: string }[],
  ): Promise<void>;
  /** Who of the campaign's contacts would be called if it were started now, or waits; and who is left out. */
  preview(campaignId: string, at: Instant, asked?: ConsentsAsked): Promise<Preview>;
  /** The callable of the preview by the prefix that has a price for their number; the empty one: none has. Empty without a budget. */
  contactsByPrefix(campaignId: string, at: Instant): Promise<ReadonlyMap<string, number>>;
}
