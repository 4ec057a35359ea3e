/** When an attempt ended, and by how much its times may be off, where answer and end were told by clocks that differ. */
import { type Instant } from "../time/instant.ts";

interface Began {
  readonly dialedAt: Instant | null;
  readonly answeredAt: Instant | null;
  readonly uncertainSeconds: number;
}

/** In milliseconds. `talked`: as it was measured; left out: it was not. */
interface End {
  readonly at: Instant;
  readonly uncertain?: number;
  readonly talked?: number;
}

/**
 * All who read a duration take it from the instants of answer and end, so a talk that was measured ends on the clock by which it
 * was answered: which of the two clocks is right nobody knows, and an end by the other would book what lies between them.
 */
export function endTime(
  { dialedAt, answeredAt, uncertainSeconds }: Began,
  { at, uncertain = 0, talked }: End,
): { readonly endedAt: Instant; readonly uncertainSeconds: number } {
  const isMeasured = answeredAt !== null && talked !== undefined;
  // A clock that was set back since, or another machine's, may say that it ended before it began.
  const endedAt = isMeasured ? answeredAt + Math.max(0, talked) : Math.max(at, answeredAt ?? dialedAt ?? at);
  return { endedAt, uncertainSeconds: uncertainSeconds + secondsOf(uncertain + (isMeasured ? 0 : endedAt - at)) };
}

/** Tenths of a second are as fine as anybody looks. */
export const secondsOf = (ms = 0): number => Math.round(ms / 100) / 10;
