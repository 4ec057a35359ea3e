/** When one attempt is recorded: from before its dial where every word must be, else from the answer on; and who agreed. */
import { mayBeRecorded, recordingThat } from "../../domain/calls/recording.ts";
import { parsePlace } from "../../domain/phones/place.ts";
import { Unavailable } from "../errors.ts";
import type { AttemptContext, AttemptSettings, Outcome } from "./attempt-context.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { released } from "./dial-gate.ts";

/** Null: it runs, or none is wanted. Else how the attempt ends, undialed: a callee must not talk to an agent unrecorded. */
export async function recordBeforeDial(
  record: AttemptRecord,
  { record: plan }: AttemptSettings,
  context: AttemptContext,
  over: AbortSignal,
): Promise<Outcome | null> {
  if (plan?.required !== true) return null;
  if (context.dialer === "agent") return { end: { ending: "misconfigured", detail: AGENT_DIALS } };
  try {
    if (!(await hasAgreed(record, context))) {
      return { end: { ending: "no_consent", detail: "no proven consent to be recorded" } };
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    context.onTrouble(error);
    return released("the database did not answer before the dial");
  }
  if (context.recordings === null) return { end: { ending: "no_recording", detail: "this runner cannot record" } };
  const { attempt, call } = record;
  const why = await context.recordings.begin({ attemptId: attempt.id, campaignId: call.campaignId, plan }, over);
  return why === null ? null : { end: { ending: "no_recording", detail: why } };
}

/** Not waited for: a call goes on without its recording, and is marked so. */
export async function recordFromAnswer(
  record: AttemptRecord,
  { record: plan }: AttemptSettings,
  context: AttemptContext,
  over: AbortSignal,
): Promise<void> {
  const { attempt, call } = record;
  if (plan === undefined || plan.required || context.recordings === null) return;
  try {
    const why = (await hasAgreed(record, context))
      ? await context.recordings.begin({ attemptId: attempt.id, campaignId: call.campaignId, plan }, over)
      : await context.recordings.leave(attempt.id, recordingThat("no_consent"));
    if (why !== null && !over.aborted) record.report({ type: "call_unrecorded", because: why });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    context.onTrouble(error);
  }
}

const AGENT_DIALS = "--record required needs the program to dial: an agent that dials by itself cannot be held back";

async function hasAgreed({ call }: AttemptRecord, { store, clock }: AttemptContext): Promise<boolean> {
  const place = parsePlace(call.place);
  const at = clock.now();
  return mayBeRecorded(place, [], at) || mayBeRecorded(place, await store.consentsOf(call.contact.phoneNumber), at);
}
