/** An instant for people: as a clock and a calendar in that time zone show it. */
import { wallClock } from "./clocks.ts";
import { DAY, type Instant } from "./instant.ts";

/** `Mon 23 Nov 2026, 09:00 Europe/London`. */
export const when = (at: Instant, timeZone: string): string => `${shown(DAY_AND_TIME, at, timeZone)} ${timeZone}`;

/** `09:00`, `Tue 09:00` or `24 Nov`: what a narrow column needs to tell the day. */
export function clock(at: Instant, now: Instant, timeZone: string): string {
  const day = (of: Instant): string => shown(DATE, of, timeZone);
  if (Math.abs(at - now) >= 6 * DAY) return shown(DAY_AND_MONTH, at, timeZone);
  const time = shown(HOUR_AND_MINUTE, at, timeZone);
  return day(at) === day(now) ? time : `${shown(WEEKDAY, at, timeZone)} ${time}`;
}

/** `09:00:00`. */
export const timeOfDay = (at: Instant, timeZone: string): string => shown(TIME, at, timeZone);

/** Made once each, when they are first wanted: that costs more than a hundred times they are used. */
const formatter = (options: Intl.DateTimeFormatOptions) => {
  let made: Intl.DateTimeFormat | undefined;
  return () => (made ??= new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }));
};
const DATE = formatter({ dateStyle: "short" });
const DAY_AND_MONTH = formatter({ day: "numeric", month: "short" });
const HOUR_AND_MINUTE = formatter({ hour: "2-digit", minute: "2-digit" });
const WEEKDAY = formatter({ weekday: "short" });
const TIME = formatter({ timeStyle: "medium" });
const DAY_AND_TIME = formatter({
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** By our own clocks: the machine's data may be old. */
const shown = (format: () => Intl.DateTimeFormat, at: Instant, timeZone: string): string =>
  format().format(wallClock(timeZone, at));
