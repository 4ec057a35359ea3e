/**
 * The one place where rows are sealed and opened, for every SQL store. Of a contact, all but the number becomes one sealed
 * text in `variables`; it belongs to contact and number, so that a call can have it from the contact as it is.
 */
import type { Bound } from "./gcm.ts";
import type { SealingKey } from "./sealing-key.ts";
import { sealedWith } from "./sealing-key.ts";
import { type Row, UNOPENED } from "./columns.ts";

type Values<V> = Readonly<Record<string, V>>;

/** What is not null is sealed, each with the row it belongs to; and what stands there when it cannot be opened. */
const TEXTS: ReadonlyMap<string, { readonly where: readonly string[]; readonly unopened: unknown }> = new Map([
  ["notes", { where: ["id"], unopened: UNOPENED.text }],
  ["agent_notes", { where: ["id"], unopened: UNOPENED.text }],
  ["campaign_prompt", { where: ["id"], unopened: UNOPENED }],
  ["voicemail_message", { where: ["id"], unopened: UNOPENED }],
  ["reason", { where: ["phone_number"], unopened: UNOPENED.text }],
  ["proof", { where: ["phone_number"], unopened: UNOPENED.text }],
  ["request", { where: ["owner", "key"], unopened: null }],
  ["body", { where: ["owner", "key"], unopened: null }],
  ["said", { where: ["attempt_id", "event"], unopened: null }],
]);
/** Looked up, so that equal ones are sealed alike. */
const EQUAL = ["phone_number", "key"];
/** Prefixes of the do-not-call list and erased calls have nobody's number; and what does not open stays as it is. */
const isNobodys = (text: string): boolean =>
  text.endsWith("*") || text.startsWith("erased:") || sealedWith(text) !== null;
const NOTHING = "{}";

export class Vault {
  /** Seals what is written; null: it is written as it is. */
  readonly writes: SealingKey | null;
  /** What sealed the rows that are there still; null: nothing did. Undefined: all are as they are written now. */
  readonly before: SealingKey | null | undefined;
  readonly #keys: ReadonlyMap<string, SealingKey>;
  readonly isPlain: boolean;
  #lastOpened: readonly [sealed: string, text: string] = ["", ""];

  constructor(keys: readonly SealingKey[], writes: SealingKey | null, before?: SealingKey | null) {
    this.writes = writes;
    this.before = before;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.isPlain = writes === null && before === undefined;
  }

  /** A number, or another text that is looked up, as it is written. */
  equal(text: string): string {
    return this.writes === null || isNobodys(text) ? text : this.writes.sealEqual(text);
  }

  /** As it may be written anywhere. */
  spellings(text: string): string[] {
    const before = this.before === undefined || isNobodys(text) ? [] : [this.before?.sealEqual(text) ?? text];
    return [this.equal(text), ...before];
  }

  /** What is no sealed number, or cannot be opened, stays as it is. */
  opened(number: unknown): unknown {
    const id = sealedWith(number);
    if (id === null || typeof number !== "string") return number;
    const [sealed, known] = this.#lastOpened;
    if (sealed === number) return known;
    const text = this.#keys.get(id)?.openEqual(number) ?? null;
    if (text === null) return number;
    this.#lastOpened = [number, text];
    return text;
  }

  open<R extends Row>(row: R): R {
    if (this.isPlain) return row;
    const opened: Record<string, unknown> = { ...row };
    for (const column of EQUAL) if (column in opened) opened[column] = this.opened(opened[column]);
    for (const [column, { where, unopened }] of TEXTS) {
      if (sealedWith(opened[column]) !== null) {
        opened[column] = this.#open(opened[column], whereOf(column, where, opened)) ?? unopened;
      }
    }
    if (sealedWith(opened["variables"]) !== null) this.#openContact(opened);
    if (typeof opened["consent"] === "string") opened["consent"] = this.#consent(opened, (each) => this.open(each));
    return opened as R;
  }

  /** With the columns that say to whom the row belongs: `id` of what is generated too. */
  seal<V>(values: Values<V>): Values<V | string | null> {
    return this.sealAll([values])[0] ?? values;
  }

  /** The same for many rows, which takes less time than one by one. */
  sealAll<V>(rows: readonly Values<V>[]): readonly Values<V | string | null>[] {
    const key = this.writes;
    if (key === null) return rows;
    const numbers: Place[] = [];
    const texts: (Place & Bound)[] = [];
    const sealed = rows.map((values) => {
      const row: Record<string, unknown> = { ...values };
      if ("variables" in values) {
        const { columns, text, isEmpty } = contactOf(values);
        for (const column of columns) if (column in values) row[column] = null;
        if (isEmpty) row["variables"] = NOTHING;
        else texts.push({ row, column: "variables", text, where: ownerOf(values) });
      }
      for (const column in row) {
        const text = row[column];
        if (typeof text !== "string") continue;
        const where = TEXTS.get(column)?.where;
        if (where !== undefined) texts.push({ row, column, text, where: whereOf(column, where, values) });
        else if (column === "consent") row[column] = this.#consent(values, (each) => this.seal(each));
        else if (EQUAL.includes(column) && !isNobodys(text)) numbers.push({ row, column, text });
      }
      return row;
    });
    fill(numbers, key.sealEqualAll(numbers.map(({ text }) => text)));
    fill(texts, key.sealAll(texts));
    return sealed as Values<V | string | null>[];
  }

