/** A callback: what was promised to a contact, and what becomes of a promise that could not be kept. */
import { localDay } from "../hours/local-hours.ts";
import type { CallingHours } from "../hours/calling-hours.ts";
import { wallClock } from "../time/clocks.ts";
import { instantsAt } from "../time/local-time.ts";
import { DAY, type Instant, MINUTE } from "../time/instant.ts";

/** To be called again at `at`: not sooner, and not much later. */
export interface Callback {
  readonly at: Instant;
  /** IANA name: on whose clock it was promised. */
  readonly zone: string;
}

/** How late a callback may be dialed. After that it is missed. */
export const TOLERANCE = 15 * MINUTE;

export const isMissed = ({ at }: Callback, now: Instant): boolean => now > at + TOLERANCE;

/**
 * What a campaign does about a missed callback: promise it again for the same local time of the next day that allows it ·
 * for as soon as it may be made · or end the call.
 */
export const MISSED_CALLBACK = ["next-day", "retry", "close"] as const;
export type MissedCallback = (typeof MISSED_CALLBACK)[number];

/** Days that are looked at for the same local time. */
const LOOKED_AT = 14;

/** What is promised instead of a missed callback; null: nothing. */
export function afterMissed(
  policy: MissedCallback,
  { at, zone }: Callback,
  place: string,
  hours: CallingHours,
  now: Instant,
): Callback | null {
  if (policy === "close") return null;
  if (policy === "next-day") {
    const [missedOn, today] = [at, now].map((instant) => Math.floor(wallClock(zone, instant) / DAY)) as [
      number,
      number,
    ];
    const time = wallClock(zone, at) - missedOn * DAY;
    for (let day = Math.max(missedOn + 1, today), last = day + LOOKED_AT; day <= last; day++) {
      // On the night of a clock change the time may not exist, or exist twice: then it is the next day, or the first of the two.
      const [again] = instantsAt(zone, day * DAY + time);
      if (again !== undefined && again > now && hours.isOpen(place, again)) return { at: again, zone };
    }
  }
  const soon = hours.next(place, now);
  return soon === null ? null : { at: soon, zone };
}

/** Is it promised for the campaign's day that `now` is in, or an earlier one? */
export const isToday = ({ at }: Callback, timeZone: string, now: Instant): boolean =>
  localDay(timeZone, at) <= localDay(timeZone, now);
