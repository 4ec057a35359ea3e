/** A time to come as people say it, `tue 15:00`, and as machines do, on a clock of one zone → the instant. */
import { wallClock } from "./clocks.ts";
import { parseDuration } from "./duration.ts";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "./instant.ts";
import { instantsAt } from "./local-time.ts";

/** What is wrong with it: it cannot be read · it needs a zone · the clock is put forward past it · it is shown twice. */
export type TimeProblem = "unreadable" | "no_zone" | "skipped" | "repeated";
export type SaidTime = { readonly at: Instant } | { readonly problem: TimeProblem };

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[t ]|\s+at\s+)(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(z|[+-]\d\d:?\d\d)?$/;
const TIME = /^(?:at\s+)?(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?$/;
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/**
 * `tue 15:00` and `tuesday at 3pm` (the next one), `today 17:00`, `tomorrow 9:30`, `in 2h`, `2026-11-26T15:00`, and the same
 * with an offset. `zone`: null when nobody knows it; then only what says an instant can be read.
 */
export function readTime(text: string, zone: string | null, now: Instant): SaidTime {
  const said = text.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const duration = said.startsWith("in ") ? parseDuration(said.slice(3).replace(" ", "")) : null;
  if (duration !== null) return { at: now + duration };
  const [, year, month, day, hour, minute, second = "0", offset] = DATE.exec(said) ?? [];
  if (year !== undefined) {
    const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const local = date + clock(hour, minute) + Number(second) * SECOND;
    const isReal =
      Number(month) <= 12 && new Date(date).getUTCDate() === Number(day) && Number(second) < 60 && !Number.isNaN(local);
    if (!isReal) return { problem: "unreadable" };
    return offset === undefined ? onClock(local, zone) : { at: local - minutesIn(offset) * MINUTE };
  }
  const [, word = "", rest = ""] = /^([a-z]{3,}) (.+)$/.exec(said) ?? [];
  const time = timeOf(rest);
  const weekday = DAYS.findIndex((name) => name.startsWith(word));
  const ahead = word === "today" ? 0 : word === "tomorrow" ? 1 : null;
  if (word === "" || Number.isNaN(time) || (weekday === -1 && ahead === null)) return { problem: "unreadable" };
  if (zone === null) return { problem: "no_zone" };
  const here = wallClock(zone, now);
  const today = Math.floor(here / DAY);
  if (ahead !== null) return onClock((today + ahead) * DAY + time, zone);
  // 1 January 1970 was a Thursday.
  const days = (weekday - ((today + 4) % 7) + 7) % 7;
  return onClock((today + (days === 0 && time <= here - today * DAY ? 7 : days)) * DAY + time, zone);
}

function onClock(local: number, zone: string | null): SaidTime {
  if (zone === null) return { problem: "no_zone" };
  const [at, again] = instantsAt(zone, local);
  return at === undefined ? { problem: "skipped" } : again === undefined ? { at } : { problem: "repeated" };
}

/** Milliseconds since midnight; NaN: it is no time of day. `15` alone may be anything. */
function timeOf(text: string): number {
  const [, hour, minute, half] = TIME.exec(text) ?? [];
  if (half === undefined) return minute === undefined ? NaN : clock(hour, minute);
  const of12 = Number(hour);
  return of12 >= 1 && of12 <= 12 ? clock(String((of12 % 12) + (half === "pm" ? 12 : 0)), minute ?? "0") : NaN;
}

const clock = (hour = "", minute = ""): number =>
  Number(hour) < 24 && Number(minute) < 60 ? Number(hour) * HOUR + Number(minute) * MINUTE : NaN;

function minutesIn(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
