/** A 401 or 403 that says nothing about the key: clocks a second apart, and a firewall's page; and what refusals tell. `fetch` is stubbed. */
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { schemaVersion } from "../../src/adapters/supabase/schema.ts";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import { ManualClock } from "../../src/sandbox/index.ts";
import { NOON } from "../support/domain.ts";

afterEach(() => vi.unstubAllGlobals());

const early = (): Response =>
  Response.json({ code: "PGRST303", message: "JWT issued at future", details: null, hint: null }, { status: 401 });
const expired = (): Response =>
  Response.json({ code: "PGRST303", message: "JWT expired", details: null, hint: null }, { status: 401 });
const page = (): Response =>
  new Response("<html>403 Forbidden</html>", { status: 403, headers: { "content-type": "text/html" } });

/** The first `n` requests are answered so, the others as an empty project answers. */
async function list(n: number, refusal: () => Response): Promise<unknown> {
  let requests = 0;
  const version = schemaVersion();
  vi.stubGlobal("fetch", (url: URL | string) => {
    if (requests++ < n) return Promise.resolve(refusal());
    return Promise.resolve(Response.json(String(url).endsWith("_version") ? version : []));
  });
  const clock = new ManualClock(NOON);
  await using store = openSupabaseStore({ url: "http://127.0.0.1:9", serviceRoleKey: "sb_secret_0" }, clock);
  return await clock.finish(store.listCampaigns(), 60_000);
}

test("PGRST303 JWT issued at future was taken for a wrong key: it is repeated", async () => {
  expect(await list(2, early)).toEqual([]);
});

test("a firewall's page was taken for a wrong key: it is repeated, and called by its name", async () => {
  expect(await list(2, page)).toEqual([]);
  await expect(list(99, page)).rejects.toMatchObject({
    code: "database",
    exitCode: 3,
    message: expect.stringContaining("a web page") as string,
  });
});

test("a key that has expired is called so at once", async () => {
  await expect(list(1, expired)).rejects.toMatchObject({ code: "supabase_key", exitCode: 2 });
});

describe("what PostgreSQL refuses a row for was in errors and logs as it came, with what stands in the row:", () => {
  const KEY = 'duplicate key value violates unique constraint "our_contacts_key"';
  test.each([
    [
      "a trigger of the project's",
      "P0001",
      "contact +12025550101 is not ours",
      /contact \+1202•••0101 is not ours \(P0001\)/,
    ],
    [
      "a value that is none",
      "22P02",
      'invalid input syntax for type uuid: "Ada Lovelace"',
      /type uuid: a value \(22P02\)/,
    ],
    [
      "a value in the middle",
      "22003",
      'value "2025550101" is out of range for type integer',
      /a value is out of range/,
    ],
    ["no code", "", 'invalid input value for enum mood: "Ada Lovelace"', /enum mood: a value/],
    [
      "a key",
      "23505",
      `${KEY}: Key (phone_number, name)=(+12025550101, Ada Lovelace) already exists.`,
      /"our_contacts_key": Key \(phone_number, name\)=\(…\) already exists\. \(23505\)/,
    ],
    [
      "a row",
      "23514",
      'new row for relation "contacts" violates "contacts_ok": Failing row contains (7, Ada Lovelace, (x)).',
      /"contacts" violates "contacts_ok": Failing row contains \(…\)/,
    ],
  ])("%s", async (_, code, message, told) => {
    const details = "Failing row contains (7, Ada Lovelace, +12025550101).";
    const refused = (): Response => Response.json({ code, message, details, hint: `use ${message}` }, { status: 400 });
    const error: unknown = await list(99, refused).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "database", message: expect.stringMatching(told) as string });
    expect(inspect(error, { depth: 9 })).not.toMatch(/Lovelace|2025550101/);
  });

  test("an old schema", async () => {
    const message = "column +12025550101 does not exist";
    const refused = (): Response =>
      Response.json({ code: "42703", message, details: null, hint: null }, { status: 400 });
    const error: unknown = await list(99, refused).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "schema_version" });
    expect(inspect(error, { depth: 9 })).not.toContain("2025550101");
  });
});
