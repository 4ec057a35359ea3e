/** Which column holds what: by names that are known exactly, never by a part of one, or as `--map` says. */
import { Misused } from "../../engine/errors.ts";
import { type ColumnMap, findColumn } from "./column-map.ts";
import { phoneHint } from "./column-hints.ts";
import { columnName, columnNames, isData } from "./headers.ts";
import { type Field, FIELDS, meaningOf, SEVERAL, squeezed } from "./known-columns.ts";
import { type OwnExport, ownExport } from "./own-export.ts";
import { wishInName } from "./wishes.ts";

/** Columns that a file of rejected rows has before its own; see rejects.ts. Imported again they say nothing. */
export const REJECT_COLUMNS = ["reject_line", "reject_column", "reject_reason"] as const;

export interface Columns {
  /** By their indexes, in the order in which they are looked at. */
  readonly fields: Readonly<Partial<Record<Field, readonly number[]>>>;
  /** As they are written, for the report. */
  readonly headers: readonly string[];
  /** The further columns: they become variables, under the header as it is written. */
  readonly variables: readonly Variable[];
  /** The file is what `calls --csv` wrote. */
  readonly own: OwnExport | null;
  /** What an operator would not expect. */
  readonly notes: readonly string[];
}

interface Variable {
  readonly name: string;
  readonly index: number;
  /** The column has no header: only its filled cells are variables. */
  readonly unnamed: boolean;
  /** A wish in it stops nothing: it is about mails or messages, or is heeded. */
  readonly mayWish: boolean;
}

export interface ColumnChoice {
  readonly map?: ColumnMap | undefined;
  /** Columns that are to be left out altogether. */
  readonly ignore?: readonly string[] | undefined;
}

/** Throws Misused, listing the columns, when it is not clear which of them holds what, or one looks like a wish and is not used. */
export function columnsOf(
  headers: readonly string[],
  { map = {}, ignore = [] }: ColumnChoice = {},
  sample: readonly (readonly string[])[] = [],
): Columns {
  if (isData(headers)) {
    throw new Misused("columns", "expected a header line, but the first line looks like a contact", {
      hint: "put a line such as name,phone_number above it",
    });
  }
  const ignored = new Set(ignore.map((column) => findColumn(column, headers, null)));
  headers.forEach((header, index) => {
    if (REJECT_COLUMNS.some((name) => name === header.trim())) ignored.add(index);
  });
  const own = ownExport(headers);
  for (const index of own?.left ?? []) ignored.add(index);
  const fields = fieldsOf(headers, map, ignored);
  if (fields.phone === undefined) {
    throw new Misused("columns", `expected a column phone_number, found ${columnNames(headers)}`, {
      hint: phoneHint(headers, sample),
    });
  }
  const taken = new Set([...Object.values(fields).flat(), ...ignored]);
  // The agent may greet somebody by the first name alone.
  for (const index of [fields.first_name, fields.last_name].flatMap((part) => part ?? [])) taken.delete(index);
  // And know what is remarked; but a column whose name is a wish says yes or no.
  const remarks = new Set(fields.remarks);
  for (const index of remarks) taken.delete(index);
  const notes: string[] = [];
  for (const [index, header] of headers.entries()) {
    const wish = taken.has(index) ? null : wishInName(header);
    if (wish === "never" || wish === "may") throw unusedWish(columnName(header, index), wish);
    if (wish === "other")
      notes.push(`column ${columnName(header, index)} is about another channel: nobody is left out for it`);
  }
  if (fields.phone.length > 1) {
    const order = fields.phone.map((index) => columnName(headers[index] ?? "", index));
    notes.push(`numbers from ${order.join(", then ")}: the first that can be called`);
  }
  return {
    fields,
    headers: headers.map((header) => header.trim()),
    own,
    variables: variablesOf(headers, taken, remarks, notes),
    notes,
  };
}

