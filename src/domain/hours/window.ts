/**
 * A window: days of the week and hours of the day, as operators write them (`mon-fri`, `9:30-17`, `22-6`, `9am-5pm`).
 */

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * Local wall-clock time, in minutes after midnight: `start` included (0 to 1439), `end` excluded (1440 = the end of the
 * day). start > end crosses midnight and belongs to the day it opened on; 0 and 0 are all minutes of the days; any
 * other equal pair is invalid, and never open.
 */
export interface Window {
  /** None = never open. */
  readonly days: readonly Weekday[];
  readonly start: number;
  readonly end: number;
}

/** Days or hours that cannot be read. */
export class InvalidHours extends Error {
  override readonly name = "InvalidHours";
}

const LONG_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** `mon-fri`, `mon,wed,fri`, `fri-mon` (over the weekend), `all`; long names too. In the order of the week. */
export function parseDays(text: string): readonly Weekday[] {
  const asked = text.trim().toLowerCase();
  const chosen = new Set<number>();
  for (const part of asked === "all" ? ["mon-sun"] : asked.split(",")) {
    const [first = -1, last = first, ...more] = part.split("-").map(dayNumber);
    if (first < 0 || last < 0 || more.length > 0)
      throw new InvalidHours(`expected days such as mon-fri, mon,wed,fri or all, got "${text}"`);
    for (let day = first; ; day = (day + 1) % 7) {
      chosen.add(day);
      if (day === last) break;
    }
  }
  return WEEKDAYS.filter((_, day) => chosen.has(day));
}

function dayNumber(text: string): number {
  const name = text.trim();
  return name.length < 3 ? -1 : LONG_NAMES.findIndex((long) => long.startsWith(name));
}

/** `9-17`, `9:30-17`, `22-6` (over midnight), `0-24` and `0-0` (all day), `9am-5pm`. */
export function parseHours(text: string): { readonly start: number; readonly end: number } {
  const [start, end, ...more] = text.split("-").map(minuteOf);
  // Of 5-9pm nobody can tell when it starts.
  const isMixed = text.match(/[ap]m/gi)?.length === 1;
  if (start === undefined || end === undefined || Number.isNaN(start + end) || more.length > 0 || isMixed)
    throw new InvalidHours(`expected hours such as 9-17, 9:30-17, 22-6 or 9am-5pm, got "${text}"`);
  if (start === 1440) throw new InvalidHours(`expected a start before 24:00, got "${text}"`);
  if (start === end && start !== 0)
    throw new InvalidHours(`expected an end other than the start (0-24 is all day), got "${text}"`);
  return { start, end };
}

/** One window or several, with commas between: `9-12,14-18`. At least one. */
export const parseWindows = (text: string): readonly { readonly start: number; readonly end: number }[] =>
  text.split(",").map(parseHours);

/** As parseWindows reads it, in the order of the windows: `9:00-12:00,14:00-18:00`. */
export const formatHours = (windows: readonly Pick<Window, "start" | "end">[]): string =>
  windows.map(({ start, end }) => `${formatTime(start)}-${formatTime(end)}`).join(",");

/** Windows of the same days, as they are shown: `mon-fri 9:00-12:00,14:00-18:00`. */
export const formatWindows = (first: Window, more: readonly Window[]): string =>
  `${formatDays(first.days)} ${formatHours([first, ...more])}`;

/** `9-5` was perhaps meant as 9am-5pm, and is the night: what it is, in words; null: no window is so. */
export function nightHours(windows: readonly Pick<Window, "start" | "end">[]): string | null {
  const night = windows.find(({ start, end }) => start > end && start <= NOON && end > 0 && end < NOON);
  if (night === undefined) return null;
  const { start, end } = night;
  const [from, to] = [start, end].map((minute) => formatTime(minute).replace(/:00$/, ""));
  return (
    `${formatHours([night])} is the night, up to ${formatTime(end)} the next morning; ` +
    `${from}${start < NOON ? "am" : "pm"}-${to}pm is ${formatHours([{ start, end: end + NOON }])}`
  );
}
const NOON = 720;

/** Minutes after midnight, 0 to 1440; NaN when it is no time of day. */
function minuteOf(text: string): number {
  const [, digits, minute = "0", half] = /^\s*(\d{1,2})(?::([0-5]\d))?\s*([ap]m)?\s*$/i.exec(text) ?? [];
  const hour = Number(digits);
  if (half !== undefined && (hour < 1 || hour > 12)) return NaN;
  // 12am is midnight, 12pm noon.
  const passed = half === undefined ? hour : (hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  const minutes = passed * 60 + Number(minute);
  return minutes <= 1440 ? minutes : NaN;
}

/** As parseDays and parseHours read it: `mon-fri 9:00-17:00`. */
export const formatWindow = (window: Window): string => formatWindows(window, []);

const formatTime = (minute: number): string => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;

function formatDays(days: readonly Weekday[]): string {
  if (days.length === 0) return "never";
  if (WEEKDAYS.every((day) => days.includes(day))) return "all";
  // Runs of three days and more read best as a range.
  const week = WEEKDAYS.map((day) => (days.includes(day) ? day : "")).join(" ");
  const runs = week.split(/ {2,}/).map((run) => run.trim().split(" "));
  return runs
    .filter(([first]) => first !== "" && first !== undefined)
    .map((run) => (run.length < 3 ? run.join(",") : `${run[0]}-${run.at(-1)}`))
    .join(",");
}
