import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { relative } from "../../../src/domain/time/relative.ts";

test.each([
  [0, "now"],
  [400, "now"],
  [SECOND, "in 1 s"],
  [119 * SECOND, "in 119 s"],
  [2 * MINUTE, "in 2 min"],
  [14 * HOUR, "in 14 h"],
  [47 * HOUR, "in 47 h"],
  [3 * DAY, "in 3 days"],
  [-90 * SECOND, "90 s ago"],
  [-5 * MINUTE, "5 min ago"],
])("%d ms from now is %s", (apart, text) => {
  expect(relative(1_000_000_000 + apart, 1_000_000_000)).toBe(text);
});
