/** The whole program on a Supabase project: the same commands, several runners, one owner's rows. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schemaSql } from "../../src/adapters/supabase/schema.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, type Ran, Scratch } from "../support/cli.ts";
import { LosingRoad } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { inside, program } from "../support/program.ts";
import { SupabaseProject } from "../support/supabase.ts";

const ALWAYS = [
  "--hours",
  "0-24",
  "--days",
  "all",
  "--rules",
  "none",
  "--timezone",
  "UTC",
  "--assistant",
  "a1",
  "--usual-hang-ups",
  "100%",
];
const [ALICE, BOB] = ["a0000000-0000-4000-8000-00000000000a", "b0000000-0000-4000-8000-00000000000b"];

/** Calls that are over at once: an answered one is watched for seconds. */
const ALL_BUSY = {
  others: [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 } }],
  agentJoinsAfter: 0,
};

let postgres: Postgres;
let project: SupabaseProject;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-supabase-"));
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "cli");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const settings = (): Record<string, string> => ({
  SUPABASE_URL: project.url,
  SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey,
});
const run = (argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  program(argv, { cwd: dir, env: { HOME: dir, TZ: "UTC", ...env }, stdin: contactsCsv(3) });

describe("settings", () => {
  test.each([
    ["no key", { SUPABASE_URL: "https://project.supabase.co" }, "SUPABASE_SERVICE_ROLE_KEY is not set"],
    ["no address", { SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0" }, "SUPABASE_URL is not set"],
    [
      "no web address",
      { SUPABASE_URL: "db.supabase.co", SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0" },
      "expected an http",
    ],
  ])("half set, %s: said in one sentence, and no file is made instead", async (_, env, sentence) => {
    const { code, stderr } = await run(["list"], env);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("sb_secret_0");
    expect(code).toBe(2);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("a wrong key, a wrong owner, a project that is down: the right exit code, and no secret", async () => {
    const wrong = await run(["list"], { ...settings(), SUPABASE_SERVICE_ROLE_KEY: "sb_secret_wrong" });
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("SUPABASE_SERVICE_ROLE_KEY");
    expect(wrong.stderr).not.toContain("sb_secret_wrong");
    const owner = await run(["list", "--user", "bob"], settings());
    expect(owner).toMatchObject({ code: 2 });
    const down = await run(["list"], { ...settings(), SUPABASE_URL: "http://127.0.0.1:9" });
    expect(down).toMatchObject({ code: 3 });
  });

  test("--db names the file, whatever the environment says", async () => {
    await run(["dnc", "add", "+12025550123", "--db", join(dir, "c.db")]);
    expect(readdirSync(dir)).toContain("c.db");
    const { code, stdout } = await run(["list", "--json", "--db", join(dir, "c.db")]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { campaigns: [] }]);
  });
});

describe("schema", () => {
  test("prints the SQL, and writes the files of the Supabase CLI once", async () => {
    expect((await run(["schema"])).stdout).toBe(schemaSql());
    const target = join(dir, "supabase", "migrations");
    const first = await run(["schema", "--migrations", target, "--json"]);
    const { written } = JSON.parse(first.stdout) as { written: string[] };
    expect(readdirSync(target).map((file) => join(target, file))).toEqual(written);
    expect(readdirSync(target).every((file) => /^\d{14}_campaigns_\d{4}_\w+\.sql$/.test(file))).toBe(true);
    const again = await run(["schema", "--migrations", target]);
    expect(again.stdout).toContain("every migration file is already there");
    expect(readdirSync(target)).toHaveLength(written.length);
  });
});

describe("commands", () => {
  test("are limited to one owner's rows by --user or CAMPAIGNS_USER_ID", async () => {
    await project.emptied();
    const asAlice = { ...settings(), CAMPAIGNS_USER_ID: ALICE };
    const created = await run(["create", "--name", "hers", "--csv", "-", ...ALWAYS, "--start", "--json"], asAlice);
    expect(created).toMatchObject({ code: 0 });
    const list = async (...more: string[]): Promise<number> =>
      (JSON.parse((await run(["list", "--json", ...more], settings())).stdout) as { campaigns: [] }).campaigns.length;
    expect([await list(), await list("--user", ALICE), await list("--user", BOB)]).toEqual([1, 1, 0]);
    const { stdout } = await run(["calls", "hers", "--json"], asAlice);
    const id = (JSON.parse(stdout) as { calls: { id: string }[] }).calls[0]?.id ?? "";
    for (const argv of [
      ["status", "hers"],
      ["pause", "hers"],
      ["stop", "hers"],
      ["calls", "hers"],
      ["outcome", id, "interested"],
      ["explain", "hers", "+12015550100"],
      ["run", "--campaign", "hers", "--sandbox"],
    ]) {
      expect([argv, (await run([...argv, "--user", BOB], settings())).code]).toEqual([argv, 1]);
    }
    expect((await run(["pause", "hers"], asAlice)).code).toBe(0);
  });
});

describe("three runners as processes", () => {
  test("share one campaign: each number is dialed once, nobody is forgotten, the counters are right", async () => {
    await project.emptied();
    const behaviour = { does: "answer", rings: 0.1, talks: 0.5 };
    const busy = { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 };
    const others = [
      { weight: 1, behaviour },
      { weight: 5, behaviour: busy },
    ];
    const script = parseScript(JSON.stringify({ others, agentJoinsAfter: 0 }));
    await using sandbox = await startSandbox({ clock: systemClock, script });
    using scratch = new Scratch(sandbox, undefined, settings());
    const csv = scratch.file("contacts.csv", contactsCsv(60));
    const pace = ["--delay", "20ms", "--concurrency", "12", "--ring", "5s"];
    const created = await inside(scratch, "create", "--name", "three", "--csv", csv, ...ALWAYS, ...pace, "--start");
    expect(created).toMatchObject({ code: 0 });

    const ran = await Promise.all([1, 2, 3].map(() => scratch.run("run", "--json", "--lease", "10s")));
    expect(ran.map(({ code, stderr }) => [code, stderr])).toEqual([1, 2, 3].map(() => [0, expect.anything()]));
    const numbers = sandbox.world.dials.map(({ sipCallTo }) => sipCallTo);
    expect(numbers).toHaveLength(60);
    expect(new Set(numbers).size).toBe(60);
    const dialing = ran.map(
      ({ stdout }) => stdout.split("\n").filter((line) => line.includes('"call_dialing"')).length,
    );
    expect(dialing.filter((n) => n > 0).length).toBeGreaterThan(1);
    const status = JSON.parse((await inside(scratch, "status", "three", "--json")).stdout) as {
      total: number;
      calls: Record<string, number>;
      execution_status: string;
    };
    expect(status).toMatchObject({ total: 60, execution_status: "completed" });
    expect((status.calls["completed"] ?? 0) + (status.calls["busy"] ?? 0)).toBe(60);
    const [row] = await project.sql`
      select c.dials, c.pickups, (select count(*)::int from call_attempts) as attempts,
        (select count(*)::int from campaign_calls where status = 'completed') as completed from campaigns c`;
    expect(row).toEqual({
      dials: 60,
      attempts: 60,
      pickups: status.calls["completed"],
      completed: status.calls["completed"],
    });
    expect(sandbox.world.rooms.list()).toEqual([]);
  });
});

test("a claim and a take-over whose answers never came are not held by a runner that does not know of them", async () => {
  await project.emptied();
  // All four tries of the third claim, and of the first take-over after it.
  let claims = 0;
  let takes = 0;
  await using road = await LosingRoad.to(project.url, (path) => {
    if (path.endsWith("_claim")) return ++claims >= 3 && claims < 7 ? "answer lost" : "arrives";
    if (path.endsWith("_take_over") && claims >= 7) return ++takes <= 4 ? "answer lost" : "arrives";
    return "arrives";
  });
  const script = parseScript(JSON.stringify(ALL_BUSY));
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox, undefined, { ...settings(), SUPABASE_URL: road.url });
  const csv = scratch.file("contacts.csv", contactsCsv(8));
  await inside(
    scratch,
    "create",
    "--name",
    "lost",
    "--csv",
    csv,
    ...ALWAYS,
    "--delay",
    "0",
    "--concurrency",
    "2",
    "--start",
  );
  expect(await scratch.run("run", "--lease", "3s", "--poll", "1s")).toMatchObject({ code: 0 });
  const numbers = sandbox.world.dials.map(({ sipCallTo }) => sipCallTo);
  expect([numbers.length, new Set(numbers).size]).toEqual([8, 8]);
  const status = JSON.parse((await inside(scratch, "status", "lost", "--json")).stdout) as object;
  expect(status).toMatchObject({ total: 8, calls: { busy: 8 }, execution_status: "completed" });
});

describe("move", () => {
  test("takes campaigns with their history to the project once, and leaves nothing behind that could dial", async () => {
    await project.emptied();
    const script = parseScript(JSON.stringify(ALL_BUSY));
    await using sandbox = await startSandbox({ clock: systemClock, script });
    using scratch = new Scratch(sandbox, undefined, { ...settings(), CAMPAIGNS_USER_ID: ALICE });
    const file = ["--db", scratch.db];
    const csv = scratch.file("contacts.csv", contactsCsv(5));
    const pace = ["--delay", "300ms", "--daily-cap", "2", "--start"];
    await inside(scratch, "create", "--name", "away", "--csv", csv, ...ALWAYS, ...pace, ...file);
    expect((await inside(scratch, "move", "--to", "supabase", ...file)).stderr).toContain("it is running");
    expect(await scratch.run("run", ...file)).toMatchObject({ code: 0 });
    await inside(scratch, "pause", "away", ...file);
    const before = JSON.parse((await inside(scratch, "calls", "away", "--json", ...file)).stdout) as { calls: Call[] };
    await inside(scratch, "outcome", before.calls[0]?.id ?? "", "interested", ...file);

    expect(await inside(scratch, "move", "--to", "supabase", ...file)).toMatchObject({ code: 0 });
    const again = await inside(scratch, "move", "--to", "supabase", ...file);
    expect(again).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
    expect((await inside(scratch, "resume", "away", ...file)).code).toBe(1);

    const after = JSON.parse((await inside(scratch, "calls", "away", "--json")).stdout) as { calls: Call[] };
    expect(after.calls.map(({ phone_number, status }) => [phone_number, status])).toEqual(
      before.calls.map(({ phone_number, status }) => [phone_number, status]),
    );
    const [row] = await project.sql`
      select user_id, execution_status, dials, interested, current_daily_calls, copied_at is not null as copied,
        (select count(*)::int from call_attempts) as attempts, (select count(*)::int from csv_contacts) as contacts
      from campaigns`;
    const counts = { dials: 2, attempts: 2, interested: 1, current_daily_calls: 2, contacts: 5, copied: true };
    expect(row).toEqual({ user_id: ALICE, execution_status: "paused", ...counts });
    // It goes on where it was: the cap of the day is spent, and nobody is called again.
    await inside(scratch, "resume", "away");
    expect(await scratch.run("run")).toMatchObject({ code: 0 });
    expect(sandbox.world.dials).toHaveLength(2);
    await project.sql`update campaigns set daily_cap = 100`;
    expect(await scratch.run("run")).toMatchObject({ code: 0 });
    const numbers = sandbox.world.dials.map(({ sipCallTo }) => sipCallTo);
    expect([numbers.length, new Set(numbers).size]).toEqual([5, 5]);
  });
});

interface Call {
  readonly id: string;
  readonly phone_number: string;
  readonly status: string;
}
