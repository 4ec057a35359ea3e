/** A row → a contact, or the column and the reason why it cannot be one. */
import { type Consent, type NewContact, readFlag } from "../../domain/calls/contact.ts";
import { CONSENT_LEVELS } from "../../domain/hours/consent-level.ts";
import { zoneProblem } from "../../domain/time/zone-problem.ts";
import { readZone } from "../../domain/time/zone.ts";
import { type ParsedPhone, PHONE_PROBLEMS, type PhoneProblem } from "../../domain/phones/parsed-phone.ts";
import { type Columns, unusedWish } from "./columns.ts";
import type { DateReader } from "./dates.ts";
import { columnName } from "./headers.ts";
import { plainNumber } from "./plain-number.ts";
import type { Field } from "./known-columns.ts";
import { copyOf } from "./lines.ts";
import { unescaped, variablesOf as packed } from "./own-export.ts";
import { PhoneCells } from "./phone-cells.ts";
import type { Row } from "./rows.ts";
import { Rejection } from "./tally.ts";
import { isWish, isWishInName } from "./wishes.ts";

export interface Parsed {
  readonly contact: NewContact;
  readonly phone: Extract<ParsedPhone, { ok: true }>;
  /** There is a date of consent, and it cannot be read. */
  readonly undated: boolean;
}

export interface ParsedRow {
  readonly result: Parsed | Rejection;
  /** Numbers of a person who does not want to be called, whatever else is wrong with the row. */
  readonly forbidden: readonly string[];
  /** The columns of those that stand in no phone column. */
  readonly elsewhere: readonly number[];
  /** Such a person, of whose numbers none can be read. */
  readonly lost: boolean;
}

/** Cells of a field are trimmed, variables are kept as they are. */
export class ContactParser {
  readonly #columns: Columns;
  readonly #phones: PhoneCells;
  readonly #date: DateReader;
  /** Zones by how they are written and the country they are read for. */
  readonly #zones = new Map<string, string | Rejection>();

  /** Remarks that are no wishes, by column. */
  readonly #passed = new Map<number, { readonly words: Set<string>; cells: number }>();

  constructor(columns: Columns, defaultRegion: string | undefined, date: DateReader) {
    this.#columns = columns;
    this.#phones = new PhoneCells(columns, defaultRegion);
    this.#date = date;
  }

