/** Numbers as people write them, in many countries: what is read, what is refused, and that no other digit gets in. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parsePhone } from "../../../src/domain/phones/phone.ts";
import forms from "../data/written_numbers.json" with { type: "json" };

test.each(forms)("$country (default region $region): $written", ({ region, written, is }) => {
  const phone = parsePhone(written, region ?? undefined);
  expect(phone.ok ? phone.number : phone.problem).toBe(is);
});

test("the table has 80 forms of 25 countries, right and wrong", () => {
  expect(forms.length).toBeGreaterThanOrEqual(80);
  expect(new Set(forms.map(({ country }) => country)).size).toBeGreaterThanOrEqual(25);
  expect(forms.filter(({ is }) => !is.startsWith("+")).length).toBeGreaterThanOrEqual(30);
});

/** Numbers of the table: of fixed length and not, known and only possible. */
const NUMBERS = [...new Set(forms.filter(({ is }) => is.startsWith("+")).map(({ is }) => is))];
const number = fc.constantFrom(...NUMBERS);
const digits = fc.stringMatching(/^\d{1,7}$/);
/** What stands beside numbers in cells, with digits that are not the number's. */
const beside = fc.oneof(
  digits.map((n) => ` (${n})`),
  digits.map((n) => `(${n})`),
  digits.map((n) => ` / ${n}`),
  digits.map((n) => `/${n}`),
  digits.map((n) => ` - ${n}`),
  digits.map((n) => ` – ${n}`),
  digits.map((n) => `.${n}`),
  digits.map((n) => `,${n}`),
  digits.map((n) => `, ${n}`),
  digits.map((n) => `;${n}`),
  digits.map((n) => ` or ${n}`),
  digits.map((n) => ` to ${n}`),
  digits.map((n) => ` [${n}]`),
  digits.map((n) => ` x${n}`),
  digits.map((n) => ` #${n}`),
  digits.map((n) => `*${n}`),
  digits.map((n) => `:${n}`),
  digits.map((n) => ` (since ${n})`),
  digits.map((n) => `\n${n}`),
  digits.map((n) => `E${n}`),
  fc.constantFrom("¹", "²", "₂", "①", " ½", " (a)", " ⁽¹⁾", "१"),
);

test("no accepted number has a digit that is not in the number's own group", () => {
  fc.assert(
    fc.property(number, beside, fc.constantFrom(undefined, "US", "DE", "IN"), (number, beside, region) => {
      const phone = parsePhone(`${number}${beside}`, region);
      if (phone.ok) expect(phone.number).toBe(number);
    }),
    { numRuns: 20_000 },
  );
});

test("nor one of what stands before it", () => {
  const before = fc.oneof(
    digits.map((n) => `(${n}) `),
    digits.map((n) => `${n}: `),
    digits.map((n) => `${n}. `),
    digits.map((n) => `${n}) `),
    digits.map((n) => `#${n} `),
    digits.map((n) => `${n}x `),
    digits.map((n) => `${n} or `),
    digits.map((n) => `${n}/`),
    digits.map((n) => `-${n} `),
  );
  fc.assert(
    fc.property(number, before, fc.constantFrom(undefined, "US", "DE", "IN"), (number, before, region) => {
      const phone = parsePhone(`${before}${number}`, region);
      if (phone.ok) expect(phone.number).toBe(number);
    }),
    { numRuns: 20_000 },
  );
});

test("whatever characters come, an accepted number has the digits of the text, in their order", () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from("0123456789+() -./,;:xE*#[]'=\"\u00a0aor¹٣")),
    maxLength: 24,
  });
  const mostly = fc.tuple(number, text).map(([number, text]) => `${number}${text}`);
  fc.assert(
    fc.property(fc.oneof(text, mostly), fc.constantFrom(undefined, "US", "DE"), (text, region) => {
      const phone = parsePhone(text, region);
      if (!phone.ok) return;
      expect(phone.number).toMatch(/^\+\d{5,15}$/);
      const kept = text.replace(/٣/g, "3").replace(/\D/g, "");
      // All but a country code that comes from the region, and zeros that are dialed at home only.
      const own = phone.number.slice(1);
      expect([own, own.slice(1), own.slice(2)].some((digits) => isWithin(digits, kept))).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

const isWithin = (digits: string, all: string): boolean => {
  let at = 0;
  for (const digit of digits) {
    at = all.indexOf(digit, at) + 1;
    if (at === 0) return false;
  }
  return true;
};

test.each(["(", "+", " ", "-", "(+", "1(", "()", "+(1)", "1-", "/", "(((((((((((((((((", "1 ".repeat(5_000)])(
  "%j is refused quickly",
  (text) => expect(parsePhone(text, "US").ok).toBe(false),
);
