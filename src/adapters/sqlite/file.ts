/** The database as a file: where it is made, who may read it, and whether it is still the same one. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isErrnoException } from "./trouble.ts";

const OWNER_ONLY = 0o700;

/** Makes the directory and the file where they are missing, for their owner alone. */
export function makePlace(path: string): void {
  makeDirectory(dirname(path));
  // Never opened when it is there: to close it would let go of the locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, "a", OWNER_ONLY & 0o666));
}

/** One step at a time: Node's own `recursive` goes round in circles where nothing can be made, such as in /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: OWNER_ONLY });
  } catch (error) {
    // Another process was faster.
    if (!isErrnoException(error) || error.code !== "EEXIST") throw error;
  }
}

/** What is the owner's alone already, read-only for instance, is left as it is. */
export function closeToOthers(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o777 & ~OWNER_ONLY) === 0) return;
  try {
    chmodSync(path, mode & OWNER_ONLY);
  } catch (error) {
    // Another user's: that one decides, and the doctor says so.
    if (!isErrnoException(error) || error.code !== "EPERM") throw error;
  }
}

/** Device and inode of the file and of its journal, which is there for as long as the database is open. */
export function identityOf(path: string): string {
  return [path, `${path}-wal`]
    .map((part) => statSync(part, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? "none" : `${stat.dev}:${stat.ino}`))
    .join(" ");
}
