/** What others write into a project's tables. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { strangersContract } from "../../contracts/strangers.ts";
import { strangersForgotten } from "../../contracts/strangers-forgotten.ts";
import { strangersWords } from "../../contracts/strangers-words.ts";
import { person, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";
import { outsideSupabase } from "../../support/outside.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "strangers");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

test("a contact whose number a frontend was just correcting was marked for the person who had it before", async () => {
  const { sql } = project;
  const store = await project.emptied();
  const scene = new Scene(store);
  const [ada, grace] = [person(1), person(2)];
  const list = { id: randomUUID(), name: "people" };
  await store.mergeContactFile((await scene.file([ada])).id, list, NOON);
  const marks = await scene.file([{ ...person(1), doNotCall: true }]);
  const frontend = postgres.connect("strangers");
  const waiting = () =>
    sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  const { promise: merged, resolve } = Promise.withResolvers<unknown>();
  await frontend.begin(async (tx) => {
    await tx`update contacts set phone_number = ${grace.phoneNumber} where phone_number = ${ada.phoneNumber}`;
    resolve(store.mergeContactFile(marks.id, list, NOON));
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1));
  });
  expect(await merged).toMatchObject({ added: { callable: 0, suppressed: 1, duplicates: 0 } });
  expect(await sql`select phone_number, do_not_call from contacts order by do_not_call`).toEqual([
    { phone_number: grace.phoneNumber, do_not_call: false },
    { phone_number: ada.phoneNumber, do_not_call: true },
  ]);
  await frontend.end();
});

strangersContract(() => outsideSupabase(project));
strangersForgotten(() => outsideSupabase(project));
strangersWords(() => outsideSupabase(project));
