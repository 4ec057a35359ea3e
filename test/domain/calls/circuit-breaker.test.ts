/** The breaker, and the pace a carrier asks for: histories as text, oldest first. */
import { describe, expect, test } from "vitest";
import {
  afterResume,
  breaker,
  concurrency,
  interval,
  RECENT_LENGTH,
  remember,
} from "../../../src/domain/calls/circuit-breaker.ts";

describe("breaker", () => {
  test.each([
    ["", null],
    ["xxxx", null],
    ["xxxxx", "the last 5 attempts failed on our side"],
    ["xxxxx.", null],
    ["......xxxxxxx", "the last 7 attempts failed on our side"],
    // Twelve of twenty: a trunk that mostly fails is broken too.
    ["x.xx.xx.x.x.xx.xx..x", "12 of the last 20 attempts failed on our side"],
    ["x.xx.xx.x.x.xx.x...x", null],
    // A far end that answers, whatever it says, is no failure of ours; nor is a carrier that asks to slow down.
    ["....................", null],
    ["tttttttttt", null],
    ["p", null],
    ["px", "the test call after the resume failed on our side too"],
    ["p.xxx", null],
    // What is refused for its destination is no attempt: it hid a trunk that broke meanwhile.
    ["ffffxffffxffffxffffxffffx", "the last 5 attempts failed on our side"],
    ["rxrxrxrxrxr", "the last 5 attempts failed on our side"],
    [`${"x.xffxf".repeat(6)}.x.x`, "14 of the last 20 attempts failed on our side"],
    ["pfffx", null],
  ])("%s: %s", (recent, because) => expect(breaker(recent)).toBe(because));

  test("after a resume one probing call goes out, and a good one opens the way", () => {
    const resumed = afterResume("..xxxxx");
    expect(resumed).toBe("p");
    expect(concurrency(resumed, 10)).toBe(1);
    expect(concurrency(remember(resumed, "."), 10)).toBe(10);
    expect(breaker(remember(resumed, "x"))).not.toBeNull();
  });

  test("after a resume there is one call at a time until somebody got through, whatever a destination is blamed for", () => {
    for (const probing of ["pf", "pfff", "rprr", "pffxf", "pfg"]) expect(concurrency(probing, 10)).toBe(1);
    expect(concurrency("pff.", 10)).toBe(10);
  });

  test("a resume after an operator's pause changes nothing", () => expect(afterResume("..x.t")).toBe("..x.t"));
});

describe("pace", () => {
  test.each([
    ["", 2000],
    ["t", 4000],
    ["tt", 8000],
    ["t....", 4000],
    ["t.....", 2000],
    ["tt.....", 4000],
    ["tttttttttttttt", 64_000],
  ])("%s: one dial every %i ms", (recent, ms) => expect(interval(recent, 2000)).toBe(ms));

  test("no delay at all is slowed down from half a second", () => expect(interval("t", 0)).toBe(1000));

  test("a recovered pace is the configured one, not half of it", () => {
    expect(interval(`t${".".repeat(30)}`, 2000)).toBe(2000);
  });
});

describe("calls at once", () => {
  test.each([
    ["", 10],
    ["c", 5],
    ["cc", 2],
    ["ccccc", 1],
    ["c.....", 6],
    [`c${".".repeat(39)}`, 10],
  ])("%s: %i", (recent, n) => expect(concurrency(recent, 10)).toBe(n));
});

test("the history is bounded", () => {
  let recent = "";
  for (let n = 0; n < 200; n++) recent = remember(recent, ".");
  expect(recent).toHaveLength(RECENT_LENGTH);
});

describe("agents that are lost", () => {
  test.each([
    [".a.a", null],
    // An answered call leaves a letter for the trunk too, which is none for the agent.
    [".a.a.a", "the agent left the last 3 calls at their start"],
    ["...aaa", "the agent left the last 3 calls at their start"],
    [".a.a.g.a.a", null],
    ["xxxxa", null],
    ["xxgxxx", "the last 5 attempts failed on our side"],
    [`${"a.g.a.a.g.".repeat(3)}a.a.`, null],
    [`${"aag".repeat(6)}ga`, "the agent left 13 of the last 20 calls at their start"],
    ["q.", null],
    ["q.a", "the agent left the test call after the resume too"],
    ["q.g.a", null],
  ])("%s: %s", (recent, because) => expect(breaker(recent)).toBe(because));

  test("after a resume there is one call at a time until an agent stays, however many answer", () => {
    const resumed = afterResume(".a.a.a");
    expect(resumed).toBe("q");
    expect(concurrency("q..", 10)).toBe(1);
    expect(concurrency("q.g", 10)).toBe(10);
  });
});
