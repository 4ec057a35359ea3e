import { describe, expect, test } from "vitest";
import { formatMicros, parseMicros } from "../../../src/domain/calls/money.ts";
import { parsePrices } from "../../../src/domain/calls/price-table.ts";
import { costOf, formatPrices, mostOf, prefixOf, rateOf } from "../../../src/domain/calls/prices.ts";

const prices = (text: string) => parsePrices(text, "USD");

test.each([
  ["50", 50_000_000],
  ["0.0135", 13_500],
  ["0.000001", 1],
  ["999999999.999999", 999_999_999_999_999],
  ["0.0000001", null],
  ["-1", null],
  ["1e3", null],
  ["0,014", null],
  ["", null],
  [".5", null],
])("the amount %j", (text, micros) => {
  expect(parseMicros(text)).toBe(micros);
});

test("an amount is spelled with as many decimals as it has", () => {
  expect([50_000_000, 13_500, 1, 0, -200_000].map((micros) => formatMicros(micros))).toEqual([
    "50",
    "0.0135",
    "0.000001",
    "0",
    "-0.2",
  ]);
  expect([50_000_000, 13_500, 200_000].map((micros) => formatMicros(micros, 2))).toEqual(["50.00", "0.0135", "0.20"]);
});

test("the longest prefix says the price", () => {
  const table = prices("prefix,per_minute\n+1,0.014\n44,0.02\n447,0.03\n4477009,0.5\n");
  expect(prefixOf(table, "+12025550123")).toBe("1");
  expect(prefixOf(table, "+442079460123")).toBe("44");
  expect(rateOf(table, "+447700900123")).toEqual([500_000, 0, 0, 60, 60]);
  expect(rateOf(table, "+447800900123")).toEqual([30_000, 0, 0, 60, 60]);
  expect(rateOf(table, "+33199000123")).toBeNull();
  expect(rateOf(table, "anonymous")).toBeNull();
});

describe("what a call costs", () => {
  const [minute = [0, 0, 0, 0, 0] as const] = Object.values(
    prices("prefix,per_minute,per_call,per_dial\n1,0.1,0.01,0.002"),
  );
  test.each([
    [null, 2_000],
    [0, 112_000],
    [1, 112_000],
    [60, 112_000],
    [60.1, 212_000],
    [121, 312_000],
  ])("of %s seconds", (seconds, micros) => {
    expect(costOf(minute, seconds)).toBe(micros);
  });

  test("is rounded up to what the carrier bills, and to a millionth", () => {
    const table = prices("prefix,per_minute,increment\n1,0.01,30/6\n2,0.000001,1");
    const [a, b] = [rateOf(table, "+12025550123"), rateOf(table, "+20")];
    expect([1, 30, 31, 36, 37].map((seconds) => costOf(a ?? minute, seconds))).toEqual([5000, 5000, 6000, 6000, 7000]);
    expect(costOf(b ?? minute, 1)).toBe(1);
  });

  test("at most: up to when LiveKit cuts it off, with a little for clocks that are apart", () => {
    expect(mostOf(minute, 58)).toBe(112_000);
    expect(mostOf(minute, 59)).toBe(212_000);
  });
});

test("a table is read whatever its delimiter, and written as it was read", () => {
  const table = prices('\uFEFFPrefix;Per minute;Increment;Currency;Note\r\n"+44";0.02;1/1;usd;x\r\n\r\n+1;0.01;;;\r\n');
  expect(table).toEqual({ "1": [10_000, 0, 0, 60, 60], "44": [20_000, 0, 0, 1, 1] });
  expect(formatPrices(table)).toBe("prefix,per_minute,increment\n+1,0.01,\n+44,0.02,1\n");
  expect(prices(formatPrices(table))).toEqual(table);
});

test("a carrier's names with commas and lines in them move no price into another column", () => {
  expect(prices('prefix,name,per_minute\n44,"United Kingdom, mobile",0.02\n1,"US\n(all)",0.01\n,,\n')).toEqual({
    "1": [10_000, 0, 0, 60, 60],
    "44": [20_000, 0, 0, 60, 60],
  });
  expect(() => prices('prefix,name,per_minute\n44,"United" Kingdom,0.02')).toThrow(/^expected CSV: .*line 2/);
});

test("a prefix that says what a shorter one says is left out", () => {
  expect(Object.keys(prices("prefix,per_minute\n1,0.01\n1202,0.01\n12025,0.02\n120255,0.01"))).toEqual([
    "1",
    "12025",
    "120255",
  ]);
});

test.each([
  ["", "expected a first line with the columns prefix and per_minute"],
  ["+1,0.01", "expected a first line with the columns prefix and per_minute"],
  ["prefix,per_minute", "expected a line for each prefix, got none"],
  ["prefix,per_minute\n0044,1", "line 2: expected a prefix such as +44"],
  ["prefix,per_minute\n+1,", 'line 2: expected a price such as 0.0135 in per_minute, got ""'],
  ["prefix,per_minute\n+1,1001", 'line 2: expected a price such as 0.0135 in per_minute, got "1001"'],
  ["prefix,per_minute\n+1,1\n1,2", "line 3: expected each prefix once, but this one has a line above"],
  [
    "prefix,per_minute,increment\n+1,1,0",
    'line 2: expected billed seconds such as 60, 1 or 30/6 in increment, got "0"',
  ],
  ["prefix,per_minute,currency\n+1,1,EUR", 'line 2: expected the budget\'s currency, USD, got "EUR"'],
])("of the table %j", (text, problem) => {
  expect(() => prices(text)).toThrow(problem);
});

test("a table of too many prefixes is refused", () => {
  const rows = Array.from({ length: 2001 }, (_, n) => `${100_000 + n},0.${n + 1}`);
  expect(() => prices(["prefix,per_minute", ...rows].join("\n"))).toThrow("at most 2000 prefixes, got 2001");
});
