/** Contacts out of a file or stdin, for the commands that take some: their flags, the way in, and what is said about it. */
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Command } from "commander";
import { parseMap } from "../adapters/csv/columns.ts";
import { readContacts } from "../adapters/csv/contacts.ts";
import { RejectsFile } from "../adapters/csv/rejects.ts";
import { type ImportReport, newReport } from "../domain/calls/contact.ts";
import { isRegion } from "../domain/phones/lookup.ts";
import type { ContactFeed } from "../engine/manage/contacts.ts";
import { CampaignsError, messageOf, Misused } from "../engine/errors.ts";
import { importText } from "./render/contacts.ts";
import { importProgress } from "./render/import.ts";
import type { Session } from "./session.ts";

export interface ImportOptions {
  readonly map?: readonly string[];
  readonly rejects?: string;
  readonly defaultRegion?: string;
}

export const importOptions = (command: Command): Command =>
  command
    .option(
      "--map <field=column,…>",
      "columns that are called otherwise, such as phone=Main,name=Who",
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option("--rejects <file>", "write the rejected rows there, as CSV that can be fixed and imported")
    .option("--default-region <country>", "country of numbers written without one, such as US");

/** Lets `act` have the contacts of a file, `-` being stdin; then says what became of its rows, however it went. */
export async function importing<T>(
  path: string,
  session: Session,
  options: ImportOptions,
  act: (feed: ContactFeed & { readonly report: ImportReport }) => Promise<T>,
): Promise<T> {
  const { io, out, clock } = session;
  // Rows become garbage as soon as they are stored; V8 would take it for a reason to grow by another 50 MB.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Nor let garbage pile up to several times of what is in use before it is looked for.
  setFlagsFromString("--heap-growing-percent=100");
  const report = newReport();
  const map = parseMap(options.map ?? []);
  const { defaultRegion } = options;
  if (defaultRegion !== undefined && !isRegion(defaultRegion)) {
    throw new Misused("default_region", `--default-region: expected a country such as US, got "${defaultRegion}"`);
  }
  const file = path === "-" ? null : path;
  const size = file === null ? 0 : sizeOf(file);
  using rejects = options.rejects === undefined ? null : new RejectsFile(options.rejects, file);
  using progress = importProgress(file === null ? "stdin" : basename(file), size, out, clock);
  const open = (): AsyncIterable<Uint8Array | string> =>
    file === null ? io.stdin : createReadStream(file, { highWaterMark: READ_AT_ONCE });
  const bytes = progress.watch(readable(open), report);
  const batches = readContacts(bytes, { report, map, defaultRegion, rejects: rejects ?? undefined });
  try {
    return await act({ filename: file === null ? "stdin" : basename(file), size, batches, report });
  } finally {
    progress[Symbol.dispose]();
    // What a broken file got as far as is no result; and JSON has the report in the result.
    if (!out.json && adds(report)) for (const line of importText(report, options.rejects)) out.note(line);
  }
}

const adds = ({ read, kept, duplicates, suppressed, rejected }: ImportReport): boolean =>
  read === Object.values(rejected).reduce((sum, n) => sum + n, kept + duplicates + suppressed);

const READ_AT_ONCE = 64 * 1024;

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
  new Misused("csv", `expected a readable CSV file: ${messageOf(error)}`, {
    hint: "check the path and its permissions",
  });
