/** Contacts from a file, as a stream; every row is either handed on or counted with its reason. */
import type { ImportReport, NewContact } from "../../domain/calls/contact.ts";
import { Misused } from "../../engine/errors.ts";
import { type ColumnChoice, type Columns, columnsOf } from "./columns.ts";
import { ContactParser } from "./contact.ts";
import { dateReader } from "./dates.ts";
import { listedColumns } from "./headers.ts";
import type { Rejects } from "./rejects.ts";
import { type FileForm, openTable } from "./table.ts";
import { Rejection, Tally } from "./tally.ts";

export interface ReadOptions extends ColumnChoice, FileForm {
  /** Filled while the file is read, all but what only the store can know: kept, duplicates, suppressed. */
  readonly report: ImportReport;
  /** Filled with the numbers of all who do not want to be called, also of rows that are rejected for something else. */
  readonly forbidden?: string[] | undefined;
  /** The country of numbers written without one. */
  readonly defaultRegion?: string | undefined;
  readonly dateFormat?: string | undefined;
  readonly rejects?: Rejects | undefined;
  /** Contacts per batch, at least, but for the last. */
  readonly atOnce?: number | undefined;
}

/** Enough that storing them is worth a transaction, or a request. */
export const BATCH = 2_000;

/** Throws Misused for a file that is broken, wherever that is found out. */
export async function* readContacts(
  input: AsyncIterable<Uint8Array | string>,
  { report, forbidden, map, ignore, defaultRegion, dateFormat, rejects, atOnce = BATCH, ...form }: ReadOptions,
): AsyncGenerator<readonly NewContact[]> {
  const date = dateReader(dateFormat);
  const table = await openTable(input, form, "shown", (note) => report.notes.push(note));
  if (table === null) throw new Misused("csv", "expected a CSV file with a header line, found an empty one");
  const columns = columnsOf(table.header.cells, { map, ignore }, table.sample);
  report.notes.push(...columns.notes);
  report.columns.push(...namesOf(columns));
  const parser = new ContactParser(columns, defaultRegion, date);
  const tally = new Tally(report, rejects, defaultRegion);
  tally.header(columns.headers);
  const empty = new Map<string, number>();
  const strewn = new Set<number>();
  let lost = 0;
  let batch: NewContact[] = [];
  for await (const rows of table.rows) {
    for (const row of rows) {
      report.read++;
      const { result, forbidden: numbers, elsewhere, lost: isLost } = parser.parse(row);
      if (isLost) lost++;
      forbidden?.push(...numbers);
      for (const index of elsewhere) strewn.add(index);
      if (result instanceof Rejection) {
        tally.rejected(result, row);
        continue;
      }
      tally.accepted(result.phone);
      if (result.undated) report.undated++;
      countEmpty(report.columns, result.contact, empty);
      batch.push(result.contact);
    }
    if (batch.length < atOnce) continue;
    yield batch;
    batch = [];
  }
  if (lost > 0)
    report.notes.push(`of the rejected rows, ${lost} ask not to be called: fix their numbers and import them`);
  if (strewn.size > 0) {
    const listed = listedColumns(columns.headers, strewn);
    report.notes.push(`of who does not want to be called, the numbers in ${listed} are forbidden as well`);
  }
  report.notes.push(...parser.notes());
  report.empty = Object.fromEntries(empty);
  tally.end();
  if (batch.length > 0) yield batch;
}

/** What a prompt can name, under the names that the agent gets. */
const namesOf = ({ fields, variables }: Columns): string[] => [
  "phone_number",
  ...(fields.name !== undefined || fields.first_name !== undefined || fields.last_name !== undefined ? ["name"] : []),
  ...(fields.email === undefined ? [] : ["email"]),
  ...(fields.company === undefined ? [] : ["company"]),
  ...variables.map(({ name }) => name),
];

/** Empty cells by column, of those that a prompt can name. */
function countEmpty(columns: readonly string[], contact: NewContact, empty: Map<string, number>): void {
  for (const column of columns) {
    if (valueOf(contact, column) === "") empty.set(column, (empty.get(column) ?? 0) + 1);
  }
}

function valueOf({ name, email, company, variables }: NewContact, column: string): string {
  if (column === "phone_number") return "+";
  const own = Object.hasOwn(variables, column) ? variables[column] : null;
  return (
    own ??
    (column === "name" ? name : column === "email" ? email : column === "company" ? company : null) ??
    ""
  ).trim();
}
