/** Rows of cells → lines in columns as wide as a terminal shows them. */
import { visible } from "../../domain/text/visible.ts";
import { cell, cut } from "./cells.ts";
import { widthOf } from "./width.ts";

/** Between two columns. */
const GAP = "  ";
/** A column is made no narrower than this. */
const NARROWEST = 12;
/** Wider than any terminal. */
const WIDEST = 2000;
/** Cut off, these would be of no use: they are copied into the next command. */
const WHOLE = /^(ID|CALL|CALLER ID|NUMBERS?|TRUNK|SINCE|GRANTED|UNTIL)$/;
/** `12`, `1,200`, `3/40`, `~12`, `67 %`; no phone number. */
const AMOUNT = /^~?\d[\d,.]*(\/\d[\d,.]*)?( ?%)?$/;

/**
 * The first row is the header. `width`: columns of the terminal; the widest cells are cut off to fit, and else the last columns. Without one, as in
 * a pipe, nothing is. Amounts under a header stand at the right of their column.
 */
export function table(rows: readonly (readonly string[])[], width = Infinity): string[] {
  const shown = rows.map((row) => row.map((text) => (width === Infinity ? visible(text) : cut(text, WIDEST))));
  const [header = [], ...body] = shown;
  const widths = header.map((_, column) => Math.max(...shown.map((row) => widthOf(row[column] ?? ""))));
  fit(widths, header, width);
  const aligned = header.map((head, column) =>
    isOfAmounts(
      head,
      body.map((row) => row[column] ?? ""),
    ),
  );
  return shown
    .map((row) =>
      row
        .map((text, column) => cell(text, widths[column] ?? 0, aligned[column] === true ? "right" : "left"))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => (width === Infinity ? line : cut(line, width)));
}

const isOfAmounts = (head: string, cells: readonly string[]): boolean =>
  !AMOUNT.test(head) &&
  !WHOLE.test(head) &&
  cells.some(Boolean) &&
  cells.every((text) => text === "" || AMOUNT.test(text));

/** Takes from the widest column that may be cut until all of them fit, or no more can be taken. */
function fit(widths: number[], header: readonly string[], width: number): void {
  let over = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  while (over > 0) {
    const cuttable = widths.map((one, column) => (WHOLE.test(header[column] ?? "") ? 0 : one));
    const widest = Math.max(...cuttable);
    if (widest <= NARROWEST) return;
    widths[cuttable.indexOf(widest)] = widest - 1;
    over -= 1;
  }
}
