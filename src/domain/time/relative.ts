/** How far an instant is from now, in the largest unit that says something: `in 14 h`, `3 min ago`. */
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "./instant.ts";

const UNITS = [
  { from: 2 * DAY, unit: DAY, name: "days" },
  { from: 2 * HOUR, unit: HOUR, name: "h" },
  { from: 2 * MINUTE, unit: MINUTE, name: "min" },
  { from: SECOND, unit: SECOND, name: "s" },
] as const;

export function relative(at: Instant, now: Instant): string {
  const apart = Math.abs(at - now);
  const found = UNITS.find(({ from }) => apart >= from);
  if (found === undefined) return "now";
  const text = `${Math.round(apart / found.unit)} ${found.name}`;
  return at > now ? `in ${text}` : `${text} ago`;
}
