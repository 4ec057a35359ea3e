/** How a conversation ended, from what was seen of callee and agent. */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { isConclusion, type Said, TALK_ENDINGS } from "../../domain/calls/verdict.ts";
import type { AttemptSettings } from "./attempt-context.ts";
import type { End } from "./attempt-record.ts";
import type { LiveEnd } from "./live-calls.ts";

export function talkEnd(
  { because, at, aloneSince, uncertain }: LiveEnd,
  answeredAt: Instant,
  { minTalkSeconds }: Pick<AttemptSettings, "minTalkSeconds">,
  said: (Said & { readonly final?: boolean }) | null,
): End {
  const enough = answeredAt + minTalkSeconds * SECOND;
  const byUs = because !== "callee_left";
  const startOver = answeredAt + Math.min(START, minTalkSeconds * SECOND);
  const hasConcluded = said !== null && isConclusion(said);
  if (!hasConcluded && aloneSince !== null && (aloneSince < enough || aloneSince - CRASH_SHOWS < startOver)) {
    return { ending: "agent_lost", byUs, uncertain, detail: leftText(aloneSince - answeredAt) };
  }
  const agentStayed = (aloneSince ?? at) >= enough;
  const mayHaveCrashed =
    !hasConcluded && because === "agent_left" && aloneSince !== null && aloneSince - CRASH_SHOWS < enough;
  const detail = mayHaveCrashed ? MAY_HAVE_CRASHED : DETAIL[because];
  const ending = TALK_ENDINGS[said?.answeredBy ?? "unknown"];
  return { ending, byUs, uncertain, agentStayed, ...(detail === null ? {} : { detail }) };
}

/** LiveKit lists an agent whose process was killed this much longer. */
const CRASH_SHOWS = 20 * SECOND;
/**
 * Workers that crash mostly do so at the start of a call. One that seems to leave 15 to 25 s after the answer is taken for
 * such a crash: else a worker that dies in every call burns the list while its callees hear silence.
 */
const START = 5 * SECOND;
const MAY_HAVE_CRASHED = "the agent ended the call, or crashed: LiveKit shows a crash 20 s late";

const DETAIL = {
  callee_left: null,
  removed: null,
  agent_left: "the agent ended the call",
  too_long: "cut off at the maximum duration",
} as const satisfies Record<LiveEnd["because"], string | null>;

const leftText = (after: number): string =>
  after < SECOND ? "it was gone at the answer" : `it left ${Math.round(after / SECOND)} s after the answer`;
