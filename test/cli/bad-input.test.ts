/** What an operator gets wrong: one sentence each, the right exit code, and nothing half written. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { program } from "../support/program.ts";
import type { Ran } from "../support/cli.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-bad-"));
  writeFileSync(join(dir, "good.csv"), "name,phone_number\nAda,+12025550110\nGrace,+12025550111\n");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  program(argv, { cwd: dir, env: { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "UTC", ...env } });

const create = (...more: string[]): string[] => [
  "create",
  ...(more.includes("--name") ? [] : ["--name", "spring"]),
  ...(more.includes("--csv") ? [] : ["--csv", join(dir, "good.csv")]),
  "--assistant",
  "a1",
  ...more,
];

async function nothingIsLeft(): Promise<void> {
  const { stdout } = await run(["list", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ campaigns: [] });
}

describe("usage", () => {
  test.each([
    [["dance"], "unknown command 'dance'"],
    [["list", "--colour"], "unknown option '--colour'"],
    [["start"], "missing required argument 'campaign'"],
    [["create", "--name", "x"], "required option"],
    [["calls", "spring", "--status", "happy"], "happy"],
    [["outcome", "c1", "splendid"], "splendid"],
    [["calls", "spring", "--status", "no-anwser"], "(Did you mean no_answer?)"],
    [["calls", "spring", "--status", "comp"], "(Did you mean completed?)"],
    [["list", "--status", "runing"], "(Did you mean running?)"],
    [["outcome", "c1", "intrested"], "(Did you mean interested?)"],
    [["run", "--poll", "soon"], '--poll: expected a duration such as 30s or 5m, got "soon"'],
    [["run", "--parallel", "0"], '--parallel: expected a whole number from 1, got "0"'],
  ])("%j", async (argv, sentence) => {
    const { code, stderr, stdout } = await run(argv);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("no command at all shows the help", async () => {
    const { code, stdout, stderr } = await run([]);
    expect(stdout + stderr).toContain("Usage: campaigns");
    expect(code).toBe(2);
  });

  test.each([
    "create",
    "list",
    "start",
    "pause",
    "resume",
    "stop",
    "status",
    "calls",
    "outcome",
    "run",
    "sandbox",
    "dial",
    "trunks",
    "doctor",
  ])("%s --help shows an example", async (command) => {
    const { code, stdout } = await run([command, "--help"]);
    expect(stdout).toContain("Example:");
    expect(stdout).toContain(`campaigns ${command}`);
    expect(code).toBe(0);
  });
});

describe("create", () => {
  const files: readonly (readonly [string, string, string])[] = [
    ["no phone column", "name,address\nAda,Main St\n", "phone"],
    ["an empty file", "", "empty"],
    ["a header and no row", "name,phone_number\n", "expected at least one contact"],
    ["no row that can be called", "phone_number\nabc\n911\n", "expected at least one contact"],
    ["an account number is no phone", "account_number,photo_url\n+12025550110,x\n", "phone"],
    ["a quote that never closes", 'name,phone_number\n"Ada,+12025550110\n', "uote"],
  ];
  test.each(files)("%s", async (_, text, sentence) => {
    writeFileSync(join(dir, "bad.csv"), text);
    const { code, stderr } = await run(create("--csv", join(dir, "bad.csv")));
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(2);
    await nothingIsLeft();
  });

  test("a missing file", async () => {
    const { code, stderr } = await run(create("--csv", join(dir, "nowhere.csv")));
    expect(stderr).toContain("expected a readable file");
    expect(code).toBe(2);
    await nothingIsLeft();
  });

  test.each([
    [["--hours", "9-9"], "hours: expected"],
    [["--hours", "25-3"], "hours: expected"],
    [["--hours", "5-9pm"], 'hours: expected hours such as 9-17, 9:30-17, 22-6 or 9am-5pm, got "5-9pm"'],
    [["--days", "funday"], "days: expected"],
    [["--timezone", "Mars/Olympus"], "timezone: expected an IANA time zone"],
    [["--daily-cap", "0"], "daily cap: expected a whole number from 1"],
    [["--delay=-2s"], "delay: expected a duration"],
    [["--prompt-file", "nowhere.txt"], "expected a readable file"],
  ])("%j", async (flags, sentence) => {
    const { code, stderr } = await run(create(...flags));
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
    await nothingIsLeft();
  });

  test("hours as clocks with am and pm show them", async () => {
    const { stdout } = await run(create("--hours", "9am-12pm,1:30pm-5pm", "--json"));
    expect(JSON.parse(stdout)).toMatchObject({ hours: "mon-fri 9:00-12:00,13:30-17:00" });
  });

  test("a name that is taken", async () => {
    expect(await run(create())).toMatchObject({ code: 0 });
    const { code, stderr } = await run(create());
    expect(stderr).toContain("expected a new name");
    expect(code).toBe(1);
  });
});

describe("campaigns that are not there, or not ready", () => {
  test.each(["start", "pause", "resume", "stop", "status", "calls"])("%s of an unknown one", async (verb) => {
    const { code, stderr } = await run([verb, "nothing"]);
    expect(stderr).toContain('expected the name or id of a campaign, got "nothing"');
    expect(code).toBe(1);
  });

  test("an ambiguous prefix", async () => {
    const ids = new Set<string>();
    // Sooner or later two ids begin with the same digit.
    for (let n = 0; ; n++) {
      const { stdout } = await run([...create("--name", `c${n}`), "--json"]);
      const first = (JSON.parse(stdout) as { id: string }).id.slice(0, 1);
      if (!ids.has(first)) {
        ids.add(first);
        continue;
      }
      const { code, stderr } = await run(["status", first]);
      expect(stderr).toContain(`"${first}" stands for 2 campaigns`);
      expect(code).toBe(1);
      return;
    }
  });

  test("every forbidden move is refused with the status and what to do", async () => {
    await run(create());
    const refused = async (...argv: string[]): Promise<string> => {
      const { code, stderr } = await run(argv);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refused("pause", "spring")).toContain('cannot pause "spring": it is idle, and must be running');
    await run(["start", "spring"]);
    expect(await refused("start", "spring")).toContain("it is running, and must be idle");
    expect(await refused("resume", "spring")).toContain("it is running, and must be paused or error");
    await run(["stop", "spring"]);
    // A completed campaign started again would call everyone again.
    expect(await refused("start", "spring")).toContain("to call these contacts again, create a new campaign");
    expect(await refused("stop", "spring")).toContain("it is completed");
  });

  test("an outcome for a call that is not there", async () => {
    const { code, stderr } = await run(["outcome", "nothing", "interested"]);
    expect(stderr).toContain('expected the id of a call, got "nothing"');
    expect(code).toBe(1);
  });
});

describe("LiveKit", () => {
  beforeEach(async () => {
    await run([...create("--hours", "0-24", "--days", "all", "--rules", "none"), "--start"]);
  });

  test("no settings", async () => {
    const { code, stderr } = await run(["run"]);
    expect(stderr).toContain("LIVEKIT_HOST, LIVEKIT_API_KEY, LIVEKIT_API_SECRET not set");
    expect(code).toBe(2);
  });

  test("an address that is none", async () => {
    const keys = { LIVEKIT_API_KEY: "k", LIVEKIT_API_SECRET: "s" };
    const { code, stderr } = await run(["run"], { LIVEKIT_HOST: "livekit.example", ...keys });
    expect(stderr).toContain("LIVEKIT_HOST: expected a ws, wss, http or https address");
    expect(code).toBe(2);
  });

  test("nobody answers there: somebody else is down, and no call was touched", async () => {
    const server = await startSandbox({ clock: systemClock });
    const host = server.url;
    await server[Symbol.asyncDispose]();
    const keys = { LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret };
    const { code, stderr } = await run(["run"], { LIVEKIT_HOST: host, ...keys });
    expect(stderr).toContain("LiveKit did not answer");
    expect(code).toBe(3);
    const { stdout } = await run(["status", "spring", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ calls: { pending: 2 } });
  });

  test.each(["ws", "http"])("a wrong key, said without it (%s)", async (scheme) => {
    await using server = await startSandbox({ clock: systemClock });
    const env = {
      LIVEKIT_HOST: server.url.replace("ws", scheme),
      LIVEKIT_API_KEY: server.apiKey,
      LIVEKIT_API_SECRET: "not-the-secret-of-this-server-at-all",
    };
    const { code, stderr } = await run(["run"], env);
    expect(stderr).toContain("check LIVEKIT_API_KEY and LIVEKIT_API_SECRET");
    expect(stderr).not.toContain("not-the-secret");
    expect(code).toBe(2);
  });

  test("switched off", async () => {
    const { code, stderr } = await run(["run", "--sandbox"], { ENABLE_CAMPAIGN_ENGINE: "false" });
    expect(stderr).toContain("ENABLE_CAMPAIGN_ENGINE is false");
    expect(code).toBe(1);
  });
});

test("with --json an error is one JSON object on stderr", async () => {
  const { code, stdout, stderr } = await run(["status", "nothing", "--json"]);
  expect(stdout).toBe("");
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: "unknown_campaign",
      message: 'expected the name or id of a campaign, got "nothing"',
      hint: "campaigns list shows them",
    },
  });
  expect(code).toBe(1);
});

test.each([
  [["list", "--statsu", "--json"], "unknown_option", "unknown option '--statsu'", "did you mean --status?"],
  [["dnc", "--json"], "missing_command", "expected a command, got none", "--help lists the commands"],
  [["lits", "--json"], "unknown_command", "unknown command 'lits'", "did you mean list?"],
  [["start", "--json"], "missing_argument", "missing required argument 'campaign'", "--help shows what is expected"],
])("with --json wrong usage was said in prose: %j", async (argv, code, message, hint) => {
  const ran = await run(argv);
  expect(JSON.parse(ran.stderr)).toEqual({ error: { code, message, hint } });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
});

test.each([
  ["--json", "status"],
  ["--json", "--user", "ann", "status"],
  ["--actor=ann", "--quiet", "status", "--json"],
])("options that all commands take were unknown before the command: %j", async (...argv) => {
  const { code, stdout, stderr } = await run(argv);
  expect([code, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout)).toEqual({ campaigns: [] });
});

test("a database before the command is the one that is used", async () => {
  await run(["--db", "other.db", ...create()]);
  expect(JSON.parse((await run(["--db", "other.db", "list", "--json"])).stdout)).toMatchObject({ campaigns: [{}] });
  await nothingIsLeft();
});

test("the options of a command come before those that all have", async () => {
  for (const argv of [["list"], ["calls", "sync"], ["dnc", "add"]]) {
    const { stdout } = await run([...argv, "--help"]);
    const own = stdout.indexOf("Options:\n");
    expect(stdout.indexOf("Global Options:\n")).toBeGreaterThan(own);
    expect(stdout.match(/ --json /g)).toHaveLength(1);
  }
  expect((await run(["--help"])).stdout).not.toContain("Global");
});

test.each([
  ["Expected 2 arguments but got 3.", "explain", "spring", "+12025550123", "+12025550124"],
  ["unknown command", "dnc", "+12025550123"],
  ["unknown command", "2025550123"],
])("a number where none belongs was said again: %s", async (sentence, ...argv) => {
  for (const more of [[], ["--json"]]) {
    const { code, stderr } = await run([...argv, ...more]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    expect(stderr).not.toContain("555");
  }
});

test.each(["--settings", "--env-file"])("%s: a file that is not there", async (option) => {
  const { code, stderr } = await run(["list", option, "nowhere.env"]);
  expect(stderr).toContain("expected a readable settings file");
  expect(code).toBe(2);
});

test("a database that is none", async () => {
  writeFileSync(join(dir, "text.db"), "this is no database, it is a letter to a friend, and it is long enough");
  const { code, stderr } = await run(["list", "--db", join(dir, "text.db")]);
  expect(stderr).toContain("database");
  expect(stderr).not.toContain("    at ");
  expect(code).toBe(3);
});
