/**
 * A list of numbers that are not to be called, as a stream: one a line without a header, area code and number in two
 * columns (the FTC's form), or a table with one phone column or several. What cannot be read is counted with its reason.
 */
import type { ImportReport } from "../../domain/calls/contact.ts";
import { Misused } from "../../engine/errors.ts";
import { findColumn } from "./column-map.ts";
import { numberColumns, phoneHint } from "./column-hints.ts";
import { type ColumnChoice, REJECT_COLUMNS } from "./columns.ts";
import { unreadable } from "./contact.ts";
import { columnName, columnNames, isNumberLike } from "./headers.ts";
import { type Field, meaningOf } from "./known-columns.ts";
import { PhoneCells } from "./phone-cells.ts";
import type { RejectsFile } from "./rejects.ts";
import { type FileForm, openTable, type Table } from "./table.ts";
import type { Row } from "./rows.ts";
import { Rejection, Tally } from "./tally.ts";

export interface NumbersOptions extends ColumnChoice, FileForm {
  /** Filled while the file is read; `kept` are the rows of which every number was read. */
  readonly report: ImportReport;
  /** The country of numbers written without one. */
  readonly defaultRegion?: string | undefined;
  readonly rejects?: RejectsFile | undefined;
}

/** Numbers per batch, about. */
const BATCH = 2_000;

/** A row's further numbers are handed on even when one of them cannot be read. Throws Misused for what is no such list. */
export async function* readNumbers(
  input: AsyncIterable<Uint8Array | string>,
  { report, map = {}, ignore = [], defaultRegion, rejects, ...form }: NumbersOptions,
): AsyncGenerator<readonly string[]> {
  const table = await openTable(input, form, (note) => report.notes.push(note));
  if (table === null) throw new Misused("csv", "expected a list of numbers, found an empty file");
  const { columns, bare } = columnsOf(table, { map, ignore });
  report.notes.push(...columns.notes);
  const phones = new PhoneCells(columns, defaultRegion, true);
  const tally = new Tally(report, rejects, defaultRegion);
  tally.header(columns.headers);
  let batch: string[] = [];
  const read = (row: Row): void => {
    report.read++;
    let wrong: Rejection | null = null;
    let found = 0;
    for (const { index, phone } of phones.of(row.cells)) {
      found++;
      // Nobody has such a number, so nobody can be meant.
      if (!phone.ok && phone.problem === "impossible") continue;
      if (!phone.ok) wrong ??= unreadable(columns, index, phone.problem);
      else {
        batch.push(phone.number);
        tally.accepted(phone);
      }
    }
    if (found === 0)
      wrong = new Rejection(columns.headers[columns.fields.phone[0] ?? 0] ?? null, "the number is missing");
    if (wrong === null) report.kept++;
    else tally.rejected(wrong, row);
  };
  if (bare) read(table.header);
  for await (const rows of table.rows) {
    rows.forEach(read);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  tally.end();
  if (batch.length > 0) yield batch;
}

interface NumberColumns {
  readonly fields: { readonly phone: readonly number[]; readonly area?: readonly number[] };
  readonly headers: readonly string[];
  readonly notes: readonly string[];
}

/** `bare`: there is no header; the first line is a row as any other. */
function columnsOf(
  { header, sample }: Table,
  { map = {}, ignore = [] }: ColumnChoice,
): { columns: NumberColumns; bare: boolean } {
  const area = areaPair([header.cells, ...sample]);
  const bare = area !== null || header.cells.some(isNumberLike);
  const rows = bare ? [header.cells, ...sample] : sample;
  const names = header.cells.map((cell) => cell.trim());
  const headers = bare ? names.map((_, index) => `column_${index + 1}`) : names;
  const left = new Set(ignore.map((column) => findColumn(column, headers, null)));
  if (!bare) names.forEach((name, index) => REJECT_COLUMNS.some((reject) => reject === name) && left.add(index));
  const open = (indexes: readonly number[]): number[] => indexes.filter((index) => !left.has(index));
  const said = (field: Field): number[] | undefined => map[field]?.map((column) => findColumn(column, headers, field));
  const known = (field: Field): number[] =>
    bare ? [] : open(names.flatMap((name, index) => (meaningOf(name)?.field === field ? [index] : [])));

  const pair = area ?? areaPair(sample);
  const pairPhone = pair === null ? [] : open([pair + 1]);
  const wanted = [said("phone") ?? [], known("phone"), pairPhone, open(numberColumns(rows))];
  const phone = wanted.find((indexes) => indexes.length > 0);
  if (phone === undefined) {
    throw new Misused("columns", `expected a column phone_number, found ${columnNames(headers)}`, {
      hint: phoneHint(headers, sample),
    });
  }
  const codes =
    said("area") ?? (known("area").length > 0 ? known("area") : phone === pairPhone && pair !== null ? [pair] : []);
  const guessed = !bare && phone !== wanted[0] && phone !== wanted[1];
  return {
    bare,
    columns: {
      fields: codes.length > 0 ? { phone, area: codes } : { phone },
      headers: bare ? named(headers, phone, codes) : headers,
      notes: [
        ...(bare ? ["there is no header: the first line is read as a number"] : []),
        ...(guessed
          ? [
              `numbers from ${phone.map((index) => columnName(headers[index] ?? "", index)).join(", ")}, whose cells look like numbers`,
            ]
          : []),
      ],
    },
  };
}

/** The first of two columns that hold an area code of three digits and a number of seven, as the FTC writes them; null: none. */
function areaPair(rows: readonly (readonly string[])[]): number | null {
  const width = rows[0]?.length ?? 0;
  for (let at = 0; at + 1 < width; at++) {
    const filled = rows.filter((cells) => (cells[at + 1] ?? "").trim() !== "");
    const fitting = filled.filter(
      (cells) => /^\s*\d{3}\s*$/.test(cells[at] ?? "") && /^\s*\d{3}[ .-]?\d{4}\s*$/.test(cells[at + 1] ?? ""),
    );
    if (filled.length > 0 && fitting.length >= filled.length * 0.8) return at;
  }
  return null;
}

/** Names under which rejected rows can be imported again. */
const named = (headers: readonly string[], phone: readonly number[], area: readonly number[]): string[] =>
  headers.map((header, index) => {
    if (area.includes(index)) return "area_code";
    const nth = phone.indexOf(index);
    return nth < 0 ? header : nth === 0 ? "phone_number" : `phone${nth + 1}`;
  });
