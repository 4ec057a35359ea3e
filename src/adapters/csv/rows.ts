/** Text of a CSV file → its rows, each with the line it begins on. */
import { CsvError, type Options, Parser } from "csv-parse";
import { Misused } from "../../engine/errors.ts";
import { HeaderScanner } from "./delimiter.ts";
import { PlainLines } from "./lines.ts";

export interface Row {
  readonly cells: readonly string[];
  /** The first line of the file is 1. */
  readonly line: number;
}

/** No row is longer, in bytes; a quote that never closes would otherwise take the rest of the file into memory. */
const LONGEST_ROW = 1_000_000;

const OPTIONS = {
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_column_count: true,
  // A quote inside a cell is part of it: 5" pipe.
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: LONGEST_ROW,
} as const satisfies Options;

/**
 * Batches of rows, the header first. Rows without anything in them are left out. Throws Misused for a broken file, behind the rows
 * before the break.
 * `text`: UTF-8, no character in two chunks. `given`: what separates the cells, when somebody has said so.
 */
export async function* readRows(text: AsyncIterable<Buffer>, given?: string): AsyncGenerator<readonly Row[]> {
  let rows: Row[] = [];
  const { delimiter, from, rest } = await look(text, given);
  const reader = new RowReader(delimiter, from - 1, (cells, line) => {
    if (cells.some(isFilled)) rows.push({ cells, line });
  });
  for await (const chunk of rest) {
    try {
      await reader.write(chunk);
    } catch (error) {
      if (rows.length > 0) yield rows;
      throw error;
    }
    if (rows.length === 0) continue;
    yield rows;
    rows = [];
  }
  await reader.end();
  if (rows.length > 0) yield rows;
}

type TakeRow = (cells: string[], line: number) => void;

/** Line by line as long as that can be done, which is most often to the end. */
class RowReader {
  readonly #lines: PlainLines;
  readonly #parserFrom: (line: number) => RowParser;
  #parser: RowParser | null = null;

  constructor(delimiter: string, line: number, take: TakeRow) {
    this.#lines = new PlainLines(delimiter, line, take);
    this.#parserFrom = (line) => new RowParser(delimiter, line, take);
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#parser !== null) return this.#parser.write(chunk);
    await this.#parse(this.#lines.read(chunk.toString("utf8")));
  }

  async end(): Promise<void> {
    if (this.#parser === null) await this.#parse(this.#lines.end());
    await this.#parser?.end();
  }

  async #parse(left: string | null): Promise<void> {
    if (left === null) return;
    this.#parser = this.#parserFrom(this.#lines.count);
    await this.#parser.write(Buffer.from(left));
  }
}

const isFilled = (cell: string): boolean => cell !== "" && cell.trim() !== "";

/** Rows of any text that a spreadsheet may have written. Throws Misused. */
class RowParser {
  readonly #parser: Parser;
  /** Where the last row ended. */
  #line: number;
  #seen = { lines: 0, empty_lines: 0 };

  constructor(delimiter: string, line: number, take: TakeRow) {
    this.#line = line;
    this.#parser = new Parser({
      ...OPTIONS,
      delimiter,
      on_record: (cells: string[], at) => {
        const skipped = at.empty_lines - this.#seen.empty_lines;
        const start = this.#line + skipped + 1;
        // The parser counts the two characters of a Windows line end inside quotes as two lines.
        const many = at.lines - this.#seen.lines - skipped > 1;
        this.#line = start + (many ? lineEnds(cells) : 0);
        this.#seen = at;
        if (many && cells.some((cell) => isTorn(cell, delimiter))) throw new TornRow(start);
        take(cells, start);
        return null;
      },
    });
    // What is wrong is told to the callbacks as well.
    this.#parser.on("error", () => {});
  }

  write(chunk: Buffer): Promise<void> {
    return this.#said((done) => void this.#parser.write(chunk, done));
  }

  end(): Promise<void> {
    return this.#said((done) => void this.#parser.end(done));
  }

  /** What a step of the parser says when it is done with it. */
  async #said(step: (done: (error?: Error | null) => void) => void): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => step((error) => (error == null ? resolve() : reject(error))));
    } catch (error) {
      if (error instanceof TornRow) throw neverClosed(error.line);
      if (!(error instanceof CsvError)) throw error;
      throw neverClosed(this.#line + 1);
    }
  }
}

class TornRow extends Error {
  readonly line: number;
  constructor(line: number) {
    super("a quote took several rows for one");
    this.line = line;
  }
}

const neverClosed = (line: number): Misused =>
  new Misused("csv", `expected every quote to be closed, but one that opens on line ${line} or soon after is not`, {
    hint: 'fix that line: a quote inside a quoted cell is written twice ("")',
  });

const lineEnds = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);

/** A stray quote at the start of a cell has swallowed rows up to the start of the next quoted cell. */
const isTorn = (cell: string, delimiter: string): boolean =>
  cell.startsWith('"') && (cell.includes(`${delimiter}"`) || /[\r\n]"/.test(cell));

/** Reads up to the end of the header, which tells what separates the cells. */
async function look(
  text: AsyncIterable<Buffer>,
  given: string | undefined,
): Promise<{ delimiter: string; from: number; rest: AsyncIterable<Buffer> }> {
  const chunks = text[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  const scanner = new HeaderScanner();
  for (let length = 0; length <= LONGEST_ROW;) {
    const next = await chunks.next();
    if (next.done === true) break;
    read.push(next.value);
    length += next.value.length;
    if (scanner.read(next.value)) break;
  }
  let head = Buffer.concat(read);
  // Excel may say it in a line of its own.
  const said = /^sep=(.)(\r\n|\n|\r)/i.exec(head.toString("utf8", 0, 8));
  if (said !== null) head = head.subarray(Buffer.byteLength(said[0]));
  return {
    delimiter: given ?? said?.[1] ?? scanner.delimiter,
    from: said === null ? 1 : 2,
    rest: (async function* () {
      yield head;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    })(),
  };
}
