/**
 * A list of numbers that are not to be called, as a stream: one a line without a header, area code and number in two
 * columns (the FTC's form), or a table with one phone column or several. What cannot be read is counted with its reason.
 */
import type { ImportReport } from "../../domain/calls/contact.ts";
import type { ParsedPhone } from "../../domain/phones/parsed-phone.ts";
import { Misused } from "../../engine/errors.ts";
import type { ColumnChoice } from "./columns.ts";
import { TOO_MANY_CELLS, unreadable } from "./contact.ts";
import { holdsNumber, isNumberLike, listedColumns } from "./headers.ts";
import { numberColumnsOf } from "./number-columns.ts";
import { PhoneCells } from "./phone-cells.ts";
import { mayBeTheirNumber } from "./plain-number.ts";
import type { RejectsFile } from "./rejects.ts";
import { type FileForm, openTable } from "./table.ts";
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

/**
 * A row's further numbers are handed on even when one of them cannot be read. Throws Misused for what is no such list, and where
 * one breaks off; what was read before is handed on first.
 */
export async function* readNumbers(
  input: AsyncIterable<Uint8Array | string>,
  { report, map = {}, ignore = [], defaultRegion, rejects, ...form }: NumbersOptions,
): AsyncGenerator<readonly string[]> {
  const table = await openTable(input, form, "numbers", (note) => report.notes.push(note));
  if (table === null) throw new Misused("csv", "expected a list of numbers, found an empty file");
  const columns = numberColumnsOf(table, { map, ignore }, defaultRegion);
  report.notes.push(...columns.notes);
  const phones = new PhoneCells(columns, defaultRegion, true);
  const tally = new Tally(report, rejects, defaultRegion);
  tally.header(columns.headers);
  let batch: string[] = [];
  const strewn = new Set<number>();
  const strange = new Set(columns.strange);
  const read = (row: Row): void => {
    report.read++;
    let wrong: Rejection | null = null;
    let found = 0;
    const take = (phone: Extract<ParsedPhone, { ok: true }>): void => {
      found++;
      batch.push(phone.number);
      tally.accepted(phone);
    };
    for (const { index, phone } of phones.of(row.cells)) {
      if (!phone.ok && columns.guessed.has(index) && !holdsNumber(row.cells[index] ?? "")) continue;
      if (phone.ok) take(phone);
      else {
        found++;
        // Nobody has such a number, so nobody can be meant.
        if (phone.problem !== "impossible") wrong ??= unreadable(columns, index, phone.problem);
      }
    }
    for (const index of columns.unread) {
      const cell = (row.cells[index] ?? "").trim();
      if (!(cell.startsWith("+") || (columns.blank.has(index) && isNumberLike(cell)))) continue;
      for (const { phone } of phones.at(index, row.cells)) {
        if (!phone.ok) continue;
        if (!columns.bare && !mayBeTheirNumber(cell, columns.headers[index] ?? "")) {
          strange.add(index);
          continue;
        }
        strewn.add(index);
        take(phone);
      }
    }
    for (let beyond = columns.width; beyond < row.cells.length; beyond++) {
      if (columns.fields.phone.includes(beyond)) continue;
      for (const { index, phone } of phones.at(beyond, row.cells)) {
        if (phone.ok) take(phone);
        else if (holdsNumber(row.cells[index] ?? "")) {
          // A remark with a comma in it is parted into cells as well, and its row's number is read all the same.
          wrong ??= columns.bare ? unreadable(columns, index, phone.problem) : new Rejection(null, TOO_MANY_CELLS);
        }
      }
    }
    if (found === 0 && wrong === null)
      wrong = new Rejection(columns.headers[columns.fields.phone[0] ?? 0] ?? null, "the number is missing");
    if (wrong === null) report.kept++;
    else tally.rejected(wrong, row);
  };
  if (columns.bare) read(table.header);
  try {
    for await (const rows of table.rows) {
      rows.forEach(read);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  const { headers } = columns;
  if (strewn.size > 0)
    report.notes.push(`numbers also from ${listedColumns(headers, strewn)}, where some cells are numbers`);
  if (strange.size > 0) {
    report.notes.push(
      `numbers in ${listedColumns(headers, strange)} are not read: they may be ids, or somebody else's; --map phone=COLUMN,… says which are`,
    );
  }
  tally.end();
  if (batch.length > 0) yield batch;
}
