/** A campaign as a file: apply, and the way back by export. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campaignFileSchema } from "../../src/json/campaign-file.ts";
import { contactsCsv, fictionalNumber, Folder, type Ran, Scratch } from "../support/cli.ts";
import { Postgres } from "../support/postgres.ts";
import { inside, program } from "../support/program.ts";
import { SupabaseProject } from "../support/supabase.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

class Desk extends Folder {
  readonly run = (...argv: string[]): Promise<Ran> =>
    program(argv, { cwd: this.dir, env: { CAMPAIGNS_DB: this.db, TZ: "UTC" } });

  /** Applies this. */
  apply(text: string, ...argv: string[]): Promise<Ran> {
    this.file("spring.yaml", text);
    return this.run("apply", "-f", "spring.yaml", ...argv);
  }

  async status(name = "spring") {
    return JSON.parse((await this.run("status", name, "--json")).stdout) as Record<string, unknown>;
  }
}

const SPRING = "name: spring\nassistant: demo\ntimezone: UTC\ncontacts: { csv: contacts.csv }\n";

test("a campaign is created, is as the file says, and is changed where the file says otherwise", async () => {
  using desk = new Desk();
  desk.file("contacts.csv", contactsCsv(3));
  const would = await desk.apply(SPRING, "--dry-run", "--detailed-exitcode");
  expect(would).toMatchObject({ code: 4, stdout: 'would create "spring" with 3 contacts\n' });
  expect((await desk.run("list", "--json")).stdout).not.toContain("spring");
  expect(await desk.apply(SPRING, "--detailed-exitcode")).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/^created "spring" \(.+\) with 3 contacts\ncampaigns start "spring" starts it\n$/),
  });
  expect(await desk.apply(SPRING, "--detailed-exitcode")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/is as the file says\n {2}contacts: 3 known\n$/),
  });

  const changed = `${SPRING}daily_cap: 7\nhours: [9-12, 14-18]\nretry_after: [30m, 2h]\nmax_attempts: 3\nprompt: Hi\n`;
  const dry = await desk.apply(changed, "--dry-run", "--json");
  expect(JSON.parse(dry.stdout)).toMatchObject({
    result: "changed",
    dry_run: true,
    changes: {
      daily_cap: [100, 7],
      hours: ["9:00-17:00", "9:00-12:00,14:00-18:00"],
      retry_after: ["30m", "30m,2h"],
      max_attempts: [1, 3],
      prompt: [null, "Hi"],
    },
  });
  expect(await desk.status()).toMatchObject({ daily_cap: 100 });
  expect((await desk.apply(changed)).stdout).toContain("  daily_cap: 100 → 7\n");
  expect(await desk.status()).toMatchObject({ daily_cap: 7, hours: "mon-fri 9:00-12:00,14:00-18:00" });
  // What the file leaves out is as create would have it.
  expect((await desk.apply(SPRING)).stdout).toContain("  daily_cap: 7 → 100\n");
  expect(await desk.status()).toMatchObject({ daily_cap: 100 });
});

test("rows that are new are added, none is taken away, and nobody is there twice", async () => {
  using desk = new Desk();
  desk.file("contacts.csv", contactsCsv(3));
  await desk.apply(SPRING);
  await desk.run("start", "spring");
  const [header = "", ada = "", ...others] = contactsCsv(5).split("\n");
  desk.file("contacts.csv", [header, ...others, others[0], ada.replace(/^.*,/, "Somebody,")].slice(0, -1).join("\n"));
  const { code, stdout } = await desk.apply(SPRING, "--json");
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    { result: "changed", contacts: { added: 2, known: 2, differing: 0, marked: 0, missing: 1 } },
  ]);
  expect(await desk.status()).toMatchObject({ total: 5, execution_status: "running" });
  expect((await desk.apply(SPRING)).stdout).toContain(
    "  contacts: 4 known, 1 not in the file any more, kept: campaigns dnc add stops calls to a number\n",
  );
  // Who is marked does not become a call, and the dry run forbids nothing.
  desk.file("contacts.csv", `name,phone_number,do_not_call\nA,${fictionalNumber(1)},no\nB,${fictionalNumber(7)},yes`);
  await desk.apply(SPRING, "--dry-run");
  expect((await desk.run("dnc", "check", fictionalNumber(7))).stdout).not.toContain("is on the do-not-call list");
  await desk.apply(SPRING);
  expect((await desk.run("dnc", "check", fictionalNumber(7))).stdout).toContain("do-not-call list");
  expect(await desk.status()).toMatchObject({ total: 5, skipped: 1 });
});

