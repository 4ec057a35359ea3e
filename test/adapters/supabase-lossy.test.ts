/** What the Supabase store makes of a network that loses requests and answers, and of a database that says no. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import type { Clock, Store } from "../../src/engine/ports/index.ts";
import { storeModel } from "../contracts/model.ts";
import { DAY, dialing, ended, people, present, Scene } from "../contracts/store/scene.ts";
import { NOON } from "../support/domain.ts";
import { type Fate, LosingRoad } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

/** Nobody waits between repetitions. */
const impatient: Clock = { now: () => NOON, monotonic: () => 0, sleep: () => Promise.resolve() };

let postgres: Postgres;
let project: SupabaseProject;
let road: LosingRoad;
let fate: (path: string) => Fate;
let store: Store;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "lossy");
  road = await LosingRoad.to(project.url, (path) => fate(path));
});
afterAll(async () => {
  await road?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});
const arrives = (): Fate => "arrives";
const open = async (): Promise<Store> => {
  await project.emptied();
  return openSupabaseStore({ url: road.url, serviceRoleKey: project.serviceRoleKey, judge: "caller" }, impatient);
};
beforeEach(async () => {
  fate = arrives;
  store = await open();
});
afterEach(() => store[Symbol.asyncDispose]());

/** The next request to this verb, and no other, meets the fate. */
function nextMeets(verb: string, what: Fate): void {
  let met = false;
  fate = (path) => {
    if (met || !path.endsWith(`/campaigns_${verb}`)) return "arrives";
    met = true;
    return what;
  };
}
const asked = (verb: string): number => road.seen.filter((path) => path.endsWith(`/campaigns_${verb}`)).length;

describe("an answer lost on the way, the deed done", () => {
  test("leaves no contact counted twice, no campaign made twice, no move refused", async () => {
    const scene = new Scene(store);
    nextMeets("add_contacts", "answer lost");
    const source = { kind: "csv_file", id: randomUUID() } as const;
    await store.addContactFile({ id: source.id, filename: "x.csv", size: 1 }, NOON);
    await store.addContacts(source.id, people(3));
    expect((await store.sealContactFile(source.id)).callable).toBe(3);
    nextMeets("create_campaign", "answer lost");
    const campaign = await scene.idle([], { source });
    expect(await store.listCampaigns()).toEqual([campaign]);
    nextMeets("move_campaign", "answer lost");
    expect(await store.moveCampaign(campaign.id, "start", { at: NOON })).toMatchObject({ status: "running" });
    nextMeets("move_campaign", "answer lost");
    expect(await store.moveCampaign(campaign.id, "pause", { at: NOON })).toMatchObject({ status: "paused" });
    nextMeets("move_campaign", "answer lost");
    expect(await store.moveCampaign(campaign.id, "resume", { at: NOON })).toMatchObject({ status: "running" });
    expect((await store.progress(campaign.id, NOON)).total).toBe(3);
  });

  test("counts the contacts of a file and of a list as it did the first time", async () => {
    const id = randomUUID();
    await store.addContactFile({ id, filename: "x.csv", size: 1 }, NOON);
    await store.addContacts(id, [...people(3), ...people(2)]);
    nextMeets("seal_contact_file", "answer lost");
    const counts = { callable: 3, suppressed: 0, duplicates: 2 };
    expect(await store.sealContactFile(id)).toEqual(counts);
    nextMeets("merge_contact_file", "answer lost");
    const { list, added } = await store.mergeContactFile(id, { id: randomUUID(), name: "members" }, NOON);
    expect([added, list.contacts]).toEqual([{ ...counts, duplicates: 0 }, 3]);
    expect(await store.listContactLists()).toEqual([list]);
    nextMeets("assign_number", "answer lost");
    const assignment = { number: "+12025550190", assistantId: "a1", trunkId: "ST_1", trunkName: "one" };
    expect(await store.assignNumber({ id: randomUUID(), ...assignment }, NOON)).toMatchObject({ is: "assigned" });
    expect(await store.listNumbers()).toHaveLength(1);
  });

  test("leaves no attempt that nobody knows of", async () => {
    const scene = new Scene(store);
    const campaign = await scene.running(people(3));
    const runner = await scene.runner();
    nextMeets("claim", "answer lost");
    const claim = await scene.claimed(campaign, runner);
    expect((await store.snapshot(campaign, DAY)).live).toBe(1);
    await store.endLease(runner);
    nextMeets("take_over", "answer lost");
    const other = await scene.runner();
    expect(await store.takeOver(other, NOON)).toMatchObject([{ attempt: { id: claim.attempt.id, runnerId: other } }]);
    nextMeets("save", "answer lost");
    const mine = { ...claim, attempt: { ...claim.attempt, runnerId: other } };
    await scene.save(ended(mine, "no_agent"));
    expect((await store.findCampaigns(campaign.id))[0]?.recent).toBe("x");
    await scene.expectRightCounts(campaign);
  });

  test("of the last door is an error and no second question: without an answer nothing rings", async () => {
    const scene = new Scene(store);
    const campaign = await scene.running(people(1));
    const change = dialing(await scene.claimed(campaign, await scene.runner()));
    const before = asked("begin_dial");
    nextMeets("begin_dial", "answer lost");
    await expect(store.beginDial(change, 0)).rejects.toMatchObject({ exitCode: 3, code: "database" });
    expect(asked("begin_dial")).toBe(before + 1);
    // It had been stored, and the engine ends it from there.
    await scene.save(ended(change, "released"));
    await scene.expectRightCounts(campaign);
  });
});

