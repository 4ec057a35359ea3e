/** An encrypted file: opened with its key alone, closed to numbers that are not sealed, and true to what it forbids. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newKeyText, readKeys } from "../../../src/adapters/sealing-key.ts";
import { backUp, restore } from "../../../src/adapters/sqlite/backup.ts";
import type { Database } from "../../../src/adapters/sqlite/database.ts";
import type { Keys, Rekeying } from "../../../src/adapters/encryption.ts";
import { beginRekeying, keyStatus, openForKeys, renewRows } from "../../../src/adapters/sqlite/rekeying.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import { DAY, HOUR } from "../../../src/domain/time/instant.ts";
import type { Store } from "../../../src/engine/ports/index.ts";
import { consent } from "../../contracts/store/protection.ts";
import { readAll } from "../../contracts/store/read-all.ts";
import { dialing, number, person, present, Scene } from "../../contracts/store/scene.ts";
import { CLOSED_TEXTS, NOON, overheard } from "../../support/domain.ts";

const [OLD, NEW] = [newKeyText(), newKeyText()];
const old = readKeys(OLD, "key");
const both = readKeys(`${NEW}\n${OLD}`, "key");
const UP = 9 * HOUR;

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-sealed-"));
  path = join(dir, "c.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (keys: Keys | null): Store => openSqliteStore(path, { keys });
const entry = (n: number) => ({ phoneNumber: number(n), source: "operator", reason: `wish ${n}`, addedAt: NOON });

/** Everything that may not be found in the file, and whom it belongs to. */
const somebody = (n: number): NewContact =>
  person(n, { name: `Nomen${n}`, email: `post${n}@example.com`, variables: { city: `Stadt${n}` } });
const SECRETS = /\+1202555|Nomen|post\d@|Stadt|wish \d|Prompt|said aloud|form 7|was heard/;

function shown(): string[] {
  return readdirSync(dir).flatMap((name) => {
    const found = SECRETS.exec(readFileSync(join(dir, name), "latin1"));
    return found === null ? [] : [`${name}: ${found[0]}`];
  });
}

function sql(statement: string, ...values: (string | number)[]): unknown {
  using db = new DatabaseSync(path);
  return db.prepare(statement).all(...values);
}

/** Of all kinds: calls that wait and that were made, a list, consents, entries, a kept answer. */
async function filled(keys: Keys | null): Promise<string> {
  await using store = open(keys);
  const scene = new Scene(store);
  await store.addDoNotCall([entry(3), { ...entry(0), phoneNumber: "+1900*", reason: "wish 9" }]);
  await store.addConsents([consent(1)]);
  await store.revokeConsents(number(4), NOON - DAY);
  const contacts = [0, 1, 2, 3, 4, 5].map(somebody);
  const { id: list } = await scene.file(contacts.slice(0, 2)).then(async (source) => {
    const merged = await store.mergeContactFile(source.id, { id: "list", name: "members" }, NOON);
    return merged.list;
  });
  expect(list).toBe("list");
  const campaign = await scene.running(contacts, { prompt: "Prompt: be kind" });
  const runner = await scene.runner();
  const { call, attempt } = await scene.dialed(campaign, runner);
  await store.hear(overheard(attempt.id), NOON);
  await store.setOutcome(call.id, "interested", "said aloud", NOON);
  await store.claimKey("key", "claim", NOON);
  await store.answerKey("key", "claim", { request: "r", status: 200, body: `to ${number(0)}` });
  await store.endLease(runner);
  return campaign.id;
}

const begun = (db: Database, what: Rekeying, keys: Keys): boolean => beginRekeying(db, what, keys, NOON + DAY, UP);

function rekeyed(what: Rekeying, keys: Keys, steps = Number.POSITIVE_INFINITY): void {
  const db = openForKeys(path, keys);
  try {
    begun(db, what, keys);
    let n = 0;
    for (const { unopened } of renewRows(db, 1)) {
      expect(unopened).toBe(0);
      if (++n >= steps) return;
    }
  } finally {
    db.close();
  }
}

