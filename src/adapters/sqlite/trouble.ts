/** What SQLite and the file system say when the database cannot be used → one sentence, and what to do about it. */
import { messageOf, Unavailable } from "../../engine/errors.ts";

/** Another process is writing; it may be over in a moment. */
export class Locked extends Unavailable {}

/** SQLite's own failures become Unavailable; a constraint that fails is our bug and stays what it is. */
export function guarded<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw translated(what, error);
  }
}

function translated(what: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ("errcode" in error) {
    const code = Number(error.errcode) & PRIMARY;
    if (code === SQLITE_CONSTRAINT) return error;
    const Class = code === SQLITE_BUSY ? Locked : Unavailable;
    return new Class(...said(what, error, HINTS[code] ?? "check the file named by --db or CAMPAIGNS_DB"));
  }
  return isErrnoException(error) ? new Unavailable(...said(what, error, CANNOT_OPEN)) : error;
}

/** It, or something beside it, cannot be written; perhaps it can be read. */
export const isUnwritable = (error: unknown): boolean =>
  error instanceof Unavailable && error.cause instanceof Error && "errcode" in error.cause
    ? [SQLITE_READONLY, SQLITE_CANTOPEN].includes(Number(error.cause.errcode) & PRIMARY)
    : false;

/** Said by the file system. */
export const isErrnoException = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

function said(what: string, cause: Error, hint: string): ConstructorParameters<typeof Unavailable> {
  const where = what.trim().split(/\s+/, 2).join(" ");
  return ["database", `the database did not answer: ${messageOf(cause)} (${where})`, { hint, cause }];
}

// Primary result codes: https://www.sqlite.org/rescode.html
const PRIMARY = 0xff;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;
const SQLITE_CONSTRAINT = 19;
const CANNOT_OPEN = "check that it is a file, and that its directory exists and is yours to write";
const HINTS: Readonly<Record<number, string>> = {
  [SQLITE_BUSY]: "another process keeps the database locked; find it, or wait",
  [SQLITE_READONLY]: "the file, the -wal and -shm beside it, or the directory is read-only; make them writable",
  10: "the disk reports an error; check it, and the free space",
  11: "the file is damaged; stop all runners, and put a backup in its place",
  13: "the disk is full; make room",
  [SQLITE_CANTOPEN]: CANNOT_OPEN,
  26: "the file is not a database; name another with --db",
};