test("what may not be changed is refused, with what differs; nothing is changed then", async () => {
  using desk = new Desk();
  desk.file("contacts.csv", contactsCsv(2));
  await desk.apply(SPRING);
  await desk.run("start", "spring");
  const changed = `${SPRING}daily_cap: 7\n`;
  expect(await desk.apply(changed)).toEqual({
    code: 1,
    stdout: "",
    stderr:
      'campaigns: cannot change "spring": it is running\n  daily_cap: 100 → 7\n  pause it, apply again, and resume it\n',
  });
  desk.file("more.csv", contactsCsv(4));
  await desk.apply(changed.replace("contacts.csv", "more.csv"));
  expect(await desk.status()).toMatchObject({ total: 2, daily_cap: 100 });
  await desk.run("pause", "spring");
  expect(await desk.apply(changed)).toMatchObject({ code: 0 });

  await desk.run("contacts", "import", "contacts.csv", "--list", "members");
  const onList = await desk.apply(changed.replace("csv: contacts.csv", "list: members"));
  expect(onList).toMatchObject({ code: 1, stderr: expect.stringContaining("a file of its own → list members") });
  await desk.run("stop", "spring");
  expect(await desk.apply(changed)).toMatchObject({ code: 0, stdout: expect.stringContaining("is as the file says") });
  expect(await desk.apply(changed.replace("contacts.csv", "more.csv"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("it is completed\n  contacts: 2 new\n"),
  });
});

test("export writes a file that says what is there, on a list and on a file, whatever was set", async () => {
  using desk = new Desk();
  desk.file("contacts.csv", contactsCsv(2));
  desk.file("prices.csv", "prefix,per_minute,per_dial\n+1,0.0135,0.001\n+4477,0.02,0");
  await desk.run("contacts", "import", "contacts.csv", "--list", "members");
  const every = [
    ["--prompt", "Be kind:\n  - {{name}}\n"],
    ["--assistant-name", "no"],
    ["--hours", "9:30-12,14-17", "--days", "mon,sat", "--timezone", "Europe/London", "--hours-in", "campaign"],
    ["--rules", "gb", "--require-consent", "--purpose", "survey", "--max-per-contact", "3/7d"],
    ["--needs-dnc", "ftc,tps", "--max-age", "14d", "--concurrency", "3", "--delay", "1500ms", "--daily-cap", "7"],
    ["--max-attempts", "4", "--retry-after", "1m,2h", "--ring", "20s", "--max-duration", "10m", "--min-talk", "5s"],
    ["--expect-answers", "low", "--usual-hang-ups", "40%", "--on-voicemail", "hang-up", "--voicemail-after", "1h"],
    ["--missed-callback", "close", "--retry-agent-lost", "--trunk", "ST_1", "--from", "+12025550190"],
    ["--budget", "50.5 EUR", "--prices", "prices.csv"],
    ["--display-name", "", "--record", "s3://calls/spring", "required", "--header", "X-Account=a=b"],
  ].flat();
  await desk.run("create", "--name", "full", "--list", "members", "--assistant", "0123", ...every);
  await desk.run("create", "--name", "plain", "--csv", "contacts.csv", "--assistant", "demo");
  for (const name of ["full", "plain"]) {
    for (const form of [[], ["--json"]]) {
      const exported = await desk.run("export", name, ...form);
      expect(exported.code).toBe(0);
      const { code, stdout, stderr } = await desk.apply(exported.stdout, "--detailed-exitcode", "--dry-run");
      expect([code, stdout, stderr.replace(/^--trunk was not.*\n/, "")]).toEqual([
        0,
        expect.stringContaining("is as the file says"),
        "",
      ]);
      const renamed = exported.stdout.replace(/full|plain/, `${name}-${form.length}`);
      if (name === "full")
        expect(await desk.apply(renamed)).toMatchObject({ code: 0, stdout: expect.stringContaining("created") });
    }
  }
  const { stdout } = await desk.run("export", "full");
  const again = await desk.run("export", "full-0");
  expect(again.stdout.replace("full-0", "full")).toBe(stdout);
  // A number is a person's, and one that is no campaign is not said again.
  expect((await desk.run("export", "+12025550100")).stderr).toContain("number");
  expect((await desk.run("export", "2025550100")).stderr).not.toContain("2025550100");
});

test("the example does what its comments say, and the schema beside the program is the one it is read by", async () => {
  using desk = new Desk();
  for (const name of ["campaign.yaml", "contacts.csv"]) desk.file(name, readFileSync(root(`examples/${name}`), "utf8"));
  const run = (...argv: string[]) => desk.run("apply", "-f", "campaign.yaml", ...argv);
  expect(await run("--dry-run")).toMatchObject({ code: 0, stdout: expect.stringContaining("would create") });
  expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining("with 20 contacts") });
  expect(await desk.run("start", "spring", "--idempotent")).toMatchObject({ code: 0 });
  expect(await run("--detailed-exitcode")).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(root("schemas/campaign-file.json"), "utf8"))).toEqual(
    JSON.parse(JSON.stringify(campaignFileSchema())),
  );
  expect(readFileSync(root("examples/campaign.yaml"), "utf8")).toContain("$schema=../schemas/campaign-file.json");
});

