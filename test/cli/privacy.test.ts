/** What a person may ask an operator for: all that is stored about them, and that it is gone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/domain/time/instant.ts";
import type { Ran } from "../support/cli.ts";
import { Rig } from "../support/engine.ts";
import { program } from "../support/program.ts";

const [ANN, BOB] = ["+12025550101", "+12025550102"] as const;
let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-privacy-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (...argv: string[]): Promise<Ran> => given(argv);
const given = (argv: readonly string[], stdin?: string): Promise<Ran> =>
  program(argv, {
    cwd: dir,
    env: { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "UTC" },
    ...(stdin === undefined ? {} : { stdin }),
  });

/** Two people in a campaign and in a list, and what was said of one of them. */
async function people(): Promise<void> {
  const csv = ["phone,name,email,city", `${ANN},Ann Lee,ann.lee@example.com,Springfield`, `${BOB},Bob Ray,,Rome`];
  const file = join(dir, "people.csv");
  writeFileSync(file, csv.join("\n"));
  await run("contacts", "import", file, "--list", "members");
  await run("create", "--name", "spring", "--csv", file, "--assistant", "a1", "--timezone", "Europe/London");
  await run("start", "spring");
  const { calls } = JSON.parse((await run("calls", "spring", "--json")).stdout) as { calls: { id: string }[] };
  await run("outcome", calls[0]?.id ?? "", "do_not_call", "--notes", "moved to Shelbyville");
}

/** What is on the disk of the database, its journal, and whatever lies beside. */
const onDisk = (): string =>
  readdirSync(dir)
    .filter((name) => name.startsWith("c.db"))
    .map((name) => readFileSync(join(dir, name), "latin1"))
    .join("");

describe("export", () => {
  test("prints all of one person and nothing of others, from a pipe too", async () => {
    await people();
    const { code, stdout } = await given(["export", "-", "--json"], `${ANN}\n`);
    expect(code).toBe(0);
    const data = JSON.parse(stdout) as Record<string, unknown[]>;
    expect(data).toMatchObject({
      phone_number: ANN,
      contacts: [{ name: "Ann Lee", email: "ann.lee@example.com" }],
      csv_contacts: [{ name: "Ann Lee" }],
      campaign_calls: [{ contact_name: "Ann Lee", notes: "moved to Shelbyville" }],
      do_not_call_numbers: [{ source: "outcome" }],
    });
    expect(stdout).not.toContain("Bob");
    const counted = await run("export", ANN, "--dry-run");
    expect(counted.stdout).toBe("would print 1 contact of a list, 1 row of a file, 1 call\n");
    // Whoever asked for it is in it from then on.
    const { audit_log: log, ...again } = JSON.parse((await run("export", ANN)).stdout) as Record<string, unknown[]>;
    const { audit_log: before = [], ...first } = data;
    expect(again).toEqual(first);
    expect(log).toMatchObject([...before, { action: "person.exported" }]);
  });

  test("of an unknown number is refused, without showing it", async () => {
    await people();
    const { code, stderr } = await run("export", "+12025550199");
    expect(code).toBe(1);
    expect(stderr).toContain("nothing is stored about that number");
    expect(stderr).not.toContain("0199");
  });
});

describe("erase", () => {
  test("leaves nothing of a person on the disk but the number that must not be called", async () => {
    await people();
    expect(onDisk()).toMatch(/Ann Lee|Springfield|Shelbyville/);
    const { code, stdout } = await run("erase", ANN, "--yes");
    expect([code, stdout]).toEqual([
      0,
      "removed 1 contact of a list, 1 row of a file, 1 call; the number stays on the do-not-call list\n",
    ]);
    expect(onDisk()).not.toMatch(/Ann Lee|ann\.lee|Springfield|Shelbyville/);
    expect(onDisk()).toMatch(/Bob Ray/);
    expect((await run("dnc", "check", ANN)).code).toBe(0);
    expect((await run("calls", "spring")).stdout).not.toContain(ANN);
    const { stdout: status } = await run("status", "spring", "--json");
    expect(JSON.parse(status)).toMatchObject({ total: 2 });
  });

  test("takes no outcome any more for a call to somebody who is gone", async () => {
    await people();
    const { calls } = JSON.parse((await run("calls", "spring", "--json")).stdout) as { calls: { id: string }[] };
    await run("erase", ANN, "--yes");
    const { code, stderr } = await run("outcome", calls[0]?.id ?? "", "interested", "--notes", "Ann Lee");
    expect([code, stderr]).toEqual([1, expect.stringContaining("the call is a record of nobody")]);
    expect(onDisk()).not.toContain("Ann Lee");
  });

  test("shows first with --dry-run, and asks for --yes where nobody can type it", async () => {
    await people();
    const before = onDisk();
    expect((await run("erase", ANN, "--dry-run")).stdout).toBe(
      "would remove 1 contact of a list, 1 row of a file, 1 call\n",
    );
    expect(await run("erase", ANN)).toMatchObject({ code: 2, stdout: "" });
    expect(onDisk()).toBe(before);
  });
});

