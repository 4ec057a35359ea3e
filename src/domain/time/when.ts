/** An instant for people: as a clock and a calendar in that time zone show it. */
import { wallClock } from "./clocks.ts";
import { DAY, type Instant } from "./instant.ts";

/** `Mon 23 Nov 2026, 09:00 Europe/London`. */
export function when(at: Instant, timeZone: string): string {
  const format: Intl.DateTimeFormatOptions = {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  };
  return `${shown(format, at, timeZone)} ${timeZone}`;
}

/** `09:00`, `Tue 09:00` or `24 Nov`: what a narrow column needs to tell the day. */
export function clock(at: Instant, now: Instant, timeZone: string): string {
  const day = (of: Instant): string => shown({ dateStyle: "short" }, of, timeZone);
  if (Math.abs(at - now) >= 6 * DAY) return shown({ day: "numeric", month: "short" }, at, timeZone);
  const time = shown({ hour: "2-digit", minute: "2-digit" }, at, timeZone);
  return day(at) === day(now) ? time : `${shown({ weekday: "short" }, at, timeZone)} ${time}`;
}

/** `09:00:00`. */
export const timeOfDay = (at: Instant, timeZone: string): string => shown({ timeStyle: "medium" }, at, timeZone);

/** By our own clocks: the machine's data may be old. */
const shown = (format: Intl.DateTimeFormatOptions, at: Instant, timeZone: string): string =>
  new Intl.DateTimeFormat("en-GB", { ...format, timeZone: "UTC" }).format(wallClock(timeZone, at));
