/**
 * Numbers as people and programs write them. A text is one number only when all of it is one: whatever else stands in it
 * is never read as digits of the number, and never silently dropped.
 */

/** What is wrong with a text, as far as one can tell without knowing the numbers of any country. */
export type WrittenProblem =
  "not_a_number" | "letters" | "remark" | "two_numbers" | "range" | "extension" | "scientific" | "decimals" | "date";

export const PLAIN = /^\+?\d+$/;

/** The text with ASCII spaces, dashes, digits and plus signs, and without what marks a cell as text or a link as a number. */
export function tidy(text: string): string {
  if (PLAIN.test(text)) return text;
  return (
    text
      // Invisible marks, such as those that Windows puts around a copied number.
      .replace(/\p{VS}|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "")
      .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
      // All digits are of another script; one among others is a footnote.
      .replace(/^\D+$/u, (foreign) => foreign.replace(/\p{Nd}/gu, asciiDigit))
      .replace(/[\u2010-\u2015\u2212\ufe63\u30fc]/g, "-")
      .replace(/[\t\u00a0\u2000-\u200a\u202f\u3000]/g, " ")
      .trim()
      .replace(/^="(.*)"$/, "$1")
      .replace(/^['\u2018\u2019`\u00b4](?=[+\d(])/, "")
      .replace(/^(?:tel|callto):(?:\/\/)?/i, "")
      .trim()
      .replace(/(?<=\d) ?[.,;]$/, "")
      .replace(/ {2,}/g, " ")
      .replace(/^(\(?\+) /, "$1")
  );
}

/** The digits of every script stand in tens, from zero to nine. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < TENS && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++;
  return String(value % 10);
}
/** As many digits follow one another in the styles of mathematics. */
const TENS = 50;

/** Why a tidy text cannot be one number; null: it may be. */
export function formProblem(text: string): WrittenProblem | null {
  if (PLAIN.test(text)) return null;
  if (!/\d/.test(text)) return /\p{L}/u.test(text) ? "letters" : "not_a_number";
  if (/^\+?\d+(?:[.,]\d*)?e\+?\d+$/i.test(text)) return "scientific";
  if (/^\+?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return "decimals";
  if (isDate(text)) return "date";
  if (EXTENSION.test(text)) return "extension";
  if (holdsTwo(text)) return "two_numbers";
  if (/\d ?(?:to|till|until|bis|thru|through|hasta|\.{2,}|…) ?\+?\d/i.test(text)) return "range";
  if (!/^\(?\+?[\d(][\d ()./-]*\d$/.test(text) || !bracketsFit(text) || /[./-] ?[./-]/.test(text)) {
    if (/\d\p{L}|\p{L}\d/u.test(text)) return "letters";
    if (/\d(?:[ ().-]{0,3}\d){6}/.test(text)) return "remark";
    return /\p{L}/u.test(text) ? "letters" : "not_a_number";
  }
  return null;
}

const EXTENSION =
  /\d ?(?:[,;] ?)?(?:extn?|extension|x|poste|ramal|anexo|int|dw|durchwahl|nebenstelle|доб|#|;ext=|,,+)[. :=]*\d{1,7}$/iu;

/** `24.11.2026`, `2026-11-24`: as long as a Danish number, and never one. */
const isDate = (text: string): boolean =>
  /^(?:(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d|(?:19|20)\d\d([./-])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01]))$/.test(
    text,
  );

/** At least two parts are as long as numbers. */
function holdsTwo(text: string): boolean {
  const parts = text.split(
    /[,;&|/\n\r]|:::|(?<=.)\+| (?:or|oder|ou|and|und|et|o|u|y|e|o|oder|en|of) |(?<=\d) - (?=\+)/i,
  );
  return parts.filter((part) => part.replace(/\D/g, "").length >= 7).length > 1;
}

/** Brackets hold a country code, an area code or the zero that is dialed at home, before most of the number. */
function bracketsFit(text: string): boolean {
  if (!/[()]/.test(text)) return true;
  let bare = "";
  let at = 0;
  for (const { 0: whole, 1: inside = "", index } of text.matchAll(/\(([^()]*)\)/g)) {
    bare += text.slice(at, index);
    const before = bare.replace(/\D/g, "").length;
    const after = text.slice(index + whole.length).replace(/\D/g, "").length;
    if (!/^(?:\+\d{1,3}|\d{1,6})$/.test(inside) || before > 5 || after < 4) return false;
    at = index + whole.length;
    bare += inside;
  }
  return !/[()]/.test(text.slice(at)) && !/[()]/.test(bare);
}

/** Where a number may end before its text does, and what would be said if it does. */
interface DoubtfulEnd {
  readonly before: string;
  readonly problem: WrittenProblem;
}

/**
 * Digits behind a slash, a spaced dash or a lone decimal mark, and a short last group, belong to the number only if what
 * stands before them is not a whole number already.
 */
export function* doubtfulEnds(text: string): Generator<DoubtfulEnd> {
  const groups = [...text.matchAll(/\d+/g)];
  for (let n = 1; n < groups.length; n++) {
    const [{ 0: previous, index: start }, { 0: group, index }] = [groups[n - 1], groups[n]] as [
      RegExpExecArray,
      RegExpExecArray,
    ];
    const between = text.slice(start + previous.length, index);
    const before = text.slice(0, start + previous.length);
    const rest = text.slice(index);
    const last = n === groups.length - 1;
    if (last && /^\+?\d+$/.test(before) && between === ".") yield { before, problem: "decimals" };
    const long = rest.replace(/\D/g, "").length >= 6;
    if (/\/| -|- /.test(between)) {
      yield { before, problem: long ? "two_numbers" : isRange(previous, group) ? "range" : "extension" };
    } else if (last && between.includes("-") && (isRange(previous, group) || previous === "0")) {
      yield { before, problem: "range" };
    } else if (last && isStray(previous, group) && !(between === "-" && group === "0")) {
      yield { before, problem: "extension" };
    } else if (previous.length >= 6 && group.length >= 6) {
      yield { before, problem: "two_numbers" };
    }
  }
}

/** `0101-05`, `56–58`: the end of a number, and a slightly larger one. */
function isRange(first: string, last: string): boolean {
  if (last.length > first.length) return false;
  const distance = Number(last) - Number(first.slice(-last.length));
  return distance > 0 && distance < 100;
}

/** Too short a group to follow such a long one. */
const isStray = (previous: string, group: string): boolean =>
  (group.length === 1 && previous.length >= 3) || (group.length === 2 && previous.length >= 4);

/** The digits before `.0` or `,0`, as a spreadsheet writes a whole number; null: it is not written so. */
export const wholeNumber = (text: string): string | null => /^(\+?\d{7,})[.,]0+$/.exec(text)?.[1] ?? null;
