/** When again, or never. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/domain/time/instant.ts";
import { nextAttemptAt, spreadOf } from "../../../src/domain/calls/retry.ts";
import { NOON } from "../../support/domain.ts";

const list = { maxAttempts: 4, after: [30 * MINUTE, 2 * HOUR] };

test.each([
  ["after the 1st attempt the 1st interval", 1, 30 * MINUTE],
  ["after the 2nd the 2nd", 2, 2 * HOUR],
  ["after that the last one repeats", 3, 2 * HOUR],
])("%s", (_, spent, interval) => expect(nextAttemptAt(list, spent, NOON, 0)).toBe(NOON + interval));

test("one cap for all endings: after the last attempt there is none, one retry does not become three", () => {
  expect(nextAttemptAt(list, 4, NOON, 0)).toBeNull();
  expect(nextAttemptAt({ maxAttempts: 1, after: [MINUTE] }, 1, NOON, 0)).toBeNull();
});

test("retries are spread later, never sooner, by a tenth and five minutes at most", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 3 }), (spread, spent) => {
      const exact = nextAttemptAt(list, spent, NOON, 0) ?? NaN;
      const at = nextAttemptAt(list, spent, NOON, spread) ?? NaN;
      expect(at).toBeGreaterThanOrEqual(exact);
      expect(at).toBeLessThanOrEqual(exact + Math.min((exact - NOON) / 10, 5 * MINUTE));
    }),
  );
});

test("calls of one minute do not fall due in the same second", () => {
  const due = Array.from({ length: 100 }, (_, n) => nextAttemptAt(list, 1, NOON, spreadOf(`call-${n}`)));
  const seconds = new Set(due.map((at) => Math.floor((at ?? 0) / 1000)));
  expect(seconds.size).toBeGreaterThan(60);
});
