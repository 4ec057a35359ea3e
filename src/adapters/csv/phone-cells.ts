/** The numbers of a row, from its phone columns in their order. */
import type { ParsedPhone } from "../../domain/phones/parsed-phone.ts";
import { parsePhone, prefixOf } from "../../domain/phones/phone.ts";
import type { Columns } from "./columns.ts";
import { squeezed } from "./known-columns.ts";

export interface PhoneCell {
  /** Of the column. */
  readonly index: number;
  readonly phone: ParsedPhone;
}

export class PhoneCells {
  readonly #columns: readonly { readonly index: number; readonly label: number | undefined }[];
  readonly #area: number | undefined;
  readonly #region: string | undefined;

  readonly #prefixes: boolean;

  /** `prefixes`: a cell may also be a prefix of numbers, such as +1900*. */
  constructor(
    { fields, headers }: Pick<Columns, "fields" | "headers">,
    defaultRegion: string | undefined,
    prefixes = false,
  ) {
    this.#prefixes = prefixes;
    const names = headers.map(squeezed);
    this.#columns = (fields.phone ?? []).map((index) => ({ index, label: labelOf(names, index) }));
    this.#area = fields.area?.[0];
    this.#region = defaultRegion;
  }

  /** Of the filled cells. */
  of(cells: readonly string[]): PhoneCell[] {
    return this.#columns.flatMap(({ index, label }) =>
      label === undefined || !/fax|pager/i.test(cells[label] ?? "") ? this.at(index, cells) : [],
    );
  }

  /** The numbers of one cell, whatever its column is. */
  at(index: number, cells: readonly string[]): PhoneCell[] {
    const cell = (cells[index] ?? "").trim();
    // Google puts several numbers of one kind into a cell.
    return cell.includes(":::")
      ? cell.split(":::").flatMap((part) => this.#one(index, part.trim(), cells))
      : this.#one(index, cell, cells);
  }

  #one(index: number, text: string, cells: readonly string[]): PhoneCell[] {
    return text === "" ? [] : [{ index, phone: this.#parse(text, cells) }];
  }

  #parse(text: string, cells: readonly string[]): ParsedPhone {
    const prefix = this.#prefixes && text.endsWith("*") ? prefixOf(text) : null;
    if (prefix !== null) return { ok: true, number: prefix, country: null, known: true };
    const area = this.#area === undefined ? "" : (cells[this.#area] ?? "").trim();
    if (area === "" || !/^\(?\d{1,6}\)?$/.test(area) || !/^\d[\d ./-]{2,9}\d$/.test(text)) {
      return parsePhone(text, this.#region);
    }
    const number = `${area.replaceAll(/\D/g, "")}${text.replaceAll(/\D/g, "")}`;
    // Three digits and seven are the form of the FTC's list: a number of North America.
    const american = this.#region === undefined && area.length === 3 && /^\d{3}[ .-]?\d{4}$/.test(text);
    return parsePhone(american ? `+1${number}` : number, this.#region);
  }
}

/** The column that says what kind of number Google's `Phone 1 - Value` is. */
function labelOf(names: readonly string[], index: number): number | undefined {
  const [, stem] = /^(phone\d)value$/.exec(names[index] ?? "") ?? [];
  const at = stem === undefined ? -1 : names.findIndex((name) => name === `${stem}label` || name === `${stem}type`);
  return at < 0 ? undefined : at;
}
