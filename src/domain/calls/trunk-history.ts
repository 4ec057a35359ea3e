/** What became of the last dials through a trunk, of all campaigns together: one letter each, as circuit-breaker.ts has them. */
import { type Instant, DAY } from "../time/instant.ts";
import type { Ending } from "./ending.ts";
import { markOf } from "./mark.ts";
import type { Expectation } from "./refusals.ts";

/** Dials that are looked at. */
export const TRUNK_HISTORY = 100;

export interface TrunkDial {
  readonly dialedAt: Instant;
  readonly answered: boolean;
  /** Null: it is under way. */
  readonly ending: Ending | null;
  readonly sipStatus: number | null;
  readonly rang: boolean;
  /** Of the campaign that is asked about. */
  readonly own: boolean;
  /** What its campaign expects; null: it was in none. */
  readonly expect: Expectation | null;
}

/** `dials`: newest first. What is a day older than the newest says nothing any more. */
export function trunkHistory(dials: readonly TrunkDial[]): string {
  const newest = dials[0]?.dialedAt ?? 0;
  const lately = dials.filter(({ dialedAt }) => dialedAt > newest - DAY);
  return lately.map(letterOf).toReversed().join("");
}

/** Nothing for what says nothing of refusals, and for refusals of another campaign's list that is known to be bad. */
function letterOf({ answered, ending, sipStatus, rang, own, expect }: TrunkDial): string {
  if (answered) return ".";
  const mark = ending === null ? null : markOf({ ending, sipStatus, rang }, false, false);
  if (mark === ".") return mark;
  return (mark === "i" || mark === "d" || mark === "n") && (own || expect !== "low") ? mark : "";
}
