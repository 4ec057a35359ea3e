/**
 * Who has asked not to be called since a backup was made: what the replaced file knows of it goes with the restored one.
 * Nothing that was allowed since does.
 */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Database, Row } from "./database.ts";

/** Rows of the replaced file, and how each is put into the restored one, which may have it already. */
const FORBIDDEN: readonly (readonly [rows: string, kept: string])[] = [
  [
    // Without who added it, which an older file does not say; and in the shape that the list has now.
    "select phone_number, source, reason, created_at, expires_at from do_not_call_numbers",
    `insert into do_not_call_numbers (phone_number, source, reason, created_at, expires_at)
     select :phone_number,
       case when :source = '' or :source glob '*[' || char(1) || '-' || char(31) || char(127) || ']*' then 'restored'
         else substr(:source, 1, 200) end,
       substr(:reason, 1, 500), :created_at, :expires_at
     where length(:phone_number) between 3 and 16 and :phone_number glob '+[1-9]*'
       and substr(:phone_number, 3, length(:phone_number) - 3) not glob '*[^0-9]*' and substr(:phone_number, -1) glob '[0-9*]'
     on conflict do nothing`,
  ],
  [
    `select user_id, phone_number, channel, purpose, level, granted_at, source, proof, expires_at, revoked_at
     from consents where revoked_at is not null`,
    `insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source, proof, expires_at, revoked_at)
     values (:user_id, :phone_number, :channel, :purpose, :level, :granted_at, :source, :proof, :expires_at, :revoked_at)
     on conflict (phone_number, purpose, source, granted_at, coalesce(user_id, '')) do update
       set revoked_at = excluded.revoked_at where revoked_at is null`,
  ],
  [
    "select contact_list_id, phone_number from contacts where do_not_call <> 0",
    `update contacts set do_not_call = 1
     where contact_list_id = :contact_list_id and phone_number = :phone_number and do_not_call = 0`,
  ],
  [
    "select csv_file_id, position from csv_contacts where do_not_call <> 0",
    `update csv_contacts set do_not_call = 1
     where csv_file_id = :csv_file_id and position = :position and do_not_call = 0`,
  ],
];

/** How many were put into `db`; null: the file at `path` cannot be read. Within a transaction. */
export function keepForbidden(db: Database, path: string): number | null {
  const known = forbiddenIn(path);
  if (known === null) return null;
  return known.reduce((sum, [kept, rows]) => sum + rows.reduce((n, row) => n + db.run(kept, row), 0), 0);
}

function forbiddenIn(path: string): (readonly [kept: string, rows: readonly Row[]])[] | null {
  if (!existsSync(path)) return null;
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    return FORBIDDEN.map(([rows, kept]) => [kept, db.prepare(rows).all() as Row[]]);
  } catch {
    return null;
  }
}
