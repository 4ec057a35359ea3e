/**
 * Who has asked not to be called since a backup was made: what the replaced file knows of it goes with the restored one.
 * Nothing that was allowed since does.
 */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ERASED } from "../../engine/ports/suppression.ts";
import { sealedWith } from "../sealing-key.ts";
import type { Vault } from "../vault.ts";
import { encryptionIn } from "./copies.ts";
import type { Database, Row } from "./database.ts";
import { erasedFor, LONGEST_REASON } from "../do-not-call-rows.ts";
import { listErased } from "./erased.ts";
import { type Encryption, type Keys, vaultFor } from "../encryption.ts";

/** Rows of the replaced file, and how each is put into the restored one, which may have it already. */
const FORBIDDEN: readonly (readonly [rows: string, kept: string])[] = [
  [
    // Without who added it, but for erasures; and in the shape that the list has now. Of two terms the longer: null is for ever.
    "select phone_number, source, reason, created_at, expires_at, added_by from do_not_call_numbers",
    `insert into do_not_call_numbers (phone_number, source, reason, created_at, expires_at)
     select :phone_number,
       case when :source = '' or :source glob '*[' || char(1) || '-' || char(31) || char(127) || ']*' then 'restored'
         else substr(:source, 1, 200) end,
       :reason, :created_at, :expires_at
     where true on conflict (phone_number, source) do update set expires_at = max(expires_at, excluded.expires_at)
       where expires_at is not max(expires_at, excluded.expires_at)`,
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

/**
 * How many were put into `db`; null: the file at `path` cannot be read. Within a transaction. Throws Misused when a key is
 * missing that has sealed the file.
 */
export function keepForbidden(db: Database, path: string, keys: Keys | null): number | null {
  const known = forbiddenIn(path, keys);
  if (known === null) return null;
  const keep = (kept: string, row: Row): number => {
    const { added_by: by, ...values } = spelled(row);
    const add = (): number => db.run(kept, db.vault.seal(values));
    return values["source"] === ERASED ? listErased(db, String(row["phone_number"]), erasedFor(by), add) : add();
  };
  return known.reduce((sum, [kept, rows]) => sum + rows.reduce((n, row) => n + keep(kept, row), 0), 0);
}

/** In the shape that the list has now. */
const spelled = (row: Row): Row =>
  typeof row["reason"] === "string" ? { ...row, reason: row["reason"].slice(0, LONGEST_REASON) } : row;

/** Entries of the list have a reason, or might have one. */
const isListed = (row: Row): boolean =>
  !("reason" in row) || /^\+[1-9]\d{0,13}[\d*]$/.test(String(row["phone_number"]));

function forbiddenIn(path: string, keys: Keys | null): (readonly [kept: string, rows: readonly Row[]])[] | null {
  if (!existsSync(path)) return null;
  const vault = vaultOf(path, keys);
  if (vault === null) return null;
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    const authors = db.prepare("select 1 from pragma_table_info('do_not_call_numbers') where name = 'added_by'").get();
    const known = FORBIDDEN.map(([rows, kept]) => {
      const there = authors === undefined ? rows.replace(", added_by", "") : rows;
      return [kept, (db.prepare(there).all() as Row[]).map((row) => vault.open(row))] as const;
    });
    const isLost = known.some(([, rows]) => rows.some((row) => sealedWith(row["phone_number"]) !== null));
    return isLost ? null : known.map(([kept, rows]) => [kept, rows.filter(isListed)]);
  } catch {
    return null;
  }
}

/** Null: the file cannot be read. */
function vaultOf(path: string, keys: Keys | null): Vault | null {
  let encryption: Encryption | null;
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    encryption = encryptionIn(db);
  } catch {
    return null;
  }
  return vaultFor(encryption, keys, "accept");
}
