/** Output that cannot be written: a closed pane, a full disk, a reader that is gone. One sentence, and no call is lost. */
import { EventEmitter } from "node:events";
import { existsSync, openSync } from "node:fs";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PassThrough, Readable, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { contactsCsv } from "../support/cli.ts";
import { Desk, SandboxDesk } from "../support/desk.ts";
import { Spout } from "../support/spout.ts";

const CREATE =
  "create --name c --assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --delay 0 --start --csv";
const NUMBER = "+12015550100";

/** Runs a command on these streams; stdout and stderr may be broken. */
async function on(desk: Desk, argv: readonly string[], stdout: Writable, stderr: Writable): Promise<number> {
  const signals = new EventEmitter();
  return main({
    argv: ["node", "campaigns", ...argv],
    env: desk.env,
    cwd: () => desk.dir,
    stdin: Readable.from([""]),
    stdout,
    stderr,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  });
}

async function printing(desk: Desk, code: string, argv: readonly string[]): Promise<{ code: number; stderr: string }> {
  const stderr = new PassThrough();
  const said = text(stderr);
  const exit = await on(desk, argv, new Spout(0, code), stderr);
  stderr.end();
  return { code: exit, stderr: await said };
}

const COMMANDS = [
  "--help",
  "--version",
  "list",
  "list --json",
  "status",
  "status c --watch",
  "start c --dry-run",
  "calls c",
  "calls c --csv",
  `explain c ${NUMBER}`,
  "contacts lists",
  `contacts show ${NUMBER}`,
  `contacts consent ${NUMBER}`,
  "dnc list",
  "rules",
  "trunks",
  "doctor",
  "schema",
  "pause c",
  "apply -f c.yaml --dry-run",
  "audit",
  "audit head",
  "audit verify --calls",
  "calls c --json",
  "completion bash",
  "dnc export",
  `erase ${NUMBER} --dry-run`,
  "export c",
  `export ${NUMBER}`,
  "keys status",
  "purge --older-than 90d --dry-run",
  "report c",
  "simulate c",
  "resume c --idempotent",
  "stop c",
].map((line) => line.split(" "));

describe("every command", { timeout: 20_000 }, () => {
  test.each(COMMANDS)("%s %s %s: a full disk is one sentence, exit 3", async (...argv) => {
    await using desk = await SandboxDesk.open();
    await desk.run([...CREATE.split(" "), desk.file("c.csv", contactsCsv(3))]);
    desk.file("c.yaml", (await desk.run(["export", "c"])).stdout);
    const { code, stderr } = await printing(desk, "ENOSPC", argv.filter(Boolean));
    expect(code).toBe(3);
    expect(stderr).toContain("the output could not be written: ENOSPC");
    expect(stderr).not.toMatch(/ {4}at |bug of ours/);
  });

  test.each([["list"], ["calls", "c", "--csv"], ["dnc", "export", "--json"]])(
    "%s %s %s: a reader that has seen enough, such as head, is no error",
    async (...argv) => {
      await using desk = new Desk();
      await desk.run([...CREATE.split(" "), desk.file("c.csv", contactsCsv(3))]);
      await desk.run(["dnc", "add", NUMBER]);
      expect(await printing(desk, "EPIPE", argv)).toEqual({ code: 0, stderr: "" });
    },
  );

  test("a terminal that was closed under both streams is exit 3", async () => {
    await using desk = new Desk();
    expect(await on(desk, ["list"], new Spout(0, "EIO"), new Spout(0, "EIO"))).toBe(3);
    expect(await on(desk, ["start", "nobody"], new Spout(0, "EIO"), new Spout(0, "EIO"))).toBe(1);
  });

  test("what a command changed is stored, whether it could say so or not", async () => {
    await using desk = new Desk();
    const csv = desk.file("c.csv", contactsCsv(3));
    expect(await printing(desk, "EIO", [...CREATE.split(" "), csv])).toMatchObject({ code: 3 });
    expect((await desk.run(["list", "--json"])).stdout).toContain('"total":3');
  });

  test.skipIf(!existsSync("/dev/full"))("the real process on a full disk (needs /dev/full)", async () => {
    using desk = new Desk();
    const bin = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));
    const child = spawn(process.execPath, [bin, "list"], {
      cwd: desk.dir,
      env: desk.env,
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    const said = text(child.stderr as Readable);
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, await said]).toEqual([3, expect.stringContaining("could not be written: ENOSPC")]);
  });
});

describe("a run", { timeout: 20_000 }, () => {
  test.each(["EIO", "ENOSPC", "EPIPE"])(
    "that cannot write any more (%s) makes no new calls, and sees live ones to their end",
    async (code) => {
      await using desk = await SandboxDesk.open({
        others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 1 } }],
        agentJoinsAfter: 0,
      });
      await desk.run([...CREATE.split(" "), desk.file("c.csv", contactsCsv(100)), "--concurrency", "2"]);
      const stderr = new PassThrough();
      const said = text(stderr);
      expect(await on(desk, ["run", "--watch"], new Spout(3, code), stderr)).toBe(3);
      stderr.end();
      expect(await said).toContain("no new calls; live ones are seen to their end");
      expect(await said).not.toMatch(/ {4}at /);
      const { dials } = desk.sandbox.world;
      expect(dials.length).toBeGreaterThan(0);
      expect(dials.length).toBeLessThan(100);
      expect(dials.every(({ endedAs }) => endedAs === "talked")).toBe(true);
      expect((await desk.run(["status", "c", "--json"])).stdout).toContain('"live":0');
    },
  );

  test("a dial that loses its screen goes on to the end of the call", async () => {
    await using desk = await SandboxDesk.open({
      others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 1 } }],
      agentJoinsAfter: 0,
    });
    const argv = ["dial", NUMBER, "--trunk", "ST_sandbox", "--force", "--yes"];
    const { code, stderr } = await printing(desk, "EIO", argv);
    expect(stderr).toContain("the output could not be written");
    expect(code).toBe(3);
    expect(desk.sandbox.world.dials).toMatchObject([{ endedAs: "talked" }]);
  });
});
