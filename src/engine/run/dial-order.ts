/** What LiveKit is told of an attempt. */
import { calleeOf } from "../../domain/calls/call.ts";
import { longestCall } from "../../domain/calls/prices.ts";
import type { DialOrder, Leave } from "../ports/index.ts";
import type { AttemptSettings } from "./attempt-context.ts";
import type { AttemptRecord } from "./attempt-record.ts";

export function dialOrder(
  { call, attempt, room }: AttemptRecord,
  settings: AttemptSettings,
  messageLeftBefore: boolean,
  leave?: Leave,
): DialOrder {
  const { assistantId, assistantName, prompt, trunkId, ringSeconds, retry } = settings;
  const { does = "retry", message = null } = retry.voicemail ?? {};
  const { displayName, headers } = settings;
  return {
    attemptId: attempt.id,
    callId: call.id,
    // The dial under way is counted once it has left.
    attempt: call.attemptsSpent + (attempt.state === "claimed" ? 1 : 0),
    // Who has no text leaves no message twice.
    onVoicemail: { does, message: messageLeftBefore ? null : message, messageLeftBefore },
    campaignId: call.campaignId,
    room,
    callee: calleeOf(attempt.id),
    trunkId,
    contact: call.contact,
    assistantId,
    assistantName,
    prompt,
    fromNumber: call.fromNumber,
    ...(displayName !== undefined && { displayName }),
    ...(headers !== undefined && { headers }),
    ringSeconds,
    // LiveKit counts from the dial, we from the answer: it is the one that cuts off what we do not.
    maxDurationSeconds: longestCall(settings),
    ...(leave !== undefined && { leave }),
  };
}
