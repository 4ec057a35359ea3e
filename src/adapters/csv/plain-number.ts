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
  if (!/\d{4}/.test(cell) || !mayBeTheirs(header) || !(WRITTEN_AS_ONE.test(cell) || OF_PHONES.test(words(header)))) {
    return null;
  }
  const [first] = phones.at(index, cells);
  return first?.phone.ok === true && first.phone.known ? first.phone.number : null;
}

/** May a column of that name hold the person's own number? */
export const mayBeTheirs = (header: string): boolean => !NOT_THEIRS.test(words(header));

/** May this cell be one? Digits that nothing marks or divides are more often an id, an account, a time. */
export const mayBeTheirNumber = (cell: string, header: string): boolean =>
  mayBeTheirs(header) && (!/^'?\d+(?:\.0+)?$/.test(cell.trim()) || OF_PHONES.test(words(header)));

/** `phoneVerifiedAt` → `phone verified at` */
const words = (header: string): string => header.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " ").toLowerCase();

const word = (alternatives: string): RegExp => new RegExp(`(?<!\\p{L})(?:${alternatives})(?!\\p{L})`, "u");

const NOT_THEIRS = word(
  [
    "fax|pager|id|accounts?|acct|iban|invoice|rechnung|order|ref|refer\\p{L}*|serial|vat|tax|konto",
    "(?:konto|kunden|rechnungs|auftrags|bestell|vertrags|mitglieds)-?(?:nr|nummer)",
    "time|timestamp|date|datum|zeit|uhrzeit|\\p{L}+ed[ _-]?at",
    "ass?(?:istan)?t|agents?|agente|rep|representative|vertreter|berater|vendedor|conseiller|callers?|anrufer|from|our",
    "stores?|branch|filiale|agence|sucursal|emergency|spouse",
  ].join("|"),
);

/** With a plus, or with a zero or an area code that something divides from the rest. */
const WRITTEN_AS_ONE = /^\(?(?:\+|0\d*\)?[ ./-]+\d|\d{3}(?:\) ?|[ .-])\d{3}[ .-]\d{4}$)/;

const OF_PHONES = word(
  [
    "(?:tele|cell|mobile|home|work)?phones?|tel|mobile|cell|landline|whatsapp|alt|alternative",
    "telefon\\p{L}*|rufnummer|handy|handynummer|mobil\\p{L}*|festnetz|tél|téléphone|portable|teléfono|móvil|celular",
  ].join("|"),
);
