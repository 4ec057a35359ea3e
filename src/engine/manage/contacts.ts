/** The use-cases around contacts: files in, lists of them, and everything that is known of one number. */
import { judged, type JudgedConsent } from "../../domain/calls/consent.ts";
import type { ImportReport, NewContact } from "../../domain/calls/contact.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { isVisible } from "../../domain/text/visible.ts";
import { Misused, Refused } from "../errors.ts";
import { listName, neighbours } from "./do-not-call.ts";
import { theOne } from "./lookup.ts";
import type { Clock, ContactCounts, ContactList, ContactRecord, Store } from "../ports/index.ts";

/** Contacts on their way in, batch by batch, from a file that may be broken anywhere. */
export interface ContactFeed {
  readonly filename: string;
  /** Bytes; 0 when nobody knows. */
  readonly size: number;
  readonly batches: AsyncIterable<readonly NewContact[]>;
  /** Filled by whoever reads the file; kept, duplicates and suppressed are set here, once the contacts are stored. */
  readonly report?: ImportReport;
  /** Filled likewise: the numbers of all who do not want to be called. They go on the do-not-call list. */
  readonly forbidden?: readonly string[];
}

export interface Imported {
  readonly list: ContactList;
  /** The list was not there before. */
  readonly created: boolean;
}

/** All that is known of one number. */
export interface KnownContact extends ContactRecord {
  /** E.164. */
  readonly phoneNumber: string;
  readonly onDoNotCallList: boolean;
  /** Oldest first, revoked ones too. */
  readonly consents: readonly JudgedConsent[];
}

const LISTS_HINT = "campaigns contacts lists shows them";

export class Contacts {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #newId: () => string;

  /** `newId`: unique ids; UUIDs in production. */
  constructor(store: Store, clock: Clock, newId: () => string) {
    this.#store = store;
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * Adds the contacts to the list of that name or id, which is made when there is none: all of them, or none when the file
   * turns out to be broken. Numbers that the list has already stay as they are, but for a do-not-call that is new.
   */
  async importInto(ref: string, feed: ContactFeed): Promise<Imported> {
    const name = ref.trim();
    if (name === "") throw new Misused("list", "--list: expected the name of a list, got nothing");
    if (!isVisible(name)) {
      throw new Misused("list", `--list: expected text without line breaks and control characters, got "${name}"`);
    }
    // Not by the beginning of an id: a new name that happens to be one would land in somebody else's list.
    const known = (await this.#store.findContactLists(name)).find((list) => list.id === name || sameName(list, name));
    const at = this.#clock.now();
    const file = this.#newId();
    const staged = await stage(this.#store, file, feed, at);
    try {
      if (staged.callable + staged.suppressed === 0) throw noContacts(feed);
      const merged = await this.#store.mergeContactFile(file, known ?? { id: this.#newId(), name }, at);
      settle(feed.report, { ...merged.added, duplicates: staged.duplicates + merged.added.duplicates });
      return { list: merged.list, created: known === undefined };
    } finally {
      await drop(this.#store, file);
    }
  }

  lists(): Promise<readonly ContactList[]> {
    return this.#store.listContactLists();
  }

  /** By id, name, or unique prefix of an id. */
  async find(ref: string): Promise<ContactList> {
    return theOne("list", ref, await this.#store.findContactLists(ref), LISTS_HINT);
  }

  /** `phoneNumber` in E.164. Throws Refused when nothing is known of it. */
  async show(phoneNumber: string): Promise<KnownContact> {
    const record = await this.#store.contactRecord(phoneNumber);
    const onDoNotCallList = (await this.#store.doNotCall(phoneNumber, this.#clock.now())).length > 0;
    const consents = judged(await this.#store.consentsOf(phoneNumber), this.#clock.now());
    const { inLists, calls, waiting } = record;
    if (inLists.length + calls.length + waiting.length + consents.length === 0 && !onDoNotCallList) {
      throw new Refused(
        "unknown_contact",
        "that number is in no list and no campaign, and not on the do-not-call list",
        {
          hint: LISTS_HINT,
        },
      );
    }
    return { ...record, phoneNumber, onDoNotCallList, consents };
  }
}

const sameName = (list: ContactList, name: string): boolean => list.name.toLowerCase() === name.toLowerCase();

/** Stores the contacts as a file, sealed; when anything goes wrong, nothing of it is left. */
export async function stage(store: Store, id: string, feed: ContactFeed, at: Instant): Promise<ContactCounts> {
  await store.addContactFile({ id, filename: feed.filename, size: feed.size }, at);
  try {
    for await (const batch of feed.batches) await store.addContacts(id, batch);
    const counts = await store.sealContactFile(id);
    await forbid(store, feed, at);
    settle(feed.report, counts);
    return counts;
  } catch (error) {
    await drop(store, id);
    throw error;
  }
}

/** Who does not want to be called in one file is not to be called because another one has the number too. */
async function forbid(store: Store, { filename, forbidden = [] }: ContactFeed, at: Instant): Promise<void> {
  for (const numbers of neighbours([...new Set(forbidden)])) {
    await store.addDoNotCall(
      numbers.map((phoneNumber) => ({ phoneNumber, source: listName(filename), reason: MARKED, addedAt: at })),
    );
  }
}
const MARKED = "marked do-not-call";

/** What cannot be dropped now is never used, and goes with a later import. */
export const drop = (store: Store, file: string): Promise<void> => store.dropContactFile(file).catch(() => {});

function settle(report: ImportReport | undefined, counts: ContactCounts): void {
  if (report === undefined) return;
  report.kept = counts.callable;
  report.suppressed = counts.suppressed;
  report.duplicates = counts.duplicates;
}

export function noContacts({ filename, report }: Pick<ContactFeed, "filename" | "report">): Misused {
  const reasons = Object.entries(report?.rejected ?? {}).map(([reason, n]) => `${n} × ${reason}`);
  return new Misused("no_contacts", `expected at least one contact that can be called, found none in ${filename}`, {
    hint: reasons.length === 0 ? "see that it has rows, and that not all of them are do-not-call" : reasons.join(", "),
  });
}
