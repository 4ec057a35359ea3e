/** An agent says when its callee wants to be called again → the verdict to store, and what it promises. */
import type { Callback } from "./callback.ts";
import type { Promises } from "./callback-wish.ts";
import type { Instant } from "../time/instant.ts";
import type { Outcome } from "./outcome.ts";
import type { Verdict } from "./verdict.ts";

export interface SaidCallback {
  /** Whoever is promised a call has the outcome callback. */
  readonly verdict: Verdict;
  readonly callback: Callback | null;
  /** Why nothing is promised though a time was said; the rest of the verdict counts. */
  readonly refused: string | null;
}

/** With these the callee may want another call. */
const AGAIN: readonly (Outcome | null)[] = [null, "callback", "interested"];

/** `promise`: of the call's campaign; undefined: it belongs to none. */
export function saidCallback(
  verdict: Verdict,
  place: string,
  now: Instant,
  promise: Promises | undefined,
): SaidCallback {
  const { callbackAt, callbackZone, outcome, doNotCall } = verdict;
  const refused = (because: string): SaidCallback => ({ verdict, callback: null, refused: `callback_at: ${because}` });
  if (callbackAt === null) return { verdict, callback: null, refused: null };
  if (doNotCall) return refused("expected none with do_not_call");
  if (!AGAIN.includes(outcome)) return refused(`expected the outcome callback with it, got ${outcome ?? "none"}`);
  if (promise === undefined) return refused("the call belongs to no campaign that could make it again");
  const promised = promise({ said: callbackAt, zone: callbackZone }, place, now);
  if (promised.is === "refused") return refused([promised.because, promised.hint].filter(Boolean).join("; "));
  return { verdict: { ...verdict, outcome: "callback" }, callback: promised.callback, refused: null };
}