async function losing(): Promise<Store> {
  let n = 0;
  fate = (path) =>
    path.endsWith("begin_dial") || ++n % 3 !== 0 ? "arrives" : n % 2 === 0 ? "request lost" : "answer lost";
  return open();
}

describe("a network that loses every third request or answer", () => storeModel(losing, 3));

const answer = (status: number, code: string, message: string): Fate => ({
  status,
  body: JSON.stringify({ code, message, details: "Failing row contains (Ada, +12025550100)", hint: null }),
});

describe("a refusal", () => {
  test.each([
    ["no room for one more", answer(500, "53300", "too many connections for role"), "database", 4],
    ["a deadlock", answer(500, "40P01", "deadlock detected"), "database", 4],
    [
      "a statement that took too long",
      answer(500, "57014", "canceling statement due to statement timeout"),
      "database",
      4,
    ],
    ["a gateway without its server", { status: 502, body: "<html>Bad Gateway</html>" } as const, "database", 4],
    ["a request lost each time", "request lost" as const, "database", 4],
    ["a function that is missing", answer(404, "PGRST202", "Could not find the function"), "schema_version", 1],
    ["a column that is missing", answer(400, "42703", "column does not exist"), "schema_version", 1],
    ["a rule of the database", answer(409, "23505", "duplicate key value"), "database", 1],
    ["a right that is missing", answer(403, "42501", "permission denied for function"), "supabase_rights", 1],
  ])(
    "that is %s: tried as often as makes sense, then one sentence without a row in it",
    async (_, what, code, tries) => {
      await store.listCampaigns();
      fate = () => what;
      const before = asked("renew_lease");
      const error = await store.renewLease({ runnerId: "r", until: NOON }, NOON).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code });
      expect(asked("renew_lease") - before).toBe(tries);
      const { message, hint } = error as { message: string; hint?: string };
      expect(`${message} ${present(hint ?? "")}`).not.toMatch(/Ada|\+1202/);
    },
  );

  test("that passes goes unnoticed", async () => {
    nextMeets("renew_lease", answer(503, "57P03", "the database system is starting up"));
    await store.renewLease({ runnerId: "r", until: NOON + 1 }, NOON);
    expect((await store.progress((await new Scene(store).idle(people(1))).id, NOON)).runners).toBe(1);
  });
});
