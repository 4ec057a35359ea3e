/** Rejected rows as a CSV file that can be mended and imported again: what is wrong first, then the row as it was. */
import { closeSync, unlinkSync, writeSync } from "node:fs";
import { REJECT_COLUMNS } from "./columns.ts";
import { type NewFile, openNewFile, unwritable } from "./new-file.ts";
import { csvText } from "./write.ts";

/** Rows are written, or said, in pieces of about this many. */
export const PIECE = 500;

/** The headers of the file, or a row of it that is rejected. */
export type Noted =
  | { readonly headers: readonly string[] }
  | {
      readonly line: number;
      readonly column: string | null;
      readonly reason: string;
      readonly cells: readonly string[];
    };

export interface Rejects {
  note(row: Noted): void;
  /** After the last. */
  flush(): void;
}

export class RejectsFile implements Rejects, Disposable {
  readonly #path: string;
  readonly #file: NewFile;
  #pending: (readonly string[])[] = [];
  #isEmpty = true;
  /** Columns of the imported file that are left out: what was wrong with it the last time. */
  #stale: readonly number[] = [];

  /** Throws Misused when it cannot be written, is there already (unless `force`), or is the one that is `read`. */
  constructor(path: string, read: string | null, force: boolean) {
    this.#path = path;
    this.#file = openNewFile({ path, option: "rejects", force, other: read });
  }

  note(row: Noted): void {
    if ("headers" in row) {
      const { headers } = row;
      this.#stale = headers.flatMap((header, index) => (REJECT_COLUMNS.some((name) => name === header) ? [index] : []));
      this.#write([...REJECT_COLUMNS, ...this.#own(headers)]);
      return;
    }
    const { line, column, reason, cells } = row;
    this.#isEmpty = false;
    this.#write([String(line), column ?? "", reason, ...this.#own(cells)]);
  }

  #own(cells: readonly string[]): readonly string[] {
    return this.#stale.length === 0 ? cells : cells.filter((_, index) => !this.#stale.includes(index));
  }

  #write(cells: readonly string[]): void {
    if (this.#pending.push(cells) >= PIECE) this.flush();
  }

  flush(): void {
    try {
      const bytes = Buffer.from(csvText(this.#pending));
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file.file, bytes, written);
      this.#pending = [];
    } catch (error) {
      throw unwritable("rejects", error);
    }
  }

  /** A file without rejected rows would be in the way of the next import, and say nothing. */
  [Symbol.dispose](): void {
    closeSync(this.#file.file);
    if (this.#isEmpty && this.#file.isRegular) unlinkSync(this.#path);
  }
}
