/** Which of our numbers a contact is called with: rows of pool, contact, what it was called with before → choice. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CallerId, chooseCaller, narrowed } from "../../../src/domain/calls/caller-id.ts";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { defaultInterval } from "../../../src/domain/calls/trunk-limit.ts";

const NOW = Date.UTC(2026, 10, 24, 12);
const used = (number: string, secondsAgo: number | null, interval = 0): CallerId => ({
  number,
  lastUsedAt: secondsAgo === null ? null : NOW - secondsAgo * SECOND,
  interval,
});

const NEW_YORK = "+12125550100";
const WASHINGTON = "+12025550100";
const TORONTO = "+14165550100";
const LONDON = "+442079460100";
const LEEDS = "+441134960100";
const MOBILE_UK = "+447700900100";

const uses = (number: string) => ({ is: "use", number });
const waits = (seconds: number) => ({ is: "wait", until: NOW + seconds * SECOND });
const told = (pool: readonly CallerId[], contact: string, sticky: string | null): object => {
  const choice = chooseCaller(pool, contact, sticky, NOW);
  return choice.is === "use" ? uses(choice.caller.number) : choice;
};

describe("chooseCaller", () => {
  test.each<[string, readonly CallerId[], string, string | null, object]>([
    ["no numbers at all", [], "+12125550142", null, { is: "none" }],
    ["one number", [used(LONDON, null)], "+12125550142", null, uses(LONDON)],
    [
      "what it was called with before wins over the nearest",
      [used(NEW_YORK, null), used(LONDON, 1)],
      "+12125550142",
      LONDON,
      uses(LONDON),
    ],
    [
      "a number that has left the pool is forgotten",
      [used(NEW_YORK, 1), used(WASHINGTON, 1)],
      "+12125550142",
      LONDON,
      uses(NEW_YORK),
    ],
    [
      "the same area code wins over the longest rested",
      [used(WASHINGTON, null), used(NEW_YORK, 1)],
      "+12125550142",
      null,
      uses(NEW_YORK),
    ],
    ["area codes abroad count too", [used(LEEDS, null), used(LONDON, 1)], "+442079460142", null, uses(LONDON)],
    [
      "the same area code in another country is no neighbour",
      [used("+33142345678", 9), used("+493012345678", 1)],
      "+4930987654",
      null,
      uses("+493012345678"),
    ],
    ["home wins over abroad", [used(LONDON, null), used(WASHINGTON, 1)], "+13105550142", null, uses(WASHINGTON)],
    [
      "Canada is not the United States",
      [used(TORONTO, null), used(WASHINGTON, 1)],
      "+13105550142",
      null,
      uses(WASHINGTON),
    ],
    [
      "a number whose country nobody knows goes by its code",
      [used(NEW_YORK, null), used(LEEDS, 1)],
      MOBILE_UK,
      null,
      uses(LEEDS),
    ],
    [
      "of equals, the least recently used",
      [used(NEW_YORK, 5), used("+12125550101", 50), used("+12125550102", 20)],
      "+12125550142",
      null,
      uses("+12125550101"),
    ],
    [
      "never used is longest rested",
      [used(NEW_YORK, 5000), used("+12125550101", null)],
      "+12125550142",
      null,
      uses("+12125550101"),
    ],
    [
      "one at its limit is passed over, though nearer",
      [used(NEW_YORK, 1, 2 * SECOND), used(WASHINGTON, 1)],
      "+12125550142",
      null,
      uses(WASHINGTON),
    ],
    ["exactly one interval ago is free again", [used(NEW_YORK, 2, 2 * SECOND)], "+12125550142", null, uses(NEW_YORK)],
    [
      "all at their limit: until the first is free",
      [used(NEW_YORK, 1, 5 * SECOND), used(WASHINGTON, 1, 3 * SECOND)],
      "+12125550142",
      null,
      waits(2),
    ],
    [
      "the kept one at its limit is waited for",
      [used(NEW_YORK, 1, 5 * SECOND), used(WASHINGTON, null)],
      "+12125550142",
      NEW_YORK,
      waits(4),
    ],
  ])("%s", (_, pool, contact, sticky, expected) => {
    expect(told(pool, contact, sticky)).toEqual(expected);
  });

  test("the order of the pool does not matter, as long as no two have rested equally", () => {
    const pool = [used(NEW_YORK, 1), used(WASHINGTON, 2, SECOND), used(LONDON, 3), used(LEEDS, 4), used(TORONTO, 5)];
    const contacts = fc.constantFrom("+12125550142", "+12025550142", "+442079460142", "+14165550142", "+33142345678");
    fc.assert(
      fc.property(fc.shuffledSubarray(pool, { minLength: 5 }), contacts, (shuffled, contact) => {
        expect(told(shuffled, contact, null)).toEqual(told(pool, contact, null));
      }),
    );
  });

  test("a pool used in turn is used evenly", () => {
    let pool = [used(NEW_YORK, null), used("+12125550101", null), used("+12125550102", null)];
    const counts = new Map<string, number>();
    for (let n = 0; n < 30; n++) {
      const choice = chooseCaller(pool, "+12125550142", null, NOW + n * SECOND);
      if (choice.is !== "use") throw new Error("all are free");
      const { number } = choice.caller;
      counts.set(number, (counts.get(number) ?? 0) + 1);
      pool = pool.map((caller) => (caller.number === number ? { ...caller, lastUsedAt: NOW + n * SECOND } : caller));
    }
    expect([...counts.values()]).toEqual([10, 10, 10]);
  });
});

test("--from narrows the pool; without it all are in", () => {
  const pool = [used(NEW_YORK, null), used(LONDON, null)];
  expect(narrowed(pool, [])).toEqual(pool);
  expect(narrowed(pool, [LONDON, TORONTO])).toEqual([used(LONDON, null)]);
});

test.each([
  ["campaigns-1.pstn.twilio.com", 1000],
  ["campaigns-1.pstn.twilio.com:5061", 1000],
  ["TWILIO.COM", 1000],
  ["nottwilio.com", 0],
  ["twilio.com.example.com", 0],
  ["sip.example.com", 0],
])("the pace of a trunk at %s is one dial every %i ms", (address, interval) => {
  expect(defaultInterval(address)).toBe(interval);
});
