/**
 * Asks libphonenumber for the country of every area code of +1 that src/domain/phones/data/nanp_area_codes.json has no
 * clocks for, and writes what it says beside them. Run it at each new release of libphonenumber-js; a test says when.
 *
 *   node scripts/add-area-codes.js
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";

const file = new URL("../src/domain/phones/data/nanp_area_codes.json", import.meta.url);
const table = JSON.parse(readFileSync(file, "utf8"));

/** Freephone codes and the like are not all in use: any exchange that is tells the country. */
function countryOf(code) {
  const found = new Set();
  for (let exchange = 200; exchange < 1000; exchange += 1) {
    const phone = parsePhoneNumberFromString(`+1${code}${exchange}0150`);
    if (phone?.isValid() && phone.country !== undefined) found.add(phone.country);
  }
  return found.size === 1 ? [...found][0] : null;
}

const countries = {};
for (let code = 200; code < 1000; code += 1) {
  const country = table.codes[code] === undefined ? countryOf(code) : null;
  if (country !== null) (countries[country] ??= []).push(String(code));
}

// One code a line, as the file always was.
const rows = Object.entries(table.codes).map(([code, row]) => `${JSON.stringify(code)}:${JSON.stringify(row)}`);
writeFileSync(
  file,
  `{"meta":${JSON.stringify(table.meta)},"countries":${JSON.stringify(countries)},"codes":{\n${rows.join(",\n")}\n}}\n`,
);
