/** The audit log of a Supabase project, against somebody with psql; and what its owners see of it. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrivingRows } from "../../src/adapters/supabase/moving.ts";
import { proveCalls } from "../../src/engine/manage/call-proof.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { DAY } from "../../src/domain/time/instant.ts";
import { ManualClock } from "../../src/sandbox/clock.ts";
import { NOON } from "../support/domain.ts";
import { callProofContract } from "../contracts/call-proof.ts";
import { ended, number, people, Scene } from "../contracts/store/scene.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;

beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "audit");
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const [ALICE, BOB] = ["a0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-000000000002"];
const asked = (user: string, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${project.url}/rest/v1/${path}`, {
    ...init,
    headers: {
      apikey: project.anonKey,
      Authorization: `Bearer ${project.token(user)}`,
      "Content-Type": "application/json",
    },
  });

/** As somebody who logs in with the engine's rights, and says that what follows is told as a whole. */
const pretending = (text: string, role = "service_role", claims = "{}"): Promise<unknown> =>
  project.sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', ${claims}, true)`;
    await sql.unsafe(`set local role ${role}; set local campaigns.bulk = 'on'; ${text}`);
  });
const told = async (store: Store): Promise<string[]> =>
  (await store.auditEntries({ limit: 9, dials: true })).map(({ action }) => action);
const listed = (n: number): string =>
  `insert into do_not_call_numbers (phone_number, source, created_at) values ('${number(n)}', 'ftc', now())`;

