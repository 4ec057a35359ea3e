import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../../src/domain/time/duration.ts";

test.each([
  ["0", 0],
  ["0s", 0],
  ["250ms", 250],
  ["2s", 2000],
  [" 1.5h ", 5_400_000],
  ["30m", 1_800_000],
  ["2d", 172_800_000],
])("%s is %i ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(["", "5", "-2s", "2 s", "s", "1e3s", "2s3m", "NaNs"])(
  "%j is no duration: people mean different units",
  (text) => expect(parseDuration(text)).toBeNull(),
);

test.each(["250ms", "2s", "90s", "30m", "2h", "3d"])("%s is written as it is read", (text) =>
  expect(formatDuration(parseDuration(text) ?? NaN)).toBe(text),
);
