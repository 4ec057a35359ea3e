/** What a project tells without counting all rows. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { countsContract } from "../../contracts/counts.ts";
import { record } from "../../support/moving.ts";
import { outsideSupabase } from "../../support/outside.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";
import { PAID, people, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "counts");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

countsContract(() => outsideSupabase(project), 10);

const PATIENT = { timeout: 20_000 };

test("a carrier's price waited for a campaign whose dial waited for it: a deadlock held all its dials for a second", async () => {
  const scene = new Scene(await project.emptied());
  const campaign = await scene.running(people(1), PAID);
  const { attempt, call } = await scene.dialed(campaign, await scene.runner());
  const dial = postgres.connect("counts");
  const priced: Promise<boolean>[] = [];
  try {
    await dial.begin(async (mine) => {
      await mine`select 1 from campaigns where id = ${campaign.id} for no key update`;
      const price = { micros: 5, unit: "USD" };
      priced.push(scene.store.saveCarrierCall(attempt.id, { ...record("CA1"), price }, NOON));
      const waiting = () => mine`select 1 from pg_locks where not granted`;
      await vi.waitFor(async () => expect(await waiting()).not.toEqual([]), PATIENT);
      await mine`select 1 from call_attempts where id = ${attempt.id} for update nowait`;
      await mine`select 1 from campaign_calls where id = ${call.id} for update nowait`;
    });
  } finally {
    await dial.end();
  }
  expect(await Promise.all(priced)).toEqual([true]);
  expect(await project.sql`select cost_micros from attempt_counts`).toMatchObject([{ cost_micros: "5" }]);
});
