/** The fast way to parse an international number gives the answers of libphonenumber, number for number. */
import * as fc from "fast-check";
import metadata from "libphonenumber-js/max/metadata";
import { describe, expect, test } from "vitest";
import { startOf } from "../../../src/domain/phones/digits.ts";
import { classed, parseAny } from "../../../src/domain/phones/lookup.ts";

/** Country codes of countries, of no country (+800 …), and such as nobody has. */
const CODES = [...Object.keys(metadata.country_calling_codes), ...Object.keys(metadata.nonGeographic), "999", "21"];

/** The same digits for every run: a plain linear congruence. */
function* digits(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 1_103_515_245 + 12_345) % 2 ** 31) yield Math.floor(state / 65_536) % 10;
}

test("every country code with every start of four digits", () => {
  const random = digits(7);
  const next = (): number => random.next().value;
  const different: string[] = [];
  for (const code of CODES) {
    // Every start for the plans that many countries share; every tenth one for the others.
    for (let start = next() % 10; start < 10_000; start += code === "1" ? 1 : 10) {
      const length = next() < 6 ? 10 : 4 + next() + (next() % 3);
      let number = `+${code}${String(start).padStart(4, "0")}`;
      while (number.length < 1 + code.length + length) number += String(next());
      if (JSON.stringify(classed(number)) !== JSON.stringify(parseAny(number))) different.push(number);
    }
  }
  expect(different).toEqual([]);
});

test("numbers that differ in their last digits only, close to where patterns part", () => {
  const different: string[] = [];
  for (const row of Object.values(metadata.countries)) {
    const [code, , pattern] = row as [string, string, string];
    for (const [start = ""] of pattern.matchAll(/\d{3,}/g)) {
      for (let last = 0; last < 100; last++) {
        for (const length of [8, 9, 10, 11]) {
          const number = `+${code}${start.padEnd(length - 2, "0")}${String(last).padStart(2, "0")}`;
          if (JSON.stringify(classed(number)) !== JSON.stringify(parseAny(number))) different.push(number);
        }
      }
    }
  }
  expect(different).toEqual([]);
});

test("whatever signs stand between the digits, and whatever the region", () => {
  const sign = fc.constantFrom("", "", "", " ", "-", ".", "(", ")", ") ", " (", " - ", "  ");
  const number = fc.tuple(fc.constantFrom(...CODES), fc.array(fc.tuple(fc.nat(9), sign), { maxLength: 16 }));
  const region = fc.constantFrom(undefined, "US", "GB", "DE", "BR");
  fc.assert(
    fc.property(number, region, ([code, rest], region) => {
      const written = `+${code}${rest.map(([digit, sign]) => `${digit}${sign}`).join("")}`;
      expect(classed(written, region)).toEqual(parseAny(written, region));
    }),
    { numRuns: 20_000 },
  );
});

test("national numbers, in every country that has any", () => {
  const random = digits(11);
  const different: string[] = [];
  for (const [country, row] of Object.entries(metadata.countries)) {
    for (let n = 0; n < 600; n++) {
      let number = String(n % 200).padStart(2, "0");
      const length = 7 + (random.next().value % 6);
      while (number.length < length) number += String(random.next().value);
      // Every third one begins like an international number that lost its plus.
      const written = n % 3 === 0 ? `${String(row[0])}${number}` : number;
      if (JSON.stringify(classed(written, country)) !== JSON.stringify(parseAny(written, country))) {
        different.push(`${country} ${written}`);
      }
    }
  }
  expect(different).toEqual([]);
});

describe("patterns of digits", () => {
  test.each([
    ["[2-9]\\d{2}", "whole", "202", "all"],
    ["[2-9]\\d{2}", "whole", "102", "none"],
    ["[2-9]\\d{2}", "whole", "2", "depends on how many follow"],
    ["(?:0|90)(?:(1[245])\\d)?", "start", "90145", "all"],
    ["0", "start", "10", "none"],
    ["([2-7]\\d{2})$|1", "start", "234", "all"],
    ["([2-7]\\d{2})$|1", "start", "2345", "none"],
    ["([2-7]\\d{2})$|1", "start", "1999", "all"],
    ["5(?:0|1{2,3})?", "whole", "5111", "all"],
    ["5(?:0|1{2,3})?", "whole", "51", "none"],
  ] as const)("%s (%s) after %s: %s", (source, match, read, verdict) => {
    let state = startOf(source, match);
    for (const digit of read) state = state.after(Number(digit));
    if (verdict === "all" || verdict === "none") expect(state.verdict(0)).toBe(verdict);
    else expect([0, 1, 2, 3].map((count) => state.verdict(count))).toEqual(["none", "none", "all", "none"]);
  });

  test("digits to come that decide are told from digits that do not", () => {
    const state = startOf("20[2-5]\\d{4}", "whole").after(2).after(0);
    expect(state.verdict(5)).toBe("depends");
    expect(state.after(3).verdict(4)).toBe("all");
    expect(state.after(6).verdict(4)).toBe("none");
  });

  test("a pattern of anything else is refused, not misread", () => {
    expect(() => startOf("\\w+", "whole")).toThrow("expected a pattern of digits");
    expect(() => startOf("(12", "whole")).toThrow("expected a pattern of digits");
  });
});
