/** Headers as they may be shown: a file without a header begins with somebody's number, which is not to be seen in an error. */
import { parsePhone } from "../../domain/phones/phone.ts";

/** The header in quotes; one that may be somebody's data is named by its place. */
export const columnName = (header: string, index: number): string =>
  /\d{5}|@/.test(header.replaceAll(/[\s().-]/g, "")) ? `(column ${index + 1})` : JSON.stringify(header.trim());

/** Some of them, as they may be shown. */
export const listedColumns = (headers: readonly string[], indexes: Iterable<number>): string =>
  [...indexes].map((index) => columnName(headers[index] ?? "", index)).join(", ");

export const columnNames = (headers: readonly string[]): string =>
  headers.slice(0, SHOWN).map(columnName).join(", ") +
  (headers.length > SHOWN ? ` and ${headers.length - SHOWN} more` : "");
const SHOWN = 40;

/** A phone number in any form, right or wrong: long enough, and hardly anything but digits. */
export const isNumberLike = (cell: string): boolean => {
  const text = cell.trim();
  if (text.length < 7 || text.length > 40 || DATE.test(text)) return false;
  const digits = text.replaceAll(/\D/g, "").length;
  return (digits >= 7 && /^[+(\d'=][\d\s().,+/'"=-]*$/.test(text)) || parsePhone(text, "US").ok;
};

const MONTH = "(?:0[1-9]|1[0-2])";
const DAY = "(?:0[1-9]|[12]\\d|3[01])";
const TIME = "(?<!:)\\d\\d?:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?(?!:)";
/** A cell that is one. An eight-digit number that reads as one may be somebody's all the same; see holdsNumber. */
const DATE = new RegExp(
  `^(?:(?:19|20)\\d\\d${MONTH}${DAY}$|\\d{4}-\\d\\d-\\d\\d|\\d\\d?[./]\\d\\d?[./](?:19|20)\\d\\d(?!\\d))`,
);
/** Dates, spans of years, and times of day, within a text. */
const DATES = new RegExp(
  `(?<!\\d)(?:${TIME}|(?:19|20)\\d\\d(?:${MONTH}${DAY}|[-./]\\d\\d?[-./]\\d\\d?| ?[-/] ?(?:19|20)\\d\\d)|\\d\\d?[./]\\d\\d?[./](?:19|20)\\d\\d)(?!\\d)`,
  "g",
);

/** A number, or a prefix, be it without its plus. */
export const isNumberOrPrefix = (cell: string): boolean => isNumberLike(cell) || /^[\d +().-]+\*$/.test(cell.trim());

/** Is there a number in it, beside whatever else: a remark, an extension, further numbers? */
export const holdsNumber = (cell: string): boolean =>
  /^\s*\d{7,}\s*$/.test(cell) || cell.replaceAll(DATES, " ").replaceAll(/\P{Nd}/gu, "").length >= 7;

/** Is that the line of a person, and no header? */
export const isData = (cells: readonly string[]): boolean =>
  cells.some(
    (cell) => isNumberLike(cell) || /\d(?:[ ().-]{0,3}\d){8}/.test(cell) || /^\S+@\S+\.\S+$/.test(cell.trim()),
  );
