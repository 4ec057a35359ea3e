/** Every file of the corpus is read in one piece, in pieces of seven bytes and byte by byte: all come to the same. */
import { describe, expect, test } from "vitest";
import { parseMap } from "../../../src/adapters/csv/column-map.ts";
import { readContacts } from "../../../src/adapters/csv/contacts.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { type ImportReport, type NewContact, newReport } from "../../../src/domain/calls/contact.ts";
import { stage } from "../../../src/engine/manage/contacts.ts";
import { CampaignsError } from "../../../src/engine/errors.ts";
import { NOON } from "../../support/domain.ts";
import { HEADERS, ROWS } from "./corpus-cells.ts";
import { BROKEN, ENCODINGS, SHAPES } from "./corpus.ts";

describe.each([
  ["shapes", SHAPES],
  ["encodings", ENCODINGS],
  ["headers", HEADERS],
  ["rows", ROWS],
  ["broken files", BROKEN],
])("%s", (_, cases) => {
  test.each(cases)("$file", async ({ bytes, map, region, contacts, report, error }) => {
    const whole = Buffer.from(bytes);
    for (const size of whole.length > 100_000 ? [65_536] : [whole.length, 7, 1]) {
      const read = await readInPieces(whole, size, map, region);
      if (error !== undefined) {
        expect(read.error).toContain(error);
        // No number and no name in what is said.
        expect(read.error).not.toMatch(/\d{7}|Ada|Bea/);
        continue;
      }
      expect(read.error).toBeNull();
      if (contacts !== undefined) expect(read.contacts).toMatchObject(contacts);
      const { countries, columns, empty, outside } = read.report;
      expect(read.report).toEqual({ ...newReport(), countries, columns, empty, outside, ...report });
      const { read: rows, kept, duplicates, suppressed, rejected: reasons } = read.report;
      expect(rows).toBe(kept + duplicates + suppressed + Object.values(reasons).reduce((sum, n) => sum + n, 0));
    }
  });
});

async function readInPieces(
  bytes: Buffer,
  size: number,
  map: string | undefined,
  defaultRegion: string | undefined,
): Promise<{ report: ImportReport; contacts: readonly NewContact[]; error: string | null }> {
  await using store = openSqliteStore(":memory:");
  const [report, contacts]: [ImportReport, NewContact[]] = [newReport(), []];
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const batches = async function* (): AsyncGenerator<readonly NewContact[]> {
    for await (const batch of readContacts(pieces(), {
      report,
      map: parseMap(map === undefined ? [] : [map]),
      defaultRegion,
    })) {
      contacts.push(...batch);
      yield batch;
    }
  };
  try {
    await stage(store, "file", { filename: "file.csv", size: 0, batches: batches(), report }, NOON);
    return { report, contacts, error: null };
  } catch (error) {
    if (!(error instanceof CampaignsError)) throw error;
    return { report, contacts, error: error.message };
  }
}
