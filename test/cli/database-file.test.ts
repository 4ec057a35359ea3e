/** Which commands make the database's file, and what those that read do with one that is missing or read-only. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { Desk } from "../support/desk.ts";

const NUMBER = "+12015550100";
const BIN = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));

const READING = [
  "list",
  "status",
  "status c",
  "calls c",
  "calls c --csv",
  `explain c ${NUMBER}`,
  "contacts lists",
  `contacts show ${NUMBER}`,
  `contacts consent ${NUMBER}`,
  `dnc check ${NUMBER}`,
  "dnc list",
  "start c --dry-run",
  "start c",
  "pause c",
  "resume c",
  "stop c",
  "outcome x interested",
  `dnc remove ${NUMBER}`,
  `trunks unassign ${NUMBER}`,
  "doctor",
].map((line) => line.split(" "));

test.each(READING.filter(([name]) => name !== "doctor"))(
  "%s %s %s with a wrong --db made an empty database: it is refused",
  async (...argv) => {
    await using desk = new Desk();
    const { code, stdout, stderr } = await desk.run([
      ...argv.filter(Boolean),
      "--db",
      join(desk.dir, "new", "wrong.db"),
    ]);
    expect(stderr).toContain("found no file there");
    expect([code, stdout]).toEqual([2, ""]);
    expect(readdirSync(desk.dir)).toEqual([]);
  },
);

test.each(READING)("%s %s %s makes neither a database nor its directory where there is none", async (...argv) => {
  await using desk = new Desk();
  delete desk.env["CAMPAIGNS_DB"];
  const { stderr } = await desk.run(argv.filter(Boolean));
  expect(stderr).not.toMatch(/ {4}at /);
  expect(readdirSync(desk.dir)).toEqual([]);
});

test("list of nothing is no mistake", async () => {
  await using desk = new Desk();
  expect(await desk.run(["list"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("no campaigns yet") as string,
  });
});

test("move from a file that is not there is refused", async () => {
  await using desk = new Desk({ SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0" });
  expect(await desk.run(["move", "--to", "supabase"])).toMatchObject({ code: 2 });
  expect(existsSync(desk.db)).toBe(false);
});

test("a database that cannot be written can be read", async (context) => {
  using scratch = new Scratch();
  const csv = scratch.file("c.csv", contactsCsv(3));
  await scratch.run("create", "--name", "c", "--csv", csv, "--assistant", "a1", "--start");
  const asRoot = process.getuid?.() === 0;
  const me = asRoot ? { uid: 65_534, gid: 65_534 } : {};
  if (spawnSync(process.execPath, [BIN, "--version"], { ...me, env: {} }).status !== 0) {
    context.skip("modes do not bind root, and nobody cannot reach the program here");
  }
  const run = (...argv: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [BIN, ...argv], {
      ...me,
      cwd: scratch.dir,
      env: { HOME: scratch.dir, CAMPAIGNS_DB: scratch.db },
      encoding: "utf8",
    });
  if (asRoot) for (const path of [scratch.dir, scratch.db]) chownSync(path, 65_534, 65_534);
  chmodSync(scratch.db, 0o400);
  chmodSync(scratch.dir, 0o500);
  const before = readdirSync(scratch.dir);
  for (const argv of [["list"], ["status", "c"], ["calls", "c"], ["explain", "c", NUMBER], ["dnc", "list"]]) {
    expect(run(...argv)).toMatchObject({ status: 0, stderr: "" });
  }
  expect(run("calls", "c", "--csv")).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^this export is not in the audit log: .*readonly database.*\n$/) as string,
  });
  expect(run("status", "c").stdout).toContain("0 of 3 final");
  expect(run("pause", "c")).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("make them writable") as string,
  });
  expect(readdirSync(scratch.dir)).toEqual(before);
  chmodSync(scratch.dir, 0o700);
});