/** Somebody reads the database, and has begun before; nothing is read from the journal's end then. */
function reader(): DatabaseSync {
  const db = new DatabaseSync(join(dir, "c.db"), { readOnly: true });
  db.exec("begin; select count(*) from campaigns");
  return db;
}

describe("what was removed", () => {
  test("stays in the journal while somebody reads it, and that is said", async () => {
    await people();
    using reading = reader();
    const { code, stdout } = await run("erase", ANN, "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("another program is reading the database");
    reading.close();
    const again = await run("erase", ANN, "--yes", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ still_read: false });
    expect(onDisk()).not.toMatch(/Ann Lee|ann\.lee|Springfield|Shelbyville/);
  }, 30_000);

  test("gives its room back to the disk", async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `Person ${n},+1202555${String(n).padStart(4, "0")}`);
    writeFileSync(join(dir, "many.csv"), ["name,phone", ...rows].join("\n"));
    await run("contacts", "import", join(dir, "many.csv"), "--list", "many");
    const size = (): number => statSync(join(dir, "c.db")).size;
    const before = size();
    expect((await run("purge", "--older-than", "0s", "--what", "contacts", "--yes")).code).toBe(0);
    expect(size()).toBeLessThan(before * 0.7);
  });
});

const iso = (at: number): string => new Date(at).toISOString();

describe("purge", () => {
  test("removes what is old, in the parts that are named", async () => {
    await people();
    await run("stop", "spring");
    const dry = await run("purge", "--older-than", "0s", "--what", "contacts,variables", "--dry-run", "--json");
    expect(JSON.parse(dry.stdout)).toMatchObject({ dry_run: true, rows: { contacts: 4, variables: 2 } });
    expect((await run("purge", "--older-than", "0s", "--what", "contacts,variables", "--yes")).code).toBe(0);
    expect(onDisk()).not.toMatch(/Ann Lee|Bob Ray|Springfield|Rome/);
    expect((await run("calls", "spring")).stdout).toContain(BOB);
  });

  test("is done by a run for a campaign with a retention, in its time", async () => {
    await using rig = new Rig();
    const id = await rig.start(2, { retention: "60d" });
    await rig.run();
    await rig.clock.advance(60 * DAY - HOUR);
    await rig.run();
    expect(rig.said("contacts_forgotten")).toEqual([]);
    await rig.clock.advance(2 * HOUR);
    await rig.run();
    expect(rig.said("contacts_forgotten")).toMatchObject([{ campaignId: id, rows: 6 }]);
    const { calls } = await rig.campaigns.calls(id, { limit: 10 });
    expect(calls.map(({ contact }) => contact.phoneNumber.slice(0, 7))).toEqual(["erased:", "erased:"]);
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 2 });
    await rig.run();
    expect(rig.said("contacts_forgotten")).toHaveLength(1);
  });

  test("is not done by a run whose clock is ahead of LiveKit's, or that LiveKit cannot confirm; and is, once it can", async () => {
    await using rig = new Rig();
    const id = await rig.start(1, { retention: "60d" });
    await rig.run();
    const real = rig.clock.now();
    await rig.clock.advance(61 * DAY);
    const times = [() => Promise.resolve(real), () => Promise.resolve(null), () => Promise.reject(new Error("away"))];
    for (const livekitTime of times) await rig.run({ livekitTime });
    expect(rig.said("contacts_forgotten")).toEqual([]);
    expect(rig.said("trouble")).toMatchObject([
      { message: expect.stringMatching(`${iso(rig.clock.now())} on this machine, and at LiveKit it is ${iso(real)}`) },
      { message: expect.stringContaining("LiveKit does not say what time it is") },
      { message: expect.stringContaining("LiveKit does not say what time it is") },
    ]);
    // A file that lay there for months.
    await rig.run({ livekitTime: () => Promise.resolve(rig.clock.now()) });
    expect(rig.said("contacts_forgotten")).toMatchObject([{ campaignId: id }]);
  });

  test("of a campaign is refused where the rules still count its calls", async () => {
    await people();
    const argv = ["create", "--name", "summer", "--csv", join(dir, "people.csv"), "--assistant", "a1", "--retention"];
    expect((await run(...argv, "30d")).stderr).toContain(
      "retention: expected a duration from 60d to 3660d, such as 90d",
    );
    expect((await run(...argv, "90d")).code).toBe(0);
    expect(JSON.parse((await run("status", "summer", "--json")).stdout)).toMatchObject({ retention: "90d" });
  });

  test("does not forget calls that the rules still count", async () => {
    await people();
    const { code, stderr } = await run("purge", "--older-than", "59d", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("expected at least 60d for calls, got 59d");
  });

  test.each([
    [["--older-than", "soon"], 'expected a duration such as 90d, got "soon"'],
    [
      ["--older-than", "90d", "--what", "names"],
      'expected contacts, variables, recordings, calls, or several, got "names"',
    ],
  ])("says what is wrong with %j", async (flags, words) => {
    await people();
    const { code, stderr } = await run("purge", ...flags, "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});
