/** `campaigns move`: a file of the embedded store goes to a Supabase project, whole, once, wherever it breaks off. */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { Contact } from "../../src/domain/calls/call.ts";
import type { Campaign, CampaignSettings } from "../../src/domain/calls/campaign.ts";
import { HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import type { CarrierCall } from "../../src/engine/ports/carrier.ts";
import type { Assignment } from "../../src/engine/ports/caller-numbers.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { consent } from "../contracts/store/protection.ts";
import { answered, DAY, dialing, ended, number, people, person, present, Scene } from "../contracts/store/scene.ts";
import type { Ran } from "../support/cli.ts";
import { NOON } from "../support/domain.ts";
import { type Fate, LosingRoad } from "../support/losing.ts";
import { objectsOf } from "../support/outputs.ts";
import { Postgres } from "../support/postgres.ts";
import { program } from "../support/program.ts";
import { SupabaseProject } from "../support/supabase.ts";

const [ALICE, BOB] = ["a0000000-0000-4000-8000-00000000000a", "b0000000-0000-4000-8000-00000000000b"];
const REFUSED: Fate = { status: 400, body: '{"message": "broken off here"}' };

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "move");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

let dir: string;
let file: Store;
beforeEach(async () => {
  await project.emptied();
  dir = mkdtempSync(join(tmpdir(), "campaigns-move-"));
  file = openSqliteStore(join(dir, "c.db"));
  return async () => {
    await file[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  };
});

const move = (argv: readonly string[] = [], env: Record<string, string> = {}): Promise<Ran> =>
  program(["move", "--to", "supabase", "--db", join(dir, "c.db"), ...argv], {
    cwd: dir,
    env: { HOME: dir, SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey, ...env },
  });

/** Every row of the project, as text. */
async function everything(): Promise<string> {
  const tables = ["do_not_call_numbers", "consents", "phone_number", "trunk_limits", "contact_lists", "contacts"];
  const more = ["csv_files", "csv_contacts", "campaigns", "campaign_calls", "call_attempts", "carrier_calls"];
  const rows = [...tables, ...more].map(async (table) => [
    table,
    await project.sql.unsafe(`select to_jsonb(t)::text from ${table} t order by 1`),
  ]);
  return JSON.stringify(await Promise.all(rows));
}
const counted = async (table: string): Promise<number> =>
  Number((await project.sql.unsafe(`select count(*)::int as n from ${table}`))[0]?.["n"]);

const assignment = (n: number, changes: Partial<Assignment> = {}): Assignment => ({
  id: randomUUID(),
  number: number(n),
  assistantId: "a1",
  trunkId: "ST_1",
  trunkName: "one",
  ...changes,
});
const record = (id: string): CarrierCall => ({
  id,
  status: "completed",
  durationSeconds: 4,
  price: { micros: 8500, unit: "USD" },
  startedAt: NOON,
  endedAt: null,
});

/** A paused campaign of which one contact was called. */
async function paused(name: string, contacts: readonly Contact[], changes: Partial<CampaignSettings> = {}) {
  const scene = new Scene(file);
  const campaign = await scene.running(contacts, { name, assistantId: "a1", ...changes });
  const claim = await scene.dialed(campaign, await scene.runner());
  await scene.save(ended(claim, "declined"));
  await file.saveCarrierCall(claim.attempt.id, record(`CA_${name}`), NOON);
  return present(await file.moveCampaign(campaign.id, "pause", { at: NOON, reason: "lunch" }));
}

async function list(name: string, contacts: readonly Contact[], store = file): Promise<string> {
  const id = randomUUID();
  await store.addContactFile({ id, filename: "l.csv", size: 1 }, NOON);
  await store.addContacts(id, contacts);
  await store.sealContactFile(id);
  const merged = await store.mergeContactFile(id, { id: randomUUID(), name }, NOON);
  await store.dropContactFile(id);
  return merged.list.id;
}

/** All that a file may hold. */
async function fill(): Promise<{ readonly campaign: Campaign; readonly other: Campaign }> {
  const scene = new Scene(file);
  await file.addDoNotCall([{ phoneNumber: number(90), source: "operator", reason: null, addedAt: NOON }]);
  await file.addConsents([consent(0), consent(50)]);
  await file.revokeConsents(number(51), NOON);
  const campaign = await paused("spring", people(3));
  const members = await list("members", [person(20), person(21)]);
  const source = { kind: "contact_list", id: members } as const;
  const other = await paused("autumn", [], { source, assistantId: "a2", trunkId: "ST_2" });
  await list("nobody's yet", [person(30)]);
  const single = await scene.single(await scene.runner());
  const change = dialing(single, NOON, null);
  await file.beginDial(change, 0);
  await file.save(ended(change, "no_answer"));
  await file.saveCarrierCall(single.attempt.id, record("CA_single"), NOON);
  await file.assignNumber(assignment(60), NOON);
  await file.assignNumber(assignment(61, { assistantId: "a2", trunkId: "ST_2" }), NOON);
  for (const trunkId of ["ST_1", "ST_2", "ST_3"]) {
    await file.setTrunkLimit({ trunkId, interval: 500, concurrency: 5 }, NOON);
  }
  return { campaign, other };
}

describe("move without names", () => {
  test("takes everything the file holds, and a second run changes nothing", async () => {
    await fill();
    expect(await move()).toMatchObject({ code: 0 });
    const there = project.open();
    const waiting = (await there.listCampaigns("paused")).map(({ name, statusReason }) => `${name}: ${statusReason}`);
    expect(new Set(waiting)).toEqual(new Set(["spring: lunch", "autumn: lunch"]));
    expect((await there.listContactLists()).map(({ name, contacts }) => [name, contacts])).toEqual([
      ["members", 2],
      ["nobody's yet", 1],
    ]);
    expect((await there.listNumbers()).map(({ number: digits, trunkId }) => [digits, trunkId])).toEqual([
      [number(60), "ST_1"],
      [number(61), "ST_2"],
    ]);
    expect(await there.trunkLimits()).toEqual(await file.trunkLimits());
    expect(await there.consentsOf(number(51))).toEqual(await file.consentsOf(number(51)));
    const { calls } = await there.contactRecord(number(0));
    const had = calls.map(({ campaign, call }) => `${campaign?.name ?? "dial"} ${call.status}`);
    expect(had.toSorted()).toEqual(["dial no_answer", "spring busy"]);
    expect([await counted("carrier_calls"), await counted("call_attempts"), await counted("consents")]).toEqual([
      3, 3, 3,
    ]);
    expect(await there.doNotCall(number(90), NOON)).toEqual(await file.doNotCall(number(90), NOON));

    const before = await everything();
    expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
    expect(await everything()).toBe(before);
  });

  test("brings nobody back who was erased in the project meanwhile", async () => {
    const { campaign } = await fill();
    const there = project.open();
    await list("theirs", [person(20)], there);
    // One who was called, one who waits to be, one of lists, and one of whom there is a consent.
    const gone = [0, 1, 20, 50];
    for (const n of gone) await there.erase(number(n), NOON + MINUTE);
    expect(await move()).toMatchObject({ code: 0 });
    for (const n of gone) {
      const { audit_log: _, do_not_call_numbers: entries, ...rows } = await there.personalData(number(n));
      expect([n, entries.length, Object.values(rows).flat()]).toEqual([n, 1, []]);
    }
    expect(await everything()).not.toMatch(/Person (?:0|1|20)\b|CA_spring|CA_single/);
    // They stay as records of nobody.
    expect([await counted("call_attempts"), await counted("carrier_calls")]).toEqual([3, 3]);
    const { calls } = await there.listCalls({ campaignId: campaign.id, limit: 9 });
    expect(calls.map(({ status, endReason, contact }) => [status, endReason, contact.name])).toEqual([
      ["busy", "declined", null],
      ["failed", "do_not_call", null],
      ["pending", null, "Person 2"],
    ]);
    expect(calls.map(({ completedAt }) => completedAt !== null)).toEqual([true, true, false]);
    expect(await there.miscounted()).toEqual([]);
    const before = await everything();
    expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
    expect(await everything()).toBe(before);
  });

  test("erased for all owners whom one of them had erased, in the project or in the file", async () => {
    for (const userId of [ALICE, BOB, "carol"]) {
      await using store = openSqliteStore(join(dir, "c.db"), { userId });
      const scene = new Scene(store);
      const campaign = await scene.running([person(0), person(1)], { name: userId });
      await list(`${userId}'s`, [person(0)], store);
      await store.addConsents([consent(0)]);
      const claim = await scene.dialed(campaign, await scene.runner());
      await scene.save(ended(claim, "declined"));
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
    }
    await project.open(ALICE).erase(number(0), NOON);
    await project.open(BOB).addConsents([consent(0)]);
    {
      await using store = openSqliteStore(join(dir, "c.db"), { userId: "carol" });
      await store.erase(number(0), NOON);
      await list("found again", [person(0)], store);
    }
    expect(await move()).toMatchObject({ code: 0 });
    const left = async (owner: string) => {
      const { audit_log: _, do_not_call_numbers: listed, ...rows } = await project.open(owner).personalData(number(0));
      expect(listed).toMatchObject([{ source: "erased" }]);
      return Object.values(rows).map(({ length }) => length);
    };
    const carol = createHash("md5").update("carol").digest("hex");
    for (const owner of [ALICE, carol]) expect(await left(owner)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(await left(BOB)).toEqual([1, 1, 1, 1, 0, 0, 1]);
    expect((await project.open().doNotCall(number(0), NOON)).map(({ addedBy }) => addedBy)).toEqual(["several"]);
    expect(await project.open(ALICE).removeDoNotCall([number(0)], null)).toBe(0);
    const before = await everything();
    expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
    expect(await everything()).toBe(before);
  });

  test("for one owner erased for all others in the project whom the operator of the file had erased", async () => {
    await list("his", [person(0)], file);
    await file.erase(number(0), NOON);
    await list("found again", [person(0)], file);
    expect(await move(["--user", ALICE])).toMatchObject({ code: 0 });
    expect(await counted("contacts")).toBe(0);
    await list("another's", [person(0)], project.open(BOB));
    expect(await project.sql`select source, added_by from do_not_call_numbers`).toEqual([
      { source: "erased", added_by: `["${ALICE}"]` },
    ]);
    {
      await using bobs = openSqliteStore(join(dir, "bob.db"), { userId: BOB });
      await list("bob's", [person(0)], bobs);
    }
    expect(await move(["--user", BOB, "--db", join(dir, "bob.db")])).toMatchObject({ code: 0 });
    expect(await counted("contacts")).toBe(2);
  });

  test("is somebody's in both logs: it was nobody's in particular", async () => {
    await new Scene(file).idle(people(1));
    await move(["--actor", "ann"]);
    for (const store of [file, project.open()]) {
      const [entry] = (await store.auditEntries({ limit: 9 })).filter(({ action }) => action.startsWith("campaign."));
      expect(entry?.actor).toBe("cli:ann");
    }
  });

  test("leaves what the project has already as it is, and says so", async () => {
    await fill();
    const there = project.open();
    await there.assignNumber(assignment(60, { assistantId: "another", trunkId: "ST_9" }), NOON);
    await there.setTrunkLimit({ trunkId: "ST_1", interval: 9000, concurrency: null }, NOON);
    await list("Members", [person(40)], there);
    const { code, stdout, stderr } = await move(["--json"]);
    objectsOf("move", stdout);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      added: { phone_number: 1, trunk_limits: 2, contact_lists: 2 },
      kept: [
        { table: "phone_number", what: number(60) },
        { table: "trunk_limits", what: "ST_1" },
        { table: "contact_lists", what: "members" },
      ],
    });
    expect(stderr).toContain("is there already: left as it is");
    expect(stderr).not.toContain(number(60));
    expect((await there.listNumbers("another")).map(({ trunkId }) => trunkId)).toEqual(["ST_9"]);
    expect(await there.trunkLimits()).toContainEqual({ trunkId: "ST_1", interval: 9000, concurrency: null });
  });

  test("is refused while a call of dial is under way, and takes nothing", async () => {
    const scene = new Scene(file);
    await scene.single(await scene.runner());
    await file.addDoNotCall([{ phoneNumber: number(90), source: "operator", reason: null, addedAt: NOON }]);
    const { code, stderr } = await move();
    expect([code, await counted("do_not_call_numbers")]).toEqual([1, 0]);
    expect(stderr).toContain("a call of dial is under way");
  });

  test("takes for one owner what is theirs or nobody's, and leaves what is another's", async () => {
    const bobs = openSqliteStore(join(dir, "c.db"), { userId: BOB });
    await new Scene(bobs).idle(people(2), { name: "bob's" });
    await list("his", [person(5)], bobs);
    await bobs.addConsents([consent(5)]);
    await bobs[Symbol.asyncDispose]();
    await paused("hers", people(1));
    expect(await move(["--user", ALICE])).toMatchObject({ code: 0 });
    expect(await project.sql`select name, user_id from campaigns`).toEqual([{ name: "hers", user_id: ALICE }]);
    expect([await counted("contact_lists"), await counted("consents")]).toEqual([0, 0]);
    expect(await move(["bob's", "--user", ALICE])).toMatchObject({ code: 1 });
  });
});

