/** Contacts: people to be reached, what a file says about them, and what became of the rows of a file. */
import type { ConsentLevel } from "../hours/consent-level.ts";
import type { Instant } from "../time/instant.ts";

/** The person to be reached. */
export interface Contact {
  readonly id: string | null;
  readonly name: string | null;
  /** E.164. */
  readonly phoneNumber: string;
  readonly email: string | null;
  /** Every further column of the file, as text; the agent gets them. */
  readonly variables: Readonly<Record<string, string>>;
}

/** That somebody agreed to be called, as far as the file says; what it does not say is null, and proves nothing. */
export interface Consent {
  readonly grantedAt: Instant | null;
  /** Where it was given: a form, a recorded call. */
  readonly source: string | null;
  /** What was agreed to, or where that can be seen. */
  readonly proof: string | null;
  /** Left out: express. */
  readonly level?: ConsentLevel;
  /** Left out: marketing. */
  readonly purpose?: string;
  /** Left out: it holds until it is revoked. */
  readonly expiresAt?: Instant;
}

/** A contact on its way into a file or list. Whatever is left out is not known. */
export interface NewContact extends Contact {
  readonly company?: string | null;
  /** It is kept, and never becomes a call. */
  readonly doNotCall?: boolean;
  /** IANA name, when the file says where the contact is. */
  readonly timeZone?: string | null;
  readonly consent?: Consent | null;
}

/** What became of the rows of a file. read = kept + duplicates + suppressed + the sum of rejected, always. */
export interface ImportReport {
  read: number;
  /** Contacts that can be called. */
  kept: number;
  /** Rows whose number an earlier row, or the list, had already. */
  duplicates: number;
  /** Contacts that are marked do-not-call: kept, and never called. */
  suppressed: number;
  /** Of the rows that were not rejected, those whose number is possible, but not known to be in use: new area codes are. */
  unverified: number;
  /** Of these rows, those whose number a spreadsheet had written as a fraction (`.0`), which was left away. */
  unrounded: number;
  /** Of these rows, those whose consent has a date that cannot be read: it proves nothing. */
  undated: number;
  /** Of these rows, those whose number is of another country than the default one, if there is a default. */
  outside: number;
  /** These rows by the country of their number; `?`: no country's. */
  readonly countries: Record<string, number>;
  /** What a prompt can name: the fields and further columns that the file has. */
  readonly columns: string[];
  /** Of these rows, those whose cell is empty, by column. */
  empty: Readonly<Record<string, number>>;
  /** Rows that cannot be used, by reason. */
  readonly rejected: Record<string, number>;
  /** The first few rejected rows of each reason. */
  readonly examples: RejectedRow[];
  /** What was found out about the file and is worth knowing, such as its encoding. */
  readonly notes: string[];
}

export interface RejectedRow {
  /** Where the row begins; the header is line 1. */
  readonly line: number;
  /** The column that is wrong; null: the row as a whole is. */
  readonly column: string | null;
  readonly reason: string;
}

export const newReport = (): ImportReport => ({
  read: 0,
  kept: 0,
  duplicates: 0,
  suppressed: 0,
  unverified: 0,
  unrounded: 0,
  undated: 0,
  outside: 0,
  countries: {},
  columns: [],
  empty: {},
  rejected: {},
  examples: [],
  notes: [],
});

const YES = "true t yes y 1 1.0 x on ja j oui o si sí s sì sim wahr vrai verdadero ✓ ✔ ☑ dnc stop blocked";
const NO = "false f no n 0 0.0 off nein non não nao falsch faux falso ☐";
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...YES.split(" ").map((word) => [word, true] as const),
  ["do not call", true],
  ["opt-out", true],
  ["opted out", true],
  ...NO.split(" ").map((word) => [word, false] as const),
  ["", false],
  ["-", false],
]);

/** A yes or a no in any of its spellings, nothing being a no; null when it is neither. */
export const readFlag = (text: string): boolean | null => FLAGS.get(text.trim().toLowerCase()) ?? null;

/** `2026-11-23`, with a time and an offset or without, as PostgreSQL writes them too; UTC unless it says otherwise. Null when it is no such date. */
export function readDate(text: string): Instant | null {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i.exec(
    text.trim(),
  );
  if (parts === null) return null;
  const [, day = "", time = "00:00", offset = "Z"] = parts;
  // Date.parse takes the 30th of February for the 2nd of March.
  const midnight = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null;
  const at = Date.parse(
    `${day}T${time}${offset.toUpperCase().replace(/(\d\d):?(\d\d)?$/, (_, hours: string, minutes = "00") => `${hours}:${minutes}`)}`,
  );
  return Number.isNaN(at) ? null : at;
}
