/** A thread that reads contacts says of a file what reading it here says. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readContactsAside } from "../../../src/adapters/csv/aside.ts";
import { type ReadOptions, readContacts } from "../../../src/adapters/csv/contacts.ts";
import { RejectsFile } from "../../../src/adapters/csv/rejects.ts";
import { type NewContact, newReport } from "../../../src/domain/calls/contact.ts";
import { messageOf, Misused } from "../../../src/engine/errors.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "campaigns-aside-"))));
afterEach(() => rmSync(dir, { recursive: true }));

type Input = AsyncIterable<Uint8Array | string>;

/** In pieces of no length in particular. */
async function* pieces(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0, n = 0; at < bytes.length; at += 60_000 + n++)
    yield await Promise.resolve(bytes.subarray(at, at + 60_000 + n));
}

async function told(read: typeof readContacts, input: Input, options: Partial<ReadOptions> = {}) {
  const [report, forbidden] = [newReport(), [] as string[]];
  const path = join(dir, read.name);
  const contacts: NewContact[] = [];
  let wrong: unknown = null;
  {
    using rejects = new RejectsFile(path, null, true);
    try {
      for await (const batch of read(input, { ...options, report, forbidden, rejects })) contacts.push(...batch);
    } catch (error) {
      wrong = error instanceof Misused ? { code: error.code, lines: error.lines, hint: error.hint } : messageOf(error);
    }
  }
  let rejected = "";
  if (Object.keys(report.rejected).length > 0) rejected = readFileSync(path, "utf8");
  return { contacts, report, forbidden, wrong, rejected };
}

/** What both say. */
async function alike(text: string, options: Partial<ReadOptions> = {}) {
  const here = await told(readContacts, pieces(text), options);
  expect(await told(readContactsAside, pieces(text), options)).toEqual(here);
  return here;
}

const phone = (n: number): string => `+1${201 + (n % 700)}55501${String(n % 100).padStart(2, "0")}`;
const rows = (count: number, row: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => row(n)).join("");

const row = (n: number): string =>
  `Ann ${n},${n % 9 === 0 ? "12" : phone(n)},a${n}@example.com,${n % 50 === 0 ? "yes" : "no"},"Z\u00fcrich, ${n}"\n`;

async function* broken(): Input {
  yield Buffer.from(`phone\n${rows(5_000, (n) => `${phone(n)}\n`)}`);
  throw await Promise.resolve(new Misused("csv", "the disk is gone"));
}

describe("a file that is read in a thread of its own", () => {
  test("has the same contacts, in their order, the same wishes, and the same rejected rows", async () => {
    const { contacts, report, forbidden, rejected } = await alike(
      `name,phone,email,do_not_call,city\n${rows(20_000, row)}`,
    );
    const rejectedRows = Object.values(report.rejected).reduce((sum, count) => sum + count, 0);
    expect(rejectedRows).toBeGreaterThan(2_222);
    expect(contacts).toHaveLength(20_000 - rejectedRows);
    expect(contacts.at(-1)).toMatchObject({ name: "Ann 19999", variables: { city: "Z\u00fcrich, 19999" } });
    expect(forbidden.length).toBeGreaterThan(300);
    expect(rejected.split("\n")).toHaveLength(rejectedRows + 2);
  });

  test("took all rows of a sheet, and all wishes since the last batch, for arguments of one call: of 130,000 that was a bug", async () => {
    const text = `phone,do_not_call,time_zone\n${rows(130_000, (n) => `${phone(n % 400)},yes,Nowhere\n`)}`;
    const whole = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from(text));
    };
    for (const read of [readContacts, readContactsAside]) {
      const { wrong, contacts, forbidden } = await told(read, whole());
      expect([wrong, contacts.length, forbidden.length]).toEqual([null, 0, 130_000]);
    }
  });

  test("keeps consents, and columns of odd names", async () => {
    const head = "phone,__proto__,consent,consent_at,consent_source\n";
    const { contacts } = await alike(head + rows(10, (n) => `${phone(n)},p${n},yes,23.11.2026,web\n`), {
      dateFormat: "DD.MM.YYYY",
      defaultRegion: "US",
    });
    expect(Object.entries(contacts[3]?.variables ?? {})).toEqual([["__proto__", "p3"]]);
    expect(contacts[3]?.consent).toMatchObject({ source: "web" });
  });

  test.each([
    ["it is empty", "", {}],
    ["a column is named that it has not", "phone\n+12025550101\n", { map: { phone: ["Mobile"] } }],
    ["dates are of no known form", "phone\n+12025550101\n", { dateFormat: "YY" }],
    [
      "a quote is never closed",
      `name,phone\n${rows(9_000, (n) => `A,${phone(n)}\n`)}"B,+12025550101\n${rows(9, () => '"C","+1"\n')}`,
      {},
    ],
  ])("is refused in the same words when %s", async (_, text, options) => {
    const { wrong } = await alike(text, options);
    expect(wrong).toMatchObject({ code: expect.any(String) as string });
  });

  test("is let go when it cannot be read on", async () => {
    const { wrong } = await told(readContactsAside, broken());
    expect(wrong).toMatchObject({ lines: ["the disk is gone"] });
  });

  test("is let go when its contacts cannot be stored", async () => {
    let closed = false;
    const endless = async function* (): Input {
      try {
        yield await Promise.resolve("phone\n");
        for (;;) yield rows(5_000, (n) => `${phone(n)}\n`);
      } finally {
        closed = true;
      }
    };
    const batches = readContactsAside(endless(), { report: newReport() });
    for (let n = 0; n < 10; n++) expect((await batches.next()).value).not.toHaveLength(0);
    await batches.return(undefined);
    expect(closed).toBe(true);
  });
});