test("move of a named campaign takes what it needs: its list, numbers, limits and consents, and all that forbids", async () => {
  await fill();
  await file.addConsents([consent(20)]);
  expect(await move(["autumn"])).toMatchObject({ code: 0 });
  const there = project.open();
  expect((await there.listCampaigns()).map(({ name }) => name)).toEqual(["autumn"]);
  expect((await there.listContactLists()).map(({ name }) => name)).toEqual(["members"]);
  expect((await there.listNumbers()).map(({ assistantId }) => assistantId)).toEqual(["a2"]);
  expect((await there.trunkLimits()).map(({ trunkId }) => trunkId)).toEqual(["ST_2"]);
  const consents = await project.sql`select phone_number from consents order by 1`;
  expect(consents.map((row) => row["phone_number"] as string)).toEqual([number(20), number(51)].toSorted());
  expect([await counted("do_not_call_numbers"), await counted("campaign_calls")]).toEqual([1, 2]);
  // The rest goes later, and what went stays.
  expect(await move()).toMatchObject({ code: 0 });
  expect([await counted("campaigns"), await counted("campaign_calls"), await counted("consents")]).toEqual([2, 6, 4]);
});

test("a budget goes along with its prices, what was spent and what is reserved; nothing is spent twice", async () => {
  const [PRICE, MOST] = [100_000, 200_000];
  const terms = { ringSeconds: 10, maxDurationSeconds: 60, concurrency: 9 };
  const budget = { micros: PRICE + 3 * MOST - 1, currency: "USD", prices: { "1": [100_000, 0, 0, 60, 60] } } as const;
  const scene = new Scene(file);
  const campaign = await scene.running(people(9), { name: "spring", budget, ...terms });
  const runner = await scene.runner();
  const talked = await scene.save(answered(await scene.dialed(campaign, runner)));
  await scene.save(ended(talked, "completed", NOON + 9 * SECOND));
  const lost = await scene.save(ended(await scene.dialed(campaign, runner), "lost", NOON + MINUTE));
  await file.moveCampaign(campaign.id, "pause", { at: NOON });
  const spending = async (store: Store) => {
    const [found] = await store.findCampaigns(campaign.id);
    return (await store.snapshot(present(found), DAY)).spending;
  };
  expect(await spending(file)).toEqual({ spent: PRICE, reserved: MOST });

  // The first breaks off, and its rows come again.
  await using road = await LosingRoad.to(project.url, (path) => (path.endsWith("move_done") ? REFUSED : "arrives"));
  expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
  expect(await move()).toMatchObject({ code: 0 });
  expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
  const there = project.open();
  expect((await there.findCampaigns("spring"))[0]).toMatchObject({ budget, ...terms });
  expect(await spending(there)).toEqual({ spent: PRICE, reserved: MOST });

  // What is left is enough for one more call, and only there.
  const beyond = new Scene(there);
  const moved = present(await there.moveCampaign(campaign.id, "resume", { at: NOON }));
  const other = await beyond.runner();
  expect(await scene.claim(campaign, await scene.runner())).toBeNull();
  const { attempt } = await beyond.claimed(moved, other);
  expect(attempt.charge).toEqual({ micros: MOST, rate: budget.prices["1"] });
  expect(await beyond.claim(moved, other)).toBeNull();
  // The carrier's price of a call that was made here takes the place of its reserve.
  await there.saveCarrierCall(lost.attempt.id, { ...record("CA_lost"), price: { micros: 1, unit: "USD" } }, NOON);
  expect(await spending(there)).toEqual({ spent: PRICE + 1, reserved: MOST });
  await beyond.claimed(moved, other);
  expect(await beyond.claim(moved, other)).toBeNull();
});

