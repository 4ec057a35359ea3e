/** A Supabase project that is encrypted: used with its key alone, closed to numbers that are not sealed, and true to what it forbids. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Keys, Rekeying } from "../../../src/adapters/encryption.ts";
import { newKeyText, readKeys } from "../../../src/adapters/sealing-key.ts";
import { ProjectKeys } from "../../../src/adapters/supabase/rekeying.ts";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import { DAY, HOUR } from "../../../src/domain/time/instant.ts";
import type { Clock, Store } from "../../../src/engine/ports/index.ts";
import { consent } from "../../contracts/store/protection.ts";
import { readAll } from "../../contracts/store/read-all.ts";
import { dialing, number, person, present, Scene } from "../../contracts/store/scene.ts";
import { CLOSED_TEXTS, NOON, overheard, verdict } from "../../support/domain.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";

const [OLD, NEW] = [newKeyText(), newKeyText()];
const old = readKeys(OLD, "key");
const both = readKeys(`${NEW}\n${OLD}`, "key");
const LIST = "c0000000-0000-4000-8000-00000000000c";
const clock: Clock = { now: () => NOON + DAY, monotonic: () => 0, sleep: () => Promise.resolve() };

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "encryption");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const open = (keys: Keys | null): Store => project.open(undefined, keys);
const sql = (text: string) => project.sql.unsafe(text);
const entry = (n: number) => ({ phoneNumber: number(n), source: "operator", reason: `wish ${n}`, addedAt: NOON });
const proven = { grantedAt: NOON - 123, source: "web form", proof: "form 7" };

/** Everything that may not be found in the project, and whom it belongs to. */
const somebody = (n: number): NewContact => ({
  ...person(n, { name: `Nomen${n}`, email: `post${n}@example.com`, variables: { city: `Stadt${n}` } }),
  company: `Firma${n}`,
  consent: n === 5 ? proven : null,
});
const SECRETS = /\+?1?202555\d|Nomen|post\d@|Stadt|Firma|wish \d|Prompt|aloud|form 7|was heard/;

const shown = async (): Promise<string[]> =>
  (await project.dump()).split("\n").flatMap((row) => {
    const secret = SECRETS.exec(row);
    return secret === null ? [] : [`${row.slice(0, row.indexOf(":"))}: ${secret[0]}`];
  });

/** Of all kinds: calls that wait and that were made, a list, consents, entries, a kept answer, what an agent said. */
async function filled(keys: Keys | null): Promise<string> {
  await project.sealed(keys);
  await using store = open(keys);
  const scene = new Scene(store);
  await store.addDoNotCall([entry(3), { ...entry(0), phoneNumber: "+1900*", reason: "wish 9" }]);
  await store.addConsents([consent(1)]);
  await store.revokeConsents(number(4), NOON - DAY);
  const contacts = [0, 1, 2, 3, 4, 5].map(somebody);
  const listed = await scene.file(contacts.slice(0, 2).map((contact) => ({ ...contact, id: randomUUID() })));
  await store.mergeContactFile(listed.id, { id: LIST, name: "members" }, NOON);
  await store.dropContactFile(listed.id);
  const campaign = await scene.running(contacts, { prompt: "Prompt: be kind" });
  const runner = await scene.runner();
  const { call, attempt } = await scene.dialed(campaign, runner);
  const said = verdict({ outcome: "interested", notes: "was heard" });
  await store.saveVerdict({ attemptId: attempt.id, verdict: said, callback: null, mended: null, at: NOON });
  await store.hear(overheard(attempt.id), NOON);
  await store.setOutcome(call.id, "interested", "said aloud", NOON);
  await store.claimKey("key", "claim", NOON);
  await store.answerKey("key", "claim", { request: "r", status: 200, body: `to ${number(0)}` });
  await store.endLease(runner);
  return campaign.id;
}

const keysOf = (keys: Keys | null): ProjectKeys =>
  new ProjectKeys({ url: project.url, serviceRoleKey: project.serviceRoleKey, judge: "caller" }, clock, keys);

async function rekeyed(what: Rekeying, keys: Keys, steps = Number.POSITIVE_INFINITY): Promise<void> {
  const changing = keysOf(keys);
  await changing.begin(what, keys);
  let n = 0;
  for await (const { unopened } of changing.renewRows(4)) {
    expect(unopened).toBe(0);
    if (++n >= steps) return;
  }
}

