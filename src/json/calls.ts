/** Domain types → the JSON that scripts rely on: snake_case, ISO instants, seconds in the name. */
import { type Attempt, type Call, isEstimated } from "../domain/calls/call.ts";
import { traceIdOf } from "../domain/calls/trace.ts";
import type { RunEvent } from "../domain/calls/run-event.ts";
import { formatRecordingPlan } from "../domain/calls/recording.ts";
import { formatDialLimit } from "../domain/hours/dial-limit.ts";
import { formatWindows } from "../domain/hours/local-hours.ts";
import { formatDuration } from "../domain/time/duration.ts";
import type { Instant } from "../domain/time/instant.ts";
import type { CampaignReport, Explanation } from "../engine/manage/campaigns.ts";
import { amountOf, budgetJson } from "./cost.ts";
import type { Progress } from "../engine/ports/index.ts";

export const iso = (at: Instant | null): string | null => (at === null ? null : new Date(at).toISOString());

/** The share of those who were reached that are interested; null: nobody was. */
export const conversion = ({ reached, outcomes }: Progress): number | null =>
  reached === 0 ? null : Math.round(((outcomes.interested ?? 0) / reached) * 1000) / 1000;

export function campaignJson(report: CampaignReport) {
  const { campaign, progress } = report;
  return {
    id: campaign.id,
    name: campaign.name,
    execution_status: campaign.status,
    status_reason: campaign.statusReason,
    status_at: iso(campaign.statusAt),
    total: progress.total,
    contacts: report.contacts,
    calls: progress.calls,
    end_reasons: progress.endings,
    outcomes: progress.outcomes,
    cancelled: progress.endings.stopped ?? 0,
    skipped: progress.skipped,
    live: report.live,
    dials: progress.dials,
    pickups: progress.pickups,
    reached: progress.reached,
    conversion: conversion(progress),
    usage_seconds: progress.usageSeconds,
    first_words: progress.firstWords,
    held: heldJson(campaign),
    callbacks: {
      open: progress.callbacks.open,
      today: report.callbacks.today,
      missed: progress.callbacks.missed,
      next_at: iso(report.callbacks.next?.at ?? null),
    },
    record: campaign.record === undefined ? null : formatRecordingPlan(campaign.record),
    webhook: campaign.notifyUrl === undefined ? null : webhookJson(progress),
    dials_today: report.today,
    daily_cap: campaign.dailyCap,
    hours: formatWindows(campaign.window, campaign.moreWindows ?? []),
    timezone: campaign.timeZone,
    display_name: campaign.displayName ?? null,
    headers: campaign.headers ?? {},
    budget: campaign.budget && report.spending ? budgetJson(campaign.budget, report.spending) : null,
    purpose: campaign.purpose ?? "marketing",
    max_per_contact: campaign.maxPerContact === undefined ? null : formatDialLimit(campaign.maxPerContact),
    needs_dnc: campaign.needsLists?.sources ?? [],
    retention: campaign.retention === undefined ? null : formatDuration(campaign.retention),
    max_age: campaign.needsLists === undefined ? null : formatDuration(campaign.needsLists.maxAge),
    pace: {
      delay_ms: report.pace.interval,
      concurrency: report.pace.concurrency,
      lowered: report.pace.lowered,
    },
    runners: progress.runners,
    runners_held_up: progress.heldUp,
    agents_at_once: report.agents,
    waiting_because: report.because,
    closed_because: report.closed,
    held_by_rules: progress.held,
    waits_for_turn: report.behind,
    next_call_at: iso(report.nextCallAt),
    created_at: iso(campaign.createdAt),
  };
}

/** How telling its receiver goes. */
const webhookJson = ({ notices }: Progress) => ({
  undelivered: notices.due,
  given_up: notices.givenUp,
  error: notices.error,
  next_try_at: iso(notices.nextTryAt),
});

/** What became of it; null: none was asked for. */
function recordingJson({ recording }: Pick<Call, "recording">) {
  if (recording === null) return null;
  const { startedAt, endedAt, ...rest } = recording;
  return { ...rest, started_at: iso(startedAt), ended_at: iso(endedAt) };
}

/** What the guard against dead air holds it for; null: nothing. */
function heldJson({ guard }: CampaignReport["campaign"]) {
  const held = guard?.held ?? null;
  if (held === null) return null;
  return { sickness: held.sickness, share: held.share, caller_ids: held.callerIds, calls: held.calls };
}

export function callJson(call: Call) {
  return {
    id: call.id,
    campaign_id: call.campaignId,
    phone_number: call.contact.phoneNumber,
    contact_name: call.contact.name,
    contact_email: call.contact.email,
    variables: call.contact.variables,
    status: call.status,
    end_reason: call.endReason,
    reached: call.reachedIn !== null,
    sip_status_code: call.sipStatus,
    attempts: call.attemptsSpent,
    next_attempt_at: iso(call.nextAttemptAt),
    callback_at: iso(call.callback?.at ?? null),
    callback_zone: call.callback?.zone ?? null,
    callback_missed_at: iso(call.callbackMissedAt),
    outcome: call.outcome,
    notes: call.notes,
    call_duration: call.durationSeconds,
    duration_uncertainty: call.durationUncertainty,
    estimated: isEstimated(call),
    from_number: call.fromNumber,
    recording: recordingJson(call),
    room_name: call.roomName,
    call_sid: call.sipCallId,
    started_at: iso(call.startedAt),
    completed_at: iso(call.completedAt),
  };
}

export function attemptJson(attempt: Attempt) {
  return {
    id: attempt.id,
    state: attempt.state,
    claimed_at: iso(attempt.claimedAt),
    dialed_at: iso(attempt.dialedAt),
    answered_at: iso(attempt.answeredAt),
    ended_at: iso(attempt.endedAt),
    end_reason: attempt.ending,
    sip_status_code: attempt.sipStatus,
    detail: attempt.detail,
    uncertain_seconds: attempt.uncertainSeconds,
    ended_by_us: attempt.endedByUs,
    call_sid: attempt.sipCallId,
    answered_by: attempt.said?.answeredBy ?? null,
    agent_outcome: attempt.said?.outcome ?? null,
    agent_notes: attempt.said?.notes ?? null,
    first_audio_ms: attempt.said?.firstAudioMs ?? null,
    ended_by: attempt.said?.endedBy ?? null,
    verdict_seq: attempt.said?.seq ?? null,
    trace_id: traceIdOf(attempt.id),
    recording: recordingJson(attempt),
    cost: attempt.charge === undefined ? null : amountOf(attempt.charge.micros),
  };
}

export const explanationJson = ({ call, attempts, report, onDoNotCallList, closed, runner }: Explanation) => ({
  call: callJson(call),
  attempts: attempts.map(attemptJson),
  do_not_call: onDoNotCallList,
  held_by: call.heldBy,
  closed_now: closed?.reasons ?? [],
  opens_at: iso(closed?.opensAt ?? null),
  runner,
  campaign: campaignJson(report),
});

/** Keys in snake_case, instants as ISO text. */
export const eventJson = (event: RunEvent): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(event).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      INSTANTS.has(key) && typeof value === "number" ? iso(value) : value,
    ]),
  );
const INSTANTS = new Set(["at", "until", "promisedFor", "nextAttemptAt", "callbackAt"]);
