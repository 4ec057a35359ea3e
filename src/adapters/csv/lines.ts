/**
 * Text → rows, as long as each line is one row that can be read in one way only: ten times as fast as the parser, which expects
 * anything. The first line that is anything else, and all behind it, is left to the parser.
 */
export class PlainLines {
  readonly #delimiter: string;
  readonly #take: (cells: string[], line: number) => void;
  /** The beginning of a line whose end is still to come. */
  #begun = "";
  #count: number;

  /** `count`: lines of the file that are read already. `take` gets the cells of each line. */
  constructor(delimiter: string, count: number, take: (cells: string[], line: number) => void) {
    this.#delimiter = delimiter;
    this.#count = count;
    this.#take = take;
  }

  /** Lines of the file that are read. */
  get count(): number {
    return this.#count;
  }

  /** Returns what is left to the parser; null: nothing is. */
  read(text: string): string | null {
    const all = this.#begun + text;
    let at = 0;
    for (let end = all.indexOf("\n", this.#begun.length); end >= 0; end = all.indexOf("\n", at)) {
      if (!this.#line(all.slice(at, end > at && all.charCodeAt(end - 1) === CR ? end - 1 : end))) return all.slice(at);
      at = end + 1;
    }
    this.#begun = all.slice(at);
    return this.#begun.length > LONG_LINE ? this.#begun : null;
  }

  /** The same for a last line that does not end. */
  end(): string | null {
    return this.#line(this.#begun) ? null : this.#begun;
  }

  #line(text: string): boolean {
    const cells = cellsOf(text, this.#delimiter);
    if (cells === null) return false;
    this.#take(cells, ++this.#count);
    return true;
  }
}

const CR = 0x0d;
/** Whatever is longer is left to the parser, which has a limit. */
const LONG_LINE = 100_000;

/** null: a cell goes on in the next line, or it is odd. */
function cellsOf(line: string, delimiter: string): string[] | null {
  if (line.length > LONG_LINE || line.includes("\r")) return null;
  return line.includes('"') ? quotedCellsOf(line, delimiter) : line.split(delimiter);
}

/** Each cell is quoted as a whole, or has no quote in it. */
function quotedCellsOf(line: string, delimiter: string): string[] | null {
  const cells: string[] = [];
  for (let at = 0; ;) {
    let end: number;
    if (line[at] === '"') {
      end = line.indexOf('"', at + 1);
      while (end >= 0 && line[end + 1] === '"') end = line.indexOf('"', end + 2);
      if (end < 0) return null;
      cells.push(line.slice(at + 1, end).replaceAll('""', '"'));
      end++;
      if (end < line.length && !line.startsWith(delimiter, end)) return null;
    } else {
      end = line.indexOf(delimiter, at);
      if (end < 0) end = line.length;
      const cell = line.slice(at, end);
      if (cell.includes('"')) return null;
      cells.push(cell);
    }
    if (end === line.length) return cells;
    at = end + delimiter.length;
  }
}

/** A cell is a part of the text that its line came in, and keeps all of it: what outlives its row is to be a copy. */
export const copyOf = (cell: string): string => Buffer.from(cell).toString();
