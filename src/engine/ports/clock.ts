/** Time as the engine, the sandbox and the adapters see it, and the one file in them that asks the machine for it. */
import { uptime as secondsUp } from "node:os";
import { type Instant, SECOND } from "../../domain/time/instant.ts";

/** The only source of time. */
export interface Clock {
  /** Wall time: which hour and day it is. It may jump when somebody sets the machine's clock. */
  now(): Instant;
  /** Milliseconds since some moment of this process, for how long something took. It never jumps. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds since the machine was started: the same for all its processes, whatever its clock is set to. */
export const uptime = (): number => secondsUp() * SECOND;

/** setTimeout's own limit; a longer sleep is a chain of these. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
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
