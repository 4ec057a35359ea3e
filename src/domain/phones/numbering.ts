/**
 * The world's numbering plan as far as clocks hang on it: which block a number lies in, whose the block is, and which
 * time zones its numbers may be in. Blocks may name too many zones, never too few.
 */
import metadata from "libphonenumber-js/min/metadata";
import { shippedZonesOf } from "../time/zone-data.ts";
import nanp from "./data/nanp_area_codes.json" with { type: "json" };

/** A range of numbers that share country, state and clocks. */
export interface Block {
  /** ISO 3166-1; the five territories of the United States are states of it. null: nobody's, such as +800. */
  readonly country: string | null;
  /** Countries that it may be in as well: nobody knows the code yet. */
  readonly or: readonly string[];
  /** State or province where the number tells it. */
  readonly state: string | null;
  /** IANA names; none: unknown. */
  readonly zones: readonly string[];
}

/** All time zones of a country, sorted. */
export const zonesOfCountry = (country: string): readonly string[] => UNLISTED[country] ?? shippedZonesOf(country);

/** Countries with numbers of their own, but no zone of their own in the time-zone data. */
const UNLISTED: Readonly<Record<string, readonly string[]>> = {
  AC: ["Atlantic/St_Helena"],
  TA: ["Atlantic/St_Helena"],
  XK: ["Europe/Belgrade"],
};

/** Blocks within calling codes that more than one country uses; the calling code itself stands for the main one. */
const SHARED: Readonly<Record<string, string>> = {
  "7": "RU",
  "76": "KZ",
  "77": "KZ",
  "39": "IT",
  "3906698": "VA",
  "44": "GB",
  "441481": "GG",
  "447781": "GG",
  "447839": "GG",
  "4479111": "GG",
  "4479117": "GG",
  "441534": "JE",
  "447509": "JE",
  "4477003": "JE",
  "4477007": "JE",
  "4477008": "JE",
  "447797": "JE",
  "447829": "JE",
  "447937": "JE",
  "441624": "IM",
  "447457": "IM",
  "447524": "IM",
  "447624": "IM",
  "447924": "IM",
  "47": "NO",
  "4779": "SJ",
  "61": "AU",
  "212": "MA",
  "2125288": "EH",
  "2125289": "EH",
  "262": "RE",
  "262269": "YT",
  "262639": "YT",
  "2627093": "YT",
  "290": "SH",
  "2908": "TA",
  "358": "FI",
  "35818": "AX",
  "590": "GP",
  "599": "CW",
  "5993": "BQ",
  "5994": "BQ",
  "5997": "BQ",
};

/**
 * What is known of a prefix beyond its country: clocks that its numbers may be on besides the country's own. Kept by
 * hand: where Google's table of prefixes names a clock that the country does not have and is right, and borders.
 */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  // The Indian Ocean territories lie scattered among the numbers of the north of Western Australia.
  "61851": ["Indian/Christmas", "Indian/Cocos"],
  "61891": ["Indian/Christmas", "Indian/Cocos"],
  // Réunion and Mayotte share their prefixes too closely to be told apart for sure.
  "262": ["Indian/Mayotte", "Indian/Reunion"],
  // Australia's Antarctic stations.
  "6721": ["Antarctica/Casey", "Antarctica/Davis", "Antarctica/Macquarie", "Antarctica/Mawson"],
  // Northern Cyprus uses Turkish numbers, and another clock in winter.
  "90392": ["Asia/Famagusta"],
  "905338": ["Asia/Famagusta"],
  "90542": ["Asia/Famagusta"],
  "90548": ["Asia/Famagusta"],
  // Abkhazia and South Ossetia have Georgian numbers and Moscow's clock.
  "99534": ["Europe/Moscow"],
  "99544": ["Europe/Moscow"],
  // Guantánamo Bay has Cuban numbers and keeps the clock of Washington.
  "5399": ["America/New_York"],
  // South Georgia has numbers of the Falkland Islands.
  "500": ["Atlantic/South_Georgia"],
  // Palestinian mobiles are reached under both codes; the clocks change on other days.
  "97256": ["Asia/Gaza", "Asia/Hebron"],
  "97259": ["Asia/Gaza", "Asia/Hebron"],
};

/** By calling code: the countries that use it, the main one first. libphonenumber's table, without its program. */
const callingCodes: Readonly<Record<string, readonly string[]>> = metadata.country_calling_codes;
const NORTH_AMERICAN = (callingCodes["1"] ?? []).toSorted();

const codes = new Map<string, string>();
for (const [code, countries] of Object.entries(callingCodes)) {
  for (const country of countries) if (code !== "1" && SHARED[code] === undefined) codes.set(code, country);
}
for (const [prefix, country] of Object.entries(SHARED)) codes.set(prefix, country);
const joined = new Map(Object.entries(JOINED));

/** Has it all the digits of a calling code? No code is the beginning of another. */
export const beginsWithCode = (digits: string): boolean =>
  [1, 2, 3].some((length) => callingCodes[digits.slice(0, length)] !== undefined);

