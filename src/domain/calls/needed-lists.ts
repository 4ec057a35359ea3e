/** Do-not-call lists that a campaign must have, and fresh: several laws allow no call by an old copy of their list. */
import { formatDuration } from "../time/duration.ts";
import { DAY, HOUR, type Instant } from "../time/instant.ts";

export interface NeededLists {
  /** As `dnc import --source` names them; at least one. */
  readonly sources: readonly string[];
  /** Milliseconds since a list was last imported whole. */
  readonly maxAge: number;
}

/** When all of a list was last read; null: never. */
export interface ListAge {
  readonly source: string;
  readonly refreshedAt: Instant | null;
}

/** A list that nobody may be called by: why, and what to do, in words. */
export interface OldList {
  readonly source: string;
  readonly because: string;
  readonly advice: string;
}

/** The oldest of the lists that are too old, one that was never imported before all; null: none is, or none is needed. */
export function oldList(needed: NeededLists | undefined, lists: readonly ListAge[], now: Instant): OldList | null {
  if (needed === undefined) return null;
  const ages = needed.sources.map((source) => {
    const refreshedAt = lists.find((list) => list.source === source)?.refreshedAt ?? null;
    return { source, age: refreshedAt === null ? Infinity : now - refreshedAt };
  });
  const [oldest] = ages.toSorted((a, b) => b.age - a.age);
  if (oldest === undefined || oldest.age <= needed.maxAge) return null;
  const { source, age } = oldest;
  const found = age === Infinity ? "was never imported whole" : `is ${inWords(age)} old`;
  const name = /^[\w.-]+$/.test(source) ? source : JSON.stringify(source);
  return {
    source,
    because: `the do-not-call list "${source}" ${found}, and must not be older than ${formatDuration(needed.maxAge)}`,
    advice: `campaigns dnc import FILE --source ${name} --replace brings it up to date`,
  };
}

/** Down to the hour where that says more. */
const inWords = (age: number): string => {
  const [n, unit] = age < 2 * DAY ? [Math.floor(age / HOUR), "hour"] : [Math.floor(age / DAY), "day"];
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
};
