/** What libphonenumber says of a text that is nothing but digits and marks between them; asked once per class of numbers. */
import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberWithError,
  ParseError,
  validatePhoneNumberLength as lengthOf,
} from "libphonenumber-js/max";
import { no, type ParsedPhone, type PhoneProblem } from "./parsed-phone.ts";
import { PhoneClasses } from "./phone-classes.ts";

/** The number that a text of digits, and of marks between them, most likely is. */
export function lookUp(written: string, defaultRegion?: string): ParsedPhone {
  const phone = likeliest(written, defaultRegion);
  return phone.ok && !phone.known && NOBODYS.test(phone.number) ? no("impossible") : phone;
}

/** What stands in for a number: of North America one whose area or exchange begins with 0 or 1; anywhere nothing but zeros. */
const NOBODYS = /^\+(?:1(?:[01]|\d{3}[01])|\d{1,3}0{6,}$)/;

function likeliest(written: string, defaultRegion?: string): ParsedPhone {
  const phone = classed(written, defaultRegion);
  const region = defaultRegion === undefined ? undefined : supported(defaultRegion);
  return region === undefined || !NATIONAL.test(written)
    ? phone
    : likelier(written, phone, getCountryCallingCode(region));
}

/** The same as parseAny, ten times as fast: a file has a million of these. */
export function classed(written: string, defaultRegion?: string): ParsedPhone {
  if (INTERNATIONAL.test(written)) return international(written);
  const region = defaultRegion === undefined ? undefined : supported(defaultRegion);
  return region === undefined || !NATIONAL.test(written) ? parseAny(written, defaultRegion) : national(written, region);
}

/** A plus, digits, and signs between them that mean nothing. */
const INTERNATIONAL = /^\+\d(?:[ ().-]{0,3}\d){2,19}$/;
/** The same without a plus, and longer than any number that is short on purpose. */
const NATIONAL = /^\(?\d(?:[ ().-]{0,3}\d){6,19}$/;

function international(written: string): ParsedPhone {
  const digits = /^\+\d+$/.test(written) ? written.slice(1) : written.replace(/\D+/g, "");
  const alike = classes.international(digits);
  if (alike === null) return parseAny(written);
  const answer = (alike.answer ??= parseAny(written));
  return answer.ok ? { ...answer, number: `+${digits}` } : answer;
}

function national(written: string, region: CountryCode): ParsedPhone {
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

/** As libphonenumber has it; exported for the test that compares the fast way with it. */
export function parseAny(written: string, defaultRegion?: string): ParsedPhone {
  if (!written.startsWith("+") && /^(112|911|999|000|110|118|119)$/.test(written.replaceAll(/\D/g, ""))) {
    return no("special");
  }
  try {
    const known = defaultRegion === undefined ? undefined : supported(defaultRegion);
    const phone = parsePhoneNumberWithError(written, known === undefined ? {} : { defaultCountry: known });
    if (phone.ext !== undefined) return no("extension");
    if (phone.getType() === "PREMIUM_RATE") return no("premium");
    if (!phone.isPossible()) return no(PROBLEM_OF[lengthOf(phone.number) ?? ""] ?? "wrong_length");
    if (phone.number.length > LONGEST) return no("too_long");
    return { ok: true, number: phone.number, country: phone.country ?? null, known: phone.isValid() };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return no(PROBLEM_OF[error.message] ?? "not_a_number");
  }
}

/** Of E.164: a plus and fifteen digits. */
const LONGEST = 16;

/** Reasons of libphonenumber-js, of all its ways to say one. */
const PROBLEM_OF: Readonly<Record<string, PhoneProblem>> = {
  TOO_SHORT: "too_short",
  TOO_LONG: "too_long",
  INVALID_COUNTRY: "needs_country",
  INVALID_LENGTH: "wrong_length",
  NOT_A_NUMBER: "not_a_number",
};

/**
 * A number without a plus may have lost it. Where numbers have no fixed length, libphonenumber takes `491713920012` for
 * a number of a German village, and `447700900101` as well.
 */
function likelier(written: string, home: ParsedPhone, code: string): ParsedPhone {
  const digits = written.replace(/\D+/g, "");
  if (digits.startsWith("0")) return home;
  const abroad = international(`+${digits}`);
  if (!abroad.ok) return home;
  if (!home.ok) return home.problem === "too_long" ? no("other_country") : home;
  // What is dialed before numbers at home was cut off, or the country code: that tells how it is meant.
  if (home.number !== `+${code}${digits}`) return home;
  const own = digits.startsWith(code);
  if (!home.known) return !abroad.known ? home : own ? abroad : no("other_country");
  if (digits.length < (own ? 9 : 11)) return home;
  if (parsePhoneNumberWithError(home.number).getType() !== "FIXED_LINE") return home;
  // No plan has national numbers of twelve digits for villages.
  if (own) return digits.length >= 12 ? abroad : no("two_readings");
  return no("other_country");
}
