import { describe, expect, test } from "vitest";
import { refused, refusedAlike } from "../../../src/domain/calls/refusals.ts";
import { afterResume, getsThrough, interval, remember } from "../../../src/domain/calls/circuit-breaker.ts";

const stopsAfter = (letter: string, expect: "normal" | "low"): number => {
  let recent = ".";
  for (let n = 1; n <= 100; n++) {
    recent = remember(recent, letter);
    if (refusedAlike(recent, expect) !== null) return n;
  }
  return Infinity;
};

test("what the trunk did for others counts, and stops only who was refused so too", () => {
  const many = "i".repeat(12);
  expect(refused("i", many, "normal")).toMatchObject({ blamed: "invalid_number" });
  expect(refused("", many, "normal")).toBeNull();
  expect(refused("p", many, "normal")).toBeNull();
  expect(refused("d", many, "normal")).toBeNull();
  expect(refused(many, `.${many}`, "normal")).toMatchObject({ blamed: "invalid_number" });
  // It answered others meanwhile.
  expect(refused(many, "iiiiiiiii.iii", "normal")).toBeNull();
  expect(refused("i", many, "low")).toBeNull();
});

test("a campaign that tripped stays before its test call until somebody answers", () => {
  expect(["p", "pii", "pn"].map((recent) => afterResume(recent))).toEqual(["p", "p", "p"]);
  expect(afterResume("p.i")).toBe("p.i");
});

describe("a trunk broken in the far end's words burned the whole list, in silence", () => {
  test.each([
    ["i", "invalid_number", 12, 28],
    ["d", "declined", 9, 21],
    ["n", "no_answer", 21, 65],
  ] as const)("%s: so many in a row stop it", (letter, blamed, normal, low) => {
    expect([stopsAfter(letter, "normal"), stopsAfter(letter, "low")]).toEqual([normal, low]);
    expect(refusedAlike(letter.repeat(70), "normal")).toMatchObject({ blamed });
  });

  test("one answer in between clears it", () => {
    expect(refusedAlike(`${"i".repeat(11)}.${"i".repeat(11)}`, "normal")).toBeNull();
  });

  test("a list of different refusals is a bad list, and no broken trunk", () => {
    expect(refusedAlike("in".repeat(50), "normal")).toBeNull();
    expect(refusedAlike("iiind".repeat(20), "normal")).toBeNull();
  });

  test("a single odd answer among many equal ones does not hide it", () => {
    expect(refusedAlike(`${"i".repeat(30)}d`, "normal")).toMatchObject({ blamed: "invalid_number" });
  });

  test("a healthy trunk with as many bad numbers as the table allows is stopped once in 10,000 lists of 1,000, at most", () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let stopped = 0;
    for (let list = 0; list < 200; list++) {
      let recent = "";
      for (let n = 0; n < 1000; n++) {
        const roll = random();
        recent = remember(recent, roll < 0.2 ? "i" : roll < 0.3 ? "d" : roll < 0.6 ? "n" : roll < 0.8 ? "." : "n");
        if (refusedAlike(recent, "normal") !== null) stopped += 1;
      }
    }
    expect(stopped).toBe(0);
  });
});

test("after a resume the run of refusals is forgotten, and one test call goes first", () => {
  expect(afterResume("i".repeat(12))).toBe("p");
  expect(afterResume("i".repeat(12), "low")).toBe("i".repeat(12));
});

test("refusals of callees are answers of the far end: they speed a slowed campaign up again", () => {
  expect(interval("t", 1000)).toBe(2000);
  expect(interval("tindin", 1000)).toBe(1000);
});

test("others get through as long as somebody answered lately", () => {
  expect(getsThrough("..xx")).toBe(true);
  expect(getsThrough(`.${"x".repeat(20)}`)).toBe(false);
  expect(getsThrough("iiixx")).toBe(false);
  expect(getsThrough(`.${"f".repeat(40)}`)).toBe(true);
  // Behind what is refused for its destination nobody saw that the trunk broke since.
  expect(getsThrough(`.${"f".repeat(40)}x`)).toBe(false);
});
