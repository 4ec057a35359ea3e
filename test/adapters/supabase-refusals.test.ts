/** A 401 or 403 that says nothing about the key: clocks a second apart, and a firewall's page. `fetch` is stubbed. */
import { afterEach, expect, test, vi } from "vitest";
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
