/** Calls that end with their campaign. */
import type { Instant } from "../time/instant.ts";
import type { Call } from "./call.ts";
import { type Ending, ENDINGS } from "./ending.ts";

/** The call as it ends when its campaign does before it was due again: as it went so far, or else as `untried`. */
export function stopped(call: Call, untried: Ending, at: Instant): Call {
  const reached = call.endReason !== null && call.attemptsSpent > 0;
  const endReason = reached ? call.endReason : untried;
  return {
    ...call,
    status: ENDINGS[endReason].status,
    endReason,
    nextAttemptAt: null,
    callback: null,
    completedAt: at,
  };
}
