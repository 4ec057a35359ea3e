/** A file of any kind that holds a table → its rows. */
import { peek } from "./bytes.ts";
import { decode, type Encoding, parseEncoding } from "./decode.ts";
import { parseDelimiter } from "./delimiter.ts";
import { isJsonLines, isZip } from "./file-kind.ts";
import { readJsonLines } from "./json-lines.ts";
import { readRows, type Row } from "./rows.ts";
import { readXlsx, type SheetChoice } from "./xlsx.ts";

/** How the file is written, when somebody says it. */
export interface FileForm {
  readonly delimiter?: string | undefined;
  readonly encoding?: string | undefined;
}

/** Rows that are looked at before it is said which column holds what. */
const SAMPLE = 200;

export interface Table {
  readonly header: Row;
  /** The first rows, for a look at them; they come again in `rows`. */
  readonly sample: readonly (readonly string[])[];
  /** All rows but the first. */
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** `note`: what the operator should know of the file. null: there is no row at all. Throws Misused for what is no table. */
export async function openTable(
  input: AsyncIterable<Uint8Array | string>,
  form: FileForm,
  sheets: SheetChoice,
  note: (text: string) => void,
): Promise<Table | null> {
  const batches = rowsOf(input, form, sheets, note);
  const first: Row[] = [];
  while (first.length <= SAMPLE) {
    const next = await batches.next();
    if (next.done === true) break;
    // Not as arguments: a sheet comes as a whole, and may have more rows than a call takes.
    for (const row of next.value) first.push(row);
  }
  const [header, ...rest] = first;
  if (header === undefined) return null;
  return {
    header,
    sample: rest.slice(0, SAMPLE).map(({ cells }) => cells),
    rows: (async function* () {
      if (rest.length > 0) yield rest;
      yield* batches;
    })(),
  };
}

async function* rowsOf(
  input: AsyncIterable<Uint8Array | string>,
  { delimiter, encoding }: FileForm,
  sheets: SheetChoice,
  note: (text: string) => void,
): AsyncGenerator<readonly Row[]> {
  const mark = delimiter === undefined ? undefined : parseDelimiter(delimiter);
  const decoder = encoding === undefined ? undefined : parseEncoding(encoding);
  const { start, all } = await peek(input, 16);
  if (isZip(start)) return yield* readXlsx(all, sheets, note);
  const text = await peek(
    decode(all, (encoding) => note(ENCODINGS[encoding]), decoder),
    LOOK,
  );
  yield* isJsonLines(text.start.toString("utf8", 0, LONG_LINE)) ? readJsonLines(text.all) : readRows(text.all, mark);
}

const LOOK = 4_000;
const LONG_LINE = 100_000;

const ENCODINGS = {
  "utf-8": "read as UTF-8",
  "utf-16le": "read as UTF-16",
  "utf-16be": "read as UTF-16",
  "windows-1252":
    "read as Windows-1252 (Latin-1), since it is not valid UTF-8: see that names with accents are right, or say --encoding",
} as const satisfies Record<Encoding, string>;
