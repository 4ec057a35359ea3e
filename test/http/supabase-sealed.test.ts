/** The API on a Supabase project whose contact data is encrypted: whoever has the rows reads nobody. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { newKeyText, readKeys } from "../../src/adapters/sealing-key.ts";
import { Api } from "../support/api.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const keys = readKeys(newKeyText(), "key");

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "api");
  Api.project = { open: (userId) => project.open(userId, keys) };
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});
beforeEach(() => project.sealed(keys));
afterEach(async () => expect(/\+\d{7,}/.exec(await project.dump())?.[0]).toBeUndefined());

describe("routes", async () => {
  await import("./routes.test.ts");
});

describe("idempotency", async () => {
  await import("./idempotency.test.ts");
});
