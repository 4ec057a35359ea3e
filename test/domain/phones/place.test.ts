/**
 * From a number to every clock its owner may live by. A clock too few rings somebody at night.
 * Most countries keep no numbers for fiction: those here are only looked up, never dialed.
 */
import * as fc from "fast-check";
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import areaCodes from "../../../src/domain/phones/data/nanp_area_codes.json" with { type: "json" };
import { clocks } from "../../../src/domain/time/clocks.ts";
import { DAY } from "../../../src/domain/time/instant.ts";
import { dialingPrefix, zonesOfCountry } from "../../../src/domain/phones/numbering.ts";
import { parsePlace, type Place, placeKey, placeOf } from "../../../src/domain/phones/place.ts";

const vectors = z
  .object({
    numbers: z.array(z.object({ e164: z.string(), label: z.string(), truth_zones: z.array(z.string()) })),
  })
  .parse(JSON.parse(readFileSync(new URL("../data/phone_zone_vectors.json", import.meta.url), "utf8"))).numbers;

/** What the clock shows over a year: two zones with the same text cannot be told apart by a sleeper. */
const clock = (zone: string): string =>
  Array.from({ length: 53 }, (_, week) => clocks.spanAt(zone, Date.UTC(2026, 11, 1) + week * 7 * DAY))
    .map(({ offset }) => offset)
    .join();
const missing = (place: Place, zones: readonly string[]) => {
  const clocks = new Set(place.zones.map(clock));
  return zones.filter((zone) => !clocks.has(clock(zone)));
};

test.each(vectors)("$label: every clock it may be on is there", ({ e164, truth_zones }) => {
  expect(missing(placeOf(e164, null), truth_zones)).toEqual([]);
});

