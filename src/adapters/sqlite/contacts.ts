/** Contacts in: files are filled in batches and sealed when whole, so a broken import leaves nothing behind. */
import { randomUUID } from "node:crypto";
import type { Contact } from "../../domain/call.ts";
import type { ContactSource } from "../../domain/campaign.ts";
import type { Instant } from "../../domain/instant.ts";
import { unknownSource } from "../../engine/errors.ts";
import type { NewContactFile } from "../../engine/ports.ts";
import type { Database } from "./database.ts";
import { contactValues, iso } from "../rows.ts";
import { insert, MINE } from "./sql.ts";

export function addContactFile(db: Database, file: NewContactFile, at: Instant): void {
  insert(db, "csv_files", {
    id: file.id,
    user_id: db.owner,
    filename: file.filename,
    original_filename: file.filename,
    file_size: file.size,
    status: "processing",
    created_at: iso(at),
  });
}

export function addContacts(db: Database, source: ContactSource, contacts: readonly Contact[], at: Instant): number {
  refuseForeign(db, source);
  let added = 0;
  for (const contact of contacts) {
    const common = contactValues(contact, contact.id ?? randomUUID(), JSON.stringify);
    added +=
      source.kind === "csv_file"
        ? insert(db, "csv_contacts", { ...common, csv_file_id: source.id }, "ignore")
        : insert(db, "contacts", { ...common, contact_list_id: source.id, created_at: iso(at) }, "ignore");
  }
  return added;
}

export function sealContactFile(db: Database, id: string): void {
  db.run(
    `update csv_files set status = 'ready', processed_contacts = n, total_contacts = n
     from (select count(*) as n from csv_contacts where csv_file_id = :id) where id = :id and ${MINE}`,
    { id, owner: db.owner },
  );
}

export function dropContactFile(db: Database, id: string): void {
  db.run(`delete from csv_files where id = :id and ${MINE}`, { id, owner: db.owner });
}

/** A source of another owner is one that is not there. */
export function refuseForeign(db: Database, { kind, id }: ContactSource): void {
  const table = kind === "csv_file" ? "csv_files" : "contact_lists";
  if (db.get(`select 1 from ${table} where id = :id and ${MINE}`, { id, owner: db.owner }) === undefined) {
    throw unknownSource();
  }
}
