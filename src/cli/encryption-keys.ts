/** The keys that contact data is encrypted with: from a file that nobody else can read, or from the environment. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { newKeyText, readKeys, type SealingKey } from "../adapters/sealing-key.ts";
import { messageOf, Misused } from "../engine/errors.ts";
import type { Config } from "./config.ts";

/** The first seals. */
export type Keys = readonly [SealingKey, ...SealingKey[]];

/** Null: none are set. */
export function encryptionKeys({ encryption: { key, file }, db }: Pick<Config, "encryption" | "db">): Keys | null {
  if (file === undefined) return key === undefined ? null : readKeys(key, "CAMPAIGNS_ENCRYPTION_KEY");
  return readKeys(keyFile(file, db), "CAMPAIGNS_ENCRYPTION_KEY_FILE");
}

function keyFile(path: string, db: string): string {
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new Misused(
        "encryption_key",
        `expected a key file that only its owner can use, found mode ${mode.toString(8).padStart(4, "0")}`,
        { hint: `chmod 600 ${path}` },
      );
    }
    refuseBesideData(path, db);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Misused) throw error;
    throw new Misused(
      "encryption_key",
      `CAMPAIGNS_ENCRYPTION_KEY_FILE: expected a readable file: ${messageOf(error)}`,
      {
        hint: "campaigns keys new FILE makes one",
      },
    );
  }
}

/** Whoever copies the data, or backs it up, would have the key with it. */
function refuseBesideData(path: string, db: string): void {
  // Through links of both: a copy of the data follows them, and takes along what it finds.
  const data = [realpathOf(dirname(db)), dirname(realpathOf(db))];
  const key = [realpathOf(dirname(path)), dirname(realpathOf(path))];
  if (!key.some((place) => data.some((other) => place === other || place.startsWith(other + sep)))) return;
  throw new Misused("encryption_key", "expected the key file outside the directory of the database, found it there", {
    hint: "move it, so that a copy of the data is no copy of the key; then set CAMPAIGNS_ENCRYPTION_KEY_FILE",
  });
}

/** As far as it is there; what is missing may come. */
function realpathOf(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realpathOf(dirname(path)), basename(path));
}

/** A file that must not be there yet. */
export function makeKeyFile(path: string, db: string): SealingKey {
  refuseBesideData(path, db);
  const text = newKeyText();
  write(path, () => `${text}\n`);
  return readKeys(text, "key")[0];
}

/** Puts a new key before those of the file: from then on it seals. */
export function addKey(path: string, db: string): void {
  keyFile(path, db);
  // A link stays one: whoever keeps the file that it leads to keeps both keys.
  const file = realpathSync(path);
  const next = `${file}.new`;
  if (existsSync(next)) {
    throw new Misused("encryption_key", `expected no other keys rotate at work, but ${next} is there`, {
      hint: "wait for it; if it was killed, remove that file: nothing is sealed with a key that only it has",
    });
  }
  // Read when that one is ours: another's new key would be lost, with all that it has sealed.
  write(next, () => `${newKeyText()}\n${keyFile(path, db).trimEnd()}\n`, file);
}

/** A file that is not there; then it takes the place of `to`. */
function write(path: string, text: () => string, to = path): void {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, text());
      // A key that is lost to a power cut takes what it has sealed with it.
      fsyncSync(file);
      renameSync(path, to);
      syncName(to);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new Misused("encryption_key", `cannot write the key file: ${messageOf(error)}`, {
      hint: "name a new file, in a directory that is yours to write",
    });
  }
}

/** A name is its directory's, and goes with that; where directories cannot be synced there is no more to be done for it. */
function syncName(path: string): void {
  try {
    const directory = openSync(dirname(path), "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch {
    // Windows, and some file systems of a network.
  }
}
