/** From when on the next dial may leave. */
import { expect, test } from "vitest";
import { freeFrom } from "../../../src/domain/calls/pace.ts";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";

const NOW = 10 * HOUR;

test.each([
  ["nobody has left", null, SECOND, 0],
  ["there is no pace", NOW, 0, 0],
  ["it left a moment ago", NOW - 400, SECOND, NOW + 600],
  ["it left by a clock that is a little ahead", NOW + 3 * SECOND, SECOND, NOW + SECOND],
  ["a clock was an hour ahead, which held everybody for that hour, an interval at a time", NOW + HOUR, SECOND, 0],
  ["somebody wrote no instant, for which the gate waited without an end", NaN, SECOND, 0],
])("when %s", (_, last, interval, free) => {
  expect(freeFrom(last, interval, NOW)).toBe(free);
});