/** `name`: as it may be shown. `may`: it says who may be called, so its yes is no wish, and its no is one. */
export function unusedWish(name: string, says: "never" | "may" = "never", line?: number): Misused {
  const what = says === "may" ? "says who may be called" : "looks like a wish not to be called";
  return line === undefined
    ? new Misused("do_not_call", `column ${name} ${what}, and is not used`, {
        hint: `--map ${says === "may" ? "may_call" : "do_not_call"}=${name} heeds it, --ignore ${name} leaves the column out`,
      })
    : new Misused("do_not_call", `column ${name} holds a wish not to be called (line ${line}), and is not used`, {
        hint: `--map remarks=${name} heeds it, and takes other words for none; --map do_not_call=${name} rejects whatever is neither yes nor no; --ignore ${name} calls them all`,
      });
}

function fieldsOf(
  headers: readonly string[],
  map: ColumnMap,
  ignored: ReadonlySet<number>,
): Partial<Record<Field, readonly number[]>> {
  const fields: Partial<Record<Field, readonly number[]>> = {};
  const owners = new Map<number, Field>();
  // What the operator says goes first, so that a known name does not take the column away.
  for (const field of FIELDS) {
    const wanted = map[field];
    if (wanted === undefined) continue;
    const found = [...new Set(wanted.map((column) => findColumn(column, headers, field)))];
    for (const index of found) {
      const other = owners.get(index) ?? (ignored.has(index) ? "--ignore" : undefined);
      if (other !== undefined) {
        const name = columnName(headers[index] ?? "", index);
        throw new Misused("columns", `expected ${name} to be one thing, got ${other} and ${field} for it`);
      }
      owners.set(index, field);
    }
    fields[field] = found;
  }
  const meanings = headers.map((header, index) => (owners.has(index) || ignored.has(index) ? null : meaningOf(header)));
  for (const field of FIELDS) {
    if (map[field] !== undefined) continue;
    const found = meanings
      .flatMap((meaning, index) => (meaning?.field === field ? [{ index, rank: meaning.rank }] : []))
      .sort((a, b) => a.rank - b.rank || a.index - b.index);
    if (found.length === 0) continue;
    refuseDoubt(field, found, headers);
    fields[field] = found.map(({ index }) => index);
  }
  return fields;
}

/** Two columns of one name where it matters which is meant, or two for what can be only one. */
function refuseDoubt(
  field: Field,
  found: readonly { index: number; rank: number }[],
  headers: readonly string[],
): void {
  const names = found.map(({ index }) => squeezed(headers[index] ?? ""));
  const twice = names.findIndex((name, n) => names.indexOf(name) !== n);
  const may =
    SEVERAL.has(field) && (twice < 0 || !(field === "phone" || field === "do_not_call" || field === "may_call"));
  if (found.length === 1 || may) return;
  const listed = columnNames(headers);
  const numbers = found.map(({ index }) => index + 1);
  throw new Misused(
    "columns",
    twice < 0
      ? `expected one column for ${field}, found ${found.length} among ${listed}`
      : `expected each column for ${field} once, found ${columnName(headers[found[twice]?.index ?? 0] ?? "", 0)} twice among ${listed}`,
    { hint: `say which one it is, by its number: --map ${field}=${numbers.join(` or --map ${field}=`)}` },
  );
}

/** Two further columns of one name are told apart by a number. */
function variablesOf(
  headers: readonly string[],
  taken: ReadonlySet<number>,
  remarks: ReadonlySet<number>,
  notes: string[],
): Variable[] {
  const names = new Set(headers.map((header) => header.trim()));
  const used = new Set<string>();
  return headers.flatMap((header, index) => {
    if (taken.has(index)) return [];
    const unnamed = squeezed(header) === "" && header.trim() === "";
    const wanted = unnamed ? `column_${index + 1}` : header.trim();
    let name = wanted;
    for (let n = 2; used.has(name) || (n > 2 && names.has(name)); n++) name = `${wanted} ${n}`;
    if (name !== wanted)
      notes.push(
        `there are several columns ${columnName(wanted, index)}: number ${index + 1} is called ${columnName(name, index)}`,
      );
    used.add(name);
    return [{ name, index, unnamed, mayWish: remarks.has(index) || wishInName(header) === "other" }];
  });
}
