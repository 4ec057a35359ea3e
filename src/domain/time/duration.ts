/** Durations as operators write them: `2s`, `30m`, `1.5h`, `2d`, `250ms`. */
import { DAY, HOUR, MINUTE, SECOND } from "./instant.ts";

const UNITS = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY } as const;

/** Milliseconds; null when it cannot be read. A number without a unit is refused: people mean different ones. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return text.trim() === "0" ? 0 : null;
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}

/** The shortest exact form: `90s`, `30m`, `2h`. */
export function formatDuration(ms: number): string {
  const unit = (["d", "h", "m", "s", "ms"] as const).find((unit) => ms % UNITS[unit] === 0 && ms >= UNITS[unit]);
  return unit === undefined ? "0s" : `${ms / UNITS[unit]}${unit}`;
}
