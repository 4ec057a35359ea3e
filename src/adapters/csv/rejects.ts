/** Rejected rows as a CSV file that can be mended and imported again: what is wrong first, then the row as it was. */
import { closeSync, ftruncateSync, fstatSync, openSync, statSync, writeSync } from "node:fs";
import { messageOf, Misused } from "../../engine/errors.ts";
import { REJECT_COLUMNS } from "./columns.ts";

/** Bytes are written in pieces of about this many characters. */
const PIECE = 64_000;

export class RejectsFile implements Disposable {
  readonly #file: number;
  #pending = "";
  /** Columns of the imported file that are left out: what was wrong with it the last time. */
  #stale: readonly number[] = [];

  /** Opens the file and empties it. Throws Misused when it cannot be written, or is the one that is `read`. */
  constructor(path: string, read: string | null) {
    try {
      this.#file = openSync(path, "a", 0o600);
    } catch (error) {
      throw unwritable(error);
    }
    const [mine, theirs] = [
      fstatSync(this.#file),
      read === null ? undefined : statSync(read, { throwIfNoEntry: false }),
    ];
    if (theirs !== undefined && theirs.ino === mine.ino && theirs.dev === mine.dev) {
      closeSync(this.#file);
      throw new Misused("rejects", "--rejects: expected a file other than the one that is imported, got the same", {
        hint: "name another file",
      });
    }
    if (mine.isFile()) ftruncateSync(this.#file);
  }

  header(headers: readonly string[]): void {
    this.#stale = headers.flatMap((header, index) => (REJECT_COLUMNS.some((name) => name === header) ? [index] : []));
    this.#write([...REJECT_COLUMNS, ...this.#own(headers)]);
  }

  add(line: number, column: string | null, reason: string, cells: readonly string[]): void {
    this.#write([String(line), column ?? "", reason, ...this.#own(cells)]);
  }

  #own(cells: readonly string[]): readonly string[] {
    return this.#stale.length === 0 ? cells : cells.filter((_, index) => !this.#stale.includes(index));
  }

  #write(cells: readonly string[]): void {
    this.#pending += `${cells.map(quoted).join(",")}\r\n`;
    if (this.#pending.length > PIECE) this.flush();
  }

  flush(): void {
    try {
      const bytes = Buffer.from(this.#pending);
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
      this.#pending = "";
    } catch (error) {
      throw unwritable(error);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

const unwritable = (error: unknown): Misused =>
  new Misused("rejects", `--rejects: expected a file that can be written: ${messageOf(error)}`, {
    hint: "check the path, its permissions and the space on the disk",
  });

const quoted = (cell: string): string => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
