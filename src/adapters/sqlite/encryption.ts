/** What an encrypted file takes: numbers as its key seals them, and no text that is not sealed. */
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

/** Other texts that are sealed. A reason on the do-not-call list is left out: nobody's wish fails for what is said of it. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  campaigns: ["campaign_prompt", "voicemail_message"],
  campaign_calls: ["notes"],
  call_attempts: ["agent_notes"],
  webhooks_heard: ["said"],
  request_keys: ["request", "body"],
};

/**
 * From here on a number is written as the key seals it, whoever writes: one that is not would be another number to SQL, and
 * called although it is on the list. Prefixes and erased calls are nobody's number. A program of before, which knows of no key
 * and is running still, would leave texts for everybody to read. Null: written as it is.
 */
export function guard(key: SealingKey | null): string {
  const wrong =
    key === null
      ? "new.phone_number glob '~*'"
      : `new.phone_number not glob '~${key.id}[~.]*' and new.phone_number not glob 'erased:*'`;
  const refusal = "phone_number: expected a number sealed with the key of this database; see campaigns keys status";
  const numbers = NUMBER_TABLES.map((table) => {
    const isPrefix =
      table === "do_not_call_numbers" || table === "audit_subjects" ? " and substr(new.phone_number, -1) <> '*'" : "";
    return triggers(table, "sealed", ["phone_number"], wrong + isPrefix, refusal);
  });
  const texts = Object.entries(TEXTS).map(([table, columns]) => {
    const plain = columns.map((column) => `new.${column} not glob '~*'`).join(" or ");
    return triggers(table, "closed", columns, plain, `${columns.join(", ")}: ${TEXT_REFUSAL}`);
  });
  return [...numbers, ...(key === null ? [] : texts)].join("\n");
}

const TEXT_REFUSAL = "expected what is sealed with the key of this database; see campaigns keys status";

function triggers(table: string, name: string, columns: readonly string[], when: string, refusal: string): string {
  const body = `when ${when} begin select raise(abort, '${refusal}'); end;`;
  return `create trigger ${table}_${name}_inserted before insert on ${table} ${body}
    create trigger ${table}_${name}_updated before update of ${columns.join(", ")} on ${table} ${body}`;
}

export const UNGUARD = [
  ...NUMBER_TABLES.map((table) => `${table}_sealed`),
  ...Object.keys(TEXTS).map((table) => `${table}_closed`),
]
  .map((name) => `drop trigger if exists ${name}_inserted; drop trigger if exists ${name}_updated;`)
  .join("\n");
