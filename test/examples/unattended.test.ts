/** The examples for machines without an operator: what cron, systemd and GitHub's runner would do with them is done. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Folder, type Ran, Scratch } from "../support/cli.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const example = (name: string): string => readFileSync(root(`examples/${name}`), "utf8");

/** A clone with the settings in its .env, and nothing of them in its environment. */
class Clone extends Scratch {
  constructor(sandbox: Sandbox) {
    super(sandbox);
    for (const part of ["bin", "dist", "examples", "package.json"]) symlinkSync(root(part), join(this.dir, part));
    mkdirSync(join(this.dir, "node_modules", ".bin"), { recursive: true });
    symlinkSync(process.execPath, join(this.dir, "node_modules", ".bin", "node"));
  }

  /** What an operator does once. */
  async prepare(contacts: number): Promise<void> {
    const { LIVEKIT_HOST, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, CAMPAIGNS_DB } = this.how().env;
    const settings = { LIVEKIT_HOST, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, CAMPAIGNS_DB };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    chmodSync(this.file(".env", lines.join("\n")), 0o600);
    const always = ["--hours", "0-24", "--days", "all", "--rules", "none", "--delay", "0", "--start"];
    const csv = this.file("contacts.csv", contactsCsv(contacts));
    expect(await this.run("create", "--name", "spring", "--csv", csv, "--assistant", "demo", ...always)).toMatchObject({
      code: 0,
    });
  }

  /** A command as somebody else starts it. */
  act(
    shell: string,
    env: Readonly<Record<string, string>>,
  ): ReturnType<typeof spawn> & { readonly ended: Promise<Ran> } {
    const child = spawn("/bin/sh", ["-c", shell.replaceAll("/srv/campaigns", this.dir)], { cwd: "/", env });
    const text = ["", ""];
    child.stdout.on("data", (chunk) => (text[0] += String(chunk)));
    child.stderr.on("data", (chunk) => (text[1] += String(chunk)));
    const ended = new Promise<Ran>((resolve) =>
      child.on("close", (code) => resolve({ code, stdout: text[0] ?? "", stderr: text[1] ?? "" })),
    );
    return Object.assign(child, { ended });
  }
}

test("cron's line dials, also twice at once, and mails nothing but trouble", async () => {
  const lines = example("crontab").split("\n");
  const [path = ""] = lines.flatMap((line) => /^PATH=(.*)/.exec(line)?.[1] ?? []);
  const [, command = ""] = /^\*\/5 9-17 \* \* 1-5 {2}([^%]+)$/m.exec(lines.join("\n")) ?? [];
  await using sandbox = await startSandbox({ clock: systemClock });
  using clone = new Clone(sandbox);
  // All that cron gives.
  const env = {
    HOME: clone.dir,
    LOGNAME: "campaigns",
    SHELL: "/bin/sh",
    PATH: path.replaceAll("/srv/campaigns", clone.dir),
  };
  const mail = async (): Promise<string> => {
    const { stdout, stderr } = await clone.act(command, env).ended;
    return stderr + stdout;
  };
  expect(await mail()).toMatch(/LIVEKIT_HOST.*not set\n[^]*\ncampaigns run: exit code 2\n$/);
  await clone.prepare(4);
  expect(await Promise.all([mail(), mail()])).toEqual(["", ""]);
  expect(new Set(sandbox.world.dials.map(({ sipCallTo }) => sipCallTo)).size).toBe(4);
  expect(sandbox.world.dials).toHaveLength(4);
  await sandbox[Symbol.asyncDispose]();
  expect(await mail()).toMatch(/LiveKit did not answer[^]*\ncampaigns run: exit code 3\n$/);
}, 120_000);

/** What a unit says, each line a name and a value; of several lines of a name, all. */
const unit = example("campaigns.service");
const said = (name: string): string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);

const ANALYZE = "/usr/bin/systemd-analyze";

