/** The agent says who had answered only when the call is over: what its attempt and the call become then. */
import { type Attempt, type Call, type CallStatus, type Policy, retryAt } from "./call.ts";
import { ENDINGS } from "./ending.ts";
import type { Instant } from "../time/instant.ts";
import { isReached, isTalkEnding, type Said, TALK_ENDINGS, type TalkEnding } from "./verdict.ts";

export interface Mended {
  readonly was: TalkEnding;
  readonly ending: TalkEnding;
  /** Of a call that is not called again. */
  readonly status: CallStatus;
  /** Null: it is not called again. */
  readonly nextAttemptAt: Instant | null;
  readonly reachedIn: string | null;
}

/** Null: nothing changes; so for a call that is under way. `at`: when the agent was heard, since the clock that its end was told by may be wrong. */
export function mended(call: Call, attempt: Attempt, said: Said, policy: Policy, at: Instant): Mended | null {
  const { ending: was, endedAt } = attempt;
  const ending = TALK_ENDINGS[said.answeredBy ?? "unknown"];
  if (endedAt === null || !isTalkEnding(was) || was === ending) return null;
  const nextAttemptAt = ENDINGS[ending].next === "retry" ? retryAt(call, ending, Math.max(endedAt, at), policy) : null;
  const reachedBefore = call.reachedIn === attempt.id ? null : call.reachedIn;
  return {
    was,
    ending,
    status: ENDINGS[ending].status,
    nextAttemptAt,
    reachedIn: isReached(ending, said) ? (reachedBefore ?? attempt.id) : reachedBefore,
  };
}
