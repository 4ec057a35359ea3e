import { describe, expect, test } from "vitest";
import { areHeaders, headerProblem, isDisplayName, parseHeaders } from "../../../src/domain/calls/sip-headers.ts";

describe("SIP headers", () => {
  test("are read from NAME=VALUE, the value up to its end", () => {
    const { headers, problems } = parseHeaders(["X-Account=spring=2026", " P-Charge-Info = sip:a@example.com "]);
    expect(problems).toEqual([]);
    expect(headers).toEqual({ "X-Account": "spring=2026", "P-Charge-Info": "sip:a@example.com" });
  });

  test.each([
    "From",
    "via",
    "Call-ID",
    "call-id",
    "Contact",
    "Route",
    "Proxy-Authorization",
    "Content-Length",
    "f",
    "v",
  ])("%s is SIP's own", (name) => expect(headerProblem(name, "x")).toMatch(/SIP's own/));

  test.each(["", "X Account", "X:Account", "X-Ü", "X\r\nVia", "X-".padEnd(65, "a")])("%j is no name", (name) =>
    expect(headerProblem(name, "x")).toMatch(/expected a header name/),
  );

  test.each(["", "  ", "a\r\nVia: evil", "a\u0000", "a\u2028b", "a".repeat(257)])("%j is no value", (value) =>
    expect(headerProblem("X-Account", value)).toMatch(/^X-Account: expected 1 to 256 characters/),
  );

  test("what is wrong is said of each, and never the value", () => {
    const { problems } = parseHeaders(["nothing", "From=secret", "X-A=1", "x-a=2"]);
    expect(problems).toEqual([
      "expected NAME=VALUE such as X-Account=spring",
      "From is a header of SIP's own; carriers' begin with X- or P-",
      "x-a: expected each header once",
    ]);
    expect(parseHeaders(Array.from({ length: 11 }, (_, n) => `X-${n}=1`)).problems).toEqual([
      "expected at most 10 headers, got 11",
    ]);
    expect(parseHeaders(["__proto__=x"]).problems).toEqual([]);
  });

  test("a row of somebody else's is held to the same", () => {
    expect(areHeaders({})).toBe(true);
    expect(areHeaders({ "X-Account": "spring" })).toBe(true);
    expect(areHeaders({ "X-Account": "a\r\nVia: evil" })).toBe(false);
    expect(areHeaders({ Via: "evil" })).toBe(false);
    expect(areHeaders({ "X=A": "evil" })).toBe(false);
  });

  test("a display name has no quote to break out of, and no line", () => {
    expect(["", "Spring & Sons", "Café", "a".repeat(128)].filter((name) => !isDisplayName(name))).toEqual([]);
    expect(['"', "\\", "a\nb", "é".repeat(65)].filter(isDisplayName)).toEqual([]);
  });
});
