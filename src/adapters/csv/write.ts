/** Rows → CSV as RFC 4180 has it: the one way in which this program writes any. */
import { stringify } from "csv-stringify/sync";

/** Some programs take these for a delimiter too, and some drop blanks at the ends of a cell. */
const QUOTED = /[;\t\r\n]|^\s|\s$/;

export const csvText = (rows: readonly (readonly string[])[]): string =>
  stringify([...rows], { record_delimiter: "windows", quoted_match: QUOTED });
