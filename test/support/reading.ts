/** Files as the program reads them, without a store: contacts or numbers, what is said about them, or why they are refused. */
import { parseMap } from "../../src/adapters/csv/column-map.ts";
import { readContacts, type ReadOptions } from "../../src/adapters/csv/contacts.ts";
import { readNumbers } from "../../src/adapters/csv/numbers.ts";
import { type ImportReport, type NewContact, newReport } from "../../src/domain/calls/contact.ts";
import { CampaignsError } from "../../src/engine/errors.ts";

export type Options = Partial<Omit<ReadOptions, "map" | "report" | "forbidden" | "rejects">> & {
  readonly map?: string;
};

export interface Read {
  readonly contacts: readonly NewContact[];
  readonly numbers: readonly string[];
  /** Of people who do not want to be called. */
  readonly forbidden: readonly string[];
  readonly report: ImportReport;
  /** What is said, and the hint; null: nothing is wrong. */
  readonly error: string | null;
}

export const contactsOf = (bytes: string | Buffer, options: Options = {}): Promise<Read> =>
  read(bytes, options, "contacts");
export const numbersOf = (bytes: string | Buffer, options: Options = {}): Promise<Read> =>
  read(bytes, options, "numbers");

async function read(bytes: string | Buffer, { map, ...options }: Options, kind: "contacts" | "numbers"): Promise<Read> {
  const report = newReport();
  const [contacts, numbers, forbidden]: [NewContact[], string[], string[]] = [[], [], []];
  const input = (async function* () {
    yield Buffer.from(bytes);
  })();
  let error: string | null = null;
  try {
    const all = { ...options, map: parseMap(map === undefined ? [] : [map]), report };
    if (kind === "numbers") for await (const batch of readNumbers(input, all)) numbers.push(...batch);
    else for await (const batch of readContacts(input, { ...all, forbidden })) contacts.push(...batch);
  } catch (thrown) {
    if (!(thrown instanceof CampaignsError)) throw thrown;
    error = `${thrown.message}\n${thrown.hint ?? ""}`;
  }
  return { contacts, numbers, forbidden, report, error };
}
