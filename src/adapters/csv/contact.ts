/** A row → a contact, or the column and the reason why it cannot be one. */
import { type Consent, type NewContact, readDate, readFlag } from "../../domain/calls/contact.ts";
import { readZone } from "../../domain/time/zone.ts";
import { PHONE_PROBLEMS } from "../../domain/phones/parsed-phone.ts";
import { parsePhone } from "../../domain/phones/phone.ts";
import type { Columns, Field } from "./columns.ts";

/** What is wrong with a row; the column is null when the row as a whole is. */
export class Rejection {
  readonly column: string | null;
  readonly reason: string;

  constructor(column: string | null, reason: string) {
    this.column = column;
    this.reason = reason;
  }
}

export interface Parsed {
  readonly contact: NewContact;
  /** false: the number is possible, but not known as valid. */
  readonly known: boolean;
}

/** Cells of a field are trimmed, variables are kept as they are. */
export class ContactParser {
  readonly #columns: Columns;
  readonly #region: string | undefined;
  /** Zones by how they are written and the country they are read for. */
  readonly #zones = new Map<string, string | null>();

  constructor(columns: Columns, defaultRegion: string | undefined) {
    this.#columns = columns;
    this.#region = defaultRegion;
  }

  parse(cells: readonly string[]): Parsed | Rejection {
    const columns = this.#columns;
    const surplus = cells.findIndex((cell, index) => index >= columns.headers.length && cell.trim() !== "");
    if (surplus >= 0) return new Rejection(null, "more cells than the header has columns");

    const written = this.#cell(cells, "phone");
    if (written === "") return this.#wrong("phone", "the number is missing");
    const phone = parsePhone(written, this.#region);
    if (!phone.ok) {
      const orFlag = phone.problem === "needs_country" ? " or --default-region" : "";
      return this.#wrong("phone", `the number ${PHONE_PROBLEMS[phone.problem]}${orFlag}`);
    }

    const doNotCall = readFlag(this.#cell(cells, "do_not_call"));
    if (doNotCall === null) return this.#wrong("do_not_call", "do_not_call is neither yes nor no");
    const place = this.#cell(cells, "time_zone");
    const timeZone = place === "" ? null : this.#zone(place, phone.country);
    if (place !== "" && timeZone === null) {
      return this.#wrong("time_zone", "the time zone is not a known one, such as Europe/London");
    }
    const consent = this.#consent(cells);
    if (consent instanceof Rejection) return consent;

    const name =
      this.#cell(cells, "name") ||
      [this.#cell(cells, "first_name"), this.#cell(cells, "last_name")].filter(Boolean).join(" ");
    const company = this.#cell(cells, "company");
    const variables: [string, string][] = company === "" ? [] : [["company", company]];
    for (const { name, index, unnamed } of columns.variables) {
      const cell = cells[index] ?? "";
      if (!unnamed || cell !== "") variables.push([name, cell]);
    }
    return {
      known: phone.known,
      contact: {
        id: null,
        name: name || null,
        phoneNumber: phone.number,
        email: this.#cell(cells, "email") || null,
        company: company || null,
        doNotCall,
        timeZone,
        consent,
        variables: Object.fromEntries(variables),
      },
    };
  }

  #cell(cells: readonly string[], field: Field): string {
    const index = this.#columns[field];
    return index === undefined ? "" : (cells[index] ?? "").trim();
  }

  #wrong(field: Field, reason: string): Rejection {
    return new Rejection(this.#columns.headers[this.#columns[field] ?? -1] ?? null, reason);
  }

  #zone(written: string, country: string | null): string | null {
    const key = `${country} ${written}`;
    let zone = this.#zones.get(key);
    if (zone === undefined) this.#zones.set(key, (zone = readZone(written, country)));
    return zone;
  }

  /** A yes, or any of the facts, is a consent; a no is none, whatever stands beside it. */
  #consent(cells: readonly string[]): Consent | null | Rejection {
    const [flag, date] = [this.#cell(cells, "consent"), this.#cell(cells, "consent_at")];
    const [source, proof] = [this.#cell(cells, "consent_source"), this.#cell(cells, "consent_proof")];
    if (flag === "" && date === "" && source === "" && proof === "") return null;
    const given = flag === "" ? true : readFlag(flag);
    if (given === null) return this.#wrong("consent", "consent is neither yes nor no");
    const grantedAt = date === "" ? null : readDate(date);
    if (date !== "" && grantedAt === null) {
      return this.#wrong("consent_at", "the date of the consent is not written like 2026-11-23");
    }
    return given ? { grantedAt, source: source || null, proof: proof || null } : null;
  }
}
