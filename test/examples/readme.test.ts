/** Every snippet of the README and of docs does what is shown there. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { schemaSql } from "../../src/adapters/supabase/schema.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { Scratch } from "../support/cli.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const README = readFileSync(root("README.md"), "utf8");
const PAGES = [README, ...readdirSync(root("docs")).map((page) => readFileSync(root(`docs/${page}`), "utf8"))];

interface Snippet {
  readonly language: string;
  readonly text: string;
}

const snippets: readonly Snippet[] = PAGES.flatMap((page) =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({ language, text })),
);
const inLanguage = (language: string): string[] =>
  snippets.filter((snippet) => snippet.language === language).map(({ text }) => text);

interface Step {
  readonly command: string;
  /** What it prints; "…" stands for any lines. */
  readonly shows: readonly string[];
}

/** The commands of a console, each with the lines below it. */
function stepsOf(text: string): Step[] {
  const steps = text.replaceAll(/ \\\n\s*/g, " ").split(/^\$ /m);
  return steps
    .slice(1)
    .map((step) => step.trimEnd().split("\n"))
    .map(([command = "", ...shows]) => ({ command, shows }));
}

/** Ids, times and spans differ from run to run. */
const steady = (line: string): string =>
  line
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>")
    .replaceAll(/\d\d:\d\d:\d\d/g, "<time>")
    .replaceAll(/(http:\/\/127\.0\.0\.1):\d+/g, "$1:<port>")
    .replaceAll(/[\d.]+ s\b/g, "<n> s")
    .trimEnd();

/** The words of a command line, without a shell: quotes, and $ names that stand for any text. */
const words = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

/** One folder for all snippets that use the file, and one for those that use a project instead. */
let sandbox: Sandbox;
let desk: Scratch;
let projectDesk: Scratch;
let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: systemClock });
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "readme", "select 1");
  desk = new Scratch(sandbox);
  const settings = {
    SUPABASE_URL: project.url,
    SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey,
    TZ: "Europe/London",
  };
  projectDesk = new Scratch(sandbox, undefined, settings);
  for (const { dir } of [desk, projectDesk]) {
    mkdirSync(join(dir, "examples"));
    copyFileSync(root("examples/contacts.csv"), join(dir, "examples", "contacts.csv"));
  }
});
afterAll(async () => {
  desk?.[Symbol.dispose]();
  projectDesk?.[Symbol.dispose]();
  await sandbox?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** What it prints, both streams. */
async function run(command: string, shows: readonly string[], at: Scratch): Promise<string> {
  const [program, ...args] = words(command);
  if (program === "cat") {
    const [name = ""] = args;
    const path = join(at.dir, name);
    return readFileSync(existsSync(path) ? path : at.file(name, `${shows.join("\n")}\n`), "utf8");
  }
  // The test sets what an operator would copy from the project's settings.
  if (program === "export") return "";
  const piped = command.split(" | ");
  const [line = "", stdin = ""] = piped[0]?.startsWith("printf") === true ? [piped[1], "secret"] : [piped[0]];
  const argv = words(line).slice(1);
  // Where the README stays for ever, the test stays for one look.
  if (argv.includes("--watch")) argv.push("--for", "0s");
  const serves = argv[0] === "serve";
  if (serves) argv.push("--port", "0");
  const child = at.start(...argv);
  if (serves) child.stdout?.once("data", () => child.kill("SIGTERM"));
  child.stdin?.end(stdin);
  const { code, stdout, stderr } = await child.ended;
  expect([command, code, stderr]).toEqual([command, serves ? 143 : 0, stderr]);
  if (piped[1]?.startsWith("psql") === true) {
    expect(stdout).toBe(schemaSql());
    await project.sql.unsafe(stdout);
  }
  return stdout + stderr;
}

test.each(inLanguage("console").map((text) => [stepsOf(text)[0]?.command ?? "", text] as const))(
  "%s …",
  async (_, text) => {
    const at = text.includes("SUPABASE_URL") ? projectDesk : desk;
    for (const { command, shows } of stepsOf(text)) {
      const printed = (await run(command, shows, at)).split("\n").map(steady);
      const expected = shows.filter((line) => line !== "…").map(steady);
      let found = -1;
      for (const line of expected) {
        found = printed.indexOf(line, found + 1);
        expect(found, `${command} was to print "${line}", and printed:\n${printed.join("\n")}`).not.toBe(-1);
      }
      if (!shows.includes("…") && shows.length > 0) expect(printed.filter(Boolean)).toEqual(expected);
    }
  },
  120_000,
);

test("the crontab line is a run that cron can start", async () => {
  const [, command = ""] =
    /&& node_modules\/\.bin\/node bin\/campaigns\.js (.*)$/m.exec(inLanguage("cron").join()) ?? [];
  // Outside a clone npx would fetch a stranger's package of that name.
  expect(inLanguage("cron").join()).not.toContain("npx");
  expect(await desk.run(...words(command))).toMatchObject({ code: 0 });
});

test("every script is one that the sandbox reads", () => {
  for (const text of inLanguage("json")) expect(parseScript(text)).toMatchObject({ agentJoinsAfter: 0.5 });
});

test("the library has what the README imports", async () => {
  const library = await import("../../src/index.ts");
  for (const text of inLanguage("ts")) {
    const names =
      /import \{(.*)\}/
        .exec(text)?.[1]
        ?.split(",")
        .map((name) => name.trim()) ?? [];
    expect(Object.keys(library)).toEqual(expect.arrayContaining(names));
  }
});

test("a stranger has read it soon, and every page that it names is there", () => {
  expect(README.split("\n").length).toBeLessThanOrEqual(300);
  for (const page of PAGES) {
    for (const [, path = ""] of page.matchAll(/\]\(((?!https?:|#)[^)]+)\)/g))
      expect(existsSync(root(path)), path).toBe(true);
  }
});

test("no snippet is of a kind that nobody runs", () => {
  const run = ["console", "cron", "json", "ts"];
  expect(snippets.filter(({ language }) => !run.includes(language))).toEqual([]);
});

test("the table of commands names every command and no other", () => {
  const table = README.slice(README.indexOf("| command "), README.indexOf("`CAMPAIGN` is"));
  const named = [...table.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name),
  );
  expect(new Set(named)).toEqual(new Set(COMMANDS.map(({ usage }) => usage.split(" ")[0])));
});
