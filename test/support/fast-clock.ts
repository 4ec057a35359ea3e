/** Real time, played fast: for whatever must run over a socket, and takes half a minute. */
import { type Clock, systemClock } from "../../src/engine/ports/clock.ts";

/** A second of it passes in a `factor`th of one. */
export function fastClock(factor: number): Clock {
  const start = systemClock.now();
  return {
    now: () => Math.round(start + (systemClock.now() - start) * factor),
    monotonic: () => systemClock.monotonic() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
