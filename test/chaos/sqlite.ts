/** Rounds on the embedded store: a file each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Rows } from "./promises.ts";
import type { RoundStore, Stores } from "./stores.ts";

export const sqliteStores = (): Stores => ({ fresh, [Symbol.asyncDispose]: () => Promise.resolve() });

function fresh(): Promise<RoundStore> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-round-"));
  const path = join(dir, "c.db");
  return Promise.resolve({
    env: { CAMPAIGNS_DB: path },
    file: path,
    fewestRunners: 1,
    lose: () => {},
    losses: () => 0,
    refuse: () => false,
    isHeld: () => isHeld(path),
    rows: () => patiently(() => sqliteRows(path)),
    write: (sql, past) => Promise.try(() => writeInto(path, sql, past !== undefined)),
    [Symbol.asyncDispose]: () => Promise.resolve(rmSync(dir, { recursive: true, force: true })),
  });
}

/** A runner that is frozen while it recovers what a killed one has left holds the file for as long. */
async function patiently<T>(read: () => T): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return read();
    } catch (error) {
      if (tries === TRIES || !String(error).includes("database is locked")) throw error;
      await sleep(100);
    }
  }
}
const TRIES = 100;

export function sqliteRows(path: string): Rows {
  using db = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
  const all = <T>(table: string): T[] => db.prepare(`select * from ${table}`).all() as T[];
  return { attempts: all("call_attempts"), calls: all("campaign_calls"), campaigns: all("campaigns") };
}

/** Its checks are triggers. Hardly waits: this process is the phone network as well. */
export function writeInto(path: string, sql: string, past: boolean): number {
  using db = new DatabaseSync(path, { timeout: 100 });
  db.exec("begin immediate");
  const triggers = past ? db.prepare("select name, sql from sqlite_schema where type = 'trigger'").all() : [];
  for (const { name } of triggers) db.exec(`drop trigger ${String(name)}`);
  db.exec("pragma foreign_keys = on");
  const { changes } = db.prepare(sql).run();
  for (const trigger of triggers) db.exec(String(trigger["sql"]));
  db.exec("commit");
  return Number(changes);
}

function isHeld(path: string): boolean {
  using db = new DatabaseSync(path, { timeout: 200 });
  try {
    db.exec("begin immediate; rollback");
    return false;
  } catch {
    return true;
  }
}