test("the file has a key for each option of create", async () => {
  using desk = new Desk();
  const optionsOf = async (command: string) =>
    [...(await desk.run(command, "--help")).stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(
      ([, name = ""]) => name,
    );
  const everywhere = await optionsOf("list");
  const { properties } = campaignFileSchema() as { properties: Record<string, { properties?: object }> };
  const keys = [...Object.keys(properties), ...Object.keys(properties["contacts"]?.properties ?? {})];
  // Said otherwise: a prompt and rules stand in the file; the others are about one run of create.
  const elsewhere = ["prompt-file", "rules-file", "rejects", "force", "start", "if-absent"];
  const wanted = (await optionsOf("create")).filter((name) => ![...everywhere, ...elsewhere].includes(name));
  expect(keys.filter((key) => !["contacts", "rules_table"].includes(key)).toSorted()).toEqual(
    wanted.map((name) => name.replaceAll("-", "_")).toSorted(),
  );
});

describe("20 processes that apply one file at once, half of them killed", () => {
  let postgres: Postgres;
  let project: SupabaseProject;
  beforeAll(async () => {
    postgres = await Postgres.start();
    project = await SupabaseProject.start(postgres, "apply");
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  test.each(["SQLite", "Supabase"])(
    "make one campaign with each contact once, on %s",
    async (kind) => {
      const { url, serviceRoleKey } = project;
      const env =
        kind === "SQLite" ? {} : { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey, CAMPAIGNS_DB: "" };
      using scratch = new Scratch(undefined, undefined, env);
      scratch.file("spring.yaml", SPRING);
      scratch.file("contacts.csv", contactsCsv(400));
      const children = Array.from({ length: 20 }, () => scratch.start("apply", "-f", "spring.yaml", "--json"));
      // Each at a time of its own: when the first, the third, … of those that may live has answered.
      const alive = children.filter((_, n) => n % 2 === 0);
      const doomed = children.filter((_, n) => n % 2 === 1);
      alive.forEach((child, n) => void child.ended.then(() => doomed[n]?.kill("SIGKILL")));
      const ended = await Promise.all(alive.map(({ ended }) => ended));
      await Promise.all(doomed.map(({ ended }) => ended));
      for (const { code, stderr } of ended) expect([code, stderr]).toEqual([0, ""]);

      const list = JSON.parse((await inside(scratch, "list", "--json")).stdout) as { campaigns: object[] } | object[];
      expect(JSON.stringify(list).match(/"name":"spring"/g)).toHaveLength(1);
      await inside(scratch, "start", "spring");
      const status = JSON.parse((await inside(scratch, "status", "spring", "--json")).stdout) as object;
      expect(status).toMatchObject({ total: 400, skipped: 0 });
      expect(JSON.parse((await inside(scratch, "apply", "-f", "spring.yaml", "--json")).stdout)).toMatchObject({
        result: "unchanged",
        contacts: { added: 0, known: 400, missing: 0 },
      });
    },
    240_000,
  );
});
