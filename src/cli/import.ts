/** Contacts or numbers out of a file or stdin, for the commands that take some: the way in, and what is said about it. */
import { createReadStream, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { readContactsAside } from "../adapters/csv/aside.ts";
import { readContacts } from "../adapters/csv/contacts.ts";
import { readNumbers } from "../adapters/csv/numbers.ts";
import { RejectsFile } from "../adapters/csv/rejects.ts";
import { type ImportReport, newReport } from "../domain/calls/contact.ts";
import type { ContactFeed } from "../engine/manage/contacts.ts";
import type { NumberFeed } from "../engine/manage/do-not-call.ts";
import { CampaignsError, messageOf, Misused } from "../engine/errors.ts";
import { type FileOptions, type ImportOptions, readFileOptions } from "./import-options.ts";
import { importText } from "./render/import-report.ts";
import { importProgress } from "./render/import.ts";
import type { Session } from "./session.ts";

interface Reported {
  readonly report: ImportReport;
}

/** Lets `act` have the contacts of a file, `-` being stdin; then says what became of its rows, however it went. */
export function importing<T>(
  path: string,
  session: Session,
  options: ImportOptions,
  act: (feed: ContactFeed & Reported) => Promise<T>,
): Promise<T> {
  const how = readFileOptions(options);
  return reading(path, session, options, ({ bytes, filename, size, report, rejects }) => {
    const forbidden: string[] = [];
    const { dateFormat } = options;
    const read = size >= LONG && availableParallelism() > 1 ? readContactsAside : readContacts;
    const batches = read(bytes, { ...how, dateFormat, report, forbidden, rejects });
    return act({ filename, size, batches, report, forbidden });
  });
}

/** The same for a list of numbers that are not to be called. */
export function importingNumbers<T>(
  path: string,
  session: Session,
  options: FileOptions,
  act: (feed: NumberFeed & Reported) => Promise<T>,
): Promise<T> {
  const how = readFileOptions(options);
  return reading(path, session, options, ({ bytes, filename, report, rejects }) =>
    act({
      filename,
      batches: readNumbers(bytes, { ...how, report, rejects }),
      rejected: () => report.read - report.kept,
      report,
    }),
  );
}

interface Source extends Reported {
  readonly bytes: AsyncIterable<Uint8Array | string>;
  readonly filename: string;
  readonly size: number;
  readonly rejects: RejectsFile | undefined;
}

async function reading<T>(
  path: string,
  { io, out, clock }: Session,
  options: FileOptions,
  act: (source: Source) => Promise<T>,
): Promise<T> {
  // Rows become garbage as soon as they are stored; V8 would take it for a reason to grow by another 50 MB.
  setFlagsFromString("--semi-space-growth-factor=1");
  // So the reading thread, whose heap is still to be made, begins with what it needs (in MB).
  setFlagsFromString("--min-semi-space-size=4");
  // Nor let garbage pile up to several times of what is in use before it is looked for.
  setFlagsFromString("--heap-growing-percent=50");
  const report = newReport();
  const file = path === "-" ? null : resolve(io.cwd(), path);
  const filename = file === null ? "stdin" : basename(file);
  const size = file === null ? 0 : sizeOf(file);
  const kept = options.rejects === undefined ? null : resolve(io.cwd(), options.rejects);
  using rejects = kept === null ? null : new RejectsFile(kept, file, options.force ?? false);
  using progress = importProgress(filename, size, out, clock);
  const open = (): AsyncIterable<Uint8Array | string> =>
    file === null ? io.stdin : createReadStream(file, { highWaterMark: READ_AT_ONCE });
  const bytes = progress.watch(readable(open), report);
  try {
    return await act({ bytes, filename, size, report, rejects: rejects ?? undefined });
  } finally {
    progress[Symbol.dispose]();
    // What a broken file got as far as is no result; and JSON has the report in the result.
    if (!out.json && adds(report)) {
      for (const line of importText(report, options)) out.note(line);
    }
  }
}

const adds = ({ read, kept, duplicates, suppressed, rejected }: ImportReport): boolean =>
  read === Object.values(rejected).reduce((sum, n) => sum + n, kept + duplicates + suppressed);

/** Bytes, of so few rows that they are forgotten while they are young. */
const READ_AT_ONCE = 16 * 1024;

/** Bytes of a file that takes several seconds to read: then a thread of its own is worth what it costs to start. */
const LONG = 20_000_000;

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw unreadable(error);
  }
}

/** Opened when it is first read: a command that is refused before that leaves no file open behind it. */
async function* readable(open: () => AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
  try {
    yield* open();
  } catch (error) {
    throw error instanceof CampaignsError ? error : unreadable(error);
  }
}

const unreadable = (error: unknown): Misused =>
  new Misused("csv", `expected a readable file: ${messageOf(error)}`, {
    hint: "check the path and its permissions",
  });
