/** Contacts from a CSV file, as a stream; every row is either kept or counted with its reason. */
import { CsvError, parse } from "csv-parse";
import type { Contact } from "../../domain/call.ts";
import { parsePhone, PHONE_PROBLEMS } from "../../domain/phone.ts";
import { Misused } from "../../engine/errors.ts";
import { columnsOf, type Columns } from "./columns.ts";

/** What became of the rows; filled while they are read. read = kept + duplicates + suppressed + rejected. */
export interface ImportReport {
  read: number;
  kept: number;
  /** Rows whose number an earlier row had. */
  duplicates: number;
  /** Rows that say do-not-call. */
  suppressed: number;
  /** Rows that cannot be used, by reason. */
  readonly rejected: Record<string, number>;
  /** The first few rejected rows: line in the file and reason. */
  readonly examples: { readonly line: number; readonly reason: string }[];
}

export const newReport = (): ImportReport => ({
  read: 0,
  kept: 0,
  duplicates: 0,
  suppressed: 0,
  rejected: {},
  examples: [],
});

const BATCH = 2_000;
const EXAMPLES = 5;
const YES = ["true", "t", "yes", "y", "1", "x", "on", "ja", "oui", "si", "sí"];
const NO = ["false", "f", "no", "n", "0", "off", "", "-", "nein", "non"];

/** Batches of contacts. `defaultRegion`: the country of numbers written without one. Throws Misused for a broken file. */
export async function* readContacts(
  input: AsyncIterable<Uint8Array>,
  report: ImportReport,
  defaultRegion?: string,
): AsyncGenerator<readonly Contact[]> {
  const parser = parse({
    bom: true,
    delimiter: [",", ";", "\t"],
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
  });
  const feeding = feed(input, parser);
  let columns: Columns | null = null;
  let batch: Contact[] = [];
  const numbers = new Set<string>();
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns === null) {
        columns = columnsOf(record);
        continue;
      }
      report.read++;
      const contact = contactOf(record, columns, defaultRegion);
      if (typeof contact === "string") reject(report, contact, info.lines);
      else if (contact === null) report.suppressed++;
      else if (numbers.has(contact.phoneNumber)) report.duplicates++;
      else {
        numbers.add(contact.phoneNumber);
        report.kept++;
        if (batch.push(contact) >= BATCH) {
          yield batch;
          batch = [];
        }
      }
    }
    await feeding;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Misused("csv", `expected a CSV file, but ${error.message}`, { hint: "mend the file at that line" });
  }
  if (columns === null) throw new Misused("csv", "expected a CSV file with a header line, found an empty one");
  if (batch.length > 0) yield batch;
}

async function feed(input: AsyncIterable<Uint8Array>, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    for await (const chunk of input) {
      if (!parser.write(chunk)) await new Promise((resolve) => parser.once("drain", resolve));
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A contact; null when the row says do-not-call; a reason when it cannot be used. */
function contactOf(record: readonly string[], columns: Columns, defaultRegion?: string): Contact | null | string {
  const at = (index: number | undefined): string => (index === undefined ? "" : (record[index] ?? "").trim());
  const flag = at(columns.doNotCall).toLowerCase();
  if (YES.includes(flag)) return null;
  if (!NO.includes(flag)) return "do_not_call is neither yes nor no";
  const phone = parsePhone(at(columns.phone), defaultRegion);
  if (!phone.ok) return `the number ${PHONE_PROBLEMS[phone.problem]}`.replace("the number not ", "not ");
  const name = at(columns.name) || [at(columns.firstName), at(columns.lastName)].filter(Boolean).join(" ");
  return {
    id: null,
    name: name || null,
    phoneNumber: phone.number,
    email: at(columns.email) || null,
    variables: Object.fromEntries(columns.variables.map(([name, index]) => [name, record[index] ?? ""])),
  };
}

function reject(report: ImportReport, reason: string, line: number): void {
  report.rejected[reason] = (report.rejected[reason] ?? 0) + 1;
  if (report.examples.length < EXAMPLES) report.examples.push({ line, reason });
}
