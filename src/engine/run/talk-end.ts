/** How a conversation ended, from what was seen of callee and agent. */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { isConclusion, type Said, TALK_ENDINGS } from "../../domain/calls/verdict.ts";
import type { AttemptSettings } from "./attempt-context.ts";
import type { End } from "./attempt-record.ts";
import type { LiveEnd } from "./live-calls.ts";

export function talkEnd(
  { because, at, aloneSince, crashed, noAudio, uncertain }: LiveEnd,
  answeredAt: Instant,
  { minTalkSeconds }: Pick<AttemptSettings, "minTalkSeconds">,
  said: (Said & { readonly final?: boolean }) | null,
): End {
  const enough = answeredAt + minTalkSeconds * SECOND;
  const byUs = because !== "callee_left";
  const startOver = answeredAt + Math.min(START, minTalkSeconds * SECOND);
  const hasConcluded = said !== null && isConclusion(said);
  /** Its last moment, if it crashed. */
  const lastMoment = (aloneSince ?? at) - CRASH_SHOWS;
  const crashedEarly = crashed === true ? lastMoment < enough : crashed === null && lastMoment < startOver;
  if (!hasConcluded && aloneSince !== null && (aloneSince < enough || crashedEarly)) {
    const lost = crashed === true ? crashText(lastMoment - answeredAt) : leftText(aloneSince - answeredAt);
    return { ending: "agent_lost", byUs, uncertain, detail: lost };
  }
  const agentStayed = (aloneSince ?? at) >= enough && crashed !== true;
  const mayHaveCrashed =
    !hasConcluded && because === "agent_left" && aloneSince !== null && crashed === null && lastMoment < enough;
  const detail = crashed === true ? CRASHED : mayHaveCrashed ? MAY_HAVE_CRASHED : noAudio ? NO_AUDIO : DETAIL[because];
  const ending = TALK_ENDINGS[said?.answeredBy ?? "unknown"];
  return { ending, byUs, uncertain, agentStayed, ...(detail === null ? {} : { detail }) };
}

/** LiveKit lists an agent whose process was killed this much longer. */
const CRASH_SHOWS = 20 * SECOND;
/**
 * Workers that crash mostly do so at the start of a call. Where no webhook says how it went, one that seems to leave 15 to 25 s after the answer is taken for
 * such a crash: else a worker that dies in every call burns the list while its callees hear silence.
 */
const START = 5 * SECOND;
const MAY_HAVE_CRASHED = "the agent ended the call, or crashed: LiveKit shows a crash 20 s late";
const CRASHED = "the agent's process died in the call";
/** A SIP node that is stopped looks alike. */
const NO_AUDIO = "LiveKit hung up, as it does when no sound comes from the phone";

const DETAIL = {
  callee_left: null,
  removed: null,
  agent_left: "the agent ended the call",
  too_long: "cut off at the maximum duration",
} as const satisfies Record<LiveEnd["because"], string | null>;

const leftText = (after: number): string =>
  after < SECOND ? "it was gone at the answer" : `it left ${Math.round(after / SECOND)} s after the answer`;

const crashText = (after: number): string =>
  after < SECOND
    ? "its process died at the answer"
    : `its process died ${Math.round(after / SECOND)} s after the answer`;