describe("a key", () => {
  test("that is missing or another one reads and writes nothing", async () => {
    await filled(old);
    const refused = { code: "encryption_key", exitCode: 2 };
    expect(() => open(null)).toThrow(expect.objectContaining(refused));
    expect(() => open(readKeys(NEW, "key"))).toThrow(expect.objectContaining(refused));
  });

  test("encrypts a new file from its first row on, and no older one by itself", async () => {
    const campaign = await filled(old);
    expect(shown()).toEqual([]);
    await using store = open(old);
    const { inLists } = await store.contactRecord(number(1));
    expect(inLists).toMatchObject([{ contact: { name: "Nomen1", variables: { city: "Stadt1" } } }]);
    expect(JSON.stringify(await readAll(store, campaign, "list"))).toMatch(/Nomen1.*Stadt1.*wish 3.*Prompt: be kind/);
    for (const name of readdirSync(dir)) rmSync(join(dir, name));
    await filled(null);
    expect(() => open(old)).toThrow(expect.objectContaining({ code: "not_encrypted", exitCode: 2 }));
  });

  test("that comes while a process is at the file stops that process, before it reads or writes", async () => {
    await filled(null);
    await using store = open(null);
    expect(await store.listCampaigns()).toHaveLength(1);
    rekeyed("encrypt", old);
    await expect(store.listCampaigns()).rejects.toMatchObject({ code: "encryption_key" });
    await expect(store.addDoNotCall([entry(1)])).rejects.toMatchObject({ code: "encryption_key" });
  });
});

test.each(["contacts", "csv_contacts", "campaign_calls", "call_attempts", "do_not_call_numbers", "consents"])(
  "%s takes no number that is not sealed, whoever writes it",
  async (table) => {
    await filled(old);
    expect(() => sql(`update ${table} set phone_number = '+12025550199'`)).toThrow(/expected a number sealed/);
  },
);

test.each(CLOSED_TEXTS)(
  "a program of before that is running still writes no plain text: %s.%s",
  async (table, column) => {
    await filled(null);
    // It has the file open since before, and looks for no key.
    using before = new DatabaseSync(path);
    const write = (): unknown => before.exec(`update ${table} set ${column} = 'was said aloud'`);
    write();
    rekeyed("encrypt", old);
    expect(write).toThrow(/expected what is sealed/);
    expect(() => before.exec("update contacts set phone_number = '+12025550199'")).toThrow(/expected a number sealed/);
    expect(sql(`select 1 from ${table} where ${column} like '%aloud%'`)).toEqual([]);
    rekeyed("decrypt", old);
    write();
  },
);

/** What is claimed next, one after the other; and how the others ended. */
async function claimed(campaign: string): Promise<string[]> {
  await using store = open(old);
  const scene = new Scene(store);
  const runner = await scene.runner(NOON + HOUR);
  const [found] = await store.findCampaigns(campaign);
  const names: string[] = [];
  for (;;) {
    const claim = await scene.claim(present(found), runner, { at: NOON + HOUR });
    if (claim === null) break;
    names.push(claim.call.contact.name ?? "");
    await store.beginDial(dialing(claim, NOON + HOUR), 0);
  }
  const { calls } = await store.listCalls({ campaignId: campaign, limit: 9 });
  return [...names, ...calls.flatMap(({ endReason, heldBy }) => (endReason === "unreadable" ? [heldBy ?? ""] : []))];
}

const flipped = "substr(X, 1, 40) || iif(substr(X, 41, 1) = 'A', 'B', 'A') || substr(X, 42)";
const ofCall = (n: number): string => `(select id from campaign_calls where contact_id like '%-${n + 1}')`;

