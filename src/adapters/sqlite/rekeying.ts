/**
 * Encrypts a file, decrypts it, or gives it another key: batch by batch, each a transaction, so that it may be broken off
 * and gone on with at any row. Until it is over nobody is called, and who asks not to be is put on the list all the same.
 */
import type { Instant } from "../../domain/time/instant.ts";
import { iso } from "../columns.ts";
import type { SealingKey } from "../sealing-key.ts";
import { log, quietly } from "./audit.ts";
import { Database, type Row, type Values } from "./database.ts";
import {
  type Encryption,
  encryptionOf,
  inUse,
  type Keys,
  type KeyStatus,
  nextState,
  type Rekeying,
  type Renewed,
  turned,
} from "../encryption.ts";
import { guard, NUMBER_TABLES, UNGUARD } from "./encryption.ts";
import { IS_ALIVE } from "./sql.ts";

/** Every table that holds contact data, and what finds a row of it. Attempts first: of whom was dialed, the log tells each entry that goes. */
const TABLES: readonly (readonly [table: string, ...key: string[]])[] = [
  ["call_attempts", "rowid"],
  ["do_not_call_numbers", "phone_number", "source"],
  ["consents", "id"],
  ["contacts", "contact_list_id", "phone_number"],
  ["csv_contacts", "csv_file_id", "position"],
  ["campaigns", "rowid"],
  ["campaign_calls", "position"],
  ["webhooks_heard", "attempt_id", "event"],
  ["request_keys", "owner", "key"],
  ["audit_subjects", "id"],
];
const BATCH = 500;

/** Opens the file as it is, whatever its keys. */
export const openForKeys = (path: string, keys: Keys | null, actor?: string): Database =>
  new Database(path, null, { opening: "find", keys, plain: "accept", actor });

const stateOf = (db: Database): Encryption | null => encryptionOf(db.get("select * from encryption"));

export function encryptionStateOf(path: string, keys: Keys | null): Encryption | null {
  const db = openForKeys(path, keys);
  try {
    return stateOf(db);
  } finally {
    db.close();
  }
}

export function keyStatus(db: Database): KeyStatus {
  return db.reading(() => {
    const numbers: Record<string, number> = {};
    for (const table of NUMBER_TABLES) {
      for (const { key = null, n = 0 } of db.all(
        `select iif(phone_number glob '~*', substr(phone_number, 2, 8), 'plain') as key, count(*) as n from ${table}
         where phone_number glob '[~+]*' and substr(phone_number, -1) <> '*' group by 1`,
      )) {
        numbers[String(key)] = (numbers[String(key)] ?? 0) + Number(n);
      }
    }
    return { encryption: stateOf(db), numbers };
  });
}

/** From here on what is written is written anew. False: there is nothing to do. `judged`: see IS_ALIVE. */
export function beginRekeying(db: Database, what: Rekeying, keys: Keys, at: Instant, up: number): boolean {
  return db.transaction(() => {
    const found = stateOf(db);
    const next = nextState(what, found, keys);
    if (next === null) return false;
    refuseWhileInUse(db, at, up);
    if (next === found) return true;
    db.run("delete from encryption");
    db.run(
      `insert into encryption (id, state, key_id, key_check, old_id, old_check)
       values (1, :state, :key_id, :key_check, :old_id, :old_check)`,
      { ...next },
    );
    db.exec(UNGUARD);
    db.exec(guard(next.state === "decrypting" ? null : keyOf(next.key_id, keys)));
    log(db, `keys.${next.state}`, { key: next.key_id });
    db.lookAgain();
    return true;
  });
}

const keyOf = (id: string, keys: Keys): SealingKey | null => keys.find((key) => key.id === id) ?? null;

function refuseWhileInUse(db: Database, at: Instant, up: number): void {
  if (db.get(`select 1 from runners r where ${IS_ALIVE}`, { at: iso(at), up }) === undefined) return;
  throw inUse();
}

