/** The API once more, on a Supabase project: its routes, its doors, and the JWTs of the project's own users. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { userOf } from "../../src/adapters/supabase/users.ts";
import { ALWAYS, Api, TOKENS } from "../support/api.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "api");
  Api.project = project;
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

describe("routes", async () => {
  beforeEach(async () => void (await project.emptied()));
  await import("./routes.test.ts");
});

describe("access", async () => {
  beforeAll(async () => void (await project.emptied()));
  await import("./access.test.ts");
});

describe("idempotency", async () => {
  beforeEach(async () => void (await project.emptied()));
  await import("./idempotency.test.ts");
});

test("a signed-in user has the rows that are theirs, and nobody else's; a token that was altered opens nothing", async () => {
  await project.emptied();
  await project.sql`create table if not exists auth.identities (user_id uuid, identity_data jsonb, provider text)`;
  const [ada, bob] = [randomUUID(), randomUUID()];
  for (const id of [ada, bob]) await project.sql`insert into auth.users (id) values (${id})`;
  const settings = { url: project.url, serviceRoleKey: project.serviceRoleKey };
  await using api = await Api.open({}, {}, (jwt) => userOf(jwt, settings));
  const [hers, his] = [project.token(ada), project.token(bob)];
  await api.list("members", 2, hers);
  const spring = { name: "spring", assistant_id: "demo", contact_list_id: "members", ...ALWAYS };
  const { status, json } = await api.ask("POST", "/campaigns", spring, { token: hers });
  expect([status, json.error]).toEqual([201, undefined]);
  const { id } = json.campaign;
  expect((await api.ask("POST", `/campaigns/${id}/start`, undefined, { token: hers })).json.campaign.total).toBe(2);
  expect(await project.sql`select user_id from campaigns`).toEqual([{ user_id: ada }]);
  for (const token of [his, TOKENS.alice]) {
    expect((await api.ask("GET", `/campaigns/${id}/status`, undefined, { token })).status).toBe(404);
    expect((await api.ask("POST", `/campaigns/${id}/stop`, undefined, { token })).status).toBe(404);
    expect((await api.ask("POST", "/campaigns", spring, { token })).json.error.code).toBe("unknown_list");
  }
  expect((await api.ask("DELETE", `/campaigns/${id}`, undefined, { token: hers })).status).toBe(403);
  const altered = hers.replace(/[^.](?=[^.]{42}$)/, (first) => (first === "A" ? "B" : "A"));
  expect((await api.ask("GET", "/campaigns", undefined, { token: altered })).status).toBe(401);
  expect((await api.ask("GET", "/campaigns", undefined, { token: hers })).json.campaigns).toHaveLength(1);
  expect(api.bugs).toEqual([]);
});
