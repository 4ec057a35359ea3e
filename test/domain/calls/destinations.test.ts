/** Which countries a trunk refuses while it serves others; dials as text, oldest first: `US.` got through, `GBx` was refused. */
import { describe, expect, test } from "vitest";
import { askedFirst, blames, destinationsOf, suspected } from "../../../src/domain/calls/destinations.ts";
import type { TrunkDial } from "../../../src/domain/calls/trunk-history.ts";
import { DAY, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";

const dial = (text: string, n: number): TrunkDial => ({
  dialedAt: NOON + n * SECOND,
  answered: text[2] === ".",
  ending: text[2] === "." ? "completed" : "trunk_auth",
  sipStatus: text[2] === "x" ? 403 : null,
  rang: false,
  country: text.slice(0, 2),
  own: text[3] !== "o",
  expect: "normal",
});
const times = (text: string, n: number): string => `${text} `.repeat(n);
const seen = (...texts: string[]) =>
  destinationsOf(texts.join(" ").split(" ").filter(Boolean).map(dial).toReversed().slice(0, 100));
const at = (recent: string, ...texts: string[]) => blames(recent, seen(...texts))("GB Europe/London");

describe("a country is to blame", () => {
  test("once it refused five in a row, and a call elsewhere got through after that", () => {
    expect(at(".xxxxx", "US.", times("GBx", 5))).toBe("number");
    expect(at(".xxxxx.", "US.", times("GBx", 5), "US.")).toBe("country");
    expect(at(".xxxx.", "US.", times("GBx", 4), "US.")).toBe("number");
    // A dial without an answer of the far end says nothing of where it went.
    expect(at(".xxxxx.", "US.", times("GBe", 5), "US.")).toBe("number");
  });

  test("until somebody is answered there", () => {
    expect(at(".xxxxx..", times("GBx", 5), "US.", "GB.")).toBe("number");
    expect(at("x", times("GBx", 5), "US.", "GB.", "GBx")).toBeNull();
  });

  test("after a resume, where others lately got through, and nobody there", () => {
    expect(at("p", "US.", times("GBx", 5))).toBe("country");
    expect(at("p", times("GBx", 5))).toBeNull();
    expect(at("p", "US.", "GB.", times("GBx", 5))).toBeNull();
    // A trunk that refuses everybody was not mended by a resume.
    expect(at("p", "US.", times("GBx", 5), "USx")).toBeNull();
    expect(at("p", "US.", times("GBx", 4))).toBeNull();
    expect(at("p", "US.", times("FRx", 5))).toBeNull();
  });

  test("as long as it goes on, when all others are forgotten; the next country is not", () => {
    expect(at("prrr", times("GBx", 100))).toBe("country");
    expect(at("prrr", times("FRx", 90), times("GBx", 5))).toBe("country");
    expect(at(".rrr", times("FRx", 90), times("GBx", 5))).toBe("number");
    expect(at("xxxxx", times("GBx", 100))).toBeNull();
  });
});

const first = (...asked: Parameters<typeof askedFirst>): string[] | null => {
  const isFirst = askedFirst(...asked);
  return isFirst && ["US", "FR", "GB"].filter(isFirst);
};

describe("asked first", () => {
  test("are those where the last call got through, while the breaker would trip over another country", () => {
    const doubtful = seen("US.", times("GBx", 5));
    expect(first(".xxxxx", 1, doubtful)).toEqual(["US"]);
    expect(suspected(".xxxxx", 1, doubtful)).toMatch(/^calls to GB alone/);
    expect(first(".xxxx", 1, doubtful)).toBeNull();
    // What failed beside it was no call to there.
    expect(first(".xxxxxx", 1, doubtful)).toBeNull();
    expect(first(".xxxxxx", 2, doubtful)).toBeNull();
    expect(first(".xxxxx", 1, seen("US.", times("GBx", 5), "USx"))).toBeNull();
    expect(first("..xxxxx", 1, seen("US.", "GB.", times("GBx", 5)))).toBeNull();
    expect(first("aaaxxxxx", 1, doubtful)).toBeNull();
  });

  test("with a resume, those that refused nobody, where no call got through at all", () => {
    expect(first("p", 1, seen(times("GBx", 5)))).toEqual(["US", "FR"]);
    expect(first("xxxxx", 1, seen(times("GBx", 5)))).toBeNull();
  });

  test("with a resume, those where a call got through lately, if it did nowhere since", () => {
    expect(first("p", 1, seen("US.", "FR.", times("GBx", 5), "USx"))).toEqual(["FR"]);
    expect(first("p", 1, seen("US.", times("GBx", 5), "USx"))).toEqual(["US"]);
    expect(first("p.", 1, seen("US.", times("GBx", 5), "US."))).toBeNull();
  });
});

test("yesterday's calls are forgotten", () => {
  const late = { ...dial("GBx", 0), dialedAt: NOON + DAY };
  expect(destinationsOf([late, dial("US.", 0)]).lately.size).toBe(0);
});
