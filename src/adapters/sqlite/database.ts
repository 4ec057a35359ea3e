/**
 * One SQLite file: opened with the settings that make several processes on it safe, and one way to run a transaction.
 */
import { setImmediate as immediately, setTimeout as sleep } from "node:timers/promises";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Instant } from "../../domain/time/instant.ts";
import { Unavailable } from "../../engine/errors.ts";
import type { Vault } from "../vault.ts";
import { encryptionOf, type Keys, vaultFor } from "../encryption.ts";
import { guard } from "./encryption.ts";
import { identityOf } from "./file.ts";
import { MEMORY, openFile, type Opening, PATIENCE } from "./opening.ts";
import { SCHEMA_VERSION, upgrade, versionOf } from "./schema.ts";
import { guarded, Locked } from "./trouble.ts";

export type Row = Record<string, string | number | null>;
export type Values = Record<string, SQLInputValue>;

export interface Settings {
  /** Who does it, for the audit log. */
  readonly actor?: string | undefined;
  readonly opening?: Opening | undefined;
  /** By which leases are judged; null: by the instants that come as arguments. */
  readonly uptime?: (() => number) | null | undefined;
  /** Null: nothing that is sealed is read, and nothing is sealed. */
  readonly keys?: Keys | null | undefined;
  /** What a key means for a file that is not encrypted. */
  readonly plain?: "refuse" | "accept";
  /** How long to wait for other processes, milliseconds; left out: as long as a runner can. */
  readonly patience?: number | undefined;
}

const SEALED_FROM_BIRTH = (key: Keys[0]): string =>
  `insert into encryption (id, state, key_id, key_check) values (1, 'sealed', '${key.id}', '${key.check}');
   ${guard(key)}`;

/** The longest pause between two looks whether the other has let go, milliseconds. */
const LONGEST_PAUSE = 100;

/** Kilobytes; SQLite's own default is 2,000. */
const ROOMY = 64_000;

/** That are given back in one transaction. */
const PAGES = 250;

