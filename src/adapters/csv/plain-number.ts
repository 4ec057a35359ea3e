/** A number in a column that is not known to hold any: of whoever does not want to be called, it is not to be called either. */
import type { PhoneCells } from "./phone-cells.ts";

/** null: it may be an account, an invoice, or somebody else's number. */
export function plainNumber(
  phones: PhoneCells,
  index: number,
  header: string,
  cells: readonly string[],
): string | null {
  const cell = (cells[index] ?? "").trim();
  const name = header.toLowerCase();
  if (!/\d{4}/.test(cell) || NOT_THEIRS.test(name) || !(WRITTEN_AS_ONE.test(cell) || OF_PHONES.test(name))) return null;
  const [first] = phones.at(index, cells);
  return first?.phone.ok === true && first.phone.known ? first.phone.number : null;
}

const NOT_THEIRS =
  /(?<!\p{L})(?:fax|pager|ass?(?:istan)?t|id|accounts?|acct|konto|kontonummer|iban|invoice|rechnung|order|ref|reference|serial|vat|tax)(?!\p{L})/u;

/** With a plus, or with a zero or an area code that something divides from the rest. */
const WRITTEN_AS_ONE = /^\(?(?:\+|0\d*\)?[ ./-]+\d|\d{3}(?:\) ?|[ .-])\d{3}[ .-]\d{4}$)/;

const OF_PHONES =
  /(?<!\p{L})(?:(?:tele|cell|mobile|home|work)?phone|tel|telefon\p{L}*|tél|téléphone|mobile?|cell|handy|teléfono)(?!\p{L})/u;
