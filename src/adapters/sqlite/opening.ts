/** Opening the file: made where it is missing, or only found; and for reading alone where it cannot be written. */
import { existsSync, statSync } from "node:fs";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { Misused, Unavailable } from "../../engine/errors.ts";
import { closeToOthers, makePlace } from "./file.ts";
import { guarded, isUnwritable } from "./trouble.ts";

export const MEMORY = ":memory:";

/** make: a file that is missing is made, with mode 0600 · find: it is an error; what cannot be written can be read. */
export type Opening = "make" | "find";

/** How long a verb waits for another process's transaction, milliseconds, unless more is said. */
export const PATIENCE = 5_000;

export function openFile(path: string, opening: Opening, patience = PATIENCE): DatabaseSync {
  if (opening === "find" && path !== MEMORY && !existsSync(path)) throw missing(path);
  try {
    return guarded(path, () => {
      if (path !== MEMORY && opening === "make") makePlace(path);
      const db = opened(path, path, { timeout: patience });
      // For a file that is made; on any other it would write, and change nothing.
      if (db.prepare("pragma page_count").get()?.["page_count"] === 0) db.exec("pragma auto_vacuum = incremental");
      // secure_delete: what is erased is not to be found in the file. FULL: a stored dial survives a power cut.
      db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on");
      if (path !== MEMORY) closeToOthers(path);
      return db;
    });
  } catch (error) {
    const db = opening === "find" && isUnwritable(error) ? openForReading(path) : null;
    if (db === null) throw error;
    return db;
  }
}

/** On a disk that is read-only, or in somebody else's directory. Null: not even that. */
function openForReading(path: string): DatabaseSync | null {
  const url = pathToFileURL(path);
  // SQLite cannot make the files beside it there. They do not matter when nobody has the database open, and all of it is
  // in the file itself; else what is in the journal would be missing.
  const isWhole = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0;
  for (const query of isWhole ? ["", "immutable=1"] : [""]) {
    url.search = query;
    try {
      return opened(url, path, { timeout: PATIENCE, readOnly: true });
    } catch (error) {
      if (error instanceof Unavailable) throw error;
    }
  }
  return null;
}

function opened(location: string | URL, path: string, options: DatabaseSyncOptions): DatabaseSync {
  const db = new DatabaseSync(location, options);
  try {
    refuseForeign(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Before anything is written: another program's tables are not to find ours, or a journal, beside them. */
function refuseForeign(db: DatabaseSync, path: string): void {
  const tables = db.prepare("select name from sqlite_schema where type = 'table'").all();
  if (tables.length === 0 || tables.some(({ name }) => name === "call_attempts")) return;
  throw new Unavailable(
    "database_foreign",
    `expected a database of campaigns, found another program's database in ${path}`,
    { hint: "name another file with --db or CAMPAIGNS_DB; one that does not exist is made" },
  );
}

const missing = (path: string): Misused =>
  new Misused("database_missing", `expected a database in ${path}, found no file there`, {
    hint: "check --db and CAMPAIGNS_DB; campaigns create and campaigns contacts import make a new one",
  });
