/** What is longer than the window goes through a pager, and only there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { contactsCsv } from "../support/cli.ts";
import { Desk } from "../support/desk.ts";
import { type Given, program } from "../support/program.ts";

const CREATE = "--assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --start";
const NAME = `spring ${"and summer ".repeat(9)}sale`;

/** A campaign of so many calls. */
async function full(contacts = 90): Promise<Desk> {
  const desk = new Desk();
  const csv = desk.file("c.csv", contactsCsv(contacts));
  await desk.run(["create", "--name", NAME, "--csv", csv, ...CREATE.split(" ")]);
  return desk;
}

const look = (desk: Desk, argv: readonly string[], env: Given["env"], more: Partial<Given> = {}): Promise<Ran> =>
  program(argv, { cwd: desk.dir, env: { ...desk.env, ...env }, onTerminal: true, rows: 24, ...more });
const calls = ["calls", NAME, "--limit", "90"];

test("a table longer than the window is read in the pager, colours and all", async () => {
  await using desk = await full();
  const { code, stdout } = await look(desk, calls, { PAGER: `cat > ${join(desk.dir, "paged")}` });
  expect([code, stdout]).toEqual([0, ""]);
  expect(readFileSync(join(desk.dir, "paged"), "utf8").trimEnd().split("\n")).toHaveLength(91);
});

test.each<readonly [string, readonly string[], Record<string, string>, Partial<Given>]>([
  ["one that fits", ["list"], {}, {}],
  ["a window of unknown height", calls, {}, { rows: 0 }],
  ["a pipe", calls, {}, { onTerminal: false }],
  ["JSON", [...calls, "--json"], {}, {}],
  ["no pager", calls, { PAGER: "" }, {}],
  ["cat", calls, { PAGER: "cat" }, {}],
  ["CI", calls, { CI: "true" }, {}],
  ["a terminal that can only print", calls, { TERM: "dumb" }, {}],
  ["a pager that is not there", calls, { PAGER: "no-such-pager" }, {}],
])("%s: it is printed", async (_, argv, env, more) => {
  await using desk = await full();
  const ran = await look(desk, argv, { PAGER: `cat > ${join(desk.dir, "paged")}`, ...env }, more);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/spring|Contact 89/);
  expect(existsSync(join(desk.dir, "paged"))).toBe(false);
});

test("whoever has seen enough quits the pager, and that is no error", async () => {
  await using desk = await full(1000);
  const ran = await look(desk, ["calls", NAME, "--limit", "1000"], { PAGER: "true" });
  expect(ran).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

test("a settings file names no command to run", async () => {
  await using desk = await full();
  desk.file(".env", `PAGER=cat > ${join(desk.dir, "paged")}\n`);
  await look(desk, calls, { PAGER: "cat" });
  expect(existsSync(join(desk.dir, "paged"))).toBe(false);
});

test("columns are cut to the window, and with --wide they are not", async () => {
  await using desk = await full(1);
  const shown = async (...argv: string[]): Promise<string> =>
    stripVTControlCharacters((await look(desk, argv, {}, { columns: 80 })).stdout);
  expect(await shown("list")).toMatch(/spring and summer.*…/);
  expect(await shown("list")).not.toContain(NAME);
  expect(await shown("list", "--wide")).toContain(NAME);
});
