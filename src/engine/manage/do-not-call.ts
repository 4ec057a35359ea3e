/** The use-cases around the do-not-call list: numbers in and out, one by one, or as whole lists that are replaced. */
import { readDate } from "../../domain/calls/contact.ts";
import { parseDuration } from "../../domain/time/duration.ts";
import { isVisible, visible } from "../../domain/text/visible.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { Misused, Refused } from "../errors.ts";
import type { Clock, DoNotCallEntry, DoNotCallSource, Store } from "../ports/index.ts";
import { ERASED } from "../ports/suppression.ts";

/** Numbers on their way in, in E.164, batch by batch, from a file that may be broken anywhere. */
export interface NumberFeed {
  readonly filename: string;
  readonly batches: AsyncIterable<readonly string[]>;
  /** Rows that could not be read so far. */
  readonly rejected: () => number;
}

/** What is kept with the numbers. */
export interface EntryInput {
  readonly reason?: string | undefined;
  /** The name of the list. Default `operator`; of a file, its name. */
  readonly source?: string | undefined;
  /** A date, or a duration from now; default never. */
  readonly expires?: string | undefined;
}

export interface ImportedNumbers {
  readonly added: number;
  /** Entries of the source that are not in the file, and are gone; null: they were to stay, or had to. */
  readonly removed: number | null;
}

/** Entries read at once. */
const PAGE = 1_000;

export class DoNotCallList {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(store: Store, clock: Clock, newId: () => string) {
    this.#store = store;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Numbers in E.164, or prefixes with an asterisk. Returns how many entries are new. */
  add(phoneNumbers: readonly string[], input: EntryInput = {}): Promise<number> {
    return this.#store.addDoNotCall(this.#entries(phoneNumbers, input));
  }

  /** From the list of the source, or from all. Returns how many numbers were on it. */
  remove(phoneNumbers: readonly string[], source?: string): Promise<number> {
    return this.#store.removeDoNotCall(phoneNumbers, source ?? null);
  }

  /** All entries of a source. Throws Refused when there is none. */
  async drop(source: string): Promise<number> {
    const removed = await this.#store.dropDoNotCallSource(source);
    if (removed === 0) throw new Refused("unknown_source", `no number is on the list "${source}"`, { hint: SOURCES });
    return removed;
  }

  /** The entries that forbid a call to the number now. */
  check(phoneNumber: string): Promise<readonly DoNotCallEntry[]> {
    return this.#store.doNotCall(phoneNumber, this.#clock.now());
  }

  /**
   * Every number of the file, whatever else its rows say. What is read before a break stays on the list.
   * With `replace` the source has these numbers and no others, once all of them are there; a number of both lists is never
   * free in between. When a row could not be read, the old numbers stay: it may be one of them.
   */
  async import(feed: NumberFeed, input: EntryInput, replace = false): Promise<ImportedNumbers> {
    const source = nameOf(input.source ?? listName(feed.filename));
    const imported = replace ? await this.#replace(feed, input, source) : await this.#fill(feed, { ...input, source });
    // A part of a list is no newer than before: somebody who is on it may be called.
    if (feed.rejected() === 0) await this.#store.refreshDoNotCallSource(source, this.#clock.now());
    return imported;
  }

  async #replace(feed: NumberFeed, input: EntryInput, source: string): Promise<ImportedNumbers> {
    const arriving = `${source} (arriving ${this.#newId().slice(0, 8)})`;
    try {
      const { added } = await this.#fill(feed, { ...input, source: arriving });
      const whole = feed.rejected() === 0;
      if (whole && added === 0) throw noNumbers(feed, source);
      const removed = await this.#store.settleDoNotCall(arriving, source, whole);
      return { added, removed: whole ? removed : null };
    } catch (error) {
      // What is left of it forbids more than it should, which harms nobody; `dnc sources` shows it.
      await this.#store.dropDoNotCallSource(arriving).catch(() => {});
      throw error;
    }
  }

