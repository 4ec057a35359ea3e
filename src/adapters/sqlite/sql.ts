/**
 * Pieces of SQL: which rows are the owner's whom the store is opened for; INSERT and UPDATE spelled from the columns of a
 * values object, so that no column is listed twice; look-ups.
 */
import type { SQLInputValue } from "node:sqlite";
import type { ContactSource } from "../../domain/calls/campaign.ts";
import { MOST_AHEAD } from "../../domain/calls/pace.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { iso } from "../columns.ts";
import type { Database, Row, Values } from "./database.ts";

/** Rows with an owner of their own; wants `:owner`. */
export const MINE = "(:owner is null or user_id = :owner)";

/** Rows `k` of campaign_calls: their campaign's owner, or their own outside any; wants `:owner`. */
export const MY_CALL = `(:owner is null or case when k.campaign_id is null then k.user_id = :owner
  else exists (select 1 from campaigns c where c.id = k.campaign_id and c.user_id = :owner) end)`;

/** Calls `k` whose contact was not erased. What comes late of the others would make somebody of them again. */
export const NOT_ERASED = "k.phone_number not glob 'erased:*'";

/** Who has put a number on the do-not-call list, where it was the outcome of the call `k`: as the triggers of schema.sql say. */
export const WRITER = "coalesce((select user_id from campaigns where id = k.campaign_id), k.user_id, 'operator')";

/** Rows about one number, however it is written; wants `:numbers`, from numbersOf. */
export const OF_NUMBER = "phone_number in (select value from json_each(:numbers))";
export const numbersOf = (db: Database, number: string): string => JSON.stringify(db.vault.spellings(number));

/**
 * Does the runner `r` hold its lease? Wants `:up` and `:at`, from Database.judged. The machine's uptime says so, whatever its
 * wall clock is set to; more of the lease than it was given for is left only after a reboot, which no runner lives through.
 */
export const IS_ALIVE = `(case when :up is null or r.up_until is null then r.lease_until > :at
  else r.up_until > :up and r.up_until - :up <= r.lease_ms end)`;

export function insert(db: Database, table: string, values: Values, onConflict: "fail" | "ignore" = "fail"): number {
  const columns = Object.keys(values);
  const how = onConflict === "ignore" ? "insert or ignore" : "insert";
  return db.run(
    `${how} into ${table} (${columns.join(", ")}) values (${columns.map((c) => `:${c}`).join(", ")})`,
    db.vault.seal(values),
  );
}

/** Rows of one statement: to run one costs as much as a row or two. */
const TOGETHER = 25;

/** Adds many rows, whose values come in the order of the columns. */
export function insertEach(
  db: Database,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly SQLInputValue[]>,
): void {
  const one = `(${columns.map(() => "?").join(", ")})`;
  const insertOf = (count: number): string =>
    `insert into ${table} (${columns.join(", ")}) values ${Array.from({ length: count }, () => one).join(", ")}`;
  let rest: SQLInputValue[] = [];
  const together = function* (): Generator<SQLInputValue[]> {
    for (const row of rows) {
      rest.push(...row);
      if (rest.length < columns.length * TOGETHER) continue;
      yield rest;
      rest = [];
    }
  };
  db.runEach(insertOf(TOGETHER), together());
  const left = Array.from({ length: rest.length / columns.length }, (_, n) => n * columns.length);
  db.runEach(
    insertOf(1),
    left.map((at) => rest.slice(at, at + columns.length)),
  );
}

/** Sets every column of `values` but `id` in the row with that id. */
export function update(db: Database, table: string, values: Values): number {
  const columns = Object.keys(values).filter((column) => column !== "id");
  const sealed = db.vault.seal(values);
  return db.run(`update ${table} set ${columns.map((c) => `${c} = :${c}`).join(", ")} where id = :id`, sealed);
}

/** Sets what has changed: each column that is set costs the upkeep of its indexes, though its value stay the same. */
export function updateChanged(db: Database, table: string, before: Values, after: Values): number {
  const changed = Object.entries(after).filter(([column, value]) => column === "id" || value !== before[column]);
  return changed.length === 1 ? 0 : update(db, table, Object.fromEntries(changed));
}

/** Rows of a table with id and name whose id is `ref`, else whose name is, else whose id starts with it. */
export function findByRef(db: Database, table: "campaigns" | "contact_lists", ref: string): Row[] {
  const ways = ["id = :ref", "name = :ref collate nocase", "substr(id, 1, length(:ref)) = :ref"];
  for (const way of ways) {
    const found = db.all(`select * from ${table} where ${way} and ${MINE} order by created_at`, {
      ref,
      owner: db.owner,
    });
    if (found.length > 0) return found;
  }
  return [];
}

/** The table of the contacts of a source, and the column that names the source. */
export const contactTable = ({ kind }: ContactSource): { readonly table: string; readonly key: string } =>
  kind === "csv_file" ? { table: "csv_contacts", key: "csv_file_id" } : { table: "contacts", key: "contact_list_id" };

/** No dial is paced by what a clock that was ahead has told: see domain/calls/pace.ts. Null: whatever was told. */
export const latest = (at: Instant | null): string => (at === null ? "~" : iso(at + MOST_AHEAD));
