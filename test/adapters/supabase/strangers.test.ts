/** What others write into a project's tables. */
import { afterAll, beforeAll } from "vitest";
import { strangersContract } from "../../contracts/strangers.ts";
import { strangersForgotten } from "../../contracts/strangers-forgotten.ts";
import { strangersWords } from "../../contracts/strangers-words.ts";
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

strangersContract(() => outsideSupabase(project));
strangersForgotten(() => outsideSupabase(project));
strangersWords(() => outsideSupabase(project));
