/** Who a JWT stands for, asked of a project: its own users, and nobody else. */
import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { userOf } from "../../../src/adapters/supabase/users.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";

/** What lite's GoTrue reads beside auth.users. */
const IDENTITIES = `create table auth.identities (
  id uuid primary key, provider text not null, provider_id text not null, user_id uuid not null, identity_data jsonb,
  email text, last_sign_in_at timestamptz, created_at timestamptz default now(), updated_at timestamptz default now())`;

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "users", IDENTITIES);
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const settings = () => ({ url: project.url, serviceRoleKey: project.serviceRoleKey });

test("is the user of the project whose token it is", async () => {
  const id = randomUUID();
  await project.sql`insert into auth.users (id, email) values (${id}, 'ada@example.com')`;
  expect(await userOf(project.token(id), settings())).toBe(id);
});

test("is nobody for a user that is gone, a token of another project, and one that was altered", async () => {
  const id = randomUUID();
  expect(await userOf(project.token(id), settings())).toBeNull();
  await project.sql`insert into auth.users (id, email) values (${id}, 'bob@example.com')`;
  const [head, claims] = project.token(id).split(".");
  const foreign = createHmac("sha256", "another project's secret").update(`${head}.${claims}`).digest("base64url");
  expect(await userOf(`${head}.${claims}.${foreign}`, settings())).toBeNull();
  const elevated = Buffer.from(JSON.stringify({ sub: id, role: "service_role", exp: 4e9 })).toString("base64url");
  expect(await userOf(`${head}.${elevated}.${project.token(id).split(".")[2]}`, settings())).toBeNull();
});

test.each([
  [302, { location: "http://127.0.0.1:1/" }],
  [500, {}],
])("a project that answers %d is no user, and a redirect gets no key", async (status, headers) => {
  const server = createServer((_, answer) => answer.writeHead(status, headers).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = userOf("a.b.c", { url, serviceRoleKey: "key" });
  if (status === 302) expect(await asked).toBeNull();
  else await expect(asked).rejects.toMatchObject({ code: "database" });
  server.close();
});
