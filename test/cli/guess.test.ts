/** A campaign called by a word that is not its name: those who look get it, those who change something never do. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import type { Ran } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const NUMBER = "+12025550110";
const CREATE =
  "--csv c.csv --assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --delay 0 --start";

let desk: SandboxDesk;
beforeEach(async () => {
  desk = await SandboxDesk.open();
  desk.file("c.csv", `name,phone_number\nAda,${NUMBER}\n`);
  expect(await run(`create --name spring-2026 ${CREATE}`)).toMatchObject({ code: 0 });
});
afterEach(() => desk[Symbol.asyncDispose]());

const run = (line: string): Promise<Ran> => desk.run(line.split(" "));

/** With what they take beside a campaign. */
const LOOKING = [
  "status C",
  "calls C",
  "calls C --csv",
  `explain C ${NUMBER}`,
  "simulate C",
  "simulate C --like C",
  "report C",
];
const CHANGING = [
  "start C",
  "start C --dry-run",
  "pause C",
  "resume C",
  "stop C",
  "stop C --now --idempotent",
  "run --campaign C",
  "calls sync C",
  "audit --campaign C",
  "export C",
  "move C --to supabase",
];

test("every command that takes a campaign is here", () => {
  const known = [...LOOKING, ...CHANGING].map((line) => line.split(" ")[0]);
  const taking = COMMANDS.filter(({ usage }) => /[<[]campaign/.test(usage)).map(({ usage }) => usage.split(" ")[0]);
  expect(taking.filter((name) => !known.includes(name))).toEqual([]);
});

test.each(LOOKING)("%s takes the beginning of a name, when one campaign has it", async (line) => {
  const [whole, begun] = [await run(line.replaceAll("C", "spring-2026")), await run(line.replaceAll("C", "Spri"))];
  expect(begun).toMatchObject({ code: whole.code, stderr: whole.stderr });
  expect(begun.stderr).not.toContain("Spri");
  // The rest depends on when one looks, and a simulation on lots.
  if (!line.startsWith("simulate")) expect(begun.stdout.split("\n")[0]).toBe(whole.stdout.split("\n")[0]);
  expect(await run(`create --name sprint ${CREATE}`)).toMatchObject({ code: 0 });
  const { code, stderr } = await run(line.replaceAll("C", "Spri"));
  expect([code, stderr]).toEqual([1, expect.stringContaining('"Spri" stands for 2 campaigns')]);
});

test.each(CHANGING)("%s takes no beginning, however sure: nobody is called through a guess", async (line) => {
  desk.env["SUPABASE_URL"] = "http://127.0.0.1:9";
  desk.env["SUPABASE_SERVICE_ROLE_KEY"] = "sb_secret_0";
  // The rest depends on when one looks.
  const moved = async (): Promise<object> => {
    const { stdout } = await run(`status spring-2026 --json --db ${desk.db}`);
    const { execution_status: status, status_at: at } = JSON.parse(stdout) as Record<string, unknown>;
    return { status, at };
  };
  const before = await moved();
  for (const [word, hint] of [
    ["spri", 'did you mean "spring-2026"?'],
    ["sprong-2026", 'did you mean "spring-2026"?'],
    ["''", ""],
    ["autumn", "campaigns list"],
  ] as const) {
    const argv = `${line} --db ${desk.db}`.split(" ").map((each) => (each === "C" ? word.replace("''", "") : each));
    const { code, stdout, stderr } = await desk.run(argv);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(hint);
  }
  expect(await moved()).toEqual(before);
  expect(desk.sandbox.world.dials).toEqual([]);
});

test("an empty word began every id: a script without its variable started the only campaign", async () => {
  expect(await desk.run(["create", "--name", "", ...CREATE.split(" ")])).toMatchObject({ code: 2 });
  for (const argv of [
    ["status", ""],
    ["run", "--campaign", " "],
    ["create", "--name", "x", "--list", "", "--assistant", "a1"],
  ])
    expect(await desk.run(argv)).toMatchObject({ code: 1, stdout: "" });
  expect(desk.sandbox.world.dials).toEqual([]);
});
