/** Contacts from a CSV file, as a stream; every row is either handed on or counted with its reason. */
import type { ImportReport, NewContact } from "../../domain/calls/contact.ts";
import { Misused } from "../../engine/errors.ts";
import { type ColumnMap, columnsOf } from "./columns.ts";
import { ContactParser, Rejection } from "./contact.ts";
import { decode, type Encoding } from "./decode.ts";
import type { RejectsFile } from "./rejects.ts";
import { readRows } from "./rows.ts";

export interface ReadOptions {
  /** Filled while the file is read, all but what only the store can know: kept, duplicates, suppressed. */
  readonly report: ImportReport;
  readonly map?: ColumnMap | undefined;
  /** The country of numbers written without one. */
  readonly defaultRegion?: string | undefined;
  readonly rejects?: RejectsFile | undefined;
}

/** Contacts per batch, about: few enough to be forgotten while they are young. */
const BATCH = 2_000;
/** Rows told of each reason. */
const EXAMPLES = 3;

/** Throws Misused for a file that is broken, wherever that is found out. */
export async function* readContacts(
  input: AsyncIterable<Uint8Array | string>,
  { report, map, defaultRegion, rejects }: ReadOptions,
): AsyncGenerator<readonly NewContact[]> {
  const text = decode(input, (encoding) => report.notes.push(ENCODINGS[encoding]));
  let parser: ContactParser | null = null;
  let batch: NewContact[] = [];
  for await (const rows of readRows(text)) {
    for (const { cells, line } of rows) {
      if (parser === null) {
        const columns = columnsOf(cells, map);
        parser = new ContactParser(columns, defaultRegion);
        rejects?.header(columns.headers);
        continue;
      }
      report.read++;
      const parsed = parser.parse(cells);
      if (parsed instanceof Rejection) {
        const { column, reason } = parsed;
        const before = report.rejected[reason] ?? 0;
        report.rejected[reason] = before + 1;
        if (before < EXAMPLES) report.examples.push({ line, column, reason });
        rejects?.add(line, column, reason, cells);
      } else {
        if (!parsed.known) report.unverified++;
        batch.push(parsed.contact);
      }
    }
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (parser === null) throw new Misused("csv", "expected a CSV file with a header line, found an empty one");
  if (batch.length > 0) yield batch;
  rejects?.flush();
}

const ENCODINGS = {
  "utf-8": "read as UTF-8",
  "utf-16le": "read as UTF-16",
  "utf-16be": "read as UTF-16",
  "windows-1252": "read as Windows-1252 (Latin-1), since it is not valid UTF-8: see that names with accents are right",
} as const satisfies Record<Encoding, string>;
