/**
 * One SQLite file: opened with the settings that make several processes on it safe, and one way to run a transaction.
 */
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Unavailable, messageOf } from "../../engine/errors.ts";

export type Row = Record<string, string | number | null>;
export type Values = Record<string, SQLInputValue>;

/** Bumped with every change of schema.sql; a file of another version is refused. */
const SCHEMA_VERSION = 3;

/** How long a statement waits for another process's transaction, milliseconds. */
const BUSY_TIMEOUT = 5_000;

/** Kilobytes; SQLite's own default is 2,000. */
const ROOMY = 64_000;

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Only this owner's rows are seen and written; null: everybody's. */
  readonly owner: string | null;

  /** `path`: a file, made with mode 0600 when missing, or `:memory:`. */
  constructor(path: string, owner: string | null) {
    this.owner = owner;
    this.#db = guarded(path, () => {
      if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
      if (path !== ":memory:") chmodSync(path, 0o600);
      // secure_delete: what is erased is not to be found in the file. FULL: a stored dial survives a power cut.
      db.exec(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on",
      );
      return db;
    });
    this.transaction(() => this.#migrate(path));
  }

  #migrate(path: string): void {
    const version = this.get("pragma user_version")?.["user_version"];
    if (version === SCHEMA_VERSION) return;
    if (version !== 0) {
      throw new Unavailable(
        "schema_version",
        `expected schema version ${SCHEMA_VERSION}, found ${version} in ${path}`,
        {
          hint: "use the version of campaigns that made this file, or another file with --db",
        },
      );
    }
    this.#db.exec(readFileSync(new URL("./schema.sql", import.meta.url), "utf8"));
    this.#db.exec(`pragma user_version = ${SCHEMA_VERSION}`);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  get(sql: string, values: Values = {}): Row | undefined {
    return guarded(sql, () => this.#prepared(sql).get(values) as Row | undefined);
  }

  all(sql: string, values: Values = {}): Row[] {
    return guarded(sql, () => this.#prepared(sql).all(values) as Row[]);
  }

  /** The rows of a long answer one by one, while other statements may run. */
  *each(sql: string, values: Values = {}): Generator<Row> {
    const rows = guarded(sql, () => this.#db.prepare(sql).iterate(values));
    try {
      for (;;) {
        const { done, value } = guarded(sql, () => rows.next());
        if (done === true) return;
        yield value as Row;
      }
    } finally {
      rows.return?.();
    }
  }

  /** Returns the number of rows changed. */
  run(sql: string, values: Values = {}): number {
    return guarded(sql, () => Number(this.#prepared(sql).run(values).changes));
  }

  /**
   * Runs one statement for each of many rows, whose values come in the order of its question marks. Returns the number of
   * rows changed.
   */
  runEach(sql: string, rows: Iterable<readonly SQLInputValue[]>): number {
    return guarded(sql, () => {
      const statement = this.#prepared(sql);
      let changed = 0;
      for (const row of rows) changed += Number(statement.run(...row).changes);
      return changed;
    });
  }

  /** With memory for an index of a million rows, whose pages would otherwise go to the disk and back over and over. */
  roomy<T>(body: () => T): T {
    this.#db.exec(`pragma cache_size = -${ROOMY}`);
    try {
      return body();
    } finally {
      this.#db.exec("pragma cache_size = -2000; pragma shrink_memory");
    }
  }

  /** Runs `body` wholly or not at all. It takes the write lock first, so what it reads stays true until it commits. */
  transaction<T>(body: () => T): T {
    guarded("begin", () => this.#db.exec("begin immediate"));
    try {
      const result = body();
      guarded("commit", () => this.#db.exec("commit"));
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("rollback");
      throw error;
    }
  }

  /** What `body` reads, all of it as it was at its first look; whoever writes meanwhile is not kept waiting. */
  *snapshot<T>(body: () => Iterable<T>): Generator<T> {
    guarded("begin", () => this.#db.exec("begin"));
    try {
      yield* body();
    } finally {
      guarded("commit", () => this.#db.exec("commit"));
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** SQLite's own failures become Unavailable; a constraint that fails is our bug and stays what it is. */
function guarded<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || !("errcode" in error) || (Number(error.errcode) & 0xff) === SQLITE_CONSTRAINT) {
      if (isFileError(error)) throw unavailable(what, error, "check that the directory exists and is yours to write");
      throw error;
    }
    throw unavailable(
      what,
      error,
      HINTS[Number(error.errcode) & 0xff] ?? "check the file named by --db or CAMPAIGNS_DB",
    );
  }
}

// Primary result codes: https://www.sqlite.org/rescode.html
const SQLITE_CONSTRAINT = 19;
const HINTS: Readonly<Record<number, string>> = {
  5: "another process holds the database for long; find it, or wait",
  8: "the file or its directory is read-only; make it writable",
  10: "the disk reports an error; check it, and the free space",
  13: "the disk is full; make room",
  14: "check that the directory exists and is yours to write",
  26: "the file is not a database; name another with --db",
};

const unavailable = (what: string, cause: Error, hint: string): Unavailable =>
  new Unavailable(
    "database",
    `the database did not answer: ${messageOf(cause)} (${what.trim().split(/\s+/, 2).join(" ")})`,
    {
      hint,
      cause,
    },
  );

const isFileError = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  ["EACCES", "EROFS", "ENOSPC", "ENOTDIR", "ENOENT", "EPERM"].includes(String(error.code));