describe("a key", () => {
  test("that is missing or another one reads and writes nothing", async () => {
    await filled(old);
    for (const keys of [null, readKeys(NEW, "key")]) {
      await using store = open(keys);
      const refused = { code: "encryption_key", exitCode: 2 };
      await expect(store.listCampaigns()).rejects.toMatchObject(refused);
      await expect(store.addDoNotCall([entry(7)])).rejects.toMatchObject(refused);
      await expect(store.doNotCall(number(3), NOON)).rejects.toMatchObject(refused);
    }
    expect(await sql("select 1 from do_not_call_numbers")).toHaveLength(2);
  });

  test("leaves nothing that a dump would show; and one is refused where nothing is encrypted", async () => {
    const campaign = await filled(old);
    expect(await shown()).toEqual([]);
    await using store = open(old);
    expect(JSON.stringify(await readAll(store, campaign, LIST))).toMatch(
      /Nomen1.*Stadt1.*wish 3.*Prompt: be kind.*said aloud.*was heard/,
    );
    await filled(null);
    await using other = open(old);
    await expect(other.listCampaigns()).rejects.toMatchObject({ code: "not_encrypted", exitCode: 2 });
  });

  test("that comes while a process is at the project stops that process, before it reads or writes", async () => {
    await filled(null);
    await using store = open(null);
    expect(await store.listCampaigns()).toHaveLength(1);
    await rekeyed("encrypt", old);
    await expect(store.listCampaigns()).rejects.toMatchObject({ code: "encryption_key" });
    await expect(store.doNotCall(number(3), NOON)).rejects.toMatchObject({ code: "encryption_key" });
    await expect(store.addDoNotCall([entry(1)])).rejects.toMatchObject({ code: "encryption_key" });
    // Back again, the same process goes on.
    await rekeyed("decrypt", old);
    expect(await store.doNotCall(number(3), NOON)).toHaveLength(1);
  });
});

describe("a number", () => {
  test.each(["contacts", "csv_contacts", "campaign_calls", "do_not_call_numbers", "consents"])(
    "that is not sealed is not taken by %s, whoever writes it; nor a sealed one where nothing is encrypted",
    async (table) => {
      await filled(old);
      await expect(sql(`update ${table} set phone_number = '+12025550199'`)).rejects.toThrow(
        /expected a number sealed/,
      );
      const columns = { contacts: `contact_list_id`, csv_contacts: "csv_file_id", campaign_calls: "campaign_id" };
      const parent = columns[table as keyof typeof columns];
      const given: string =
        parent === undefined
          ? table === "consents"
            ? "insert into consents (phone_number, channel, purpose, level, granted_at, source) values ('N', 'ai_voice', 'm', 'express', 'epoch', 's')"
            : "insert into do_not_call_numbers (phone_number, source) values ('N', 's')"
          : `insert into ${table} (${parent}, ${table === "campaign_calls" ? "" : "name, "} phone_number) select ${parent}, ${table === "campaign_calls" ? "" : "'x', "} 'N' from ${table} limit 1`;
      await expect(sql(given.replace("'N'", "'+12025550199'"))).rejects.toThrow(/expected a number sealed/);
      await filled(null);
      const sealed = old[0].sealEqual("+12025550199");
      await expect(sql(given.replace("'N'", `'${sealed}'`))).rejects.toThrow(/nothing is encrypted here/);
    },
  );
});

