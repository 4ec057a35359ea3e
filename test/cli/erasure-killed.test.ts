/** erase, purge and export on an encrypted file, killed again and again: real processes, at whatever write they happen to be. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readKeys } from "../../src/adapters/sealing-key.ts";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { PersonalData, Store } from "../../src/engine/ports/index.ts";
import { contactsCsv, fictionalNumber, Folder, Scratch } from "../support/cli.ts";
import { program } from "../support/program.ts";

const ANN = fictionalNumber(7);
const CAMPAIGNS = ["spring", "summer", "autumn"];
const EACH = 1_000;
const ALL = EACH * CAMPAIGNS.length;
const LONG_AGO = "2020-01-01T00:00:00.000Z";

let scratch: Scratch;
let keys: Folder;
beforeEach(async () => {
  scratch = new Scratch();
  keys = new Folder();
  await good("keys", "new", join(keys.dir, "key"));
  scratch.env({ CAMPAIGNS_ENCRYPTION_KEY_FILE: join(keys.dir, "key") });
  const csv = scratch.file("c.csv", contactsCsv(EACH));
  await good("contacts", "import", csv, "--list", "members");
  for (const name of CAMPAIGNS) {
    await good("create", "--name", name, "--csv", csv, "--assistant", "a", "--rules", "none", "--start");
    await good("stop", name);
  }
});
afterEach(() => {
  scratch[Symbol.dispose]();
  keys[Symbol.dispose]();
});

async function good(...args: string[]): Promise<string> {
  const ran = await program(args, { cwd: scratch.dir, env: scratch.how().env });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran.stdout;
}

/** Again and again, a little later each time, until it was not killed; `look` after each. Returns how often it was. */
async function untilDone(args: readonly string[], look: (store: Store) => Promise<void>): Promise<number> {
  for (let kills = 0; ; kills++) {
    const { code, stderr } = await scratch.killedAfter(kills, ...args);
    {
      using db = new DatabaseSync(scratch.db, { readOnly: true });
      expect(db.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    }
    const set = readKeys(readFileSync(join(keys.dir, "key"), "utf8"), "key");
    await using store = openSqliteStore(scratch.db, { keys: set });
    await look(store);
    if (code === null) continue;
    expect(code, stderr).toBe(0);
    return kills;
  }
}

const counts = ({ contacts, csv_contacts, campaign_calls }: PersonalData): number[] =>
  [contacts, csv_contacts, campaign_calls].map(({ length }) => length);

test("an erasure that is killed has erased all or nothing, and the next one ends it", async () => {
  let erased = false;
  const kills = await untilDone(["erase", ANN, "--yes"], async (store) => {
    const data = await store.personalData(ANN);
    // Never goes back.
    erased ||= data.do_not_call_numbers.length === 1;
    expect(counts(data)).toEqual(erased ? [0, 0, 0] : [1, 3, 3]);
    const named = (await callsOf(store)).filter(({ contact }) => contact.name === "Contact 7");
    expect(named).toHaveLength(erased ? 0 : 3);
  });
  expect(kills).toBeGreaterThan(0);
  expect(erased).toBe(true);
}, 120_000);

async function callsOf(store: Store) {
  const found = await Promise.all(CAMPAIGNS.map((name) => store.findCampaigns(name)));
  const pages = await Promise.all(found.flat().map(({ id }) => store.listCalls({ campaignId: id, limit: EACH })));
  return pages.flatMap(({ calls }) => calls);
}

/** By what the log says was removed. */
async function purged(store: Store): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { action, after } of await store.auditEntries({ limit: 999 })) {
    if (action !== "data.purged") continue;
    const { what, rows } = JSON.parse(after ?? "{}") as { what: string; rows: number };
    sums[what] = (sums[what] ?? 0) + rows;
  }
  return sums;
}

test("a purge that is killed has removed what its log says, and the next one ends it", async () => {
  {
    using db = new DatabaseSync(scratch.db);
    db.exec(`update campaigns set status_at = '${LONG_AGO}'; update csv_files set created_at = '${LONG_AGO}';
      update contacts set created_at = '${LONG_AGO}'; update campaign_calls set completed_at = '${LONG_AGO}'`);
  }
  const kills = await untilDone(["purge", "--older-than", "400d", "--yes"], async (store) => {
    const [calls, { variables = 0, calls: forgotten = 0 }] = [await callsOf(store), await purged(store)];
    expect(calls).toHaveLength(ALL);
    expect(calls.filter(({ contact }) => contact.name !== null)).toHaveLength(ALL - variables);
    expect(calls.filter(({ contact }) => contact.phoneNumber.startsWith("+"))).toHaveLength(ALL - forgotten);
  });
  expect(kills).toBeGreaterThan(1);
  const left = await good("purge", "--older-than", "400d", "--dry-run", "--json");
  expect(JSON.parse(left)).toMatchObject({ rows: { contacts: 0, variables: 0, recordings: 0, calls: 0 } });
}, 120_000);

test("an export that is killed has changed nothing but the log, and the next one prints all", async () => {
  const kills = await untilDone(["export", ANN], async (store) => {
    expect(counts(await store.personalData(ANN))).toEqual([1, 3, 3]);
  });
  expect(kills).toBeGreaterThan(0);
  expect(JSON.parse(await good("export", ANN))).toMatchObject({ phone_number: ANN, contacts: [{ name: "Contact 7" }] });
}, 120_000);
