/** Numbers as people write them, and what of them may be shown. */
import { expect, test } from "vitest";
import { parsePhone } from "../../../src/domain/phones/phone.ts";
import { redact, redactText } from "../../../src/domain/phones/redact.ts";

test.each([
  ["+12025550123", undefined, "+12025550123"],
  [" +1 (202) 555-0123 ", undefined, "+12025550123"],
  ["+44 7700 900123", undefined, "+447700900123"],
  ["(202) 555-0123", "US", "+12025550123"],
  ["07700 900123", "GB", "+447700900123"],
  ["0012025550123", "GB", "+12025550123"],
] as const)("%s with region %s is %s", (written, region, number) =>
  expect(parsePhone(written, region)).toMatchObject({ ok: true, number }),
);

test.each([
  ["2025550123", undefined, "needs_country"],
  ["", "US", "not_a_number"],
  ["-", "US", "not_a_number"],
  ["call me", "US", "letters"],
  ["1-800-FLOWERS", "US", "letters"],
  ["4.41E+11", "GB", "scientific"],
  ["4,41E+11", "GB", "scientific"],
  ["+1 202 555 0123 ext 5", undefined, "extension"],
  ["+1 202 555 0123 x5", undefined, "extension"],
  ["+1 202 555 0123;ext=5", undefined, "extension"],
  ["+1202555", undefined, "too_short"],
  ["+120255501234567", undefined, "too_long"],
  ["911", "US", "special"],
  ["112", "GB", "special"],
  ["999", "GB", "special"],
  ["+1 900 555 0123", undefined, "premium"],
] as const)("%s with region %s: %s", (written, region, problem) =>
  expect(parsePhone(written, region)).toEqual({ ok: false, problem }),
);

/** A plus before the 8 that is dialed at home: a stranger in Vietnam was called. */
test.each([
  ["+8 495 123 45 67", "RU"],
  ["+8 (495) 123-45-67", "RU"],
  ["+8-495-123-45-67", undefined],
  ["(+8) 495 123 45 67", undefined],
  ["+4 4 7700 900123", "GB"],
  ["+35 312 345 67", "IE"],
] as const)("%s has a gap within its country code, with region %s", (written, region) =>
  expect(parsePhone(written, region)).toEqual({ ok: false, problem: "split_code" }),
);

test.each([
  ["+ 44 7700 900123", "+447700900123"],
  ["+1-202-555-0123", "+12025550123"],
  ["+(44) 7700 900123", "+447700900123"],
  ["+44(0)7700 900123", "+447700900123"],
  ["+7 495 123-45-67", "+74951234567"],
] as const)("%s has its country code in one piece", (written, number) =>
  expect(parsePhone(written)).toMatchObject({ ok: true, number }),
);

test("a number of an area code that is not known yet is kept, and flagged", () => {
  expect(parsePhone("+1 999 555 0123")).toMatchObject({ ok: true, known: false });
});

test("a national number is not read as if everyone lived in one country", () => {
  expect(parsePhone("4155550100")).toEqual({ ok: false, problem: "needs_country" });
});

test.each([
  ["+12025550123", "+1202•••0123"],
  ["+447700900123", "+4477•••0123"],
  ["+4912345", "•••"],
])("%s is shown as %s", (number, shown) => expect(redact(number)).toBe(shown));

test("no number survives in what a carrier says", () => {
  expect(redactText("no route to +12025550123 from 020 7946 0123!")).not.toMatch(/\d{7}/);
  expect(redactText("SIP 486 Busy Here")).toBe("SIP 486 Busy Here");
});
