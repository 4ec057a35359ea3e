/** What to say when no column is known to hold the number: it is told by looking at cells. */
import { columnName, isData, isNumberLike } from "./headers.ts";
import { meaningOf } from "./known-columns.ts";

/** Columns whose cells look like phone numbers, by how many do. */
export function numberColumns(
  sample: readonly (readonly string[])[],
  isNumber: (cell: string, index: number) => boolean = isNumberLike,
): number[] {
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  return Array.from({ length: width }, (_, index) => {
    const filled = sample.map((cells) => (cells[index] ?? "").trim()).filter((cell) => cell !== "");
    return { index, share: filled.filter((cell) => isNumber(cell, index)).length / Math.max(1, filled.length) };
  })
    .filter(({ share }) => share >= 0.5)
    .sort((a, b) => b.share - a.share || a.index - b.index)
    .map(({ index }) => index);
}

export function phoneHint(headers: readonly string[], sample: readonly (readonly string[])[]): string {
  const below = sample.some((cells) => !isData(cells) && cells.some((cell) => meaningOf(cell)?.field === "phone"));
  if (below) return "the header seems to be further down: delete the lines above it";
  const [likely] = numberColumns(sample);
  if (likely !== undefined) {
    const header = headers[likely]?.trim() ?? "";
    const name = columnName(header, likely);
    return `its cells look like numbers: --map phone=${header === "" || name.startsWith("(") ? likely + 1 : name}`;
  }
  const mark = headers.length === 1 ? otherDelimiter(headers[0] ?? "") : null;
  if (mark !== null) return `the cells seem to be separated by ${mark}: --delimiter "${mark}"`;
  return "no column holds phone numbers, as far as its first rows show; --map phone=COLUMN says which one does";
}

/** A mark that is no delimiter by itself, and parts the header into names that are known. */
function otherDelimiter(header: string): string | null {
  const marks = new Set(header.replaceAll(/[\p{L}\p{N}\s"'_-]/gu, ""));
  return [...marks].find((mark) => header.split(mark).some((name) => meaningOf(name)?.field === "phone")) ?? null;
}
