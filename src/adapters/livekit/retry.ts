/** Repeating a request that rings nobody and makes nothing twice, and turning what remains into the engine's error. */
import { SECOND } from "../../domain/time/instant.ts";
import { backoff } from "../../engine/run/backoff.ts";
import type { Clock } from "../../engine/ports/index.ts";
import { isPassing, livekitError } from "./errors.ts";

const TRIES = 3;

/** Up to three times; throws what the SDK threw. */
export async function insist<T>(clock: Clock, request: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await request();
    } catch (error) {
      if (failures >= TRIES || !isPassing(error)) throw error;
      await clock.sleep(Math.min(backoff(failures), SECOND));
    }
  }
}

/** The same; throws the engine's error. */
export async function ask<T>(clock: Clock, request: () => Promise<T>): Promise<T> {
  try {
    return await insist(clock, request);
  } catch (error) {
    throw livekitError(error);
  }
}
