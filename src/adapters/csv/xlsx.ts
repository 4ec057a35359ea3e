/** A sheet of an XLSX file → rows. */
import { Misused } from "../../engine/errors.ts";
import { noTable } from "./file-kind.ts";
import { numberColumns } from "./column-hints.ts";
import { holdsNumber, isNumberOrPrefix } from "./headers.ts";
import type { Row } from "./rows.ts";
import { hiddenSheets } from "./hidden-sheets.ts";
import { wishInName } from "./wishes.ts";

/** Larger ones would not fit into memory unpacked. */
const LARGEST = 100_000_000;

/** Which sheet is read. `shown`: the first that is not hidden. `numbers`: the only one with numbers in it; of several none may be lost. */
export type SheetChoice = "shown" | "numbers";

interface Sheet {
  readonly name: string;
  readonly isHidden: boolean;
  readonly rows: readonly Row[];
}

/** Throws Misused when it is not clear which sheet is meant. */
export async function* readXlsx(
  bytes: AsyncIterable<Buffer>,
  choice: SheetChoice,
  note: (text: string) => void,
): AsyncGenerator<readonly Row[]> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    if ((size += chunk.length) > LARGEST) throw noTable("a zip file of more than 100 MB");
  }
  const sheets = (await sheetsOf(Buffer.concat(chunks))).filter(({ rows }) => rows.length > 0);
  if (sheets.length === 0) return;
  const sheet = choice === "shown" ? firstShown(sheets) : onlyNumbers(sheets);
  const others = sheets.filter((other) => other !== sheet);
  if (others.length > 0 || sheet.isHidden) {
    note([`read sheet ${named(sheet)}`, ...others.map((other) => `not ${named(other)}`)].join(", "));
  }
  yield sheet.rows;
}

const named = ({ name, isHidden }: Sheet): string => `${JSON.stringify(name)}${isHidden ? " (hidden)" : ""}`;

function firstShown(sheets: readonly Sheet[]): Sheet {
  const shown = sheets.find(({ isHidden }) => !isHidden);
  if (shown === undefined) {
    throw new Misused("csv", `expected a sheet with rows, found only hidden ones: ${sheets.map(named).join(", ")}`, {
      hint: "show the one that is meant, or save it as CSV",
    });
  }
  const wish = sheets.find((sheet) => sheet !== shown && wishInName(sheet.name) === "never");
  if (wish !== undefined) {
    throw new Misused("do_not_call", `sheet ${named(wish)} looks like wishes not to be called, and is not used`, {
      hint: "save it as a file of its own for campaigns dnc import, and take it out of this one",
    });
  }
  return shown;
}

function onlyNumbers(sheets: readonly Sheet[]): Sheet {
  const [first, ...more] = sheets.filter(hasNumbers);
  if (first !== undefined && more.length > 0) {
    throw new Misused("csv", `expected one sheet with numbers, found ${[first, ...more].map(named).join(", ")}`, {
      hint: "save each as a file of its own, and import them one after the other",
    });
  }
  // In none of them is anything that could be lost.
  return first ?? firstShown(sheets);
}

/** Cells that are numbers, or a column of them with something beside each; a date or a count in a text is none. */
const hasNumbers = ({ rows }: Sheet): boolean =>
  rows.some(({ cells }) => cells.some(isNumberOrPrefix)) ||
  numberColumns(
    rows.map(({ cells }) => cells),
    (cell) => holdsNumber(cell.replaceAll(COUNT, "")),
  ).length > 0;

/** `1,234,567` behind words. */
const COUNT = /(?<=\p{L}\D*)(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])/gu;

async function sheetsOf(file: Buffer): Promise<Sheet[]> {
  const { default: readFile } = await import("read-excel-file/node");
  let sheets: { sheet: string; data: (string | boolean | Date | null)[][] }[];
  try {
    sheets = (await readFile(file, { parseNumber: exactly, trim: false })) as typeof sheets;
  } catch {
    throw noTable("a zip file, or a spreadsheet that cannot be read");
  }
  const hidden = hiddenSheets(file);
  return sheets.map(({ sheet: name, data }, at) => ({
    name,
    isHidden: hidden[at] ?? false,
    rows: data
      .map((cells, index) => ({ cells: cells.map(cellOf), line: index + 1 }))
      .filter(({ cells }) => cells.some((cell) => cell.trim() !== "")),
  }));
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