  async #fill({ batches }: NumberFeed, input: EntryInput): Promise<ImportedNumbers> {
    let added = 0;
    for await (const numbers of inOrder(batches)) added += await this.add(numbers, input);
    return { added, removed: null };
  }

  list(limit: number, after: string | null, source: string | null): Promise<readonly DoNotCallEntry[]> {
    return this.#store.listDoNotCall(limit, after, source);
  }

  /** All entries, page by page. */
  async *all(source: string | null): AsyncGenerator<readonly DoNotCallEntry[]> {
    for (let after: string | null = null; ;) {
      const page = await this.list(PAGE, after, source);
      if (page.length === 0) return;
      yield page;
      after = page.at(-1)?.phoneNumber ?? null;
    }
  }

  /** By name. */
  sources(): Promise<readonly DoNotCallSource[]> {
    return this.#store.doNotCallSources(this.#clock.now());
  }

  #entries(phoneNumbers: readonly string[], { reason, source, expires }: EntryInput): DoNotCallEntry[] {
    const addedAt = this.#clock.now();
    const expiresAt = expires === undefined ? null : endOf(expires, addedAt);
    const same = { source: nameOf(source ?? "operator"), reason: reasonOf(reason), addedAt };
    return phoneNumbers.map((phoneNumber) =>
      expiresAt === null ? { phoneNumber, ...same } : { phoneNumber, ...same, expiresAt },
    );
  }
}

/** Numbers that go to the store at once, so few that nobody waits long for it; and those that are put in order before. */
const [BATCH, IN_ORDER] = [2_000, 250_000];

async function* inOrder(batches: NumberFeed["batches"]): AsyncGenerator<readonly string[]> {
  let held: string[] = [];
  try {
    for await (const numbers of batches) {
      for (const number of numbers) held.push(number);
      if (held.length < IN_ORDER) continue;
      yield* neighbours(held);
      held = [];
    }
  } catch (error) {
    yield* neighbours(held);
    throw error;
  }
  yield* neighbours(held);
}

/** In batches: a store writes few pages of its indexes for numbers that are neighbours, and one for each of others. */
export function* neighbours(numbers: readonly string[]): Generator<readonly string[]> {
  const all = numbers.toSorted();
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
}

/** As the stores check it; of a list that is arriving the name is longer. */
const LONGEST_SOURCE = 200;
const LONGEST_NAME = 150;
const LONGEST_REASON = 500;

const SOURCES = "campaigns dnc sources shows the lists";

/** A download that broke off at once: in place of a list it would free everybody on it. */
const noNumbers = ({ filename }: NumberFeed, source: string): Misused =>
  new Misused("no_numbers", `expected at least one number, found none in ${filename}: the list stays as it was`, {
    hint: `campaigns dnc remove --source ${source} empties it`,
  });

/** A file may be called anything. */
export const listName = (filename: string): string => visible(filename).slice(0, LONGEST_NAME);

function nameOf(source: string): string {
  const name = source.trim();
  if (name === ERASED) {
    throw new Misused("source", `--source: ${ERASED} is for numbers that were erased`, {
      hint: "use another name; campaigns erase removes a person",
    });
  }
  if (name !== "" && isVisible(name) && name.length <= LONGEST_SOURCE) return name;
  throw new Misused("source", `--source: expected a name such as ftc, of at most ${LONGEST_NAME} characters`);
}

function reasonOf(reason: string | undefined): string | null {
  if (reason === undefined) return null;
  if (isVisible(reason) && reason.length <= LONGEST_REASON) return reason;
  throw new Misused("reason", `--reason: expected one line of at most ${LONGEST_REASON} characters`);
}

function endOf(text: string, now: Instant): Instant {
  const duration = parseDuration(text);
  const end = duration === null || duration === 0 ? readDate(text) : now + duration;
  if (end !== null && end > now) return end;
  throw new Misused(
    "expires",
    `--expires: expected a date to come such as 2031-01-31, or a duration such as 90d, got "${text}"`,
  );
}
