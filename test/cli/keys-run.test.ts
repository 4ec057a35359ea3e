/** An encrypted campaign of real processes, killed in the middle: what LiveKit tells, what receivers are told, recordings, a purge. */
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { Folder, Scratch } from "../support/cli.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const CALLS = 6;
const PEOPLE = Array.from({ length: CALLS }, (_, n) => `Nomen${n},+1202555010${n},post${n}@example.com,Stadt${n}`);
const CSV = `name,phone,email,city\n${PEOPLE.join("\n")}\n`;
const SECRETS = /\+?1?202\D?555\D?01\d\d|Nomen\d|post\d@|Stadt\d|Wonderland|on the phone/g;
const SAID = [{ verdict: { v: 1, seq: 1, outcome: "interested", notes: "said so on the phone" } }];
const ALWAYS = "--hours 0-24 --days all --rules none --assistant a --delay 0s".split(" ");

let sandbox: Sandbox;
let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

let scratch: Scratch;
let keys: Folder;
beforeEach(async () => {
  const behaviour = { does: "answer", rings: 0.1, talks: 0.5, says: SAID };
  const script = { others: [{ weight: 1, behaviour }], agentJoinsAfter: 0, egress: { does: "records", after: 0.05 } };
  sandbox = await startSandbox({ clock: systemClock, script: parseScript(JSON.stringify(script)) });
  scratch = new Scratch(sandbox);
  keys = new Folder();
  mkdirSync(join(scratch.dir, "tmp"));
  scratch.env({
    CAMPAIGNS_ENCRYPTION_KEY_FILE: join(keys.dir, "key"),
    TMPDIR: join(scratch.dir, "tmp"),
    DEBUG: "campaigns,outbound,livekit",
    // Nobody listens there: what is to be told stays.
    CAMPAIGNS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
    CAMPAIGNS_WEBHOOK_HOSTS: "127.0.0.1",
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "not-to-be-seen",
  });
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
  keys[Symbol.dispose]();
});

const leaks = (where: string, text: string): string[] =>
  [...new Set(text.match(SECRETS))].map((found) => `${where}: ${found}`);

/** In any file but the list of contacts itself: database, journal, side files, temporary ones. */
const inFiles = (): string[] =>
  readdirSync(scratch.dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".csv"))
    .flatMap(({ name, parentPath }) => leaks(name, readFileSync(join(parentPath, name), "latin1")));

/** Asks the tables as they are. */
interface Store {
  readonly rows: (sql: string) => Promise<number>;
  readonly leaks: () => Promise<string[]>;
}

async function good(...args: string[]): Promise<string> {
  const ran = await scratch.start(...args).ended;
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(leaks("stderr", ran.stderr)).toEqual([]);
  return ran.stdout;
}

async function played(store: Store): Promise<void> {
  scratch.file("c.csv", CSV);
  const about = ["--prompt", "to Wonderland", "--notify", "http://127.0.0.1:9/hook", "--record", "s3://calls-2026/x"];
  await good("create", "--name", "spring", "--csv", "c.csv", ...about, ...ALWAYS);
  await good("start", "spring");
  const server = scratch.start("serve", "--port", "0", "--json");
  const [first] = (await once(server.stdout ?? server, "data")) as [Buffer];
  const { url } = JSON.parse(String(first).split("\n")[0] ?? "") as { url: string };
  sandbox.webhooks.url = `${url}/webhooks/livekit`;
  const runner = scratch.start("run", "--json", "--lease", "5s");
  let said = "";
  runner.stdout?.on("data", (chunk) => (said += String(chunk)));
  // In the middle of it: some calls have ended, others are under way or wait.
  await expect.poll(() => said.match(/"call_ended"/g)?.length ?? 0, { timeout: 30_000 }).toBeGreaterThan(1);
  runner.kill("SIGKILL");
  const killed = await runner.ended;
  expect([...leaks("output", killed.stdout + killed.stderr), ...inFiles(), ...(await store.leaks())]).toEqual([]);
  await good("run", "--json", "--lease", "5s");
  server.kill("SIGKILL");
  const heard = await server.ended;
  expect([...leaks("output", heard.stdout + heard.stderr), ...inFiles(), ...(await store.leaks())]).toEqual([]);
  // What was looked through has rows of each kind.
  expect(await store.rows("webhooks_heard where said like '~%'")).toBeGreaterThan(0);
  expect(await store.rows("campaign_events")).toBeGreaterThan(0);
  expect(await store.rows("call_attempts where recording is not null")).toBeGreaterThan(0);
  expect(await store.rows("call_attempts where agent_notes like '~%'")).toBeGreaterThan(0);

  // Refused as long as the killed run may be alive.
  const rotated = async (): Promise<number | null> => (await scratch.start("keys", "rotate").ended).code;
  await expect.poll(rotated, { timeout: 30_000 }).toBe(0);
  expect([...inFiles(), ...(await store.leaks())]).toEqual([]);
  expect(await good("calls", "spring", "--csv")).toMatch(/Nomen\d[^]*said so on the phone/);
  const purged = await good(
    "purge",
    "--older-than",
    "0s",
    "--what",
    "contacts,variables,recordings",
    "--yes",
    "--json",
  );
  expect(JSON.parse(purged)).toMatchObject({ rows: { contacts: CALLS } });
  expect(await good("calls", "spring", "--csv")).not.toMatch(/Nomen\d|said so on the phone/);
  expect([...inFiles(), ...(await store.leaks())]).toEqual([]);
}

test("in a file, nothing of anybody is readable in any row, journal, side file, temporary file or log", async () => {
  await good("keys", "new", join(keys.dir, "key"));
  await played({
    rows: (of) => {
      using db = new DatabaseSync(scratch.db);
      return Promise.resolve(Number(db.prepare(`select count(*) as n from ${of}`).get()?.["n"]));
    },
    leaks: () => Promise.resolve([]),
  });
}, 240_000);

test("in a project likewise", async () => {
  await using project = await SupabaseProject.start(postgres, "keysrun");
  scratch.env({ SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey });
  await good("keys", "new", join(keys.dir, "key"));
  await good("keys", "encrypt", "--yes");
  await played({
    rows: async (of) => Number((await project.sql.unsafe(`select count(*) as n from ${of}`))[0]?.["n"]),
    leaks: async () => leaks("project", await project.dump()),
  });
}, 240_000);