describe("a row that was changed", () => {
  test.each([
    [
      "its variables flipped",
      `update campaign_calls set variables = ${flipped.replaceAll("X", "variables")} where id = ${ofCall(1)}`,
    ],
    [
      "another's variables",
      `update campaign_calls set variables = (select variables from campaign_calls where id = ${ofCall(2)}) where id = ${ofCall(1)}`,
    ],
    [
      "another's number",
      `update or replace campaign_calls set phone_number = (select phone_number from csv_contacts where position = 4) where id = ${ofCall(1)}`,
    ],
    [
      "its number flipped",
      `update campaign_calls set phone_number = ${flipped.replaceAll("X", "phone_number")} where id = ${ofCall(1)}`,
    ],
  ])("is the only one that is not called: %s", async (_, statement) => {
    const campaign = await filled(old);
    sql("delete from do_not_call_numbers");
    sql("delete from consents");
    sql(statement);
    const [next, ...others] = await claimed(campaign);
    expect(next).toBe("Nomen2");
    expect(others.at(-1)).toMatch(/does not open/);
    expect(others).not.toContain("Nomen1");
    expect(others).toContain("Nomen5");
  });

  test("says so in its place, where nothing depends on it", async () => {
    const campaign = await filled(old);
    sql(`update campaign_calls set notes = ${flipped.replaceAll("X", "notes")} where notes is not null`);
    sql(`update do_not_call_numbers set reason = ${flipped.replaceAll("X", "reason")} where reason is not null`);
    await using store = open(old);
    const { calls } = await store.listCalls({ campaignId: campaign, limit: 9 });
    expect(calls.flatMap(({ notes }) => notes ?? [])).toEqual([expect.stringContaining("it was changed")]);
    expect(await store.doNotCall(number(3), NOON)).toMatchObject([
      { reason: expect.stringContaining("it was changed") },
    ]);
  });

  test("in a campaign's prompt is that campaign's error", async () => {
    const campaign = await filled(old);
    sql(`update campaigns set campaign_prompt = ${flipped.replaceAll("X", "campaign_prompt")}`);
    await using store = open(old);
    expect(await store.findCampaigns(campaign)).toMatchObject([
      { status: "error", statusReason: expect.stringMatching(/campaign_prompt.*does not open/) },
    ]);
  });

  test("stays as it is when the key is changed, and is counted", async () => {
    await filled(old);
    sql(`update campaign_calls set variables = ${flipped.replaceAll("X", "variables")} where id = ${ofCall(1)}`);
    const db = openForKeys(path, both);
    begun(db, "rotate", both);
    expect([...renewRows(db)].at(-1)?.unopened).toBe(1);
    db.close();
  });
});

const told = (): string[] =>
  (sql("select action from audit_log order by seq") as { action: string }[]).map(({ action }) => action);

describe("broken off at any row", () => {
  const WAYS: readonly (readonly [what: Rekeying, from: Keys | null, keys: Keys])[] = [
    ["encrypt", null, old],
    ["decrypt", old, old],
    ["rotate", old, both],
  ];

  test.each(WAYS)("%s loses nothing, forbids the same, and is gone on with", async (what, from, keys) => {
    const campaign = await filled(from);
    const whole = await (async () => {
      await using store = open(from);
      return await readAll(store, campaign, "list");
    })();
    for (let steps = 0; ; steps++) {
      rekeyed(what, keys, 1 + steps);
      const db = openForKeys(path, keys);
      const { encryption } = keyStatus(db);
      db.close();
      if (encryption === null || encryption.state === "sealed") {
        expect(steps).toBeGreaterThan(15);
        break;
      }
      await using store = open(keys);
      expect(await readAll(store, campaign, "list")).toEqual(whole);
      await expect(new Scene(store).runner()).rejects.toMatchObject({ code: "encrypting", exitCode: 3 });
      await expect(store.preview(campaign, NOON)).rejects.toMatchObject({ code: "encrypting" });
    }
    await using store = open(what === "decrypt" ? null : keys);
    expect(await readAll(store, campaign, "list")).toEqual(whole);
    const scene = new Scene(store);
    expect(await scene.claim(present((await store.findCampaigns(campaign))[0]), await scene.runner())).not.toBeNull();
    if (what !== "decrypt") expect(shown()).toEqual([]);
  });

  test.each(WAYS)(
    "%s takes a wish not to be called at every row, and keeps its longer term",
    async (what, from, keys) => {
      await filled(from);
      {
        await using store = open(from);
        await store.addDoNotCall([{ ...entry(0), expiresAt: NOON + HOUR }, entry(2)]);
      }
      rekeyed(what, keys, 2);
      {
        await using store = open(keys);
        for (const n of [0, 1, 2]) await store.addDoNotCall([entry(n)]);
        expect(await store.revokeConsents(number(1), NOON)).toBe(1);
        for (const n of [0, 1, 2, 3, 4]) expect(await store.doNotCall(number(n), NOON + DAY)).not.toEqual([]);
      }
      rekeyed(what, keys);
      await using store = open(what === "decrypt" ? null : keys);
      for (const n of [0, 1, 2, 3, 4]) expect(await store.doNotCall(number(n), NOON + DAY)).not.toEqual([]);
      expect(await store.listDoNotCall(9, null, "operator")).toHaveLength(5);
    },
  );

  test("the audit log tells of no number that was only written anew, of a list or dialed", async () => {
    await filled(null);
    {
      await using store = open(null);
      for (const source of ["a", "ftc"]) {
        await store.addDoNotCall([0, 1, 5].map((n) => ({ ...entry(n), source: `${source} (arriving)` })));
        await store.settleDoNotCall(`${source} (arriving)`, source, true);
      }
    }
    const before = told().length;
    // Somebody who was dialed is put on the list again, before their entry is written anew.
    rekeyed("encrypt", old, 2);
    {
      await using store = open(old);
      await store.addDoNotCall([{ ...entry(0), source: "ftc" }]);
    }
    rekeyed("encrypt", old);
    rekeyed("rotate", both);
    const since = told().slice(before);
    expect(since.filter((action) => !action.startsWith("keys."))).toEqual(["dnc.added"]);
    expect(since.filter((action) => action.startsWith("keys."))).not.toEqual([]);
    expect(shown()).toEqual([]);
  });

  test("an encryption can be turned back, and a decryption too", async () => {
    const campaign = await filled(null);
    rekeyed("encrypt", old, 6);
    rekeyed("decrypt", old, 4);
    rekeyed("encrypt", old, 3);
    const [one, other] = [openForKeys(path, old), openForKeys(path, old)];
    const rows = renewRows(one, 1);
    rows.next();
    begun(other, "decrypt", old);
    // Half of it is the other way round now.
    expect(() => [...rows]).toThrow(expect.objectContaining({ code: "keys" }));
    one.close();
    other.close();
    rekeyed("decrypt", old);
    await using store = open(null);
    expect(JSON.stringify(await readAll(store, campaign, "list"))).toContain("Nomen1");
    expect(sql("select name from sqlite_schema where name like '%sealed%'")).toEqual([]);
  });

  test("needs both keys while one replaces the other, and the new one alone afterwards", async () => {
    await filled(old);
    rekeyed("rotate", both, 5);
    for (const keys of [old, readKeys(NEW, "key")]) {
      expect(() => open(keys)).toThrow(expect.objectContaining({ code: "encryption_key" }));
    }
    rekeyed("rotate", both);
    expect(() => open(old)).toThrow(expect.objectContaining({ code: "encryption_key" }));
    await open(readKeys(NEW, "key"))[Symbol.asyncDispose]();
  });

  test("does not begin while somebody dials", async () => {
    await filled(null);
    await using store = open(null);
    await store.renewLease({ runnerId: "r", until: NOON + 2 * DAY }, NOON + DAY);
    expect(() => rekeyed("encrypt", old)).toThrow(expect.objectContaining({ code: "in_use" }));
  });
});

