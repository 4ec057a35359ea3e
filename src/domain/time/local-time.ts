/** What a clock on the wall shows → the instants at which it shows it. */
import { clocks } from "./clocks.ts";
import { DAY, type Instant } from "./instant.ts";

/**
 * `local`: milliseconds that a reader of the clock would count since 1970-01-01T00:00. None when the clock is put forward
 * past it, two when it is put back and shows it again; in order. Throws a RangeError when there is no such zone.
 */
export function instantsAt(zone: string, local: number): Instant[] {
  // Offsets are less than a day, so one of the spans around it is the right one.
  const offsets = new Set([local - DAY, local, local + DAY].map((at) => clocks.spanAt(zone, at).offset));
  return [...offsets]
    .map((offset) => local - offset)
    .filter((at) => at + clocks.spanAt(zone, at).offset === local)
    .toSorted((a, b) => a - b);
}
