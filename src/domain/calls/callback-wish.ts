/** When a contact asks to be called again → what can be promised, or why it cannot. */
import type { CallingHours } from "../hours/calling-hours.ts";
import { parsePlace } from "../phones/place.ts";
import { DAY, type Instant } from "../time/instant.ts";
import { readTime, type TimeProblem } from "../time/said-time.ts";
import { when } from "../time/when.ts";
import { readClock } from "../time/zone.ts";
import type { Callback } from "./callback.ts";

export interface Wish {
  /** As readTime reads it. */
  readonly said: string;
  /** On whose clock; null: the contact's. */
  readonly zone: string | null;
}

/** `unsure`: further zones that the contact may live in, in all of which the hours are open then. */
export type Promised =
  | { readonly is: "promised"; readonly callback: Callback; readonly unsure: readonly string[] }
  | { readonly is: "refused"; readonly because: string; readonly hint: string | null };

/** What a campaign can promise to whoever lives there. */
export type Promises = (wish: Wish, place: string, now: Instant) => Promised;

const FURTHEST = 365 * DAY;
const FORMS = "tue 15:00, tomorrow 9:30, in 2h, 2026-11-26T15:00 or 2026-11-26T15:00+01:00";

/** What nobody can read, whosever clock it is; null: all of it can be. */
export function misread({ said, zone }: Wish, now: Instant): { of: "at" | "zone"; because: string } | null {
  if (zone !== null && readClock(zone) === null) {
    return { of: "zone", because: `expected the name of a time zone such as Europe/London, got "${zone}"` };
  }
  const time = readTime(said, "UTC", now);
  const isRead = "at" in time || time.problem !== "unreadable";
  return isRead ? null : { of: "at", because: `expected a time such as ${FORMS}, got "${said}"` };
}

/** `place`: where the contact may be; `ownZone`: the campaign's, the likeliest of several. */
export function promise(
  { said, zone: named }: Wish,
  place: string,
  hours: CallingHours,
  ownZone: string,
  now: Instant,
): Promised {
  const zones = parsePlace(place).zones;
  const zone = named === null ? likeliest(zones, ownZone) : readClock(named);
  if (named !== null && zone === null) {
    return refused(`expected the name of a time zone such as Europe/London, got "${named}"`);
  }
  const time = readTime(said, zone, now);
  if ("problem" in time) return refused(...PROBLEMS[time.problem](said, zone ?? ""));
  const { at } = time;
  // An instant needs no zone to be read, only to be shown.
  const callback = { at, zone: zone ?? ownZone };
  const shown = (instant: Instant): string => when(instant, callback.zone);
  if (at <= now) return refused(`expected a time to come, got ${shown(at)}`);
  if (at - now > FURTHEST) return refused(`expected a time within a year, got ${shown(at)}`);
  const next = hours.next(place, at);
  if (next !== at) {
    const why = hours.why(place, at).join("; ");
    const hint =
      next === null ? "it may never be called in this campaign" : `the next time that is allowed is ${shown(next)}`;
    return refused(`the contact must not be called ${shown(at)}: ${why}`, hint);
  }
  return { is: "promised", callback, unsure: named === null ? zones.filter((other) => other !== callback.zone) : [] };
}

const likeliest = (zones: readonly string[], ownZone: string): string | null =>
  zones.includes(ownZone) ? ownZone : (zones[0] ?? null);

const refused = (because: string, hint: string | null = null): Promised => ({ is: "refused", because, hint });

const PROBLEMS: Readonly<Record<TimeProblem, (said: string, zone: string) => [because: string, hint?: string]>> = {
  unreadable: () => [`expected a time such as ${FORMS}`],
  no_zone: () => ["nobody knows the time zone of the contact", "name it, or give the time with its offset"],
  skipped: (said, zone) => [`"${said}" does not exist in ${zone}: the clock is put forward past it`],
  repeated: (said, zone) => [
    `"${said}" is there twice in ${zone}: the clock is put back then`,
    "give the time with its offset, such as 2026-10-25T01:30+01:00",
  ],
};