/** A verb that writes, and whoever waits for it. */
interface Write {
  readonly verb: () => unknown;
  /** For another process to let go, milliseconds. */
  readonly waited: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Database {
  readonly #db: DatabaseSync;
  #writes: Write[] = [];
  #writing: Promise<void> | null = null;
  readonly #statements = new Map<string, StatementSync>();
  readonly #path: string;
  readonly #identity: string;
  #givesWay = false;
  /** Only this owner's rows are seen and written; null: everybody's. */
  readonly owner: string | null;

  readonly #uptime: (() => number) | null;
  readonly #keys: Keys | null;
  readonly #plain: "refuse" | "accept";
  readonly #patience: number;
  #encryption = "unread";
  #vault: Vault | null = null;

  /** `path`: a file, or `:memory:`. */
  constructor(path: string, owner: string | null, settings: Settings = {}) {
    this.#uptime = settings.uptime ?? null;
    this.#keys = settings.keys ?? null;
    this.#plain = settings.plain ?? "refuse";
    this.owner = owner;
    this.#path = path;
    this.#patience = settings.patience ?? PATIENCE;
    this.#db = openFile(path, settings.opening ?? "make", this.#patience);
    try {
      // Who only reads waits for nobody.
      if (guarded("open", () => versionOf(this.#db)) !== SCHEMA_VERSION) this.#upgrade();
      this.#db.function("opened", { deterministic: true }, (number) => this.vault.opened(number) as SQLInputValue);
      this.#db.function("rebound", (variables, number, from, to) => {
        return this.vault.rebound(variables, number, from, to) as SQLInputValue;
      });
      this.#db.function("unsealed", (variables, number, id) => {
        return this.vault.unsealed(variables, number, id) as SQLInputValue;
      });
      this.#db.function("consented", (consent, number) => this.vault.consented(consent, number) as SQLInputValue);
      this.#look();
    } catch (error) {
      this.close();
      throw error;
    }
    this.#db.exec("pragma foreign_keys = on");
    // Of this connection alone: what another program writes has no actor in the audit log.
    this.#db.function("campaigns_actor", () => settings.actor ?? "campaigns");
    this.#db.exec(`create temp trigger campaigns_actor after insert on main.audit_log when new.actor is null
      begin update audit_log set actor = campaigns_actor() where seq = new.seq; end`);
    this.#identity = identityOf(path);
  }

  /** Seals what is written and opens what is read. */
  get vault(): Vault {
    if (this.#vault === null) this.#look();
    return this.#vault as Vault;
  }

  /** Another process may have begun to encrypt, or to decrypt: what a key is good for is asked within each transaction. */
  #look(): void {
    const row = guarded("open", () => this.#prepared("select * from encryption").get()) as Row | undefined;
    const read = JSON.stringify(row ?? null);
    if (read === this.#encryption) return;
    this.#vault = vaultFor(encryptionOf(row), this.#keys, this.#plain);
    this.#encryption = read;
  }

  /** Before foreign keys are on: a step that makes a table anew would remove the rows that refer to it. */
  #upgrade(): void {
    this.#db.exec("pragma foreign_keys = off");
    this.#within(() =>
      guarded("upgrade", () => {
        const isNew = versionOf(this.#db) === 0;
        upgrade(this.#db, this.#path);
        const key = this.#keys?.[0];
        // With a key a new file is encrypted from its first row on.
        if (isNew && key !== undefined) this.#db.exec(SEALED_FROM_BIRTH(key));
      }),
    );
  }

  /** Where the file is; null: in memory. */
  get path(): string | null {
    return this.#path === MEMORY ? null : this.#path;
  }

  /** What leases are judged by: see IS_ALIVE. */
  judged(at: Instant): { readonly at: string; readonly up: number | null } {
    return { at: new Date(at).toISOString(), up: this.#uptime?.() ?? null };
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  get(sql: string, values: Values = {}): Row | undefined {
    const row = guarded(sql, () => this.#prepared(sql).get(values) as Row | undefined);
    return row && this.vault.open(row);
  }

  all(sql: string, values: Values = {}): Row[] {
    const rows = guarded(sql, () => this.#prepared(sql).all(values) as Row[]);
    return this.vault.isPlain ? rows : rows.map((row) => this.vault.open(row));
  }

  /** Rows as they are stored. */
  unopened(sql: string, values: Values = {}): Row[] {
    return guarded(sql, () => this.#prepared(sql).all(values) as Row[]);
  }

  /** Several statements without values. */
  exec(sql: string): void {
    guarded(sql, () => this.#db.exec(sql));
  }

  /** What a key is good for has just been changed. */
  lookAgain(): void {
    this.#look();
  }

  /** The rows of a long answer one by one, while other statements may run. */
  *each(sql: string, values: Values = {}): Generator<Row> {
    const rows = guarded(sql, () => this.#db.prepare(sql).iterate(values));
    try {
      for (;;) {
        const { done, value } = guarded(sql, () => rows.next());
        if (done === true) return;
        yield this.vault.open(value as Row);
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

  /**
   * Runs one verb; again while another process holds the database, as long as there is patience. In between this process goes on
   * with its other work: a runner hears signals, and follows its calls.
   */
  async patiently<T>(verb: () => T): Promise<T> {
    this.#giveWay();
    for (let [pause, waited] = [1, 0]; ; waited += pause, pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        this.#assertSameFile();
        return verb();
      } catch (error) {
        if (!(error instanceof Locked) || waited >= this.#patience) throw error;
      }
      await sleep(pause);
    }
  }

  /**
   * Runs a verb that writes, wholly or not at all; when the promise resolves, it is on the disk. What is asked for at the same
   * time shares a transaction, and with it the one wait for the disk that a transaction costs; each fails alone.
   */
  write<T>(verb: () => T): Promise<T> {
    if (this.#path === MEMORY) return this.patiently(() => this.transaction(verb));
    return new Promise<unknown>((resolve, reject) => {
      this.#writes.push({ verb, waited: 0, resolve, reject });
      this.#writing ??= this.#writeAll();
    }) as Promise<T>;
  }

  async #writeAll(): Promise<void> {
    for (let pause = 0; ;) {
      // Whatever else has happened by now comes along.
      await (pause === 0 ? immediately() : sleep(pause));
      const writes = this.#writes;
      if (writes.length === 0) {
        // At once: what is asked for from here on begins anew, and is not left behind.
        this.#writing = null;
        return;
      }
      this.#writes = [];
      try {
        this.#giveWay();
        this.#assertSameFile();
        const settle = this.transaction(() => writes.map((write) => this.#among(writes, write)));
        for (const act of settle) act();
        pause = 0;
      } catch (error) {
        pause = error instanceof Locked ? Math.min(Math.max(1, pause * 2), LONGEST_PAUSE) : 0;
        for (const write of writes) {
          if (pause === 0 || write.waited >= this.#patience) write.reject(error);
          else this.#writes.push({ ...write, waited: write.waited + pause });
        }
      }
    }
  }

  /** Returns how to tell whoever waits, once all of them are on the disk. */
  #among(all: readonly Write[], { verb, resolve, reject }: Write): () => void {
    if (all.length === 1) {
      const result = verb();
      return () => resolve(result);
    }
    this.#db.exec("savepoint one");
    try {
      const result = verb();
      this.#db.exec("release one");
      return () => resolve(result);
    } catch (error) {
      // A full disk undoes the whole transaction.
      if (!this.#db.isTransaction || error instanceof Locked) throw error;
      this.#db.exec("rollback to one; release one");
      return () => reject(error);
    }
  }

  /** From here on SQLite does not wait by itself, which would stop the whole process. */
  #giveWay(): void {
    if (!this.#givesWay) this.#db.exec("pragma busy_timeout = 0");
    this.#givesWay = true;
  }

  /**
   * What is written to a file that was moved away is seen by nobody; where a backup took its place, and the journal stayed,
   * writing would even damage that.
   */
  #assertSameFile(): void {
    if (this.#path === MEMORY || identityOf(this.#path) === this.#identity) return;
    throw new Unavailable("database_replaced", "the database file was replaced or removed while in use", {
      hint: "put it back, or stop this program and start it again with the file that it shall use",
    });
  }

  /** Runs `body` wholly or not at all. It takes the write lock first, so what it reads stays true until it commits. */
  transaction<T>(body: () => T): T {
    return this.#within(() => {
      this.#look();
      return body();
    });
  }

  #within<T>(body: () => T): T {
    guarded("begin", () => this.#db.exec("begin immediate"));
    try {
      const result = body();
      guarded("commit", () => this.#db.exec("commit"));
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** What failed before is what is to be told. */
  #rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec("rollback");
    } catch {
      // SQLite has rolled back by itself.
    }
  }

  /** Runs what only reads: all of it as it was at one instant, whoever writes meanwhile. */
  reading<T>(body: () => T): T {
    guarded("begin", () => this.#db.exec("begin"));
    try {
      this.#look();
      return body();
    } finally {
      this.#rollBack();
    }
  }

  /** The same for rows that are read one by one. */
  *snapshot<T>(body: () => Iterable<T>): Generator<T> {
    guarded("begin", () => this.#db.exec("begin"));
    try {
      this.#look();
      yield* body();
    } finally {
      guarded("commit", () => this.#db.exec("commit"));
    }
  }

  /**
   * What was removed is gone from the file and the journal too: as soon as nobody reads what was there before, for which this
   * waits as long as for a lock. False: somebody still does.
   */
  async forget(): Promise<boolean> {
    this.#giveWay();
    // Page by page, so that others write in between; a file from before this setting keeps its size.
    for (let free = Infinity; ;) {
      const left = Number(this.get("pragma freelist_count")?.["freelist_count"]);
      if (left === 0 || left >= free || !(await this.#shrinks())) break;
      free = left;
    }
    for (let waited = 0; waited < PATIENCE; waited += LONGEST_PAUSE) {
      if (this.get("pragma wal_checkpoint(truncate)")?.["busy"] === 0) return true;
      await sleep(LONGEST_PAUSE);
    }
    return false;
  }

  /** False: others hold the file. */
  async #shrinks(): Promise<boolean> {
    await immediately();
    try {
      this.exec(`pragma incremental_vacuum(${PAGES})`);
      return true;
    } catch (error) {
      if (error instanceof Locked) return false;
      throw error;
    }
  }

  /** Until all that was asked for is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
