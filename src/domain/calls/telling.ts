/** When a receiver of events is told again that did not take one. */
import { HOUR, MINUTE, SECOND } from "../time/instant.ts";

/** From one try of an event to the next; a day in all. */
const WAITS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  8 * HOUR,
];
/** One that is back is not to be left alone for hours. */
const LONGEST_REST = 30 * MINUTE;
/** It may ask for more than we would leave it alone, but not for ever. */
const LONGEST_ASKED = 6 * HOUR;

const spread = (wait: number, dice: number): number => Math.round(wait * (0.8 + dice * 0.4));

/** After so many tries of an event; null: it is given up. `dice`: from 0 to 1. */
export function againIn(tries: number, asked: number | null, dice: number): number | null {
  const wait = WAITS[tries - 1];
  return wait === undefined ? null : Math.max(spread(wait, dice), askedFor(asked));
}

/** After so many failures in a row, of whatever events. */
export const restFor = (failures: number, asked: number | null, dice: number): number =>
  Math.max(spread(Math.min(WAITS[failures - 1] ?? LONGEST_REST, LONGEST_REST), dice), askedFor(asked));

const askedFor = (asked: number | null): number => Math.min(asked ?? 0, LONGEST_ASKED);
