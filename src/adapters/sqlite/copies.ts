/** Copies that `restore` leaves beside the database: whoever was erased since is in them still, and what was encrypted is plain. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Encryption, encryptionOf } from "../encryption.ts";

export interface Copy {
  readonly file: string;
  /** Null: it cannot be read. */
  readonly encrypted: boolean | null;
}

/** Where `restore` makes the new file; one that was killed leaves it. */
export const restoringOf = (path: string): string => `${path}.restoring`;
/** Where it puts the file that was there; `at`: the instant, as text. */
export const replacedOf = (path: string, at: string): string => `${path}.replaced-${at.replaceAll(/[:.]/g, "-")}`;

const isEmpty = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;

/** Without their journals, which go with them. */
export function copiesBeside(path: string): readonly Copy[] {
  if (!existsSync(dirname(path))) return [];
  const [restoring, replaced] = [restoringOf(path), replacedOf(path, "")];
  const files = readdirSync(dirname(path))
    .map((name) => join(dirname(path), name))
    .filter((file) => !file.endsWith("-shm") && (!file.endsWith("-wal") || !isEmpty(file)))
    .map((file) => file.replace(/-wal$/, ""));
  return [...new Set(files)]
    .filter((file) => file === restoring || file.startsWith(replaced))
    .toSorted()
    .map((file) => ({ file, encrypted: isSealed(file) }));
}

function isSealed(path: string): boolean | null {
  const url = pathToFileURL(path);
  // To look at it is to make no journal beside it.
  if (isEmpty(`${path}-wal`)) url.search = "immutable=1";
  try {
    using db = new DatabaseSync(url, { readOnly: true });
    return encryptionIn(db)?.state === "sealed";
  } catch {
    return null;
  }
}

/** Also of a file of another version. */
export function encryptionIn(db: DatabaseSync): Encryption | null {
  const isKnown = db.prepare("select 1 from sqlite_schema where name = 'encryption'").get() !== undefined;
  return encryptionOf(isKnown ? db.prepare("select * from encryption").get() : undefined);
}
