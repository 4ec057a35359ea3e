import * as fc from "fast-check";
import { expect, test } from "vitest";
import { redactText } from "../../../src/domain/phones/redact.ts";

test.each([
  ["call +12025550123 back", "call +1202•••0123 back"],
  ["call 2025550123", "call 202•••0123"],
  ["(202) 555-0123", "•••0123"],
  ["202.555.0123 or 1/202/555/0123", "•••0123 or •••0123"],
  ["+44 7700 900123", "•••0123"],
  ["01.23.45.67.89", "•••6789"],
  ["+1\u00a0202\u2011555\u202f0123", "•••0123"],
  ["+1 202\u200b5550123", "•••0123"],
  ["２０２５５５０１２３", "•••０１２３"],
  ["٢٠٢٥٥٥٠١٢٣", "•••٠١٢٣"],
  ["tel:+1-202-555-0123;ext=5", "tel:•••0123;ext=5"],
  ["%2B12025550123", "%2B1202•••0123"],
  ["x2025550123y", "x202•••0123y"],
  ["555-0123", "•••"],
  ["2025-55-01234", "•••1234"],
  ["+2025-10-1234", "•••1234"],
])("%j is shown as %j", (text, shown) => {
  expect(redactText(text)).toBe(shown);
});

test.each([
  "2026-11-29T00:09:54.123Z",
  "on 2026-11-29, at 9:30-12,14-17:15",
  "listen to 012345678901234500000001, 01234567890123450000000000000001 and CA01234567890123456789012345678901",
  "listen to 12345678-1234-4123-8123-123456789012",
  "3/7d, 1800 s, 100000 dials, +1202•••0123",
  "v26.10.0 on 127.0.0.1:8080",
])("%j stays as it is", (text) => {
  expect(redactText(text)).toBe(text);
});

test("however a number is written, fewer than eight of its digits in a row are left", () => {
  const separator = fc.constantFrom("", " ", "-", ".", "/", ") ", " (", "\u2011", "\u00a0", "\u200b");
  const number = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), separator), { minLength: 10, maxLength: 15 });
  fc.assert(
    fc.property(fc.string(), number, fc.string(), (before, digits, after) => {
      const written = digits.map(([digit, apart]) => `${digit}${apart}`).join("");
      const left = redactText(`${before} ${written} ${after}`).replaceAll(/[^\d•]/g, "");
      const whole = digits.map(([digit]) => digit).join("");
      fc.pre(!`${before}${after}`.match(/\d/));
      return !left.includes(whole.slice(0, 8)) && !left.includes(whole.slice(-8));
    }),
  );
});
