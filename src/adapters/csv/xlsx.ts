/** The first sheet of an XLSX file → rows. */
import { noTable } from "./file-kind.ts";
import type { Row } from "./rows.ts";

/** Larger ones would not fit into memory unpacked. */
const LARGEST = 100_000_000;

export async function* readXlsx(
  bytes: AsyncIterable<Buffer>,
  note: (text: string) => void,
): AsyncGenerator<readonly Row[]> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    if ((size += chunk.length) > LARGEST) throw noTable("a zip file of more than 100 MB");
  }
  const sheets = await sheetsOf(Buffer.concat(chunks));
  const filled = sheets.filter(({ data }) => data.length > 0);
  const [sheet] = filled;
  if (sheet === undefined) return;
  if (filled.length > 1) note(`read the first of ${filled.length} sheets`);
  yield sheet.data
    .map((cells, index) => ({ cells: cells.map(cellOf), line: index + 1 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
}

async function sheetsOf(file: Buffer): Promise<{ data: (string | boolean | Date | null)[][] }[]> {
  const { default: readFile } = await import("read-excel-file/node");
  try {
    return (await readFile(file, { parseNumber: exactly, trim: false })) as {
      data: (string | boolean | Date | null)[][];
    }[];
  } catch {
    throw noTable("a zip file, or a spreadsheet that cannot be read");
  }
}

/** As the file has it; an exponent is written out. */
function exactly(raw: string): string {
  if (/^-?\d+(?:\.\d+)?$/.test(raw)) return raw;
  const value = Number(raw);
  return Number.isInteger(value) ? BigInt(value).toString() : Number.isFinite(value) ? String(value) : raw;
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date)
    return value
      .toISOString()
      .replace(/T00:00:00\.000Z$/, "")
      .replace(/\.000Z$/, "Z");
  return typeof value === "string" ? value : JSON.stringify(value);
}