/**
 * `+44 7`: what routes and prices hang on within a country, of a number in E.164 or of its first five characters. In North
 * America the area code; elsewhere one digit, which tells mobile numbers from others. "?": nobody knows.
 */
export function dialingPrefix(phoneNumber: string): string {
  const digits = /^\+(\d{4})/.exec(phoneNumber)?.[1] ?? "";
  const length = [1, 2, 3].find((each) => callingCodes[digits.slice(0, each)] !== undefined);
  if (length === undefined) return "?";
  return `+${digits.slice(0, length)} ${digits.slice(length, length === 1 && digits.startsWith("1") ? 4 : length + 1)}`;
}

/** The block of a number in E.164. The same block is the same object, so that it can be a key. */
export function blockOf(phoneNumber: string): Block {
  if (!/^\+[1-9]\d{5,14}$/.test(phoneNumber)) return UNKNOWN;
  const american = phoneNumber.startsWith("+1");
  // Digit by digit, and no text is made: a file has a million of them.
  let [known, step] = [beginnings, beginnings];
  for (let at = 1; at < phoneNumber.length; at++) {
    const digit = phoneNumber.charCodeAt(at) - ZERO;
    const next = step.next[digit];
    if (next !== undefined) step = next;
    else if (american && at <= AREA_CODE) step = step.next[digit] = beginning(phoneNumber.slice(1, at + 1));
    else break;
    if (american ? at === AREA_CODE : step.isKnown) known = step;
  }
  // To ask for all zones of all countries takes a while: blocks are made when a number asks for them.
  return (known.block ??= american ? northAmerican(known.digits.slice(1)) : elsewhere(known.digits));
}
const ZERO = "0".charCodeAt(0);
/** Where the digits of one end. */
const AREA_CODE = 4;

/** The first digits of numbers. */
interface Beginning {
  readonly digits: string;
  /** Of a country, or of a place with clocks of its own. */
  isKnown: boolean;
  readonly next: Beginning[];
  block?: Block;
}
const beginning = (digits: string): Beginning => ({ digits, isKnown: false, next: [] });

const beginnings = beginning("");
for (const prefix of [...codes.keys(), ...joined.keys()]) {
  let step = beginnings;
  for (const digit of prefix) step = step.next[Number(digit)] ??= beginning(step.digits + digit);
  step.isKnown = true;
}

/** Nobody's: satellites, international freephone, and what is no number at all. */
const UNKNOWN: Block = { country: null, or: [], state: null, zones: [] };

function elsewhere(prefix: string): Block {
  const country = codes.get(longestIn(prefix, codes));
  if (country === undefined) return UNKNOWN;
  const further = joined.get(longestIn(prefix, joined)) ?? [];
  return { country, or: [], state: null, zones: [...new Set([...zonesOfCountry(country), ...further])].sort() };
}

/** The longest beginning of the digits that the map has; empty when it has none. */
function longestIn(digits: string, map: ReadonlyMap<string, unknown>): string {
  let { length } = digits;
  while (length > 0 && !map.has(digits.slice(0, length))) length -= 1;
  return digits.slice(0, length);
}

const PROVINCES = new Set(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]);
const TERRITORIES = new Set(["AS", "GU", "MP", "PR", "VI"]);

/** Non-geographic codes of Canada. */
const CANADIAN = ["600", "622", "633", "644", "655", "677", "688"];

/** Codes without clocks of their own: freephone, personal, and new ones. What libphonenumber says of them. */
const countryOfCode: ReadonlyMap<string, string> = new Map([
  ...CANADIAN.map((code) => [code, "CA"] as const),
  ...Object.entries<readonly string[]>(nanp.countries).flatMap(([country, codes]) =>
    codes.map((code) => [code, country] as const),
  ),
]);

const areaCodes: Readonly<Record<string, { readonly zones: readonly string[]; readonly region?: string }>> = nanp.codes;

/** All zones of the area code, never of the exchange: exchanges are ported and opened. */
function northAmerican(code: string): Block {
  const area = areaCodes[code];
  if (area === undefined) {
    const country = countryOfCode.get(code);
    if (country !== undefined) return { country, or: [], state: null, zones: zonesOfCountry(country) };
    // A code that nobody knows yet. The islands of the Caribbean lie between the clocks of these two.
    return { country: "US", or: ["CA"], state: null, zones: [...zonesOfCountry("US"), ...zonesOfCountry("CA")].sort() };
  }
  const zones = [...new Set(area.zones)].sort();
  if (area.region !== undefined)
    return { country: PROVINCES.has(area.region) ? "CA" : "US", or: [], state: area.region, zones };
  const country = NORTH_AMERICAN.find((candidate) => zonesOfCountry(candidate).includes(zones[0] ?? ""));
  if (country !== undefined && TERRITORIES.has(country)) return { country: "US", or: [], state: country, zones };
  return { country: country ?? null, or: [], state: null, zones };
}