const copy = (): string => join(dir, "monday.db");

describe("a backup", () => {
  const later = { at: NOON + 2 * HOUR, uptime: () => UP, undialed: null };

  test.each([
    ["plain, of a file that was encrypted since", null, "encrypt", old],
    ["encrypted, of a file that has another key since", old, "rotate", both],
    ["encrypted, of a file that was decrypted since", old, "decrypt", old],
  ] as const)("%s, knows who has asked since not to be called", async (_, from, what, keys) => {
    await filled(from);
    await backUp(path, copy());
    rekeyed(what, keys);
    {
      await using store = open(what === "decrypt" ? null : keys);
      await store.addDoNotCall([entry(2)]);
      await store.revokeConsents(number(1), NOON);
    }
    expect(await restore(copy(), path, { ...later, keys })).toMatchObject({ forbidden: 3 });
    await using store = open(from === null ? null : keys);
    for (const n of [1, 2, 3, 4]) expect(await store.doNotCall(number(n), NOON)).not.toEqual([]);
  });

  test("made in the middle of it is finished when it is put back", async () => {
    const campaign = await filled(null);
    rekeyed("encrypt", old, 7);
    await backUp(path, copy());
    rekeyed("encrypt", old);
    await restore(copy(), path, { ...later, keys: old });
    await using store = open(old);
    expect(JSON.stringify(await readAll(store, campaign, "list"))).toContain("Nomen1");
  });

  test("is not put back without the key of either file", async () => {
    await filled(old);
    await backUp(path, copy());
    rekeyed("rotate", both);
    for (const keys of [null, old, readKeys(NEW, "key")]) {
      await expect(restore(copy(), path, { ...later, keys })).rejects.toMatchObject({ code: "encryption_key" });
    }
    await open(both)[Symbol.asyncDispose]();
  });
});
