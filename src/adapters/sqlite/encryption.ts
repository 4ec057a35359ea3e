/** Whether the file is encrypted, with which key, and that nothing else is read or written. */
import { Misused, Unavailable } from "../../engine/errors.ts";
import { type Row, text } from "../columns.ts";
import type { SealingKey } from "../sealing-key.ts";
import { Vault } from "../vault.ts";
import { z } from "zod";

/** The first seals what is sealed anew. */
export type Keys = readonly [SealingKey, ...SealingKey[]];

export const ENCRYPTION_STATES = ["sealed", "encrypting", "rotating", "decrypting"] as const;

/** The row of `encryption`; a file without one is not encrypted. Rotating: `old` has sealed the rest. */
const stateRow = z.object({
  state: z.enum(ENCRYPTION_STATES),
  key_id: text,
  key_check: text,
  old_id: text.nullable(),
  old_check: text.nullable(),
});
export type Encryption = z.output<typeof stateRow>;

export const encryptionOf = (row: Row | undefined): Encryption | null =>
  row === undefined ? null : stateRow.parse(row);

/** `plain`: what a key means for a file that is not encrypted. */
export function vaultFor(found: Encryption | null, keys: Keys | null, plain: "refuse" | "accept" = "refuse"): Vault {
  if (found === null) {
    if (keys === null || plain === "accept") return new Vault(keys ?? [], null);
    throw new Misused("not_encrypted", "expected an encrypted database, since a key is set, but it is not encrypted", {
      hint: "campaigns keys encrypt encrypts it; without CAMPAIGNS_ENCRYPTION_KEY(_FILE) it is used as it is",
    });
  }
  const key = keyOf(found.key_id, found.key_check, keys);
  const all = keys ?? [];
  switch (found.state) {
    case "sealed":
      return new Vault(all, key);
    case "encrypting":
      return new Vault(all, key, null);
    case "decrypting":
      return new Vault(all, null, key);
    case "rotating":
      return new Vault(all, key, keyOf(found.old_id ?? "", found.old_check ?? "", keys));
  }
}

function keyOf(id: string, check: string, keys: Keys | null): SealingKey {
  const key = keys?.find((each) => each.id === id && each.check === check);
  if (key !== undefined) return key;
  const found = keys === null ? "none is set" : `found ${keys.map((each) => each.id).join(", ")}`;
  throw new Misused("encryption_key", `the database is encrypted: expected its key ${id}, ${found}`, {
    hint: "set CAMPAIGNS_ENCRYPTION_KEY_FILE to the file that holds it; nothing was read or written",
  });
}

/** Until it is over, numbers are written in two ways: nobody is called, and little is changed. */
export function refuseUnfinished({ before }: Vault): void {
  if (before === undefined) return;
  throw new Unavailable("encrypting", "the database is being encrypted or decrypted, and that is not finished", {
    hint: "campaigns keys status shows how far it is; the command that began it goes on with it",
  });
}

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
