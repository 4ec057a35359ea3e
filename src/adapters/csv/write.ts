/** Rows → CSV as RFC 4180 has it: the one way in which this program writes any. */
import { stringify } from "csv-stringify/sync";

/** Some programs take these for a delimiter too, and some drop blanks at the ends of a cell. */
const QUOTED = /[;\t\r\n]|^\s|\s$/;

/** `escapeFormulas`: cells that a spreadsheet would run begin with an apostrophe. */
export const csvText = (rows: readonly (readonly string[])[], escapeFormulas = false): string =>
  stringify([...rows], { record_delimiter: "windows", quoted_match: QUOTED, escape_formulas: escapeFormulas });
