/** What an encrypted file takes: numbers as its key seals them. */
import type { SealingKey } from "../sealing-key.ts";

/** Every table that holds numbers of contacts, in `phone_number`. */
export const NUMBER_TABLES = [
  "contacts",
  "csv_contacts",
  "campaign_calls",
  "call_attempts",
  "do_not_call_numbers",
  "consents",
  "audit_subjects",
] as const;

/**
 * From here on a number is written as the key seals it, whoever writes: one that is not would be another number to SQL, and
 * called although it is on the list. Prefixes and erased calls are nobody's number. Null: written as it is.
 */
export function guardNumbers(key: SealingKey | null): string {
  const wrong =
    key === null
      ? "new.phone_number glob '~*'"
      : `new.phone_number not glob '~${key.id}[~.]*' and new.phone_number not glob 'erased:*'`;
  const refusal = "phone_number: expected a number sealed with the key of this database; see campaigns keys status";
  return NUMBER_TABLES.map((table) => {
    const isPrefix =
      table === "do_not_call_numbers" || table === "audit_subjects" ? " and substr(new.phone_number, -1) <> '*'" : "";
    const body = `when ${wrong}${isPrefix} begin select raise(abort, '${refusal}'); end;`;
    return `create trigger ${table}_sealed_inserted before insert on ${table} ${body}
      create trigger ${table}_sealed_updated before update of phone_number on ${table} ${body}`;
  }).join("\n");
}

export const UNGUARD_NUMBERS = NUMBER_TABLES.map(
  (table) => `drop trigger if exists ${table}_sealed_inserted; drop trigger if exists ${table}_sealed_updated;`,
).join("\n");
