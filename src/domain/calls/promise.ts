/** What a promise to call back does to its call: made, taken back, or made while an attempt is under way. */
import type { Call, Change } from "./call.ts";
import type { Callback } from "./callback.ts";
import { ENDINGS } from "./ending.ts";
import type { Instant } from "../time/instant.ts";

/** The call waits for its callback, whatever it was before; one under way waits once its attempt has ended. */
export function promised(call: Call, callback: Callback): Call {
  if (call.attemptId !== null) return { ...call, callback };
  return { ...call, callback, status: "pending", nextAttemptAt: callback.at, heldBy: null, completedAt: null };
}

/** The call without its promise: it ends as it went, and waits in line if it was never tried. */
export function withdrawn(call: Call, at: Instant): Call {
  const without = { ...call, callback: null };
  if (call.callback === null || call.attemptId !== null || call.status !== "pending") return without;
  if (call.endReason === null) return { ...without, nextAttemptAt: at, heldBy: null };
  const { status } = ENDINGS[call.endReason];
  return { ...without, status, nextAttemptAt: null, heldBy: null, completedAt: at };
}

/**
 * The change as it is to be stored when `stored` is the call as the row has it: the engine knows only of the promise that
 * its attempt was handed out for, and somebody may have made another one since, or taken it back.
 */
export function underPromise(change: Change, stored: Pick<Call, "callback" | "endReason">): Change {
  const { attempt } = change;
  const { callback, endReason } = stored;
  if ((callback?.at ?? null) === attempt.callbackAt) return change;
  const call = { ...change.call, callback };
  if (attempt.endedAt === null) return { ...change, call };
  if (callback !== null) return { ...change, call: promised(call, callback) };
  // Nobody is called again for the sake of a promise that was taken back: the call ends as it had gone before.
  if (call.status !== "pending" || endReason === null) return { ...change, call };
  const { status } = ENDINGS[endReason];
  return { ...change, call: { ...call, status, endReason, nextAttemptAt: null, completedAt: attempt.endedAt } };
}