  /** Throws Misused for a wish not to be called in a column that is not used. */
  parse(row: Row): ParsedRow {
    const { line } = row;
    const cells = this.#columns.own === null ? row.cells : row.cells.map(unescaped);
    for (const { index, mayWish } of this.#columns.variables) {
      if (!mayWish && isWish(cells[index] ?? "")) {
        throw unusedWish(columnName(this.#columns.headers[index] || `column_${index + 1}`, index), "never", line);
      }
    }
    const doNotCall = this.#ended(cells) || this.#doNotCall(cells);
    const result = this.#contact(cells, doNotCall);
    if (doNotCall !== true) return { result, forbidden: NONE, elsewhere: NO_COLUMN, lost: false };
    const forbidden = this.#phones.of(cells).flatMap(({ phone }) => (phone.ok ? [copyOf(phone.number)] : []));
    const lost = forbidden.length === 0;
    const elsewhere: number[] = [];
    for (const { index, name } of this.#columns.variables) {
      const number = plainNumber(this.#phones, index, name, cells);
      if (number === null) continue;
      forbidden.push(copyOf(number));
      elsewhere.push(index);
    }
    return { result, forbidden, elsewhere, lost };
  }

  #contact(cells: readonly string[], doNotCall: boolean | Rejection): Parsed | Rejection {
    const columns = this.#columns;
    const surplus = cells.findIndex((cell, index) => index >= columns.headers.length && cell.trim() !== "");
    if (surplus >= 0) return new Rejection(null, TOO_MANY_CELLS);
    const phone = this.#phone(cells);
    if (phone instanceof Rejection) return phone;
    if (doNotCall instanceof Rejection) return doNotCall;
    const place = this.#cell(cells, "time_zone");
    const timeZone = place === "" ? null : this.#zone(place, phone.country);
    if (timeZone instanceof Rejection) return timeZone;
    const consent = this.#consent(cells);
    if (consent instanceof Rejection) return consent;

    const name =
      this.#cell(cells, "name") ||
      [this.#cell(cells, "first_name"), this.#cell(cells, "last_name")].filter(Boolean).join(" ");
    if (isWishInName(name)) return this.#wrong("name", "the name says not to call; say it in a column do_not_call");
    const company = this.#cell(cells, "company");
    return {
      phone,
      undated: consent?.grantedAt === null && this.#cell(cells, "consent_at") !== "",
      contact: {
        id: null,
        name: name || null,
        phoneNumber: phone.number,
        email: this.#cell(cells, "email") || null,
        company: company || null,
        doNotCall,
        timeZone,
        consent,
        variables: this.#variables(cells, company),
      },
    };
  }

  #variables(cells: readonly string[], company: string): Record<string, string> {
    const variables: [string, string][] = company === "" ? [] : [["company", company]];
    for (const { name, index, unnamed } of this.#columns.variables) {
      const cell = cells[index] ?? "";
      if (!unnamed || cell !== "") variables.push([name, cell]);
    }
    const { own } = this.#columns;
    return Object.fromEntries(own === null ? variables : [...variables, ...packed(cells[own.variables] ?? "")]);
  }

  /** The first that can be called; of several that cannot, what is wrong with the first. */
  #phone(cells: readonly string[]): Extract<ParsedPhone, { ok: true }> | Rejection {
    let wrong: { readonly index: number; readonly problem: PhoneProblem } | null = null;
    for (const { index, phone } of this.#phones.of(cells)) {
      if (phone.ok) return phone;
      wrong ??= { index, problem: phone.problem };
    }
    return wrong === null
      ? this.#wrong("phone", "the number is missing")
      : unreadable(this.#columns, wrong.index, wrong.problem);
  }

  /** Who said so in a call is not to be called again, wherever the record of the call comes from. */
  #ended(cells: readonly string[]): boolean {
    return this.#columns.own?.outcomes.some((index) => cells[index] === "do_not_call") ?? false;
  }

  /** A yes in any of the columns. */
  #doNotCall(cells: readonly string[]): boolean | Rejection {
    const { do_not_call = NO_COLUMN, may_call = NO_COLUMN, remarks = NO_COLUMN } = this.#columns.fields;
    if (do_not_call.length + may_call.length + remarks.length === 0) return false;
    let rejection: Rejection | null = null;
    const read = (index: number, field: Field, yes: boolean): boolean => {
      const flag = readWish(cells[index] ?? "", yes);
      if (flag === null) rejection ??= this.#wrong(field, `${field} is neither yes nor no`, index);
      return flag === true;
    };
    // Each of them is read, so that none that cannot be is missed.
    const marked = [
      ...do_not_call.map((index) => read(index, "do_not_call", true)),
      ...may_call.map((index) => read(index, "may_call", false)),
      ...remarks.map((index) => this.#remark(cells[index] ?? "", index)),
    ];
    return marked.includes(true) ? true : (rejection ?? false);
  }

  #remark(cell: string, index: number): boolean {
    const word = cell.trim();
    if (isWish(word)) return true;
    if (word === "") return false;
    const passed = this.#passed.get(index) ?? { words: new Set(), cells: 0 };
    this.#passed.set(index, passed);
    passed.cells++;
    if (passed.words.size <= FEW) passed.words.add(copyOf(word));
    return false;
  }

