/** Whether a database is encrypted, with which key, and that nothing else is read or written; for every SQL store. */
import { Misused, Refused, Unavailable } from "../engine/errors.ts";
import { type Row, text } from "./columns.ts";
import type { SealingKey } from "./sealing-key.ts";
import { Vault } from "./vault.ts";
import { z } from "zod";

/** The first seals what is sealed anew. */
export type Keys = readonly [SealingKey, ...SealingKey[]];

export const ENCRYPTION_STATES = ["sealed", "encrypting", "rotating", "decrypting"] as const;

/** The row of `encryption`; a database without one is not encrypted. Rotating: `old` has sealed the rest. */
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

/** `plain`: what a key means for a database that is not encrypted. */
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

export type Rekeying = "encrypt" | "decrypt" | "rotate";

export interface KeyStatus {
  readonly encryption: Encryption | null;
  /** Numbers that are stored plainly, and those sealed, by the id of their key. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Renewed {
  readonly rows: number;
  /** Rows of which something does not open with any key: it was changed. It stays as it is. */
  readonly unopened: number;
}

/** Null: it is so already. */
export function nextState(what: Rekeying, found: Encryption | null, keys: Keys): Encryption | null {
  const isRotating = found?.state === "rotating";
  if (what === "rotate") {
    if (isRotating) return found;
    if (found?.state !== "sealed") throw refusedNow("rotate the key", found);
    const { id, check } = keys[0];
    return id === found.key_id
      ? null
      : { state: "rotating", key_id: id, key_check: check, old_id: found.key_id, old_check: found.key_check };
  }
  if (isRotating) throw refusedNow(what, found);
  const [over, state] = what === "encrypt" ? ["sealed", "encrypting" as const] : [undefined, "decrypting" as const];
  if (found?.state === over) return null;
  if (found?.state === state) return found;
  const { id, check } = keys[0];
  const { key_id, key_check } = found ?? { key_id: id, key_check: check };
  return { state, key_id, key_check, old_id: null, old_check: null };
}

function refusedNow(what: string, found: Encryption | null): Refused {
  const [is, hint] =
    found === null
      ? ["is not encrypted", "campaigns keys encrypt encrypts it"]
      : [`is ${found.state}`, `campaigns keys ${found.state === "rotating" ? "rotate" : "encrypt"} finishes that`];
  return new Refused("keys", `cannot ${what}: the database ${is}`, { hint });
}

export const inUse = (): Refused =>
  new Refused("in_use", "cannot change the encryption: a run is using the database", {
    hint: "stop it first; after a crash, try again in a minute",
  });

/** Somebody else has finished it, or goes the other way: what was renewed so far would not be all of it. */
export const turned = (): Refused =>
  new Refused("keys", "another process has finished this, or began something else with the keys", {
    hint: "campaigns keys status says what; run the command again if it is not finished",
  });
