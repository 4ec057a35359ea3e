/** What became of the last dials through a trunk, of all campaigns together: one letter each, as circuit-breaker.ts has them. */
import { type Instant, DAY } from "../time/instant.ts";
import type { Ending } from "./ending.ts";
import type { Mark } from "./circuit-breaker.ts";
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
  /** Where it rang, ISO 3166-1; "?": nobody knows. */
  readonly country: string;
  /** As dialingPrefix tells it; "?": nobody knows. */
  readonly prefix: string;
  /** Its call. Null: nobody asked for it, nor for where it rang. */
  readonly callId: string | null;
  /** The caller ID. Null: the trunk's own, or nobody asked for where it rang. */
  readonly fromNumber: string | null;
  /** Of the campaign that is asked about. */
  readonly own: boolean;
  /** What its campaign expects; null: it was in none. */
  readonly expect: Expectation | null;
}

/** `dials`: newest first. */
export const trunkHistory = (dials: readonly TrunkDial[]): string =>
  latelyOf(dials).map(letterOf).toReversed().join("");

/** What is a day older than the newest says nothing any more. */
export function latelyOf(dials: readonly TrunkDial[]): readonly TrunkDial[] {
  const newest = dials[0]?.dialedAt ?? 0;
  return dials.filter(({ dialedAt }) => dialedAt > newest - DAY);
}

/** Did the call come to its far end, so that the trunk works? */
export const worked = (dial: TrunkDial): boolean => dial.answered || markedBy(dial) === ".";

const markedBy = ({ ending, sipStatus, rang }: TrunkDial): Mark | null =>
  ending === null ? null : markOf({ ending, sipStatus, rang }, false, null);

/** Nothing for what says nothing of refusals, and for refusals of another campaign's list that is known to be bad. */
function letterOf(dial: TrunkDial): string {
  if (worked(dial)) return ".";
  const mark = markedBy(dial);
  const { own, expect } = dial;
  return (mark === "i" || mark === "d" || mark === "n") && (own || expect !== "low") ? mark : "";
}