describe("on Supabase", () => {
  callProofContract(async () => {
    const store = await project.emptied();
    const sql = async (text: string): Promise<void> => void (await project.sql.unsafe(text));
    return {
      store,
      sql,
      attemptsHaveNumbers: false,
      inBulk: (text) => sql(`begin; set local campaigns.bulk = 'on'; ${text}; commit`),
      unguarded: (text) =>
        sql(
          `begin; alter table audit_log disable trigger user; ${text}; alter table audit_log enable trigger user; commit`,
        ),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  });

  test("owners see their own entries, with who it was, and change none", async () => {
    await project.emptied();
    await project.narrow();
    const store = project.open(ALICE);
    const campaign = await new Scene(store).idle(people(1));
    const moved = await asked(ALICE, `campaigns?id=eq.${campaign.id}`, {
      method: "PATCH",
      // Nobody but the engine is believed about who it is.
      body: JSON.stringify({ execution_status: "running" }),
    });
    expect(moved.status).toBeLessThan(300);
    const entries = (await (await asked(ALICE, "audit_log?select=action,actor,user_id&order=seq")).json()) as unknown[];
    expect(entries).toMatchObject([
      { action: "campaign.created", actor: "campaigns", user_id: ALICE },
      { action: "campaign.moved", actor: `user:${ALICE}`, user_id: ALICE },
    ]);
    expect(await (await asked(BOB, "audit_log?select=seq")).json()).toEqual([]);
    for (const method of ["PATCH", "DELETE"]) {
      const tried = await asked(ALICE, "audit_log?seq=gt.0", { method, body: JSON.stringify({ actor: "nobody" }) });
      expect(tried.status, method).toBeGreaterThanOrEqual(400);
    }
    expect((await project.sql`select 1 from audit_log`).length).toBe(2);
  });

  test("whoever has the service key hides nothing from the log, and takes away nobody whom it is about", async () => {
    await project.emptied();
    const store = project.open();
    const scene = new Scene(store);
    const campaign = await scene.running(people(1));
    const claim = await scene.dialed(campaign, await scene.runner());
    await scene.save(ended(claim, "completed"));
    await store.addDoNotCall([{ phoneNumber: number(0), source: "operator", reason: null, addedAt: NOON }]);
    const asService = async (method: string, path: string, body?: object): Promise<number> => {
      const headers = { apikey: project.serviceRoleKey, Authorization: `Bearer ${project.serviceRoleKey}` };
      const sent = body && { body: JSON.stringify(body) };
      const init = { method, headers: { ...headers, "Content-Type": "application/json" }, ...sent };
      return (await fetch(`${project.url}/rest/v1/${path}`, init)).status;
    };
    expect(await asService("PATCH", "audit_log?link=is.null", { link: -1 })).toBeGreaterThanOrEqual(400);
    expect(await asService("DELETE", "audit_subjects?id=gt.0")).toBeGreaterThanOrEqual(400);
    expect(await asService("PATCH", "audit_subjects?id=gt.0", { phone_number: number(9) })).toBeGreaterThanOrEqual(400);
    expect((await proveCalls(store)).violations).toEqual([]);
    expect(await asService("PATCH", `campaign_calls?id=eq.${claim.call.id}`, { phone_number: number(9) })).toBe(204);
    expect((await proveCalls(store)).violations).toMatchObject([{ breach: "record", attemptId: claim.attempt.id }]);
    const [entry] = await store.auditEntries({ limit: 1 });
    expect(entry).toMatchObject({ action: "call.rewritten", actor: "service_role" });
    expect(JSON.stringify(entry)).not.toContain(number(9).slice(2));
  });

  test("an owner's proof knows everybody's prefixes, also those that were taken off", async () => {
    const operator = await project.emptied();
    const alice = project.open(ALICE);
    const campaign = await new Scene(alice).running(people(1));
    await operator.addDoNotCall([{ phoneNumber: "+120255501*", source: "premium", reason: null, addedAt: NOON - DAY }]);
    const [id, at] = [randomUUID(), new Date(NOON).toISOString()];
    await project.sql.unsafe(`
      alter table audit_log disable trigger user;
      update audit_log set at = '2000-01-01T00:00:00Z';
      alter table audit_log enable trigger user;
      insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at)
        select '${id}', k.id, '${campaign.id}', 'planted', 'claimed', '${at}' from campaign_calls k;
      update call_attempts set state = 'dialing', dialed_at = '${at}', local_day = '2026-11-23'`);
    await operator.dropDoNotCallSource("premium");
    expect((await proveCalls(alice)).violations).toMatchObject([{ breach: "do_not_call", attemptId: id }]);
  });

  test("a list that is moved here forbids no call of before, whatever its dates", async () => {
    const store = await project.emptied();
    const scene = new Scene(store);
    await scene.dialed(await scene.running(people(1)), await scene.runner());
    const rows = await arrivingRows(
      { url: project.url, serviceRoleKey: project.serviceRoleKey, userId: undefined, judge: "caller" },
      new ManualClock(NOON),
    );
    const listed = {
      source: "operator",
      reason: null,
      created_at: new Date(NOON - DAY).toISOString(),
      expires_at: null,
    };
    const entry = { ...listed, phone_number: number(0), added_by: "operator" };
    expect(await rows.add("do_not_call_numbers", [entry])).toMatchObject({ added: 1 });
    expect((await proveCalls(store)).violations).toEqual([]);
  });

  test.each<[string, string, string[]]>([
    ["puts a number on the list", listed(5), ["dnc.added"]],
    ["takes one off", `${listed(5)}; delete from do_not_call_numbers`, ["dnc.removed", "dnc.added"]],
    [
      "adds a consent",
      `insert into consents (phone_number, channel, purpose, level, granted_at, source)
       values ('${number(5)}', 'ai_voice', 'marketing', 'express', now(), 'form')`,
      ["consent.added"],
    ],
    ["gives a call another number", `update campaign_calls set phone_number = '${number(5)}'`, ["call.rewritten"]],
    ["gives a dial another ending", "update call_attempts set ending = 'trunk_error'", ["call.rewritten"]],
    ["changes a campaign", "update campaigns set daily_cap = 7", ["campaign.changed"]],
    [
      "adds a few by the engine's own function",
      `select campaigns_add_do_not_call('{"one_by_one": 9, "entries": [{"phone_number": "${number(5)}", "source": "ftc"}]}')`,
      ["dnc.added"],
    ],
    [
      "makes a call nobody's by the engine's own function",
      "select campaigns_anonymise(array(select id from campaign_calls))",
      ["call.rewritten"],
    ],
    [
      "writes rows anew, though no key is changed",
      `select campaigns_rekey(jsonb_build_object('sealing', 'plain', 'table', 'campaign_calls', 'rows', (select jsonb_build_array(
         jsonb_build_object('key', jsonb_build_object('id', k.id), 'was', '{}'::jsonb, 'changes', '{"phone_number": "${number(5)}"}'::jsonb))
         from campaign_calls k)))`,
      [],
    ],
  ])("whoever says campaigns.bulk is in the log, and was not: who %s", async (_, text, entries) => {
    const store = await project.emptied();
    const scene = new Scene(store);
    const claim = await scene.dialed(await scene.running(people(1)), await scene.runner());
    await scene.save(ended(claim, "completed"));
    const before = await told(store);
    await pretending(text);
    expect((await told(store)).slice(0, -before.length)).toEqual(entries);
    if (entries.length === 0) expect((await store.findCall(claim.call.id))?.contact.phoneNumber).toBe(number(0));
  });

  test("nor does an owner hide by it that an outcome put a number on the list, or anybody whom the log is about", async () => {
    await project.emptied();
    const store = project.open(ALICE);
    const scene = new Scene(store);
    await scene.claimed(await scene.running(people(1)), await scene.runner());
    const claims = JSON.stringify({ role: "authenticated", sub: ALICE });
    await pretending("update campaign_calls set outcome = 'do_not_call'", "authenticated", claims);
    expect((await told(project.open())).slice(0, 2).toSorted()).toEqual(["call.outcome", "dnc.added"]);
    await expect(pretending("delete from audit_subjects")).rejects.toThrow(/only appended to|permission denied/);
  });

  test.each(["service_role", "the owner of the database"])(
    "%s emptied tables at once, and no trigger told of it",
    async (who) => {
      await new Scene(await project.emptied()).running(people(1));
      const role = who === "service_role" ? `set local role ${who};` : "";
      for (const table of [
        "audit_log",
        "audit_subjects",
        "campaigns",
        "campaign_calls",
        "call_attempts",
        "do_not_call_numbers",
        "consents",
      ]) {
        const emptied = project.sql.begin((sql) => sql.unsafe(`${role} truncate ${table} cascade`));
        await expect(emptied, table).rejects.toThrow(/only appended to|expected delete|permission denied/);
      }
    },
  );
});
