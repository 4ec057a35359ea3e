/** Waiting longer after each failure in a row, with jitter, so that many runners do not come back in step. */
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../ports/index.ts";
import { Unavailable } from "../errors.ts";

const FIRST = SECOND / 4;
const LONGEST = 15 * SECOND;

/** Milliseconds to wait after the n-th failure in a row, n from 1: doubled each time, at most 15 s, ± 25 %. */
export const backoff = (failures: number, random: () => number = Math.random): number =>
  Math.min(FIRST * 2 ** (failures - 1), LONGEST) * (0.75 + random() / 2);

/**
 * Repeats `act` while it fails with `Unavailable`, until it succeeds or the signal aborts; then the last failure is
 * thrown. `onTrouble` hears of every failure. For requests that ring nobody only.
 */
export async function persist<T>(
  clock: Clock,
  act: () => Promise<T>,
  signal: AbortSignal,
  onTrouble: (trouble: Unavailable) => void = () => {},
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Unavailable) || signal.aborted) throw error;
      onTrouble(error);
      await clock.sleep(backoff(failures), signal);
    }
  }
}

/** Tries once; a failure that may pass is no matter. */
export async function passing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
}
