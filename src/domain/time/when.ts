/** An instant for people: as a clock and a calendar in that time zone show it. */
import type { Instant } from "./instant.ts";

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
  return `${new Intl.DateTimeFormat("en-GB", { ...format, timeZone }).format(at)} ${timeZone}`;
}