describe("places as they are stored", () => {
  test.each([
    ["one state, one clock", "+12125550123", "US-NY America/New_York"],
    ["one state, two clocks", "+18505550123", "US-FL America/Chicago,America/New_York"],
    ["an overlay of it", "+14485550123", "US-FL America/Chicago,America/New_York"],
    ["not Chicago, as Google's table has it", "+16895550123", "US-FL America/New_York"],
    ["freephone is anywhere", "+18005550123", "US *"],
    ["personal numbers are anywhere", "+15005550123", "US *"],
    ["an area code nobody knows yet: the strictest of both countries", "+19995550123", "US/CA *"],
    ["a new area code of Canada was taken for an American one", "+12735550123", "CA *"],
    ["an overlay of British Columbia", "+12365550123", "CA-BC America/Dawson_Creek,America/Edmonton,America/Vancouver"],
    ["Abkhazia, on Moscow's clock", "+995442345678", "GE Asia/Tbilisi,Europe/Moscow"],
    ["South Ossetia", "+995342345678", "GE Asia/Tbilisi,Europe/Moscow"],
    ["the rest of Georgia", "+995322345678", "GE Asia/Tbilisi"],
    ["Crimea, and mobiles that may be there", "+380652123456", "UA *"],
    ["Guantánamo Bay", "+53991234", "CU America/Havana,America/New_York"],
    ["a new area code whose state is not known", "+17295550123", "US America/Chicago,America/New_York"],
    ["Canada by province", "+14165550123", "CA-ON America/Toronto"],
    ["Canada without one", "+13435550123", "CA America/Toronto"],
    ["anywhere in Canada", "+16225550123", "CA *"],
    ["a territory is a state of the United States", "+17875550123", "US-PR America/Puerto_Rico"],
    ["whatever the table calls it", "+13405550123", "US-VI America/St_Thomas"],
    ["other countries of +1", "+12425550123", "BS America/Nassau"],
    ["a country of one clock", "+447700900123", "GB Europe/London"],
    ["a neighbour with the same code", "+447797712345", "JE Europe/Jersey"],
    ["a country of many", "+79241234567", "RU *"],
    ["its neighbour", "+77011234567", "KZ *"],
    ["islands among the mainland's numbers", "+61891621234", "AU *,Indian/Christmas,Indian/Cocos"],
    ["two islands that cannot be told apart", "+262692123456", "RE Indian/Mayotte,Indian/Reunion"],
    ["a country without a zone of its own", "+38343201234", "XK Europe/Belgrade"],
    ["Northern Cyprus", "+903921234567", "TR Asia/Famagusta,Europe/Istanbul"],
  ])("%s", (_, number, key) => expect(placeKey(placeOf(number, null))).toBe(key));

  test.each([
    ["international freephone", "+80012345678"],
    ["satellites", "+88312345678"],
    ["a code of no country", "+2101234567"],
    ["a national number", "4155550100"],
    ["no number", ""],
    ["words", "+1 call me"],
  ])("an unknown time zone opened the gate: %s", (_, number) => {
    expect(placeKey(placeOf(number, null))).toBe("?");
    expect(parsePlace("?")).toEqual({ country: null, state: null, zones: [] });
  });

  test("the contact's own zone is the clock, and the number's rules still hold", () => {
    expect(placeKey(placeOf("+12125550123", "America/Los_Angeles"))).toBe("US-NY America/Los_Angeles");
    expect(placeKey(placeOf("+18005550123", "america/chicago"))).toBe("US America/Chicago");
    expect(placeKey(placeOf("+80012345678", "Europe/Paris"))).toBe("? Europe/Paris");
    expect(placeKey(placeOf("+12125550123", "Mars/Olympus"))).toBe("US-NY");
    expect(placeKey(placeOf("+12125550123", "EST"))).toBe("US-NY");
  });

  test("a zone that this runtime does not know was left out, and the others let the call through", () => {
    expect(parsePlace("US-FL America/New_York,Mars/Olympus").zones).toEqual([]);
    expect(parsePlace("? *").zones).toEqual([]);
    for (const broken of ["", "us America/New_York", "US-FL  America/New_York", "USA", "US America/New_York x"])
      expect(parsePlace(broken)).toEqual({ country: null, state: null, zones: [] });
  });

  test("every area code has a country, and clocks that are known", () => {
    for (const code of Object.keys(areaCodes.codes)) {
      const place = placeOf(`+1${code}5550123`, null);
      expect([code, place.country]).toEqual([code, expect.stringMatching(/^[A-Z]{2}$/)]);
      expect(place.zones).not.toEqual([]);
      expect(place.zones).toEqual([...new Set(place.zones)].sort());
    }
  });

  test("every area code that libphonenumber knows the country of is in that country", () => {
    const exchanges = ["201", "234", "345", "555", "678", "789", "999"];
    for (let code = 200; code < 1000; code += 1) {
      const countries = exchanges.flatMap((exchange) => {
        const phone = parsePhoneNumberFromString(`+1${code}${exchange}0150`);
        return phone?.isValid() ? (phone.country ?? []) : [];
      });
      const territories = ["AS", "GU", "MP", "PR", "VI"];
      const { country, or } = placeOf(`+1${code}5550123`, null);
      for (const known of countries)
        expect([code, country, or]).toEqual([code, territories.includes(known) ? "US" : known, undefined]);
    }
  });

  const number = fc.oneof(
    fc.constantFrom(...vectors.map(({ e164 }) => e164)),
    fc.constantFrom(...Object.keys(areaCodes.codes)).map((code) => `+1${code}5550123`),
    fc.integer({ min: 1_000_000, max: 999_999_999_999 }).map((digits) => `+${digits}`),
  );
  const ownZone = fc.option(fc.constantFrom("Europe/Paris", "America/New_York", "US/Pacific", "Nowhere/Land"));

  test("a key is read back as the place it was written for", () => {
    fc.assert(
      fc.property(number, ownZone, (digits, own) => {
        const place = placeOf(digits, own);
        expect(parsePlace(placeKey(place))).toEqual(place);
        expect(placeKey(parsePlace(placeKey(place)))).toBe(placeKey(place));
      }),
      { numRuns: 2000 },
    );
  });

  test("in calling codes that countries share, the clocks of the right one are among them", () => {
    const shared = fc
      .tuple(
        fc.constantFrom("7", "39", "44", "47", "61", "212", "262", "290", "358", "590", "599"),
        fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }),
        fc.integer({ min: 4, max: 10 }),
      )
      .map(([code, digits, length]) => parsePhoneNumberFromString(`+${code}${String(digits).slice(0, length)}`))
      .filter((phone) => phone?.isValid() ?? false);
    fc.assert(
      fc.property(shared, (phone) => {
        const country = phone?.country ?? "";
        expect(isSupportedCountry(country)).toBe(true);
        expect(missing(placeOf(phone?.number ?? "", null), zonesOfCountry(country))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

test("a prefix is the area code in North America, and elsewhere the digit that tells mobile numbers", () => {
  const told = ["+12025550123", "+447700900123", "+441614960123", "+33612345678", "+4915112345678", "+353871234567"];
  expect(told.map(dialingPrefix)).toEqual(["+1 202", "+44 7", "+44 1", "+33 6", "+49 1", "+353 8"]);
  expect(told.map((number) => dialingPrefix(number.slice(0, 5)))).toEqual(told.map(dialingPrefix));
  for (const none of ["", "erased:1", "+2101234567", "~sealed", "+44", "44770"]) expect(dialingPrefix(none)).toBe("?");
});
