/** What separates the cells of a file: told by its first line, read byte by byte, each byte once. */
import { Misused } from "../../engine/errors.ts";

/** The earlier one is taken where two come equally often. */
const USUAL = ["\t", ";", ",", "|"] as const;
const [QUOTE, LF, CR, SPACE] = [0x22, 0x0a, 0x0d, 0x20];
const CODES: ReadonlyMap<number, string> = new Map(USUAL.map((mark) => [mark.charCodeAt(0), mark]));

/** Looks for the end of the first line with anything in it, and counts the delimiters outside of quotes on the way. */
export class HeaderScanner {
  readonly #counts = new Map<string, number>();
  #empty = true;
  #atCellStart = true;
  #quoted = false;
  /** The last byte was a quote inside a quoted cell: the cell ends there, unless another quote follows. */
  #perhapsClosed = false;

  /** True once the line is whole. */
  read(bytes: Uint8Array): boolean {
    for (const byte of bytes) if (this.#step(byte)) return true;
    return false;
  }

  #step(byte: number): boolean {
    if (this.#perhapsClosed) {
      this.#perhapsClosed = false;
      this.#quoted = byte === QUOTE;
      if (this.#quoted) return false;
    } else if (this.#quoted) {
      this.#perhapsClosed = byte === QUOTE;
      return false;
    }
    if (byte === LF || byte === CR) return !this.#empty;
    const mark = CODES.get(byte);
    if (mark !== undefined) this.#counts.set(mark, (this.#counts.get(mark) ?? 0) + 1);
    if (byte === QUOTE && this.#atCellStart) this.#quoted = true;
    this.#atCellStart = mark !== undefined || (this.#atCellStart && byte === SPACE);
    this.#empty &&= byte === SPACE || mark === "\t";
    return false;
  }

  /** What comes most often; a comma when nothing does. */
  get delimiter(): string {
    const most = Math.max(0, ...this.#counts.values());
    return USUAL.find((mark) => most > 0 && this.#counts.get(mark) === most) ?? ",";
  }
}

/** What `--delimiter` says: one character, or `tab`. */
export function parseDelimiter(text: string): string {
  if (/^(tab|\\t)$/i.test(text)) return "\t";
  if (/^[^"\r\n\p{L}\p{N}]$/u.test(text)) return text;
  throw new Misused("delimiter", `--delimiter: expected one character such as ; or | or the word tab, got "${text}"`);
}
