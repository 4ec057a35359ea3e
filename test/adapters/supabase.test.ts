/** The store contract and the model on a real PostgreSQL, through supabase-js. Nothing is skipped. */
import { afterAll, beforeAll, describe } from "vitest";
import { storeModel } from "../contracts/model.ts";
import { ownersContract } from "../contracts/owners.ts";
import { storeContract } from "../contracts/store.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;

beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "contract");
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

describe("on Supabase", () => {
  storeContract(() => project.emptied());
  storeModel(() => project.emptied(), 4);
  ownersContract(async () => {
    await project.emptied();
    return { as: (userId) => project.open(userId), [Symbol.asyncDispose]: () => Promise.resolve() };
  });
});