  /** What else stands in columns of remarks: a word that comes again and again may be a wish that only the operator knows. */
  notes(): string[] {
    return [...this.#passed].map(([index, { words, cells }]) => {
      const name = columnName(this.#columns.headers[index] ?? "", index);
      const isStatus = words.size <= FEW && cells >= 3 * words.size && ![...words].some((word) => /[\d@]/.test(word));
      const what = isStatus
        ? [...words].map((word) => JSON.stringify(word)).join(", ")
        : `${cells.toLocaleString("en")} of its cells`;
      return `taken for no wish in ${name}: ${what}`;
    });
  }

  /** The first filled one of the field's columns. */
  #cell(cells: readonly string[], field: Field): string {
    for (const index of this.#columns.fields[field] ?? NO_COLUMN) {
      const cell = (cells[index] ?? "").trim();
      if (cell !== "") return cell;
    }
    return "";
  }

  #wrong(field: Field, reason: string, index = this.#columns.fields[field]?.[0] ?? -1): Rejection {
    return new Rejection(this.#columns.headers[index] ?? null, reason);
  }

  #zone(written: string, country: string | null): string | Rejection {
    const key = `${country} ${written}`;
    let zone = this.#zones.get(key);
    if (zone === undefined) {
      zone = readZone(written, country) ?? this.#wrong("time_zone", zoneProblem(written, country));
      this.#zones.set(key, zone);
    }
    return zone;
  }

  /** A yes, or any of the facts, is a consent; a no is none, whatever stands beside it. A date that cannot be read proves nothing. */
  #consent(cells: readonly string[]): Consent | null | Rejection {
    const [flag, date] = [this.#cell(cells, "consent"), this.#cell(cells, "consent_at")];
    const [source, proof] = [this.#cell(cells, "consent_source"), this.#cell(cells, "consent_proof")];
    if (flag === "" && date === "" && source === "" && proof === "") return null;
    const given = flag === "" ? true : readFlag(flag);
    if (given === null) return this.#wrong("consent", "consent is neither yes nor no");
    const grantedAt = date === "" ? null : this.#date(date);
    if (!given) return null;

    const written = this.#cell(cells, "consent_level").toLowerCase().replace(/[ -]+/g, "_");
    const level = CONSENT_LEVELS.find((known) => known === written);
    if (written !== "" && level === undefined) {
      return this.#wrong("consent_level", `consent_level is none of ${CONSENT_LEVELS.join(", ")}`);
    }
    const until = this.#cell(cells, "consent_expires_at");
    const expiresAt = until === "" ? null : this.#date(until);
    // A term that cannot be read may be over.
    const proven = until === "" || expiresAt !== null ? grantedAt : null;
    const purpose = this.#cell(cells, "consent_purpose").toLowerCase();
    return {
      grantedAt: proven,
      source: source || null,
      proof: proof || null,
      ...(level !== undefined && { level }),
      ...(purpose !== "" && { purpose }),
      ...(expiresAt !== null && { expiresAt }),
    };
  }
}

/** Of more words than this none is a status: they may tell of a person, and are not shown. */
const FEW = 8;

const NONE: readonly string[] = [];
const NO_COLUMN: readonly number[] = [];

/** Is that a wish not to be called? `yes`: a yes is one; else a no is. null: it says neither. */
function readWish(cell: string, yes: boolean): boolean | null {
  const text = cell.trim();
  if (/^(?:allow|allowed|permitted)$/i.test(text)) return false;
  if (/^(?:do not allow|not allowed|disallowed)$/i.test(text) || isWish(text)) return true;
  const flag = readFlag(text);
  return flag === null ? null : text === "" ? false : flag === yes;
}

/** Why a row of which nobody can tell in which columns its cells belong is rejected. */
export const TOO_MANY_CELLS = "more cells than the header has columns";

export const unreadable = ({ headers }: Pick<Columns, "headers">, index: number, problem: PhoneProblem): Rejection =>
  new Rejection(
    headers[index] ?? null,
    `the number ${PHONE_PROBLEMS[problem]}${problem === "needs_country" ? " or --default-region" : ""}`,
  );
