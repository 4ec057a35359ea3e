/** The days on which rules that know holidays are closed, made by scripts/make-holidays.js. */
import data from "./data/holidays.json" with { type: "json" };
import { DAY } from "../time/instant.ts";

const calendars: Readonly<Record<string, readonly string[]>> = data.calendars;

/** Ids of the calendars there are: `FR`, `US-LA` … */
export const CALENDARS: readonly string[] = Object.keys(calendars);

/** The first and the last date that the calendars know anything about. */
export const KNOWN_DATES: readonly [first: string, last: string] = [data.meta.first, data.meta.last];

/** Local dates, sorted. */
export const holidaysOf = (calendar: string): readonly string[] => calendars[calendar] ?? [];

/** The days before the holidays. */
export const evesOf = (calendar: string): readonly string[] =>
  holidaysOf(calendar).map((date) => new Date(Date.parse(date) - DAY).toISOString().slice(0, 10));