const asked = (method: string, where: string, body: object): Promise<Response> =>
  fetch(`${project.url}/rest/v1/${where}`, {
    method,
    headers: {
      apikey: project.serviceRoleKey,
      Authorization: `Bearer ${project.serviceRoleKey}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });

const KEPT_AT: Readonly<Record<string, string>> = { call_attempts: "claimed_at", webhooks_heard: "heard_at" };

describe("a program of before that is running still, and knows of no key", () => {
  test.each(CLOSED_TEXTS)("writes no plain text: %s.%s", async (table, column) => {
    await filled(null);
    const all = `${table}?${KEPT_AT[table] ?? "created_at"}=neq.epoch`;
    const write = async (): Promise<string> => (await asked("PATCH", all, { [column]: "was heard" })).text();
    expect(await write()).toBe("");
    await rekeyed("encrypt", old);
    expect(await write()).toContain("expected what is sealed with the key of this project");
    expect(await shown()).toEqual([]);
    await rekeyed("decrypt", old);
    expect(await write()).toBe("");
  });

  test("nor by the functions that it asks without a word for the key", async () => {
    await filled(null);
    const [row] = await sql("select id from campaign_calls where outcome is not null");
    const told = { id: String(row?.["id"]), outcome: "callback", notes: "was heard", reason: "was heard" };
    const write = (): Promise<Response> =>
      asked("POST", "rpc/campaigns_set_outcome", { request: told, at: new Date(NOON).toISOString(), owner: null });
    expect((await write()).ok).toBe(true);
    await rekeyed("encrypt", old);
    expect(await (await write()).text()).toContain("expected what is sealed with the key of this project");
    expect(await shown()).toEqual([]);
  });
});

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

const flipped = (text: string): string =>
  `substr(${text}, 1, 40) || case when substr(${text}, 41, 1) = 'A' then 'B' else 'A' end || substr(${text}, 42)`;
const ofCall = (n: number): string => `(select id from campaign_calls order by position offset ${n} limit 1)`;

describe("a row that was changed", () => {
  test.each([
    [
      "its variables flipped",
      `update campaign_calls set variables = to_jsonb(${flipped("variables #>> '{}'")}) where id = ${ofCall(1)}`,
    ],
    [
      "another's variables",
      `update campaign_calls set variables = (select variables from campaign_calls where id = ${ofCall(2)}) where id = ${ofCall(1)}`,
    ],
    [
      "another's number",
      `update campaign_calls set phone_number = (select phone_number from csv_contacts order by position offset 3 limit 1) where id = ${ofCall(1)}`,
    ],
    [
      "its number flipped",
      `update campaign_calls set phone_number = ${flipped("phone_number").replace("41, 1) = 'A' then 'B' else 'A'", "41, 1) = 'A' then 'B' else 'A'")} where id = ${ofCall(1)}`,
    ],
  ])("is the only one that is not called: %s", async (_, statement) => {
    const campaign = await filled(old);
    await sql("delete from do_not_call_numbers");
    await sql("delete from consents");
    await sql(statement);
    const [next, ...others] = await claimed(campaign);
    expect(next).toBe("Nomen2");
    expect(others.at(-1)).toMatch(/does not open/);
    expect(others).not.toContain("Nomen1");
    expect(others).toContain("Nomen5");
  });

  test("says so in its place, where nothing depends on it", async () => {
    const campaign = await filled(old);
    await sql(`update campaign_calls set notes = ${flipped("notes")} where notes is not null`);
    await sql(`update do_not_call_numbers set reason = ${flipped("reason")} where reason is not null`);
    await sql(`update campaigns set campaign_prompt = ${flipped("campaign_prompt")}`);
    await using store = open(old);
    const { calls } = await store.listCalls({ campaignId: campaign, limit: 9 });
    expect(calls.flatMap(({ notes }) => notes ?? [])).toEqual([expect.stringContaining("it was changed")]);
    expect(await store.doNotCall(number(3), NOON)).toMatchObject([
      { reason: expect.stringContaining("it was changed") },
    ]);
    expect(await store.findCampaigns(campaign)).toMatchObject([
      { status: "error", statusReason: expect.stringMatching(/campaign_prompt.*does not open/) },
    ]);
  });

  test("stays as it is when the key is changed, and is counted", async () => {
    await filled(old);
    await sql(
      `update campaign_calls set variables = to_jsonb(${flipped("variables #>> '{}'")}) where id = ${ofCall(1)}`,
    );
    const changing = keysOf(both);
    await changing.begin("rotate", both);
    let unopened = 0;
    for await (const done of changing.renewRows()) unopened = done.unopened;
    expect(unopened).toBe(1);
    expect((await changing.status()).encryption).toMatchObject({ state: "sealed", key_id: both[0].id });
  });
});

const told = async (): Promise<string[]> =>
  (await sql("select action from audit_log order by seq")).map(({ action }) => String(action));

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
      return await readAll(store, campaign, LIST);
    })();
    for (let steps = 0; ; steps++) {
      await rekeyed(what, keys, 1 + steps);
      const { encryption } = await keysOf(keys).status();
      if (encryption === null || encryption.state === "sealed") {
        expect(steps).toBeGreaterThan(8);
        break;
      }
      await using store = open(keys);
      expect(await readAll(store, campaign, LIST)).toEqual(whole);
      await expect(new Scene(store).runner()).rejects.toMatchObject({ code: "encrypting", exitCode: 3 });
      await expect(store.preview(campaign, NOON)).rejects.toMatchObject({ code: "encrypting" });
    }
    await using store = open(what === "decrypt" ? null : keys);
    expect(await readAll(store, campaign, LIST)).toEqual(whole);
    const scene = new Scene(store);
    expect(await scene.claim(present((await store.findCampaigns(campaign))[0]), await scene.runner())).not.toBeNull();
    if (what !== "decrypt") expect(await shown()).toEqual([]);
  });

  test.each(WAYS)(
    "%s takes a wish not to be called at every row, and keeps its longer term",
    async (what, from, keys) => {
      await filled(from);
      {
        await using store = open(from);
        await store.addDoNotCall([{ ...entry(0), expiresAt: NOON + HOUR }, entry(2)]);
      }
      await rekeyed(what, keys, 1);
      {
        await using store = open(keys);
        for (const n of [0, 1, 2]) await store.addDoNotCall([entry(n)]);
        expect(await store.revokeConsents(number(1), NOON)).toBe(1);
        for (const n of [0, 1, 2, 3, 4]) expect(await store.doNotCall(number(n), NOON + DAY)).not.toEqual([]);
      }
      await rekeyed(what, keys);
      await using store = open(what === "decrypt" ? null : keys);
      for (const n of [0, 1, 2, 3, 4]) expect(await store.doNotCall(number(n), NOON + DAY)).not.toEqual([]);
      expect(await store.listDoNotCall(9, null, "operator")).toHaveLength(5);
    },
  );

  test("what somebody writes beside the program meanwhile is not lost", async () => {
    const campaign = await filled(null);
    await rekeyed("encrypt", old, 1);
    await sql("update campaign_calls set notes = 'typed by hand' where outcome = 'interested'");
    await rekeyed("encrypt", old);
    await using store = open(old);
    const { calls } = await store.listCalls({ campaignId: campaign, limit: 9 });
    expect(calls.flatMap(({ notes }) => notes ?? [])).toEqual(["typed by hand"]);
    expect(await sql("select 1 from campaign_calls where notes = 'typed by hand'")).toHaveLength(0);
  });

  test("the audit log tells of no number that was only written anew, of a list or dialed", async () => {
    await filled(null);
    {
      await using store = open(null);
      for (const source of ["a", "ftc"]) {
        await store.addDoNotCall([0, 1, 5].map((n) => ({ ...entry(n), source: `${source} (arriving)` })));
        await store.settleDoNotCall(`${source} (arriving)`, source, true);
      }
    }
    const before = (await told()).length;
    // Somebody who was dialed is put on the list again, before their entry is written anew.
    await rekeyed("encrypt", old, 1);
    {
      await using store = open(old);
      await store.addDoNotCall([{ ...entry(0), source: "ftc" }]);
    }
    await rekeyed("encrypt", old);
    await rekeyed("rotate", both);
    const since = (await told()).slice(before);
    expect(since.filter((action) => !action.startsWith("keys."))).toEqual(["dnc.added"]);
    expect(since.filter((action) => action.startsWith("keys."))).toEqual([
      "keys.encrypting",
      "keys.finished",
      "keys.rotating",
      "keys.finished",
    ]);
    expect(await shown()).toEqual([]);
  });

  test("one that is turned round stops whoever is at it", async () => {
    const campaign = await filled(null);
    await rekeyed("encrypt", old, 6);
    await rekeyed("decrypt", old, 4);
    await rekeyed("encrypt", old, 3);
    const rows = keysOf(old).renewRows(1);
    await rows.next();
    await keysOf(old).begin("decrypt", old);
    await expect(
      (async () => {
        for (;;) if ((await rows.next()).done === true) return;
      })(),
    ).rejects.toMatchObject({ code: "keys" });
    await rekeyed("decrypt", old);
    await using store = open(null);
    expect(JSON.stringify(await readAll(store, campaign, LIST))).toContain("Nomen1");
    expect(await sql("select 1 from encryption")).toHaveLength(0);
  });

  test("needs both keys while one replaces the other, and the new one alone afterwards", async () => {
    await filled(old);
    await rekeyed("rotate", both, 2);
    for (const keys of [old, readKeys(NEW, "key")]) {
      await expect(open(keys).listCampaigns()).rejects.toMatchObject({ code: "encryption_key" });
    }
    await rekeyed("rotate", both);
    await expect(open(old).listCampaigns()).rejects.toMatchObject({ code: "encryption_key" });
    expect(await open(readKeys(NEW, "key")).listCampaigns()).toHaveLength(1);
  });

  test("does not begin while somebody dials", async () => {
    await filled(null);
    await using store = open(null);
    await store.renewLease({ runnerId: "r", until: NOON + 2 * DAY }, NOON + DAY);
    await expect(rekeyed("encrypt", old)).rejects.toMatchObject({ code: "in_use" });
  });
});

test("a prefix on the list holds at the last door, as it is then", async () => {
  await filled(old);
  await using store = open(old);
  const scene = new Scene(store);
  const campaign = await scene.running([somebody(7), somebody(8)], { name: "prefixed" });
  const runner = await scene.runner();
  const claim = await scene.claimed(campaign, runner);
  // By another process: this one has compared the number with the prefixes before.
  await using other = open(old);
  const prefix = { ...entry(0), phoneNumber: "+1202555*" };
  await other.addDoNotCall([prefix]);
  expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "do_not_call" });
  await other.removeDoNotCall(["+1202555*"], null);
  expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "go" });
});
