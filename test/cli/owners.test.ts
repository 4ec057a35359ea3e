/** Two owners in one database and one LiveKit: no command of the one uses, changes or finds what is the other's. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import type { Ran } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const [ALICE, BOB] = ["a0000000-0000-4000-8000-00000000000a", "b0000000-0000-4000-8000-00000000000b"];
const [HERS, HIS] = ["+12025550150", "+12025550151"];
const TRUNK = SANDBOX_TRUNK.sipTrunkId;

let desk: SandboxDesk;
beforeEach(async () => void (desk = await SandboxDesk.open()));
afterEach(() => desk[Symbol.asyncDispose]());

const as = (user: string, ...argv: string[]): Promise<Ran> => desk.run([...argv, "--user", user]);
const done = async (ran: Promise<Ran>): Promise<string> => {
  const { code, stdout, stderr } = await ran;
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
};
const assign = (number: string, ...more: string[]): string[] => [
  "trunks",
  "assign",
  number,
  "--assistant",
  "a1",
  "--trunk",
  "sandbox",
  ...more,
];
const limits = async (): Promise<unknown> => {
  const { trunks } = JSON.parse(await done(desk.run(["trunks", "--json"]))) as { trunks: { limit: unknown }[] };
  return trunks.map(({ limit }) => limit);
};

test("a trunk with another owner's number is used with --shared only, and then has limits of no single owner", async () => {
  await as(ALICE, ...assign(HERS));
  await as(ALICE, "trunks", "limit", "sandbox", "--cps", "1");
  const before = await limits();
  const refused = await as(BOB, ...assign(HIS));
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--shared") as string });
  expect(refused.stderr).not.toContain("a1");
  for (const loosen of [
    ["--cps", "100"],
    ["--concurrency", "1"],
  ])
    expect((await as(BOB, "trunks", "limit", "sandbox", ...loosen)).code).toBe(1);
  expect((await as(BOB, "trunks", "delete", TRUNK)).code).toBe(1);
  expect(await limits()).toEqual(before);

  expect((await as(BOB, ...assign(HIS, "--shared"))).code).toBe(0);
  for (const owner of [ALICE, BOB]) {
    const { code, stderr } = await as(owner, "trunks", "limit", "sandbox", "--cps", "2");
    expect([code, stderr]).toEqual([1, expect.stringContaining("others call through it")]);
  }
  await done(desk.run(["trunks", "limit", "sandbox", "--cps", "2"]));
  expect((await as(BOB, "trunks", "unassign", HIS)).code).toBe(0);
  expect((await as(BOB, "trunks", "unassign", HERS)).code).toBe(1);
  expect((await as(BOB, "trunks", "delete", TRUNK)).code).toBe(1);
  expect(desk.sandbox.world.trunks.list()).toHaveLength(1);
  const taken = await as(BOB, ...assign(HERS, "--shared"));
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("another owner")]);
  expect(taken.stderr).not.toMatch(/a1|ST_/);
});

test("a trunk that another owner's campaign names is not deleted", async () => {
  desk.file("c.csv", "phone\n+12025550101\n");
  await done(
    as(
      ALICE,
      "create",
      "--name",
      "hers",
      "--csv",
      "c.csv",
      "--assistant",
      "a1",
      "--trunk",
      "sandbox",
      "--timezone",
      "Europe/London",
    ),
  );
  expect((await as(BOB, "trunks", "delete", "sandbox")).code).toBe(1);
  await done(as(ALICE, "stop", "hers"));
  expect((await as(BOB, "trunks", "delete", "sandbox")).code).toBe(0);
});

test("lists, campaigns and calls are found by name, id and prefix by their owner only", async () => {
  desk.file("c.csv", "phone\n+12025550101\n");
  desk.file("d.csv", "phone\n+12025550102\n");
  await done(as(ALICE, "contacts", "import", "c.csv", "--list", "members"));
  const made = await done(
    as(
      ALICE,
      "create",
      "--name",
      "hers",
      "--csv",
      "c.csv",
      "--assistant",
      "a1",
      "--timezone",
      "Europe/London",
      "--json",
    ),
  );
  const { id } = JSON.parse(made) as { id: string };
  await done(as(ALICE, "start", "hers"));
  const calls = JSON.parse(await done(as(ALICE, "calls", "hers", "--json"))) as { calls: { id: string }[] };
  const call = calls.calls[0]?.id ?? "";
  // While its hours are open, the next call is due at any moment.
  const status = async () => ({ ...JSON.parse(await done(as(ALICE, "status", "hers", "--json"))), next_call_at: null });
  const before = await status();

  // A list of the same name is his own.
  await done(as(BOB, "contacts", "import", "d.csv", "--list", "members"));
  const lists = async (user: string) =>
    (JSON.parse(await done(as(user, "contacts", "lists", "--json"))) as { lists: { contacts: number }[] }).lists;
  expect([(await lists(ALICE)).length, (await lists(ALICE))[0]?.contacts, (await lists(BOB))[0]?.contacts]).toEqual([
    1, 1, 1,
  ]);
  for (const ref of ["hers", id, id.slice(0, 8), id.slice(0, 1)])
    for (const command of ["status", "calls", "start", "pause", "resume", "stop"])
      expect([command, ref, (await as(BOB, command, ref)).code]).toEqual([command, ref, 1]);
  expect((await as(BOB, "explain", "hers", "+12025550101")).code).toBe(1);
  expect((await as(BOB, "outcome", call, "do_not_call")).code).toBe(1);
  expect((await as(BOB, "create", "--name", "his", "--list", "members", "--assistant", "a1")).code).toBe(0);
  expect(await status()).toEqual(before);

  // Who asked by an id is in the log, for the installation alone to read.
  const refused = async (...argv: string[]) =>
    (JSON.parse(await done(desk.run(["audit", "--json", ...argv]))) as { entries: Record<string, unknown>[] }).entries
      .filter(({ action }) => action === "access.refused")
      .map(({ actor, campaign_id, call_id, after }) => [actor, campaign_id ?? call_id, after])
      .toReversed();
  expect(await refused()).toHaveLength(7);
  await as(BOB, "status", id, "--actor", "bob");
  await as(BOB, "status", "his");
  await as(BOB, "pause", "his");
  await as(ALICE, "start", id);
  expect((await refused()).slice(5)).toEqual([
    [expect.stringMatching("cli:"), id, { command: "stop" }],
    [expect.stringMatching("cli:"), call, { command: "outcome" }],
    ["cli:bob", id, { command: "status" }],
  ]);
  for (const user of [ALICE, BOB]) expect(await refused("--user", user)).toEqual([]);
});

test("what one owner put on the do-not-call list another does not take off, and is not told who did and why", async () => {
  await done(as(ALICE, "dnc", "add", "+12025550101", "--reason", "she wept"));
  expect((await as(BOB, "dnc", "remove", "+12025550101")).code).toBe(1);
  for (const command of [
    ["dnc", "check", "+12025550101"],
    ["dnc", "list", "--json"],
    ["dnc", "export"],
    ["export", "+12025550101"],
    ["contacts", "show", "+12025550101", "--json"],
  ]) {
    const told = (await as(BOB, ...command)).stdout;
    expect(told).toMatch(/operator|do_not_call/);
    for (const secret of ["she wept", ALICE]) expect(told).not.toContain(secret);
  }
  expect(await done(as(ALICE, "dnc", "check", "+12025550101"))).toContain(
    `added by ${ALICE}, from operator (she wept)`,
  );
  expect(JSON.parse(await done(desk.run(["dnc", "export", "--json"])))).toMatchObject({ added_by: ALICE });
  await done(as(ALICE, "dnc", "remove", "+12025550101"));
});

test.each([
  ["a reason of many lines", ["--reason", "a\nb"]],
  ["a long reason", ["--reason", "x".repeat(501)]],
  ["a long name", ["--source", "x".repeat(201)]],
  ["a name that steers", ["--source", "a\u001b[2J"]],
])("%s is refused for the do-not-call list", async (_, options) => {
  expect((await as(ALICE, "dnc", "add", "+12025550101", ...options)).code).toBe(2);
});

test("a command that was refused made a database, to write down what its owner had asked for", async () => {
  const db = join(desk.dir, "new.db");
  const { code } = await as(BOB, "restore", "missing.db", "--db", db);
  expect([code === 0, existsSync(db)]).toEqual([false, false]);
});
