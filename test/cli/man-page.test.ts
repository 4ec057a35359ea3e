/** The manual that the build writes: every command and option, as man(1) shows it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { beforeAll, expect, test } from "vitest";
import { manPage } from "../../src/cli/man-page.ts";
import { version } from "../../src/cli/version.ts";
import { wholeProgram } from "../support/program.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const PAGE = root("man/campaigns.1");

let program: Command;
let page: string;
beforeAll(async () => {
  program = await wholeProgram();
  page = manPage(program, version());
});

test("the package has the page, and it is the present one", () => {
  const { man, files } = JSON.parse(readFileSync(root("package.json"), "utf8")) as { man: string; files: string[] };
  expect([root(man), files]).toEqual([PAGE, expect.arrayContaining(["man"])]);
  expect(readFileSync(PAGE, "utf8"), "npm run build writes it").toBe(page);
});

test("its lines are text or one of a few requests, and its sections come in the usual order", () => {
  const requests = page.split("\n").filter((line) => /^[.']/.test(line));
  const known = /^\.(TH|SH|SS|TP|PP|B|I|nf|fi|nh)\b/;
  expect(requests.filter((line) => !known.test(line))).toEqual([]);
  expect([...page.matchAll(/^\.SH (.*)$/gm)].map(([, name]) => name)).toEqual([
    "NAME",
    "SYNOPSIS",
    "COMMANDS",
    "COMMON OPTIONS",
    "EXAMPLES",
    "EXIT STATUS",
  ]);
  expect(page.replaceAll(/\\[-eI&]|\\\(aq|\\f[IR]/g, "")).not.toContain("\\");
});

/** Every command that does something, with its options. */
const all = (command: Command, above = ""): { readonly spoken: string; readonly flags: readonly string[] }[] => {
  const spoken = `${above} ${command.name()}`.trim();
  const options = command.createHelp().visibleOptions(command);
  const flags = options.map((option) => option.flags).filter((each) => !each.includes("--help"));
  return [{ spoken, flags }, ...command.commands.flatMap((each) => all(each, spoken))];
};

const hasMan = spawnSync("man", ["--version"]).status === 0 && spawnSync("groff", ["--version"]).status === 0;

test.skipIf(!hasMan)("man shows it without a complaint, with all commands and options", () => {
  const env = { ...process.env, MANWIDTH: "400", MANPAGER: "cat", LC_ALL: "C.UTF-8" };
  const { status, stdout, stderr } = spawnSync("man", ["--warnings", "-l", PAGE], { encoding: "utf8", env });
  expect([status, stderr]).toEqual([0, ""]);
  const lines = stdout.split("\n").map((line) => line.trim());
  for (const { spoken, flags } of all(program)) {
    expect(lines.filter((line) => `${line} `.startsWith(`${spoken} `))).not.toEqual([]);
    for (const each of flags) expect(lines.filter((line) => line.startsWith(each))).not.toEqual([]);
  }
  expect(stdout).toMatch(/130\/143\s+interrupted/);
  // A line that begins with a quote or a dot is not lost, and neither is a backslash at an end.
  expect(stdout).toContain("--number +442079460100 \\\n");
});