test.skipIf(!existsSync(ANALYZE))("systemd finds nothing wrong with the unit", () => {
  using folder = new Folder();
  const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
  const bin = root("bin/campaigns.js");
  const text = unit.replace("User=campaigns", `User=${user}`).replace("/srv/campaigns/bin/campaigns.js", bin);
  const found = execFileSync(ANALYZE, ["verify", folder.file("campaigns.service", text)], {
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(found).toBe("");
});

test("the unit's command dials until it is stopped, reads its settings again, and is not started again in vain", async () => {
  await using sandbox = await startSandbox({ clock: systemClock });
  using clone = new Clone(sandbox);
  const [env = ""] = said("Environment");
  const start = (): ReturnType<Clone["act"]> =>
    clone.act(`cd ${said("WorkingDirectory").join()} && exec ${said("ExecStart").join()}`, {
      HOME: clone.dir,
      PATH: env.replace("PATH=", "").replaceAll("/srv/campaigns", clone.dir),
    });
  const { code } = await start().ended;
  expect(said("RestartPreventExitStatus").join().split(" ")).toContain(String(code));

  await clone.prepare(2);
  const service = start();
  while (sandbox.world.dials.length < 2) await systemClock.sleep(20);
  expect(said("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
  service.kill("SIGHUP");
  for await (const chunk of service.stderr ?? []) if (String(chunk).includes("the settings were read again")) break;
  service.kill("SIGTERM");
  const ended = await service.ended;
  expect(said("SuccessExitStatus")).toEqual([String(ended.code)]);
  expect(sandbox.world.rooms.list()).toEqual([]);
  expect((await clone.run("status", "spring", "--json")).stdout).toContain('"live":0');
}, 120_000);

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly env: Record<string, string>;
        readonly steps: readonly { readonly name?: string; readonly run?: string }[];
      }
    >
  >;
}

test("the workflow's steps pass, one after another, as GitHub's runner takes them", async () => {
  const { jobs } = parse(example("smoke-test.yml")) as Workflow;
  const [job] = Object.values(jobs);
  await using sandbox = await startSandbox({ clock: systemClock });
  using clone = new Clone(sandbox);
  // What is installed and built is there already; npm is only heard.
  const tools = join(clone.dir, "tools");
  mkdirSync(tools);
  chmodSync(clone.file("tools/npm", `#!/bin/sh\necho "$@" >> ${clone.dir}/npm.txt`), 0o755);
  const github = clone.file("github.env", "");
  const env = { ...job?.env, CAMPAIGNS_DB: clone.db, HOME: clone.dir, GITHUB_ENV: github };
  const path = [tools, dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const started: number[] = [];
  try {
    for (const { name, run } of job?.steps ?? []) {
      if (run === undefined) continue;
      const settings = Object.fromEntries(
        readFileSync(github, "utf8")
          .split("\n")
          .filter(Boolean)
          .map((line) => line.split(/=(.*)/s).slice(0, 2)),
      ) as Record<string, string>;
      const log = join(clone.dir, "log.txt");
      const out = openSync(log, "w");
      const step = spawn("bash", ["-e", "-c", run], {
        cwd: clone.dir,
        env: { ...env, ...settings, PATH: path },
        stdio: ["ignore", out, out],
        detached: true,
      });
      started.push(step.pid ?? 0);
      const code = await new Promise((resolve) => step.on("exit", resolve));
      expect([name, code, readFileSync(log, "utf8")]).toEqual([name, 0, expect.any(String)]);
    }
  } finally {
    for (const pid of started) killGroup(pid);
  }
  const { scripts } = JSON.parse(readFileSync(root("package.json"), "utf8")) as { scripts: object };
  expect(readFileSync(join(clone.dir, "npm.txt"), "utf8")).toBe("ci\nrun -s build\n");
  expect(scripts).toHaveProperty("build");
  const { stdout } = await clone.run("calls", "smoke", "--json");
  const calls = (JSON.parse(stdout) as { calls: readonly { readonly status: string; readonly dials?: number }[] })
    .calls;
  expect(calls).toHaveLength(20);
  expect(calls.map(({ status }) => status)).toEqual(expect.arrayContaining(["completed", "failed"]));
}, 180_000);

/** What a step has left in the background. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing.
  }
}
