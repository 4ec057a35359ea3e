/** May a number be called now, outside any campaign? At all hours that the national rule of its place allows. */
import type { Instant } from "../domain/instant.ts";
import { Reach } from "../domain/reach.ts";
import { WEEKDAYS } from "../domain/hours.ts";
import { when } from "../domain/when.ts";
import { parsePlace } from "../domain/zones.ts";
import { Refused } from "./errors.ts";

export interface Closed {
  /** What keeps the phone from being rung now, at least one. */
  readonly reasons: readonly string[];
  /** When it may be rung, as the clock there shows it; null: never, as far as anybody knows. */
  readonly opens: string | null;
}

/** Throws nothing: no rules of anybody's own are read. */
export const singleReach = (ringSeconds: number): Reach =>
  new Reach({
    window: { days: WEEKDAYS, start: 0, end: 0 },
    timeZone: "UTC",
    hoursIn: "contact",
    rules: "",
    rulesTable: null,
    ringSeconds,
  });

/** null: it may be called. */
export function closedNow(reach: Reach, place: string, now: Instant): Closed | null {
  if (reach.isOpen(place, now)) return null;
  const opens = reach.next(place, now);
  const [zone = "UTC"] = parsePlace(place).zones;
  return { reasons: reach.why(place, now), opens: opens === null ? null : when(opens, zone) };
}

export const closedText = ({ reasons }: Closed): string => `the number may not be called now: ${reasons.join("; ")}`;
export const opensText = ({ opens }: Closed): string => (opens === null ? "it never opens" : `it opens ${opens}`);

export const closedRefusal = (closed: Closed): Refused =>
  new Refused("outside_hours", closedText(closed), {
    hint: `${opensText(closed)}; --force calls all the same`,
  });
