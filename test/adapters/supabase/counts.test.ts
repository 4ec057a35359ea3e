/** What a project tells without counting all rows. */
import { afterAll, beforeAll } from "vitest";
import { countsContract } from "../../contracts/counts.ts";
import { outsideSupabase } from "../../support/outside.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";

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
