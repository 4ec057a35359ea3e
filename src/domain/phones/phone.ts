/** Phone numbers, parsed to E.164. */
import { lookUp } from "./lookup.ts";
import { beginsWithCode } from "./numbering.ts";
import { no, type ParsedPhone, type PhoneProblem } from "./parsed-phone.ts";
import { doubtfulEnds, formProblem, PLAIN, tidy, wholeNumber } from "./written.ts";

/** `defaultRegion`: the country of numbers written without one, such as US; without it they are refused. */
export function parsePhone(text: string, defaultRegion?: string): ParsedPhone {
  const written = tidy(text.trim());
  if (PLAIN.test(written)) return lookUp(written, defaultRegion);
  const whole = wholeNumber(written);
  if (whole !== null) {
    const phone = lookUp(whole, defaultRegion);
    return phone.ok ? { ...phone, unrounded: true } : phone;
  }
  const problem = formProblem(written);
  if (problem !== null) return no(problem);
  for (const { before, problem } of doubtfulEnds(written)) {
    if (isWhole(lookUp(before, defaultRegion), problem)) return no(problem);
  }
  const phone = lookUp(written, defaultRegion);
  return phone.ok && splitsCode(written) ? no("split_code") : phone;
}

/** `+8 495 …`: Moscow's number with its 8 of home, and no number of Vietnam, whose code is 84. */
function splitsCode(written: string): boolean {
  const [, beginning] = /^\(?\+(\d{1,2})\D/.exec(written) ?? [];
  return beginning !== undefined && !beginsWithCode(beginning);
}

/** Surely a number by itself; a run of digits before a decimal mark is one as soon as it is possible. */
const isWhole = (phone: ParsedPhone, problem: PhoneProblem): boolean =>
  phone.ok && (problem === "decimals" || (phone.known && phone.number.length >= 9) || phone.number.length >= 11);

/** `+1900*`: all numbers that begin so. Of a whole number that none is longer than, itself. null: the text is no such prefix. */
export function prefixOf(text: string): string | null {
  const prefix = /^\+[1-9]\d{0,13}\*$/.exec(text.trim().replaceAll(/[ ().-]/g, ""))?.[0] ?? null;
  if (prefix === null) return null;
  const number = prefix.slice(0, -1);
  // Behind many a German number there may be more digits; behind an American one there are none.
  return lookUp(number).ok && !lookUp(`${number}0`).ok ? number : prefix;
}
