/**
 * Calling hours: windows of local wall-clock time, in one or many time zones at once. Open now? When next? Until when?
 *
 * A zone is a row of spans with a fixed offset each; inside a span the wall clock is plain arithmetic. One predicate
 * (openAt) says what the wall clock allows, and every other answer is found by looking for the next instant at which
 * it turns. So a local time that a clock change skips is never reached and a repeated one counts both times, without
 * any code for either.
 */
import { clocks, wallClock } from "../time/clocks.ts";
import { DAY, type Instant, MINUTE } from "../time/instant.ts";
import type { Weekday, Window } from "./window.ts";
import { WEEKDAYS } from "./window.ts";

export {
  formatHours,
  formatWindow,
  formatWindows,
  InvalidHours,
  nightHours,
  parseDays,
  parseHours,
  parseWindows,
  type Weekday,
  WEEKDAYS,
  type Window,
} from "./window.ts";

/** When calls are allowed in one zone: the union of the windows, without the holidays. */
export interface Schedule {
  readonly windows: readonly Window[];
  /** Local dates (YYYY-MM-DD) that are closed, with every window that opened on one of them. */
  readonly holidays?: readonly string[];
  /** The first and the last local date whose holidays are known; all others are closed, since nobody can tell. */
  readonly known?: readonly [first: string, last: string];
  /** The first local date on which the schedule holds; it closes nothing before. */
  readonly since?: string;
  /** The only local dates on which the schedule holds; it closes nothing on others. */
  readonly only?: readonly string[];
}

/** A schedule that must be open in each of the zones; with no zone at all it never is. */
export interface Hours {
  readonly schedule: Schedule;
  /** IANA names. */
  readonly zones: readonly string[];
}

/** Is the schedule open in this zone? Throws a RangeError when there is no such zone. */
export function isOpen(schedule: Schedule, zone: string, at: Instant): boolean {
  return openAt(schedule, wallClock(zone, at));
}

/** The earliest instant from `at` on when the schedule is open in all zones, `at` itself included; null: never. */
export function nextOpening(schedule: Schedule, zones: readonly string[], at: Instant): Instant | null {
  return nextOpeningOfAll([{ schedule, zones }], at);
}

/**
 * The first instant after `at` when the schedule is closed in one of the zones; null when it is closed already, or
 * stays open for the next 40 days.
 */
export function closesAt(schedule: Schedule, zones: readonly string[], at: Instant): Instant | null {
  return closesAtOfAll([{ schedule, zones }], at);
}

/** Are all hours open at once? No hours at all are no restriction. */
export function isOpenOfAll(all: readonly Hours[], at: Instant): boolean {
  return all.every(({ schedule, zones }) => zones.length > 0 && zones.every((zone) => isOpen(schedule, zone, at)));
}

/** A year and a bit: whatever depends on the day of the week or on clock changes has come up by then. */
const SEARCHED = 370 * DAY;

/** Like nextOpening, for hours that must all be open at once. */
export function nextOpeningOfAll(all: readonly Hours[], at: Instant): Instant | null {
  if (all.some(({ zones }) => zones.length === 0)) return null;
  const limit = at + SEARCHED;
  for (let candidate = at; ;) {
    let latest = candidate;
    for (const { schedule, zones } of all)
      for (const zone of zones) latest = turnsAt(schedule, zone, latest, true, limit);
    if (latest >= limit) return null;
    if (latest === candidate) return candidate;
    candidate = latest;
  }
}

/** Like closesAt, for hours that must all be open at once. */
export function closesAtOfAll(all: readonly Hours[], at: Instant): Instant | null {
  if (!isOpenOfAll(all, at)) return null;
  const limit = at + 40 * DAY;
  let earliest = limit;
  for (const { schedule, zones } of all)
    for (const zone of zones) earliest = Math.min(earliest, turnsAt(schedule, zone, at, false, limit));
  return earliest < limit ? earliest : null;
}

/** The local date, YYYY-MM-DD. */
export function localDay(zone: string, at: Instant): string {
  return dateOf(Math.floor(wallClock(zone, at) / DAY));
}

/** The first instant of the next local day; where a clock change skips midnight, that is not 00:00. */
export function nextLocalDay(zone: string, at: Instant): Instant {
  const today = Math.floor(wallClock(zone, at) / DAY);
  return reach(zone, at, Infinity, (local) => Math.max(local, (today + 1) * DAY));
}

/** A wall clock reading: the milliseconds since 1970-01-01T00:00 that a reader of the clock would count. */
type Local = number;

/** The one definition of open: what the wall clock and the calendar on the wall say. */
function openAt({ windows, holidays, known, since, only }: Schedule, local: Local): boolean {
  const day = Math.floor(local / DAY);
  const minute = Math.floor((local - day * DAY) / MINUTE);
  if (since !== undefined && dateOf(day) < since) return true;
  if (only !== undefined && !only.includes(dateOf(day))) return true;
  const closedOn = (date: number) =>
    (holidays !== undefined && holidays.includes(dateOf(date))) ||
    (known !== undefined && (dateOf(date) < known[0] || dateOf(date) > known[1]));
  const opened = (days: readonly Weekday[], date: number) => days.includes(weekdayOf(date)) && !closedOn(date);
  return windows.some(({ days, start, end }) => {
    if (start < end || (start === 0 && end === 0))
      return minute >= start && minute < (end === 0 ? 1440 : end) && opened(days, day);
    if (start === end) return false;
    // Over midnight: the hours after it belong to the day before, and are closed on a holiday all the same.
    return minute >= start ? opened(days, day) : minute < end && opened(days, day - 1) && !closedOn(day);
  });
}

/** The first instant from `at` on when the schedule is `open` (or not) in the zone; `limit` or later: not before it. */
function turnsAt(schedule: Schedule, zone: string, at: Instant, open: boolean, limit: Instant): Instant {
  if (openAt(schedule, wallClock(zone, at)) === open) return at;
  // Only at these minutes of a day can it turn.
  const edges = [...new Set([0, ...schedule.windows.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return reach(zone, at, limit, (local, last) => {
    if (openAt(schedule, local) === open) return local;
    for (let midnight = Math.floor(local / DAY) * DAY; midnight < last; midnight += DAY) {
      for (const edge of edges) {
        const candidate = midnight + edge * MINUTE;
        if (candidate > local && openAt(schedule, candidate) === open) return candidate;
      }
    }
    return last;
  });
}

/** The instant at which the wall clock first shows what `find` looks for, span by span; `limit` when that is first. */
function reach(zone: string, at: Instant, limit: Instant, find: (from: Local, last: Local) => Local): Instant {
  for (let from = at; from < limit;) {
    const { offset, until } = clocks.spanAt(zone, from);
    const last = Math.min(until, limit);
    const found = find(from + offset, last + offset) - offset;
    if (found < last) return found;
    from = last;
  }
  return limit;
}

/** Days are counted from 1970-01-01, a Thursday. */
const weekdayOf = (day: number): Weekday => WEEKDAYS[(((day + 3) % 7) + 7) % 7] ?? "mon";
const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
