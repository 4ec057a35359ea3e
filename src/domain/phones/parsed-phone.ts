/** What a text turns out to be: a number, or why it is none. */
import type { WrittenProblem } from "./written.ts";

/** Why a text is no number that can be dialed, in words for the operator. */
export const PHONE_PROBLEMS = {
  not_a_number: "is no phone number",
  letters: "has letters",
  remark: "has something beside it; leave only the number",
  two_numbers: "is one of several; leave only one",
  range: "is a range of numbers; write each of them in a row of its own",
  scientific: "was changed by a spreadsheet (4.41E+11); export it as text",
  decimals: "was changed by a spreadsheet (a fraction, or commas between thousands); export it as text",
  date: "is a date",
  too_short: "is too short",
  too_long: "is too long",
  impossible: "is none that its country could give to anybody",
  wrong_length: "has a length that no number of its country has",
  needs_country: "needs a country code (+…)",
  other_country: "looks like a number of another country that has lost its +",
  two_readings: "can be read with and without a country code; write it with a +",
  split_code: "has a gap within what would be its country code; write the country code without one",
  extension: "has an extension",
  premium: "is a premium-rate number",
  special: "is an emergency or short number",
} as const satisfies Record<WrittenProblem, string> & Record<string, string>;
export type PhoneProblem = keyof typeof PHONE_PROBLEMS;

export type ParsedPhone =
  | {
      readonly ok: true;
      /** E.164. */
      readonly number: string;
      readonly country: string | null;
      /** false: possible, but not known as valid; new area codes are such. */
      readonly known: boolean;
      /** A spreadsheet had written it with a fraction of zero, which was left away. */
      readonly unrounded?: true;
    }
  | { readonly ok: false; readonly problem: PhoneProblem };

export const no = (problem: PhoneProblem): ParsedPhone => ({ ok: false, problem });
