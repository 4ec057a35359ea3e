/** Runs the real program as a process, as a user would, in a scratch directory with nothing but what a test gives it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "../../src/sandbox/index.ts";

/** The built program; the chaos test also runs ones that were broken on purpose. */
const BIN = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of its own, gone with the test. */
export class Folder implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "campaigns-test-"));

  get db(): string {
    return join(this.dir, "c.db");
  }

  file(name: string, text: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class Scratch extends Folder {
  readonly #env: Record<string, string>;
  readonly #bin: string;
  readonly #running = new Set<ChildProcess>();

  constructor(sandbox?: Pick<Sandbox, "url" | "apiKey" | "apiSecret">, bin = BIN, env: Record<string, string> = {}) {
    super();
    this.#bin = bin;
    this.#env = { HOME: this.dir, CAMPAIGNS_DB: this.db, PATH: process.env["PATH"] ?? "", ...env };
    if (sandbox !== undefined) {
      this.#env["LIVEKIT_HOST"] = sandbox.url;
      this.#env["LIVEKIT_API_KEY"] = sandbox.apiKey;
      this.#env["LIVEKIT_API_SECRET"] = sandbox.apiSecret;
    }
  }

  /** For every process from now on. */
  env(more: Readonly<Record<string, string>>): void {
    Object.assign(this.#env, more);
  }

  start(...args: string[]): ChildProcess & { readonly ended: Promise<Ran> } {
    return this.startWith({}, ...args);
  }

  /** `env`: of this process alone. */
  startWith(env: Readonly<Record<string, string>>, ...args: string[]): ChildProcess & { readonly ended: Promise<Ran> } {
    const { command, args: argv, ...where } = this.how(...args);
    const child = spawn(command, argv, { ...where, env: { ...where.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    this.#running.add(child);
    child.on("close", () => this.#running.delete(child));
    const ended = new Promise<Ran>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    return Object.assign(child, { ended });
  }

  /** For those who start the program themselves. */
  how(...args: string[]): { command: string; args: string[]; cwd: string; env: Record<string, string> } {
    return { command: process.execPath, args: [this.#bin, ...args], cwd: this.dir, env: { ...this.#env } };
  }

  run(...args: string[]): Promise<Ran> {
    return this.start(...args).ended;
  }

  /** Killed once the journal of its database has been written to so often; `code` null then. */
  async killedAfter(writes: number, ...args: string[]): Promise<Ran> {
    const child = this.start(...args);
    let seen = 0;
    using watcher = Object.assign(
      watch(this.dir, (_, name) => {
        if (name === "c.db-wal" && ++seen > writes) child.kill("SIGKILL");
      }),
      { [Symbol.dispose]: () => watcher.close() },
    );
    return await child.ended;
  }

  /** What a failed test has left running ends with it. */
  override [Symbol.dispose](): void {
    for (const child of this.#running) child.kill("SIGKILL");
    super[Symbol.dispose]();
  }
}

/** Fictional numbers: +1 201-555-0100 to -0199, +1 202-555-0100 …: `n` below 1,200. */
const AREA_CODES = ["201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213"];
export const fictionalNumber = (n: number): string =>
  `+1${AREA_CODES[Math.floor(n / 100)] ?? "214"}55501${String(n % 100).padStart(2, "0")}`;

export const contactsCsv = (count: number): string =>
  ["name,phone_number", ...Array.from({ length: count }, (_, n) => `Contact ${n},${fictionalNumber(n)}`)].join("\n");