  /** What is to be changed so that the row is as if it were written now. `isWhole`: all of it opens; what does not stays as it is. */
  renewed(row: Row): { readonly changes: Row; readonly isWhole: boolean } {
    const opened = this.open(row);
    const lost = new Set(Object.keys(row).filter((column) => isLost(row[column], opened[column])));
    // A contact's other columns are in its variables.
    if (lost.has("variables")) for (const column of columnsOf(row)) lost.add(column);
    const sealed = this.seal(opened as Values<string | null>);
    const isNew = (column: string): boolean =>
      !lost.has(column) && sealed[column] !== row[column] && !this.#isSettled(row[column]);
    return {
      changes: Object.fromEntries(
        Object.keys(row)
          .filter(isNew)
          .map((column) => [column, sealed[column]]),
      ),
      isWhole: lost.size === 0,
    };
  }

  /** Is the text sealed as a new one would be? Others are alike or not. */
  #isSettled(value: unknown): boolean {
    return this.writes !== null && sealedWith(value) === this.writes.id;
  }

  /** One text of a row that is there already. */
  text(column: "notes" | "reason" | "request" | "body", value: string | null, row: Values<string>): string | null {
    return this.seal({ ...row, [column]: value })[column] ?? null;
  }

  /** A contact's sealed data as it becomes another's, of another list, with the same number. */
  rebound(variables: unknown, number: unknown, from: unknown, to: unknown): unknown {
    const phone_number = this.opened(number);
    if (sealedWith(variables) === null || this.writes === null) return variables;
    const text = this.#open(variables, ownerOf({ id: from, phone_number }));
    return text === null ? variables : this.writes.sealAll([{ text, where: ownerOf({ id: to, phone_number }) }])[0];
  }

  /** What a contact's variables say, to be compared with another's; what cannot be opened stays as it is. */
  unsealed(variables: unknown, number: unknown, id: unknown): unknown {
    return this.#open(variables, ownerOf({ id, phone_number: this.opened(number) })) ?? variables;
  }

  /** What a contact's row says of consent, to be compared likewise. */
  consented(consent: unknown, number: unknown): unknown {
    return this.open({ consent, phone_number: number }).consent;
  }

  #open(value: unknown, where: string): string | null {
    const id = sealedWith(value);
    return id === null ? null : (this.#keys.get(id)?.open(String(value), where) ?? null);
  }

  #openContact(row: Record<string, unknown>): void {
    const text = this.#open(row["variables"], ownerOf(row));
    if (text === null) row["variables"] = UNOPENED;
    else {
      const contact = JSON.parse(text) as Record<string, unknown>;
      for (const [n, column] of columnsOf(row).entries()) {
        if (column in row) row[column] = contact[FIELDS[n] ?? column] ?? null;
      }
    }
  }

  /** SQL reads it; only the proof is anybody's. */
  #consent(row: Row, change: (row: Row) => Row): unknown {
    const said: unknown = parsed(row["consent"]);
    if (typeof said !== "object" || said === null || !("proof" in said)) return row["consent"];
    const { proof } = change({ phone_number: row["phone_number"], proof: said.proof });
    return JSON.stringify({ ...said, proof });
  }
}

/** Where a text stands. */
interface Place {
  readonly row: Record<string, unknown>;
  readonly column: string;
  readonly text: string;
}

function fill(places: readonly Place[], values: readonly string[]): void {
  for (const [n, { row, column }] of places.entries()) row[column] = values[n];
}

const isLost = (stored: unknown, opened: unknown): boolean =>
  sealedWith(stored) !== null
    ? opened === UNOPENED || opened === UNOPENED.text || opened === null || sealedWith(opened) !== null
    : typeof opened === "string" && opened !== stored && opened.includes(UNOPENED.text);

const FIELDS = ["variables", "name", "email", "company", "notes"] as const;

/** What a contact's fields are called in the row, in that order; a call's notes are its own. */
const columnsOf = (row: Row): readonly string[] =>
  "contact_name" in row ? ["variables", "contact_name", "contact_email"] : FIELDS;

/** All of it that is sealed, as one text; what is empty need not be. */
function contactOf(row: Row): {
  readonly columns: readonly string[];
  readonly text: string;
  readonly isEmpty: boolean;
} {
  const columns = columnsOf(row);
  let isEmpty = true;
  const contact: Record<string, unknown> = {};
  for (let n = 0; n < columns.length; n++) {
    const value = row[columns[n] ?? ""] ?? null;
    isEmpty &&= value === null || value === NOTHING;
    if (value !== null) contact[FIELDS[n] ?? ""] = value;
  }
  return { columns, text: isEmpty ? NOTHING : JSON.stringify(contact), isEmpty };
}

const ownerOf = (row: Row): string => JSON.stringify(["contact", row["contact_id"] ?? row["id"], row["phone_number"]]);

const whereOf = (column: string, where: readonly string[], row: Row): string =>
  JSON.stringify([column, ...where.map((each) => row[each])]);

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}
