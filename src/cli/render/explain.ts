/** One paragraph about one contact: what was tried, what it waits for, and until when. */
import type { Attempt } from "../../domain/calls/call.ts";
import { durationText } from "./duration.ts";
import { SECOND } from "../../domain/time/instant.ts";
import { ENDINGS } from "../../domain/calls/ending.ts";
import type { Explanation } from "../../engine/manage/campaigns.ts";
import { opensText } from "../../domain/hours/callable-now.ts";
import { isDialed } from "./campaign-state.ts";
import { when } from "../../domain/time/when.ts";

export function explainText(explanation: Explanation): string {
  const { call, attempts, report, onDoNotCallList, runner } = explanation;
  const { campaign } = report;
  const { maxAttempts } = campaign.retry;
  return [
    `${call.contact.phoneNumber} in ${campaign.name} is ${call.status}: ` +
      `${call.attemptsSpent} of ${maxAttempts} attempt${maxAttempts === 1 ? "" : "s"} spent.`,
    ...attempts.map((attempt, n) => attemptSentence(attempt, n + 1, campaign.timeZone)),
    onDoNotCallList ? "The number is on the do-not-call list: no campaign calls it." : "",
    onDoNotCallList && call.status === "pending" ? "" : runner === null ? whatNext(explanation) : UNDER_WAY[runner],
    call.outcome === null ? "" : `Outcome: ${call.outcome}${call.notes === null ? "" : ` (${call.notes})`}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function attemptSentence(attempt: Attempt, n: number, timeZone: string): string {
  const began = attempt.dialedAt ?? attempt.claimedAt;
  const verb = attempt.dialedAt === null ? "prepared" : "dialed";
  const said = attempt.detail === null || attempt.ending === "completed" ? "" : ` (${attempt.detail})`;
  const cost = attempt.ending !== null && isFree(attempt) ? ", which cost no attempt" : "";
  const how =
    attempt.ending === null
      ? { claimed: "about to be dialed", dialing: "being called", answered: "in conversation", ended: "over" }[
          attempt.state
        ]
      : `${ENDINGS[attempt.ending].words}${talked(attempt)}${said}${cost}`;
  return `Try ${n}, ${verb} ${when(began, timeZone)}: ${how}.`;
}

const isFree = ({ ending, dialedAt, answeredAt }: Attempt): boolean =>
  answeredAt === null && (dialedAt === null || (ending !== null && ENDINGS[ending].next === "free"));

function talked({ answeredAt, endedAt, uncertainSeconds }: Attempt): string {
  if (answeredAt === null || endedAt === null) return "";
  const durationSeconds = Math.round((endedAt - answeredAt) / SECOND);
  return ` after ${durationText({ durationSeconds, durationUncertainty: uncertainSeconds })}`;
}

const UNDER_WAY = {
  up: "It is under way now.",
  gone: "Its runner died. Another runner, or the next campaigns run, takes the call over and asks LiveKit what happened.",
} as const;

function whatNext({ call, closed, report }: Explanation): string {
  const { campaign, plan, because, nextCallAt } = report;
  if (call.nextAttemptAt === null) {
    const reason = call.endReason === null ? "" : ` (${ENDINGS[call.endReason].words})`;
    return `That is final${reason}: it is not called again in this campaign.`;
  }
  if (campaign.status !== "running")
    return `It waits: the campaign is ${campaign.status === "error" ? "in error" : campaign.status} (${because ?? ""}).`;
  const at = when(call.nextAttemptAt, campaign.timeZone);
  if (call.callback !== null && call.heldBy === null && closed === null) {
    return `A callback is promised for ${when(call.callback.at, call.callback.zone)}; it goes before other calls.`;
  }
  if (call.heldBy !== null) return `It is held until ${at}: ${call.heldBy}.`;
  const due = `The next attempt is due ${at}`;
  if (closed !== null) {
    const opens = opensText({ ...closed, timeZone: campaign.timeZone });
    return `${due}; it must not be called now: ${closed.reasons.join("; ")}; ${opens}.`;
  }
  const until = nextCallAt === null ? "" : ` until ${when(nextCallAt, campaign.timeZone)}`;
  if (plan.do !== "finish" && isDialed(report)) {
    return `${due}; the campaign is dialing, those due before it first.`;
  }
  if (plan.do === "wait" && plan.because === "not_due") return `${due}.`;
  return `${due}; the campaign ${because?.startsWith("waits ") === true ? "" : "waits: "}${because ?? ""}${until}.`;
}
