/** campaigns doctor where the campaigns are in a Supabase project: one thing is wrong at a time. */
import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { schemaVersion } from "../../src/adapters/supabase/schema.ts";
import { Desk } from "../support/desk.ts";
import { type Fate, LosingRoad } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

interface Result {
  readonly check: string;
  readonly health: string;
  readonly found: string;
  readonly todo: string | null;
}

const NEWEST = schemaVersion();

let postgres: Postgres;
let project: SupabaseProject;
let road: LosingRoad;
let fate: (path: string) => Fate;
let desk: Desk;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "doctor");
  road = await LosingRoad.to(project.url, (path) => fate(path));
});
afterAll(async () => {
  await road?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  fate = () => "arrives";
  desk = new Desk({ SUPABASE_URL: road.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey });
});
afterEach(() => desk[Symbol.asyncDispose]());

async function checks(): Promise<Record<string, Result>> {
  const { stdout } = await desk.run(["doctor", "--json"]);
  expect(stdout).not.toContain(desk.env["SUPABASE_SERVICE_ROLE_KEY"]);
  const { checks } = JSON.parse(stdout) as { checks: Result[] };
  return Object.fromEntries(checks.map((result) => [result.check, result]));
}
const failed = (found: string, todo: string): object => ({
  health: "failed",
  found: expect.stringContaining(found) as string,
  todo: expect.stringContaining(todo) as string,
});
/** A key of the old kind, which says what it is. */
const jwt = (claims: object): string =>
  ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".");

test("all is well there, and no file of this machine is looked at", async () => {
  const all = await checks();
  expect(all).toMatchObject({
    database: { health: "ok", found: "the Supabase project answers" },
    schema: { health: "ok" },
    permissions: { health: "ok" },
    "db clock": { health: "ok" },
    "file modes": { health: "ok", found: "no file here holds a secret" },
    campaigns: { health: "ok" },
  });
  expect(all).not.toHaveProperty("disk space");
});

test("which request it was is told to those who ask for it", async () => {
  fate = () => ({ status: 400, body: '{"code":"22P02","message":"a bad value"}' });
  const { stderr } = await desk.run(["list"], "", { DEBUG: "campaigns" });
  expect(stderr).toMatch(/Supabase: \w+: 400 22P02/);
  expect(stderr).toMatch(/^campaigns: Supabase refused: a bad value \(22P02\)$/m);
});

test("nobody answers: said once, with the reason, and what hangs on it is not checked", async () => {
  desk.env["SUPABASE_URL"] = "http://127.0.0.1:65535";
  expect(await checks()).toMatchObject({
    database: {
      health: "failed",
      found: "Supabase did not answer: connect ECONNREFUSED 127.0.0.1:65535",
      todo: "check SUPABASE_URL, and whether the project is up",
    },
    schema: { health: "warning" },
    permissions: { health: "warning" },
    "db clock": { health: "warning" },
  });
});

test("a key that nobody knows", async () => {
  desk.env["SUPABASE_SERVICE_ROLE_KEY"] = "sb_secret_wrong";
  expect((await checks())["database"]).toMatchObject(
    failed("Supabase refused SUPABASE_SERVICE_ROLE_KEY", "the project at SUPABASE_URL"),
  );
});

test("the publishable key instead of the secret one", async () => {
  desk.env["SUPABASE_SERVICE_ROLE_KEY"] = project.anonKey;
  expect((await checks())["database"]).toMatchObject(failed("it is the publishable key", "service role"));
});

test("the anon key of the old kind", async () => {
  fate = () => ({ status: 401, body: '{"code":"42501","message":"permission denied for function"}' });
  desk.env["SUPABASE_SERVICE_ROLE_KEY"] = jwt({ role: "anon", ref: "abc" });
  expect((await checks())["database"]).toMatchObject(failed("it is the anon key", "service role"));
});

test("something else answers at that address", async () => {
  fate = () => ({ status: 404, body: "<html>Not Found</html>" });
  expect((await checks())["database"]).toMatchObject(failed("expected a Supabase project", "https://"));
});

test("a paused project", async () => {
  fate = () => ({ status: 540, body: "<html>paused</html>" });
  expect((await checks())["database"]).toMatchObject(failed("did not answer", "paused"));
});

test("half of the settings", async () => {
  delete desk.env["SUPABASE_SERVICE_ROLE_KEY"];
  const { stdout } = await desk.run(["doctor", "--json"]);
  expect(stdout).toContain("SUPABASE_SERVICE_ROLE_KEY is not set");
});

test.each([
  ["older", "delete from campaigns_schema where version > 1", "the schema is the older one", "campaigns schema"],
  ["newer", "insert into campaigns_schema values (999)", "the program is the older one", "update campaigns"],
])("a schema that is %s", async (_, change, found, todo) => {
  await project.sql.unsafe(change);
  try {
    expect(await checks()).toMatchObject({
      database: { health: "ok" },
      schema: failed(found, todo),
      permissions: { health: "warning" },
    });
  } finally {
    const versions = Array.from({ length: NEWEST }, (_, n) => `(${n + 1})`).join();
    await project.sql.unsafe(
      `delete from campaigns_schema where version > ${NEWEST};
       insert into campaigns_schema values ${versions} on conflict do nothing`,
    );
  }
});

test("a project without this program's tables", async () => {
  await using empty = await SupabaseProject.start(postgres, "empty", "select 1");
  desk.env["SUPABASE_URL"] = empty.url;
  desk.env["SUPABASE_SERVICE_ROLE_KEY"] = empty.serviceRoleKey;
  expect(await checks()).toMatchObject({
    database: { health: "ok" },
    schema: failed("none of this program's in it", "campaigns schema"),
  });
});

test("a service role that may not do everything", async () => {
  await project.sql.unsafe(
    "revoke execute on function campaigns_set_outcome(jsonb, timestamptz, uuid, text) from service_role",
  );
  try {
    const { permissions } = await checks();
    expect(permissions).toMatchObject(
      failed("Supabase refused the service role: permission denied for function", "campaigns schema"),
    );
  } finally {
    await project.sql.unsafe(
      "grant execute on function campaigns_set_outcome(jsonb, timestamptz, uuid, text) to service_role",
    );
  }
});

test("a clock that is two minutes behind the project's", async () => {
  const server = createServer((_, response) => {
    response.setHeader("date", new Date(Date.now() + 120_000).toUTCString()).end("0");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  desk.env["SUPABASE_URL"] = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  try {
    // It has another schema, but it answers.
    expect((await checks())["db clock"]).toMatchObject(failed("are 1", "NTP"));
  } finally {
    server.close();
  }
});

test("a file of settings that others can read, with the project's key in it", async () => {
  const path = desk.file(".env", `SUPABASE_SERVICE_ROLE_KEY=${project.serviceRoleKey}\n`);
  chmodSync(path, 0o640);
  expect((await checks())["file modes"]).toMatchObject({ health: "warning", todo: `chmod 600 ${path}` });
});
