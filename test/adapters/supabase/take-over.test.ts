/** Runners that find the same dead one at the same moment, on one project. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { MINUTE } from "../../../src/domain/time/instant.ts";
import { people, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "takeover");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** Who takes over has looked around already, and is about to take, when it asks whose the call is: there it is held up. */
const HELD_UP = `
  create or replace function public.campaigns_owns(call public.campaign_calls, owner uuid) returns boolean
  language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return true; end $$`;

test("an attempt that one runner took over at that moment is not taken from it by another, for it is alive", async () => {
  const scene = new Scene(await project.emptied());
  const { store } = scene;
  const campaign = await scene.running(people(1));
  await scene.claimed(campaign, await scene.runner());
  const at = NOON + MINUTE;
  const [first, second] = [await scene.runner(at), await scene.runner(at)];

  await project.sql.unsafe(HELD_UP);
  await project.sql`select pg_advisory_lock(7)`;
  const late = store.takeOver(second, at);
  for (let waits = 0; waits === 0;) {
    const [row] =
      await project.sql`select count(*)::integer as n from pg_locks where locktype = 'advisory' and not granted`;
    waits = Number(row?.["n"]);
  }
  await project.sql`update call_attempts set runner_id = ${first}`;
  await project.sql`select pg_advisory_unlock(7)`;
  expect(await late).toEqual([]);
  expect(await store.takeOver(first, at)).toMatchObject([{ attempt: { runnerId: first } }]);
});
