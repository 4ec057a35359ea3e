/** How often an operator lets one number be dialed: `3/7d` is three times in seven days. */
import { formatDuration, parseDuration } from "../time/duration.ts";
import { DAY, MINUTE } from "../time/instant.ts";
import type { Cap } from "./rule-limits.ts";

type DialLimit = Pick<Cap, "max" | "within">;

const LONGEST = 366 * DAY;

/** Null: it cannot be read. */
export function parseDialLimit(text: string): DialLimit | null {
  const [, dials, time = ""] = /^(\d{1,4})\/(\S+)$/.exec(text.trim()) ?? [];
  const within = parseDuration(/^\d/.test(time) ? time : `1${time}`);
  const max = Number(dials ?? 0);
  return max >= 1 && within !== null && within >= MINUTE && within <= LONGEST ? { max, within } : null;
}

export const formatDialLimit = ({ max, within }: DialLimit): string => `${max}/${formatDuration(within)}`;
