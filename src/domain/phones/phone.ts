/** Phone numbers, parsed to E.164. */
import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberWithError,
  ParseError,
} from "libphonenumber-js/max";
import { PhoneClasses } from "./phone-classes.ts";

/** Why a text is no number that can be dialed, in words for the operator. */
export const PHONE_PROBLEMS = {
  not_a_number: "is no phone number",
  letters: "has letters",
  scientific: "was changed by a spreadsheet (4.41E+11); export it as text",
  too_short: "is too short",
  too_long: "is too long",
  needs_country: "needs a country code (+…)",
  extension: "has an extension",
  premium: "is a premium-rate number",
  special: "is an emergency or short number",
} as const;
export type PhoneProblem = keyof typeof PHONE_PROBLEMS;

export type ParsedPhone =
  | {
      readonly ok: true;
      /** E.164. */
      readonly number: string;
      readonly country: string | null;
      /** false: possible, but not known as valid; new area codes are such. */
      readonly known: boolean;
    }
  | { readonly ok: false; readonly problem: PhoneProblem };

const no = (problem: PhoneProblem): ParsedPhone => ({ ok: false, problem });

/** `defaultRegion`: the country of numbers written without one, such as US; without it they are refused. */
export function parsePhone(text: string, defaultRegion?: string): ParsedPhone {
  const written = text.trim();
  if (INTERNATIONAL.test(written)) return parseInternational(written);
  const region = defaultRegion === undefined || !NATIONAL.test(written) ? undefined : supported(defaultRegion);
  return region === undefined ? parseAny(written, defaultRegion) : parseNational(written, region);
}

/** A plus, digits, and signs between them that mean nothing. */
const INTERNATIONAL = /^\+\d(?:[ ().-]{0,3}\d){2,19}$/;
/** The same without a plus, and longer than any number that is short on purpose. */
const NATIONAL = /^\(?\d(?:[ ().-]{0,3}\d){6,19}$/;

/** The same as parseAny, ten times as fast: a file has a million of these. */
function parseInternational(written: string): ParsedPhone {
  const digits = written.replace(/\D+/g, "");
  const alike = classes.international(digits);
  if (alike === null) return parseAny(written);
  const answer = (alike.answer ??= parseAny(written));
  return answer.ok ? { ...answer, number: `+${digits}` } : answer;
}

function parseNational(written: string, region: CountryCode): ParsedPhone {
  const digits = written.replace(/\D+/g, "");
  const alike = classes.national(digits, region);
  if (alike === null) return parseAny(written, region);
  const answer = (alike.answer ??= parseAny(written, region));
  return answer.ok ? { ...answer, number: `+${getCountryCallingCode(region)}${digits}` } : answer;
}

const classes = new PhoneClasses<ParsedPhone>();

/** A country that numbers without a country code can be taken for. */
export const isRegion = (text: string): boolean => supported(text) !== undefined;

function supported(region: string): CountryCode | undefined {
  const country = region.toUpperCase();
  return isSupportedCountry(country) ? country : undefined;
}

/** As libphonenumber has it; exported for the test that holds the fast way to it. */
export function parseAny(written: string, defaultRegion?: string): ParsedPhone {
  if (/^\d+([.,]\d+)?e\+?\d+$/i.test(written)) return no("scientific");
  if (/(ext|x|#|;)\.?\s*=?\s*\d+$/i.test(written)) return no("extension");
  if (/\p{L}/u.test(written)) return no("letters");
  if (!/\d/.test(written)) return no("not_a_number");
  if (!written.startsWith("+") && /^(112|911|999|000|110|118|119)$/.test(written.replaceAll(/\D/g, ""))) {
    return no("special");
  }
  try {
    const known = defaultRegion === undefined ? undefined : supported(defaultRegion);
    const phone = parsePhoneNumberWithError(written, known === undefined ? {} : { defaultCountry: known });
    if (phone.ext !== undefined) return no("extension");
    if (phone.getType() === "PREMIUM_RATE") return no("premium");
    if (!phone.isPossible()) return no(phone.nationalNumber.length < 7 ? "too_short" : "too_long");
    return { ok: true, number: phone.number, country: phone.country ?? null, known: phone.isValid() };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return no(PROBLEM_OF[error.message] ?? "not_a_number");
  }
}

/** Reasons of libphonenumber-js. */
const PROBLEM_OF: Readonly<Record<string, PhoneProblem>> = {
  TOO_SHORT: "too_short",
  TOO_LONG: "too_long",
  INVALID_COUNTRY: "needs_country",
  INVALID_LENGTH: "too_short",
};
