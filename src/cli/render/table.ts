/** Rows of cells → lines in columns as wide as a terminal shows them. */
import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
import { visible } from "../../domain/text/visible.ts";

/** Between two columns. */
const GAP = "  ";
/** A column is made no narrower than this. */
const NARROWEST = 12;
/** No terminal shows more of a cell; to measure a megabyte takes seconds. */
const LONGEST = 2000;
/** Cut off, these would be of no use: they are copied into the next command. */
const WHOLE = /^(ID|CALL|CALLER ID|NUMBERS?|TRUNK|SINCE|GRANTED|UNTIL)$/;

/**
 * The first row is the header. `width`: columns of the terminal; the widest cells are cut off to fit. Without one, as in
 * a pipe, nothing is.
 */
export function table(rows: readonly (readonly string[])[], width = Infinity): string[] {
  const most = width === Infinity ? Infinity : LONGEST;
  const shown = rows.map((row) => row.map((cell) => visible(cell.length > most ? `${cell.slice(0, most)}…` : cell)));
  const [header = []] = shown;
  const widths = header.map((_, column) => Math.max(...shown.map((row) => stringWidth(row[column] ?? ""))));
  fit(widths, header, width);
  return shown.map((row) =>
    row
      .map((cell, column) => {
        const room = widths[column] ?? 0;
        const cut = stringWidth(cell) > room ? cliTruncate(cell, room) : cell;
        return cut + " ".repeat(Math.max(0, room - stringWidth(cut)));
      })
      .join(GAP)
      .trimEnd(),
  );
}

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
