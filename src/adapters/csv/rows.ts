/** Text of a CSV file → its rows, each with the line it begins on. */
import { CsvError, type Options, Parser } from "csv-parse";
import { Misused } from "../../engine/errors.ts";
import { HeaderScanner } from "./delimiter.ts";

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
 * Batches of rows, the header first. Rows without anything in them are left out. Throws Misused for a broken file.
 * `given`: what separates the cells, when somebody has said so.
 */
export async function* readRows(text: AsyncIterable<Buffer>, given?: string): AsyncGenerator<readonly Row[]> {
  let rows: Row[] = [];
  /** Where the last row ended. */
  let line = 0;
  let seen = { lines: 1, empty_lines: 0 };
  const { delimiter, from, rest } = await look(text, given);
  const parser = new Parser({
    ...OPTIONS,
    delimiter,
    on_record: (cells: string[], at) => {
      const skipped = at.empty_lines - seen.empty_lines;
      const start = line + skipped + 1;
      // The parser counts the two characters of a Windows line end inside quotes as two lines.
      const many = at.lines - seen.lines - skipped > 1;
      line = start + (many ? lineEnds(cells) : 0);
      seen = at;
      if (many && cells.some((cell) => isTorn(cell, delimiter))) throw new TornRow(start);
      if (cells.some((cell) => cell.trim() !== "")) rows.push({ cells, line: start });
      return null;
    },
  });
  line = from - 1;
  // What is wrong is told to the callbacks as well.
  parser.on("error", () => {});
  try {
    for await (const chunk of rest) {
      await said((done) => parser.write(chunk, done));
      if (rows.length === 0) continue;
      yield rows;
      rows = [];
    }
    await said((done) => parser.end(done));
  } catch (error) {
    if (error instanceof TornRow) throw neverClosed(error.line);
    if (!(error instanceof CsvError)) throw error;
    throw neverClosed(line + 1);
  }
  if (rows.length > 0) yield rows;
}

/** What a step of the parser says when it is done with it. */
const said = (step: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => step((error) => (error == null ? resolve() : reject(error))));

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
