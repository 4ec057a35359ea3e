/** Events on PostgreSQL, where several write at once, and others than the program write too. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/engine/ports/index.ts";
import { HOUR } from "../../src/domain/time/instant.ts";
import { people, Scene } from "../contracts/store/scene.ts";
import { NOON } from "../support/domain.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
let store: Store;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "events");
});
beforeEach(async () => void (store = await project.emptied()));
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

describe("events that many write at once", () => {
  test("can be seen in the order of their positions, also where one is committed late", async () => {
    const campaign = await new Scene(store).running(people(2));
    // As if another program had handed them out: nothing of ours locks the campaign first.
    await project.sql`update campaign_calls set attempt_id = gen_random_uuid()`;
    const ids = (await store.listCalls({ campaignId: campaign.id, limit: 2 })).calls.map(({ id }) => id);
    const over = async (after: number) => {
      const { events, last } = await store.events(campaign.id, after, 10);
      return { last, calls: events.flatMap(({ type, data }) => (type === "call.ended" ? [data["call_id"]] : [])) };
    };
    const [one, other] = [postgres.connect("events"), postgres.connect("events")];
    const written = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const slow = one.begin(async (sql) => {
      await sql`update campaign_calls set attempt_id = null where id = ${ids[0] ?? ""}`;
      written.resolve();
      await commit.promise;
    });
    await written.promise;
    // It cannot be seen before the slow one: it waits, or it would have to be passed over.
    const quick = other`update campaign_calls set attempt_id = null where id = ${ids[1] ?? ""}`.execute();
    const waiting = () =>
      project.sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = 'events'`;
    while ((await waiting()).length === 0) if ((await over(0)).calls.length > 0) break;
    const first = await over(0);
    commit.resolve();
    await Promise.all([slow, quick]);
    expect([...first.calls, ...(await over(first.last)).calls]).toEqual(ids);
    await Promise.all([one.end(), other.end()]);
  });

  test("are read once by each of many readers", async () => {
    const campaign = await new Scene(store).running(people(40));
    const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 60 });
    await project.sql`update campaign_calls set attempt_id = gen_random_uuid()`;
    let writing = true;
    const reader = async (): Promise<string[]> => {
      const read: string[] = [];
      for (let after = 0, over = false; ;) {
        const { events, last } = await store.events(campaign.id, after, 7);
        for (const { data } of events) if (typeof data["call_id"] === "string") read.push(data["call_id"]);
        after = last;
        if (over && events.length === 0) return read;
        over = !writing;
      }
    };
    const readers = Promise.all([reader(), reader(), reader()]);
    const others = [postgres.connect("events"), postgres.connect("events"), postgres.connect("events")];
    const over = (id: string, n: number) =>
      others[n % 3]?.unsafe(`update campaign_calls set attempt_id = null where id = '${id}'`);
    await Promise.all(
      calls.map(async ({ id }, n) => {
        await (n % 2 === 0 ? store.setOutcome(id, "interested", null, NOON) : over(id, n));
      }),
    );
    writing = false;
    for (const read of await readers) expect(read.toSorted()).toEqual(calls.map(({ id }) => id).toSorted());
    await Promise.all(others.map((sql) => sql.end()));
  });
});

test("what a frontend writes is told, as its user, who may not write events", async () => {
  const user = randomUUID();
  const theirs = project.open(user);
  const scene = new Scene(theirs);
  const campaign = await scene.running(people(1));
  const { calls } = await theirs.listCalls({ campaignId: campaign.id, limit: 1 });
  const asUser = (statement: string) =>
    project.sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify({ role: "authenticated", sub: user })}, true)`;
      await sql.unsafe("set local role authenticated");
      return sql.unsafe(statement);
    });
  await project.narrow();
  await asUser(`update campaign_calls set outcome = 'interested' where id = '${calls[0]?.id ?? ""}'`);
  await asUser(`select campaigns_pause('${campaign.id}')`);
  const { events } = await theirs.events(campaign.id, 0, 10);
  expect(events.map(({ type, data }) => [type, data["reason"] ?? data["outcome"] ?? null])).toEqual([
    ["campaign.started", null],
    ["call.outcome", "interested"],
    ["campaign.paused", "paused by its owner"],
  ]);
  for (const refused of [
    `insert into campaign_events (campaign_id, type, at, data) values ('${campaign.id}', 'call.ended', now(), '{}')`,
    `select * from campaign_events`,
    `update campaigns set notify_url = 'https://elsewhere.example' where id = '${campaign.id}'`,
    `select nextval('campaign_events_position_seq')`,
  ])
    await expect(asUser(refused)).rejects.toMatchObject({ code: "42501" });
});

test("a receiver is told by one of many at once", async () => {
  const campaign = await new Scene(store).running(people(1), { notifyUrl: "https://hooks.example.com/" });
  const all = await Promise.all(Array.from({ length: 8 }, () => store.claimNotices(NOON + HOUR, HOUR, 10)));
  expect(all.filter((batch) => batch !== null).map(({ campaignId }) => campaignId)).toEqual([campaign.id]);
});
