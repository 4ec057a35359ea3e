/** The machine's clock: the one file outside the command line that may ask what time it is. */
import type { Clock } from "./index.ts";

/** setTimeout's own limit; a longer sleep is a chain of these. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, ms), LONGEST_TIMER));
      signal?.addEventListener("abort", done, { once: true });
    }),
};
