/**
 * Which countries and prefixes a trunk refuses while it serves others; dials as text, oldest first: `US.` got through, `GBx` was
 * refused, `GBxo` in another campaign; `20m`: so many minutes pass.
 */
import { describe, expect, test } from "vitest";
import { askedFirst, blames, destinationsOf, suspected } from "../../../src/domain/calls/destinations.ts";
import type { TrunkDial } from "../../../src/domain/calls/trunk-history.ts";
import { DAY, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { contact, NOON } from "../../support/domain.ts";

const dial = (text: string, n: number): TrunkDial => ({
  dialedAt: NOON + n * SECOND,
  answered: text[2] === ".",
  ending: text[2] === "." ? "completed" : "trunk_auth",
  sipStatus: text[2] === "x" ? 403 : null,
  rang: false,
  country: text.slice(0, 2),
  prefix: "?",
  callId: `call ${n}`,
  fromNumber: null,
  own: text[3] !== "o",
  expect: "normal",
});
const times = (text: string, n: number): string => `${text} `.repeat(n);
function dialsOf(texts: readonly string[], read: typeof dial): TrunkDial[] {
  const dials: TrunkDial[] = [];
  let passed = 0;
  for (const text of texts.join(" ").split(" ").filter(Boolean)) {
    if (/^\d+m$/.test(text)) passed += parseInt(text, 10) * MINUTE;
    else {
      const next = read(text, dials.length);
      dials.push({ ...next, dialedAt: next.dialedAt + passed });
    }
  }
  return dials.toReversed().slice(0, 100);
}
const seen = (...texts: string[]) => destinationsOf(dialsOf(texts, dial));
const british = { place: "GB Europe/London", contact: { ...contact, phoneNumber: "+447700900123" } };
const at = (recent: string, ...texts: string[]) => blames(recent, 1, seen(...texts))(british);

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

  test("not while so many are refused before the breaker trips that a trunk which broke would reach it", () => {
    const many = seen(times("FRx", 79), times("GBx", 21));
    expect(blames(".rrr", 16, many)(british)).toBe("country");
    expect(blames(".rrr", 17, many)(british)).toBe("number");
  });

  test("after a resume not by calls elsewhere that got through long before, which burned a list through a broken trunk", () => {
    expect(at("p", "US.o", "9m", times("GBx", 5))).toBe("country");
    expect(at("p", "US.o", "11m", times("GBx", 5))).toBeNull();
    expect(suspected("xxxxx", 1, seen("US.o", "11m", times("GBx", 5)))).toBe("");
    // Each of the streak counts.
    expect(at("p", "US.o", "GBx", "300m", times("GBx", 4))).toBeNull();
    expect(at("p", "US.o", times("GBx 4m", 5))).toBe("country");
  });

  test("no longer once it is refused when nobody got through elsewhere for long", () => {
    const proven = [times("GBxo", 5), "US.o"];
    expect(at("r", ...proven, "300m")).toBe("country");
    expect(at("r", ...proven, "300m", "GBx")).toBeNull();
    expect(at("p", ...proven, "300m", times("GBx", 5))).toBeNull();
    expect(at("rx.", ...proven, "300m", "GBx", "US.")).toBe("country");
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
  expect(destinationsOf([late, dial("US.", 0)]).countries.lately.size).toBe(0);
});

/** `7x` was refused, of +44 7; `a7x`: the same number each time; `7x@B`: from the caller ID B. */
const within = (text: string, n: number): TrunkDial => {
  const [, call = "", prefix = "", end = "", from] = /^([a-z]?)(.)([^@]+)@?(.*)$/.exec(text) ?? [];
  const callId = call === "" ? `call ${n}` : call;
  const of = prefix === "?" ? "?" : `+44 ${prefix}`;
  return { ...dial(`GB${end}`, n), prefix: of, callId, fromNumber: from === "" ? null : (from ?? null) };
};
const told = (...texts: string[]) => destinationsOf(dialsOf(texts, within));
const blamed = (recent: string, ...texts: string[]) => blames(recent, 1, told(...texts))(british);

describe("a prefix within a country", () => {
  test("is suspected where the streak is of it alone, and to blame after the resume", () => {
    const doubtful = ["1.", times("7x", 5)];
    expect(suspected(".xxxxx", 1, told(...doubtful))).toMatch(/^calls to \+44 7… alone; if the trunk works, a resume/);
    expect(blamed("p", ...doubtful)).toBe("prefix");
    expect(blamed(".xxxxx", ...doubtful)).toBe("number");
    expect(blamed("p", "1.", times("7x", 4))).toBeNull();
    // The trunk may be broken where nobody got through.
    expect(suspected("xxxxx", 1, told(times("7x", 5)))).toBe("");
    expect(blamed("p", times("7x", 5))).toBeNull();
  });

  test("is neither where somebody got through to it lately", () => {
    for (const streak of [5, 40]) {
      const served = ["1.", "7.", "1.", times("7x", streak)];
      expect(suspected(".xxxxx", 1, told(...served))).toBe("");
      expect(blamed("p", ...served)).toBeNull();
      expect(blamed("pfff", ...served)).toBeNull();
      expect(blamed(".xxxxx.", ...served, "1.")).toBe("number");
    }
  });

  test("is neither where others are refused as well, as a broken trunk does", () => {
    for (const mixed of [
      "1. 1x 7x 7x 7x 7x 7x",
      "1. 7x 7x 7x 7x 7x 1x",
      "1. 7x 7x 7x 7x 3x 7x",
      "1. 2x 3x 7x 8x 5x 7x 7x 7x 7x 7x",
      "1. 7x 7x 7x 7x 7x 2x 3x",
    ]) {
      expect(suspected(".xxxxxx", 1, told(mixed))).toBe("");
      expect(blamed("p", mixed)).toBeNull();
    }
  });

  test("is to blame without a resume once a call elsewhere got through after the streak, until one there does", () => {
    expect(blamed(".xxxxx.", "1.", times("7x", 5), "1.")).toBe("prefix");
    expect(blamed(".xxxxx.", "1.", times("7x", 4), "1.")).toBe("number");
    expect(blamed(".xxxxx..", "1.", times("7x", 5), "1.", "7.", times("7x", 5), "1.")).toBe("number");
  });

  test("has a number that is refused again counted once, there and elsewhere", () => {
    expect(blamed(".xx.", "1.", times("a7x", 3), times("b7x", 3), "1.")).toBe("number");
    expect(blamed("p", "1.", "a1x", "1.", "7x", "7x", "a1x", "7x", "7x", "7x")).toBe("prefix");
    // Unless it is so many that they may be what was refused last.
    const known = ["a1x", "b1x", "c1x", "d1x", "e1x"];
    expect(blamed("p", ...known, "1.", times("7x", 5), ...known)).toBeNull();
  });

  test("that nobody knows speaks of nobody", () => {
    expect(blamed("p", times("?.", 3), times("7x", 5))).toBeNull();
    expect(blamed("p", "1.", "7x", "?x", times("7x", 4))).toBe("prefix");
    const nobody = blames("p", 1, told("1.", times("?x", 40)));
    expect(nobody({ ...british, contact: { ...contact, phoneNumber: "erased:1" } })).toBeNull();
  });

  test("has no streak that an erased contact's answered call ended", () => {
    expect(blamed("p", "1.", times("7x", 3), "?.", times("7x", 2))).toBeNull();
    expect(blamed("p", "1.", "7x", "?.", times("7x", 5))).toBe("prefix");
  });

  test("is not blamed by calls elsewhere that got through long before: one resume gave up a list whose trunk was broken", () => {
    expect(blamed("p", times("1.o", 20), "9m", times("7x", 5))).toBe("prefix");
    expect(blamed("p", times("1.o", 20), "600m", times("7x", 5))).toBeNull();
    expect(suspected("xxxxx", 1, told(times("1.o", 20), "600m", times("7x", 5)))).toBe("");
    expect(blamed("p", "1.o", "11m", times("7x", 5), "1.o")).toBe("prefix");
    expect(blamed("f", times("7xo", 5), "1.o", "600m", "7x")).toBeNull();
  });

  test("is not blamed by what got through from another caller ID: a dead one of a healthy trunk looked like a dead prefix", () => {
    expect(blamed("p", "1.@A", times("7x@B", 5))).toBeNull();
    expect(blamed(".xxxxx.", "1.@A", times("7x@B", 5), "1.@A")).toBe("number");
    expect(blamed("p", "1.@A", "1.@B", times("7x@B", 5))).toBe("prefix");
    expect(blamed(".xxxxx.", times("7x@B", 5), "1.@B")).toBe("prefix");
    expect(blamed("p", "1.@A", "1.@B", times("7x@B 7x@A", 3))).toBe("prefix");
    // A healthy one gets through there: nobody is given up whom it would have reached.
    expect(blamed("p", "7.@A", "1.@B", times("7x@B", 5))).toBeNull();
  });

  test("after another one needs a streak of its own, and a resume after it", () => {
    const first = ["1.", times("3x", 8)];
    expect(blamed("pfffxxxx", ...first, times("7x", 4))).toBeNull();
    expect(blamed("pfffxfxfxfxfxf", ...first, times("7x 3x", 6))).toBeNull();
    expect(suspected("pfffxxxxx", 1, told(...first, times("7x", 5)))).toMatch(/^calls to \+44 3…, \+44 7… alone/);
    expect(blamed("fp", ...first, times("7x", 5))).toBe("prefix");
    // Where nothing else is remembered it goes on; the next may be refused by a trunk that broke meanwhile.
    expect(blamed("ff", times("7x", 100))).toBe("prefix");
    expect(blamed("ff", times("7x", 99), "1x")).toBeNull();
    expect(blamed("fp", times("3x", 95), times("7x", 5))).toBeNull();
    expect(blamed("fp", times("3x", 60), times("7x", 40))).toBeNull();
  });

  test("leaves no attempts: between its refusals five others in a row were none, and nobody heard of a trunk that broke", () => {
    const between = ["1.", times("3x", 8), times("7x 3x", 5)];
    expect(suspected("pfffxfxfxfxfxf", 1, told(...between))).toMatch(/^calls to \+44 3…, \+44 7… alone/);
  });

  test("has a country that is served asked first, and none that is in doubt itself", () => {
    const home = { ...dial("US.", 0), prefix: "+1 202" };
    const dials = ["1.", ...times("7x", 5).trim().split(" ")].map((text, n) => within(text, n + 1));
    expect(first(".xxxxx", 1, destinationsOf([home, ...dials].toReversed()))).toEqual(["US"]);
    expect(first(".xxxxx", 1, destinationsOf(dials.toReversed()))).toEqual([]);
  });
});
