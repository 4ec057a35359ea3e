/** The use-cases around one person's data: all of it, its erasure; and what is removed since it is old. */
import { longestMemory } from "../../domain/hours/rule-limits.ts";
import { formatDuration, parseDuration } from "../../domain/time/duration.ts";
import { Misused, Refused } from "../errors.ts";
import type { Clock, PersonalData, Store } from "../ports/index.ts";
import { PERSONAL_TABLES, PURGED, type PersonalTable, type Purged } from "../ports/privacy.ts";

export type RowCounts = Readonly<Record<PersonalTable, number>>;

/** What is stored of a number, by table, and where the recordings of its calls lie, which are not in the store. */
export interface ErasureReport {
  readonly rows: RowCounts;
  readonly recordings: readonly string[];
  /** Is what was removed still on the disk, since somebody reads it? */
  readonly isRead: boolean;
}

export interface PurgeReport {
  /** How old is too old, milliseconds. */
  readonly olderThan: number;
  /** Rows by what was removed of them. */
  readonly removed: Readonly<Partial<Record<Purged, number>>>;
  /** Where the recordings lie that are forgotten. */
  readonly recordings: readonly string[];
  /** Is what was removed still on the disk, since somebody reads it? */
  readonly isRead: boolean;
}

/** Rows that are removed in one transaction: others wait for no longer than that takes. */
const BATCH = 2_000;

export class Privacy {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** `phoneNumber` in E.164. Throws Refused when nothing is stored of it. */
  async export(phoneNumber: string): Promise<PersonalData> {
    const data = await this.#find(phoneNumber);
    await this.#store.recordAudit({ action: "person.exported", phoneNumber, after: countsOf(data) });
    return data;
  }

  /** How many rows there are, by table. */
  async count(phoneNumber: string): Promise<RowCounts> {
    return countsOf(await this.#find(phoneNumber));
  }

  async #find(phoneNumber: string): Promise<PersonalData> {
    const data = await this.#store.personalData(phoneNumber);
    if (Object.values(data).every((rows) => rows.length === 0)) {
      throw new Refused("unknown_contact", "nothing is stored about that number", {
        hint: "numbers of another owner are not shown; check CAMPAIGNS_USER_ID",
      });
    }
    return data;
  }

  /** What is stored of the number; erased, unless `dryRun`. Throws Refused while it is being called. */
  async erase(phoneNumber: string, dryRun: boolean): Promise<ErasureReport> {
    const rows = countsOf(await this.#find(phoneNumber));
    const recordings = dryRun
      ? await this.#store.recordingPlaces(phoneNumber)
      : await this.#store.erase(phoneNumber, this.#clock.now());
    if (recordings === null) {
      throw new Refused(
        "call_in_progress",
        "a call to that number is in progress, or its recording is being stored: nothing was erased",
        { hint: "erase it when the call has ended and a run has seen to its recording" },
      );
    }
    return { rows, recordings, isRead: !dryRun && !(await this.#store.forget()) };
  }

  /** Removes what is older; only counts it with `dryRun`. Throws Misused. */
  async purge(olderThan: string, what: readonly string[], dryRun: boolean): Promise<PurgeReport> {
    const age = parseDuration(olderThan);
    if (age === null)
      throw new Misused("older_than", `--older-than: expected a duration such as 90d, got "${olderThan}"`);
    const kinds = what.length === 0 ? PURGED : what.map(kindOf);
    if (kinds.includes("calls") && age < longestMemory()) {
      throw new Misused(
        "older_than",
        `--older-than: expected at least ${formatDuration(longestMemory())} for calls, got ${olderThan}: calling rules count calls that far back`,
        { hint: "purge contacts and variables alone, with --what, or give a longer duration" },
      );
    }
    const before = this.#clock.now() - age;
    const removed: Partial<Record<Purged, number>> = {};
    const places = new Set<string>();
    for (const kind of kinds) {
      removed[kind] = 0;
      for (let isLeft = true; isLeft;) {
        const { rows, recordings } = await this.#store.purge(kind, before, dryRun ? null : BATCH);
        removed[kind] += rows;
        for (const place of recordings) places.add(place);
        isLeft = !dryRun && rows === BATCH;
      }
    }
    const recordings = [...places].toSorted();
    return { olderThan: age, removed, recordings, isRead: !dryRun && !(await this.#store.forget()) };
  }
}

const countsOf = (data: PersonalData): RowCounts =>
  Object.fromEntries(PERSONAL_TABLES.map((table) => [table, data[table].length])) as Record<PersonalTable, number>;

function kindOf(text: string): Purged {
  const kind = PURGED.find((each) => each === text);
  if (kind === undefined) throw new Misused("what", `--what: expected ${PURGED.join(", ")}, or several, got "${text}"`);
  return kind;
}