describe("a move that breaks off", () => {
  const VERBS = ["campaigns", "campaign_calls", "call_attempts", "carrier_calls", "phone_number", "contacts"];

  test.each(VERBS)("before the %s arrive goes on with the next run", async (table) => {
    await fill();
    await using road = await LosingRoad.to(project.url, (_, body) =>
      body.includes(`"table":"${table}"`) ? REFUSED : "arrives",
    );
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    expect(await project.open().listCampaigns("paused")).toEqual([]);
    expect(await move()).toMatchObject({ code: 0 });
    const total = [await counted("campaign_calls"), await counted("call_attempts"), await counted("carrier_calls")];
    expect(total).toEqual([6, 3, 3]);
    expect(await project.open().listCampaigns("paused")).toHaveLength(2);
    expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
  });

  const BREAKS = ["call_attempts", "move_done"];

  test.each(BREAKS)("at the %s leaves nobody there who is erased here before the next run", async (at) => {
    await fill();
    await new Scene(file).idle([person(10), person(11)], { name: "unstarted" });
    await using road = await LosingRoad.to(project.url, (path, body) =>
      path.endsWith(at) || (body.includes(`"table":"${at}"`) && body.includes("campaign_id")) ? REFUSED : "arrives",
    );
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    // One who was called, one who waits to be, one of lists, one of a campaign that never started, and one of whom there is a consent.
    const gone = [0, 1, 10, 20, 30, 50];
    for (const n of gone) await file.erase(number(n), NOON + MINUTE);
    expect(await move()).toMatchObject({ code: 0 });
    for (const n of gone) {
      const { audit_log: _, do_not_call_numbers: entries, ...rows } = await project.open().personalData(number(n));
      expect([n, entries.length, Object.values(rows).flat()]).toEqual([n, 1, []]);
    }
    expect(await everything()).not.toMatch(/Person (?:0|1|10|20|30|50)\b|CA_spring|CA_single/);
    expect([await counted("call_attempts"), await counted("carrier_calls")]).toEqual([3, 3]);
    expect(await project.open().miscounted()).toEqual([]);
  });

  test("leaves a campaign that cannot be started there, and brings what happened here meanwhile", async () => {
    const campaign = await paused("spring", people(3));
    await using road = await LosingRoad.to(project.url, (_, body) =>
      body.includes('"table":"call_attempts"') ? REFUSED : "arrives",
    );
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    expect(await project.open().moveCampaign(campaign.id, "resume", { at: NOON })).toBeNull();
    // It goes on here, and its second contact is called.
    const scene = new Scene(file);
    await file.moveCampaign(campaign.id, "resume", { at: NOON });
    await scene.save(ended(await scene.dialed(campaign, await scene.runner()), "declined"));
    await file.moveCampaign(campaign.id, "pause", { at: NOON + MINUTE });

    expect(await move()).toMatchObject({ code: 0 });
    const there = project.open();
    const { calls } = await there.listCalls({ campaignId: campaign.id, limit: 9 });
    expect(calls.map(({ status }) => status)).toEqual(["busy", "busy", "pending"]);
    expect(await there.moveCampaign(campaign.id, "resume", { at: NOON })).toMatchObject({ status: "running" });
    expect(await file.moveCampaign(campaign.id, "resume", { at: NOON })).toBeNull();
  });

  test("after it ended here and before it is open there is finished by the next run", async () => {
    const campaign = await paused("spring", people(3));
    await using road = await LosingRoad.to(project.url, (path) => (path.endsWith("move_done") ? REFUSED : "arrives"));
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    expect([(await file.findCampaigns("spring"))[0]?.status, await project.open().listCampaigns("paused")]).toEqual([
      "completed",
      [],
    ]);
    expect(await move()).toMatchObject({ code: 0 });
    const [there] = await project.open().listCampaigns("paused");
    expect(there).toMatchObject({ id: campaign.id, statusReason: "lunch" });
  });

  test("is refused when the campaign was resumed here while its rows were on their way", async () => {
    const campaign = await paused("spring", people(3));
    let resumed: Promise<unknown> | null = null;
    await using road = await LosingRoad.to(project.url, (_, body) => {
      if (body.includes('"table":"carrier_calls"'))
        resumed ??= file.moveCampaign(campaign.id, "resume", { at: NOON + HOUR });
      return "arrives";
    });
    const { code, stderr } = await move([], { SUPABASE_URL: road.url });
    expect([code, (await file.findCampaigns("spring"))[0]?.status]).toEqual([1, "running"]);
    expect(stderr).toContain("it has changed while it was moved");
    expect(await project.open().moveCampaign(campaign.id, "resume", { at: NOON })).toBeNull();
  });
});
