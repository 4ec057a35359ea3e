/** `campaigns move`: a file of the embedded store goes to a Supabase project, whole, once, wherever it breaks off. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { type Store } from "../../src/engine/ports/index.ts";
import { consent } from "../contracts/store/protection.ts";
import { answered, DAY, ended, number, people, person, present, Scene } from "../contracts/store/scene.ts";
import { NOON } from "../support/domain.ts";
import { LosingRoad } from "../support/losing.ts";
import { ALICE, assignment, BOB, moving, record, REFUSED } from "../support/moving.ts";
import { objectsOf } from "../support/outputs.ts";

const here = moving("move");
const { move, everything, counted, paused, list, fill } = here;

describe("move without names", () => {
  test("takes everything the file holds, and a second run changes nothing", async () => {
    await fill();
    expect(await move()).toMatchObject({ code: 0 });
    const there = here.project.open();
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
    expect(await there.trunkLimits()).toEqual(await here.file.trunkLimits());
    expect(await there.consentsOf(number(51))).toEqual(await here.file.consentsOf(number(51)));
    const { calls } = await there.contactRecord(number(0));
    const had = calls.map(({ campaign, call }) => `${campaign?.name ?? "dial"} ${call.status}`);
    expect(had.toSorted()).toEqual(["dial no_answer", "spring busy"]);
    expect([await counted("carrier_calls"), await counted("call_attempts"), await counted("consents")]).toEqual([
      3, 3, 3,
    ]);
    expect(await there.doNotCall(number(90), NOON)).toEqual(await here.file.doNotCall(number(90), NOON));

    const before = await everything();
    expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
    expect(await everything()).toBe(before);
  });

  test("is somebody's in both logs: it was nobody's in particular", async () => {
    await new Scene(here.file).idle(people(1));
    await move(["--actor", "ann"]);
    for (const store of [here.file, here.project.open()]) {
      const [entry] = (await store.auditEntries({ limit: 9 })).filter(({ action }) => action.startsWith("campaign."));
      expect(entry?.actor).toBe("cli:ann");
    }
  });

  test("leaves what the project has already as it is, and says so", async () => {
    await fill();
    const there = here.project.open();
    await there.assignNumber(assignment(60, { assistantId: "another", trunkId: "ST_9" }), NOON);
    await there.setTrunkLimit({ trunkId: "ST_1", interval: 9000, concurrency: null }, NOON);
    await list("Members", [person(40)], there);
    await there.addDoNotCall([
      { phoneNumber: number(90), source: "operator", reason: null, addedAt: NOON, expiresAt: NOON + HOUR },
    ]);
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
    // But the longer term holds: somebody else has asked not to be called for ever.
    expect(await there.doNotCall(number(90), NOON + 2 * HOUR)).toHaveLength(1);
  });

  test("is refused while a call of dial is under way, and takes nothing", async () => {
    const scene = new Scene(here.file);
    await scene.single(await scene.runner());
    await here.file.addDoNotCall([{ phoneNumber: number(90), source: "operator", reason: null, addedAt: NOON }]);
    const { code, stderr } = await move();
    expect([code, await counted("do_not_call_numbers")]).toEqual([1, 0]);
    expect(stderr).toContain("a call of dial is under way");
  });

  test("takes for one owner what is theirs or nobody's, and leaves what is another's", async () => {
    const bobs = openSqliteStore(join(here.dir, "c.db"), { userId: BOB });
    await new Scene(bobs).idle(people(2), { name: "bob's" });
    await list("his", [person(5)], bobs);
    await bobs.addConsents([consent(5)]);
    await bobs[Symbol.asyncDispose]();
    await paused("hers", people(1));
    expect(await move(["--user", ALICE])).toMatchObject({ code: 0 });
    expect(await here.project.sql`select name, user_id from campaigns`).toEqual([{ name: "hers", user_id: ALICE }]);
    expect([await counted("contact_lists"), await counted("consents")]).toEqual([0, 0]);
    expect(await move(["bob's", "--user", ALICE])).toMatchObject({ code: 1 });
  });
});

test("move of a named campaign takes what it needs: its list, numbers, limits and consents, and all that forbids", async () => {
  await fill();
  await here.file.addConsents([consent(20)]);
  expect(await move(["autumn"])).toMatchObject({ code: 0 });
  const there = here.project.open();
  expect((await there.listCampaigns()).map(({ name }) => name)).toEqual(["autumn"]);
  expect((await there.listContactLists()).map(({ name }) => name)).toEqual(["members"]);
  expect((await there.listNumbers()).map(({ assistantId }) => assistantId)).toEqual(["a2"]);
  expect((await there.trunkLimits()).map(({ trunkId }) => trunkId)).toEqual(["ST_2"]);
  const consents = await here.project.sql`select phone_number from consents order by 1`;
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
  const scene = new Scene(here.file);
  const campaign = await scene.running(people(9), { name: "spring", budget, ...terms });
  const runner = await scene.runner();
  const talked = await scene.save(answered(await scene.dialed(campaign, runner)));
  await scene.save(ended(talked, "completed", NOON + 9 * SECOND));
  const lost = await scene.save(ended(await scene.dialed(campaign, runner), "lost", NOON + MINUTE));
  await here.file.moveCampaign(campaign.id, "pause", { at: NOON });
  const spending = async (store: Store) => {
    const [found] = await store.findCampaigns(campaign.id);
    return (await store.snapshot(present(found), DAY)).spending;
  };
  expect(await spending(here.file)).toEqual({ spent: PRICE, reserved: MOST });

  // The first breaks off, and its rows come again.
  await using road = await LosingRoad.to(here.project.url, (path) =>
    path.endsWith("move_done") ? REFUSED : "arrives",
  );
  expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
  expect(await move()).toMatchObject({ code: 0 });
  expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
  const there = here.project.open();
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
    await using road = await LosingRoad.to(here.project.url, (_, body) =>
      body.includes(`"table":"${table}"`) ? REFUSED : "arrives",
    );
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    expect(await here.project.open().listCampaigns("paused")).toEqual([]);
    expect(await move()).toMatchObject({ code: 0 });
    const total = [await counted("campaign_calls"), await counted("call_attempts"), await counted("carrier_calls")];
    expect(total).toEqual([6, 3, 3]);
    expect(await here.project.open().listCampaigns("paused")).toHaveLength(2);
    expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
  });

  test("leaves a campaign that cannot be started there, and brings what happened here meanwhile", async () => {
    const campaign = await paused("spring", people(3));
    await using road = await LosingRoad.to(here.project.url, (_, body) =>
      body.includes('"table":"call_attempts"') ? REFUSED : "arrives",
    );
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    expect(await here.project.open().moveCampaign(campaign.id, "resume", { at: NOON })).toBeNull();
    // It goes on here, and its second contact is called.
    const scene = new Scene(here.file);
    await here.file.moveCampaign(campaign.id, "resume", { at: NOON });
    await scene.save(ended(await scene.dialed(campaign, await scene.runner()), "declined"));
    await here.file.moveCampaign(campaign.id, "pause", { at: NOON + MINUTE });

    expect(await move()).toMatchObject({ code: 0 });
    const there = here.project.open();
    const { calls } = await there.listCalls({ campaignId: campaign.id, limit: 9 });
    expect(calls.map(({ status }) => status)).toEqual(["busy", "busy", "pending"]);
    expect(await there.moveCampaign(campaign.id, "resume", { at: NOON })).toMatchObject({ status: "running" });
    expect(await here.file.moveCampaign(campaign.id, "resume", { at: NOON })).toBeNull();
  });

  test("after it ended here and before it is open there is finished by the next run", async () => {
    const campaign = await paused("spring", people(3));
    await using road = await LosingRoad.to(here.project.url, (path) =>
      path.endsWith("move_done") ? REFUSED : "arrives",
    );
    expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
    expect([
      (await here.file.findCampaigns("spring"))[0]?.status,
      await here.project.open().listCampaigns("paused"),
    ]).toEqual(["completed", []]);
    expect(await move()).toMatchObject({ code: 0 });
    const [there] = await here.project.open().listCampaigns("paused");
    expect(there).toMatchObject({ id: campaign.id, statusReason: "lunch" });
  });

  test("is refused when the campaign was resumed here while its rows were on their way", async () => {
    const campaign = await paused("spring", people(3));
    let resumed: Promise<unknown> | null = null;
    await using road = await LosingRoad.to(here.project.url, (_, body) => {
      if (body.includes('"table":"carrier_calls"'))
        resumed ??= here.file.moveCampaign(campaign.id, "resume", { at: NOON + HOUR });
      return "arrives";
    });
    const { code, stderr } = await move([], { SUPABASE_URL: road.url });
    expect([code, (await here.file.findCampaigns("spring"))[0]?.status]).toEqual([1, "running"]);
    expect(stderr).toContain("it has changed while it was moved");
    expect(await here.project.open().moveCampaign(campaign.id, "resume", { at: NOON })).toBeNull();
  });
});
