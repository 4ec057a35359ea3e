/** Which column holds what: headers are matched by exact known names, never by a part of one, or as `--map` says. */
import { Misused } from "../../engine/errors.ts";
import { parsePhone } from "../../domain/phones/phone.ts";

/** The fields of a contact, under the names `--map` knows them by, and the headers that mean them. */
const KNOWN = {
  phone: ["phone_number", "phone", "mobile", "mobile_number", "mobile_phone", "tel", "telephone", "cell", "msisdn"],
  name: ["name", "full_name", "contact_name"],
  first_name: ["first_name", "firstname", "given_name"],
  last_name: ["last_name", "lastname", "surname", "family_name"],
  email: ["email", "e_mail", "email_address", "contact_email"],
  company: ["company", "company_name", "organisation", "organization"],
  do_not_call: ["do_not_call", "donotcall", "dnc"],
  time_zone: ["time_zone", "timezone"],
  consent: ["consent", "has_consent", "consent_given"],
  consent_at: ["consent_at", "consent_date", "consent_granted_at"],
  consent_source: ["consent_source"],
  consent_proof: ["consent_proof", "consent_wording", "consent_text", "consent_url"],
} as const;
export type Field = keyof typeof KNOWN;
const FIELDS = Object.keys(KNOWN) as Field[];

/** Columns that a file of rejected rows has before its own; see rejects.ts. Imported again they say nothing. */
export const REJECT_COLUMNS = ["reject_line", "reject_column", "reject_reason"] as const;

export type Columns = Readonly<Partial<Record<Field, number>>> & {
  readonly phone: number;
  /** As they are written, for the report. */
  readonly headers: readonly string[];
  /** The further columns: they become variables, under the header as it is written. */
  readonly variables: readonly Variable[];
};

interface Variable {
  readonly name: string;
  readonly index: number;
  /** The column has no header: only its filled cells are variables. */
  readonly unnamed: boolean;
}

export type ColumnMap = Readonly<Partial<Record<Field, string>>>;

/** `phone=Main number,name=Who`: field = column. Throws Misused for a field that there is not. */
export function parseMap(texts: readonly string[]): ColumnMap {
  const map: Partial<Record<Field, string>> = {};
  // A comma belongs to a column's name unless a field follows it.
  for (const pair of texts.flatMap((text) => text.split(/,(?=\s*\w+\s*=)/))) {
    const [, name = "", column = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const field = FIELDS.find((field) => field === normal(name));
    if (field === undefined || column === "") {
      throw new Misused("map", `--map: expected field=column, got "${pair.trim()}"`, {
        hint: `the fields are ${FIELDS.join(", ")}`,
      });
    }
    if (map[field] !== undefined) throw new Misused("map", `--map: expected one column for ${field}, got two`);
    map[field] = column;
  }
  return map;
}

const normal = (header: string): string =>
  header
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, "_");

/**
 * Throws Misused, listing the columns, when there is none for the phone, or several that may be meant, when two are called
 * the same, or when one that `map` names is not there.
 */
export function columnsOf(headers: readonly string[], map: ColumnMap = {}): Columns {
  refuseContact(headers);
  const listed = headers.map((header) => `"${header.trim()}"`).join(", ");
  const names = headers.map(normal);
  const twice = names.findIndex((name, index) => name !== "" && names.indexOf(name) !== index);
  if (twice >= 0) {
    throw new Misused("columns", `expected each column once, found "${headers[twice]?.trim()}" twice among ${listed}`, {
      hint: "rename one of them in the file",
    });
  }

  const fields: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const index = map[field] === undefined ? known(field, names, listed) : mapped(field, map[field], headers, listed);
    if (index === null) continue;
    const other = FIELDS.find((other) => fields[other] === index);
    if (other !== undefined) {
      throw new Misused("columns", `expected "${headers[index]}" to be one thing, got ${other} and ${field} for it`);
    }
    fields[field] = index;
  }
  const { phone } = fields;
  if (phone === undefined) {
    throw new Misused("columns", `expected a column phone_number, found ${listed}`, {
      hint: `say which one it is: --map phone=${column(headers)}`,
    });
  }
  const taken = new Set(Object.values(fields));
  return {
    ...fields,
    phone,
    headers: headers.map((header) => header.trim()),
    variables: headers.flatMap((header, index) => {
      if (taken.has(index) || REJECT_COLUMNS.some((name) => name === names[index])) return [];
      const unnamed = names[index] === "";
      return [{ name: unnamed ? `column_${index + 1}` : header.trim(), index, unnamed }];
    }),
  };
}

const column = (headers: readonly string[]): string => JSON.stringify(headers.at(0)?.trim() ?? "column");

function mapped(field: Field, wanted: string, headers: readonly string[], listed: string): number {
  const exact = headers.findIndex((header) => header.trim() === wanted);
  const index = exact >= 0 ? exact : headers.findIndex((header) => normal(header) === normal(wanted));
  if (index >= 0) return index;
  throw new Misused("map", `--map: expected a column "${wanted}" for ${field}, found ${listed}`);
}

function known(field: Field, names: readonly string[], listed: string): number | null {
  const candidates = names.flatMap((name, index) => (KNOWN[field].some((known) => known === name) ? [index] : []));
  if (candidates.length > 1) {
    throw new Misused("columns", `expected one column for ${field}, found ${candidates.length} among ${listed}`, {
      hint: `say which one it is: --map ${field}=${names[candidates[0] ?? 0]}`,
    });
  }
  return candidates[0] ?? null;
}

/** A file without a header begins with somebody's number, which is not to be shown in an error. */
function refuseContact(headers: readonly string[]): void {
  if (!headers.some((cell) => parsePhone(cell, "US").ok || /^\S+@\S+\.\S+$/.test(cell.trim()))) return;
  throw new Misused("columns", "expected a header line, but the first line looks like a contact", {
    hint: "put a line such as name,phone_number above it",
  });
}
