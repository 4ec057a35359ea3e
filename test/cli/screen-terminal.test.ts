/** A run's screen in a real terminal, which tmux is: what is on it, and how the terminal is given back. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { SandboxDesk } from "../support/desk.ts";

const BIN = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));
const hasTmux = spawnSync("tmux", ["-V"]).status === 0;

/** A shell in a window of its own. */
class Pane implements Disposable {
  readonly #server = `campaigns-${randomUUID()}`;

  constructor(env: Readonly<Record<string, string>>, cwd: string) {
    const settings = Object.entries({ ...env, PS1: "$ ", HISTFILE: "/dev/null" }).flatMap(([name, value]) => [
      "-e",
      `${name}=${value}`,
    ]);
    this.#tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-x",
      "80",
      "-y",
      "24",
      "-c",
      cwd,
      ...settings,
      "bash --norc -i",
    );
    this.#tmux("set", "-g", "status", "off");
  }

  #tmux(...argv: string[]): string {
    return execFileSync("tmux", ["-L", this.#server, ...argv], { encoding: "utf8" });
  }

  get lines(): string[] {
    return this.#tmux("capture-pane", "-p").trimEnd().split("\n");
  }

  get text(): string {
    return this.lines.join("\n");
  }

  get isWhole(): boolean {
    return this.#tmux("display-message", "-p", "#{alternate_on}").trim() === "1";
  }

  /** The process that the shell waits for. */
  get job(): number {
    const shell = this.#tmux("list-panes", "-F", "#{pane_pid}").trim();
    return Number(execFileSync("pgrep", ["-P", shell], { encoding: "utf8" }).trim());
  }

  type(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  resize(columns: number): void {
    this.#tmux("resize-window", "-x", String(columns));
  }

  async until(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.text, { timeout: 20_000, interval: 50 }).toMatch(pattern);
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
  }
}

const RUN = `"${process.execPath}" "${BIN}" run --watch --parallel all`;
const CREATE =
  "--assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --delay 1s --start";

/** Two campaigns, whose callees talk for long. */
async function desk(): Promise<SandboxDesk> {
  const desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 0, talks: 60 } }],
    agentJoinsAfter: 0,
  });
  for (const [n, name] of ["spring", "summer"].entries()) {
    const people = Array.from({ length: 6 }, (_, i) => `Ada ${i},+1202555${String(110 + n * 10 + i).padStart(4, "0")}`);
    const csv = desk.file(`${name}.csv`, ["name,phone_number", ...people].join("\n"));
    await desk.run(["create", "--name", name, "--csv", csv, ...CREATE.split(" ")]);
  }
  return desk;
}

// Where tmux is missing, the same is tried without a terminal in screen.test.ts and progress.test.ts.
describe.skipIf(!hasTmux)("in a terminal", () => {
  test("it fits while the window changes, hears keys, and steps aside for the shell", { timeout: 60_000 }, async () => {
    await using at = await desk();
    using pane = new Pane(at.env, at.dir);
    pane.type(RUN, "Enter");
    await pane.until(/talking +spring +Ada/);
    expect(pane.isWhole).toBe(true);
    for (const columns of [40, 200, 61, 80]) {
      pane.resize(columns);
      // Each once: nothing of an earlier width is left, and nothing wraps.
      const isDrawn = (): boolean => {
        const { lines } = pane;
        const count = (part: string): number => lines.filter((line) => line.includes(part)).length;
        const fits = lines.every((line) => line.length < columns);
        return fits && count("CAMPAIGN") === 1 && count("LIVE CALLS") === 1 && count("? help") === 1;
      };
      await expect.poll(isDrawn, { timeout: 10_000 }).toBe(true);
      await pause(300);
      expect(isDrawn()).toBe(true);
    }
    pane.type("?");
    await pane.until(/needs you/);
    pane.type("?");
    pane.type("Down", "Down", "p");
    await pane.until(/▸summer .* paused by you/);
    pane.type("C-z");
    await pane.until(/Stopped/);
    expect(pane.isWhole).toBe(false);
    pane.type("echo typed twi''ce", "Enter");
    await pane.until(/^typed twice/m);
    pane.type("fg", "Enter");
    await pane.until(/▸summer .* paused by you/);
    pane.type("q");
    await pane.until(/no new calls; waiting for \d+ live/);
    pane.type("C-c");
    await pane.until(/total +6/);
    expect(pane.isWhole).toBe(false);
    pane.type("echo typed ag''ain", "Enter");
    await pane.until(/^typed again/m);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)(
    "%s twice leaves a terminal that one can type into",
    { timeout: 60_000 },
    async (signal) => {
      await using at = await desk();
      using pane = new Pane(at.env, at.dir);
      pane.type(RUN, "Enter");
      await pane.until(/talking +spring +Ada/);
      const pid = pane.job;
      process.kill(pid, signal);
      await pane.until(/no new calls; waiting for \d+ live/);
      process.kill(pid, signal);
      await pane.until(/total +6/);
      expect(pane.isWhole).toBe(false);
      pane.type("echo typed ag''ain", "Enter");
      await pane.until(/^typed again/m);
    },
  );

  test("a job in the background leaves the terminal alone, and dials", { timeout: 60_000 }, async () => {
    await using at = await desk();
    using pane = new Pane(at.env, at.dir);
    pane.type(`${RUN} &`, "Enter");
    await pane.until(/spring: dialing/);
    expect(pane.isWhole).toBe(false);
    await pane.until(/answered/);
    expect(pane.text).not.toContain("Stopped");
    pane.type("kill %1; kill %1", "Enter");
  });
});
