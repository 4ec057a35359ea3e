/** Why a number may not be called now, and when it may. */
import type { Instant } from "../time/instant.ts";
import { CallingHours } from "./calling-hours.ts";
import { WEEKDAYS } from "./local-hours.ts";
import { when } from "../time/when.ts";
import { parsePlace } from "../phones/place.ts";

export interface Closed {
  /** What keeps the phone from being rung now, at least one. */
  readonly reasons: readonly string[];
  /** When it may be rung; null: never, as far as anybody knows. */
  readonly opensAt: Instant | null;
  /** A clock that the contact may live by. */
  readonly timeZone: string;
}

/** Outside any campaign: all hours that the national rule of its place allows. Throws nothing: it reads no rules of anybody's own. */
export const singleCallHours = (ringSeconds: number): CallingHours =>
  new CallingHours({
    window: { days: WEEKDAYS, start: 0, end: 0 },
    timeZone: "UTC",
    hoursIn: "contact",
    rules: "",
    rulesTable: null,
    ringSeconds,
  });

/** null: it may be called. */
export function closedNow(hours: CallingHours, place: string, now: Instant): Closed | null {
  if (hours.isOpen(place, now)) return null;
  const [timeZone = "UTC"] = parsePlace(place).zones;
  return { reasons: hours.why(place, now), opensAt: hours.next(place, now), timeZone };
}

export const closedText = ({ reasons }: Closed): string => `the number may not be called now: ${reasons.join("; ")}`;
export const opensText = ({ opensAt, timeZone }: Closed): string =>
  opensAt === null ? "it never opens" : `it opens ${when(opensAt, timeZone)}`;