/** Renews row after row from the beginning, and ends with the last; says after each batch how many rows it has been through. */
export function* renewRows(db: Database, size = BATCH): Generator<Renewed> {
  const began = JSON.stringify(stateOf(db));
  let [rows, unopened] = [0, 0];
  for (const [table, ...key] of TABLES) {
    for (let after: Row | null = null; ;) {
      const batch: Row[] = db.transaction(() => {
        refuseTurned(db, began);
        const found = rowsAfter(db, table, key, after, size);
        // What is written in another way is the same.
        quietly(db, () => (unopened += found.filter((row) => !renew(db, table, key, row)).length));
        return found;
      });
      rows += batch.length;
      after = batch.at(-1) ?? null;
      if (after === null) break;
      yield { rows, unopened };
    }
  }
  db.transaction(() => {
    refuseTurned(db, began);
    finish(db);
  });
  yield { rows, unopened };
}

function rowsAfter(db: Database, table: string, key: readonly string[], after: Row | null, size: number): Row[] {
  const columns = key.join(", ");
  const values: Values = after === null ? {} : Object.fromEntries(key.map((column) => [column, after[column] ?? null]));
  const rest = after === null ? "" : `where (${columns}) > (${key.map((column) => `:${column}`).join(", ")})`;
  const rowid = key[0] === "rowid" ? "rowid, " : "";
  return db.unopened(`select ${rowid}* from ${table} ${rest} order by ${columns} limit ${size}`, values);
}

/** False: not all of it opens. */
function renew(db: Database, table: string, key: readonly string[], row: Row): boolean {
  const { changes, isWhole } = db.vault.renewed(row);
  const columns = Object.keys(changes);
  if (columns.length === 0) return isWhole;
  const values = Object.fromEntries([
    ...columns.map((column) => [column, changes[column]]),
    ...key.map((column) => [`of_${column}`, row[column]]),
  ]) as Values;
  const where = key.map((column) => `${column} = :of_${column}`).join(" and ");
  const updated = db.run(
    `update or ignore ${table} set ${columns.map((column) => `${column} = :${column}`).join(", ")} where ${where}`,
    values,
  );
  if (updated === 0) joinEntries(db, table, { ...row, ...(changes as Row) }, row);
  return isWhole;
}

/** The number was put on the same list meanwhile: the longer term holds, and null is for ever. */
function joinEntries(db: Database, table: string, fresh: Row, { phone_number: old = null, source = null }: Row): void {
  if (table !== "do_not_call_numbers") throw new Error(`two rows of ${table} are about the same`);
  const { phone_number: number = null, expires_at: term = null, added_by: author = null } = fresh;
  db.run(
    `update do_not_call_numbers
     set expires_at = max(expires_at, :term),
       added_by = iif(added_by is :author, added_by, 'several')
     where phone_number = :number and source = :source`,
    { number, source, term, author },
  );
  // The number is on the list still.
  db.run("insert or ignore into audit_bulk (what) values ('anew')");
  db.run("delete from do_not_call_numbers where phone_number = :old and source = :source", { old, source });
}

function refuseTurned(db: Database, began: string): void {
  if (JSON.stringify(stateOf(db)) !== began) throw turned();
}

function finish(db: Database): void {
  const found = stateOf(db);
  if (found === null || found.state === "sealed") return;
  if (found.state === "decrypting") {
    db.run("delete from encryption");
    db.exec(UNGUARD);
  } else {
    refuseLeftovers(db);
    db.run("update encryption set state = 'sealed', old_id = null, old_check = null");
  }
  log(db, "keys.finished", { was: found.state, key: found.key_id });
  db.lookAgain();
}

/** A number that nobody has sealed would be another one to SQL. */
function refuseLeftovers(db: Database): void {
  for (const table of NUMBER_TABLES) {
    const left = db.get(
      `select 1 from ${table} where phone_number not glob '~*' and phone_number not glob 'erased:*'
         and substr(phone_number, -1) <> '*' limit 1`,
    );
    if (left !== undefined) throw new Error(`a number of ${table} was not sealed`);
  }
}
