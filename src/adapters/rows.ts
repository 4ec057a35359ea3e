/**
 * Rows ↔ domain types, for every SQL store: the one place that knows how a value is spelled in a column. What has no type
 * common to all, a list or a map, is read in either spelling, and written in the one that the store passes as `spell`.
 */
import { z } from "zod";
import { type Attempt, type AttemptState, type Call, CALL_STATUSES, OUTCOMES } from "../domain/calls/call.ts";
import { type Campaign, CAMPAIGN_STATUSES } from "../domain/calls/campaign.ts";
import type { Contact, NewContact } from "../domain/calls/contact.ts";
import { HOUR, type Instant, MINUTE } from "../domain/time/instant.ts";
import { WEEKDAYS } from "../domain/hours/local-hours.ts";
import { type Ending, ENDINGS } from "../domain/calls/ending.ts";
import type { CampaignRef, ContactList } from "../engine/ports/index.ts";

export type Row = Readonly<Record<string, unknown>>;
/** What a column takes that every store has a type for. */
export type Plain = string | number | null;
/** JSON text, or the value itself. */
export type Spell<T> = (value: object) => T;

export const iso = (at: Instant): string => new Date(at).toISOString();
export const instantOrNull = (value: unknown): Instant | null => (typeof value === "string" ? Date.parse(value) : null);
export const isoOrNull = (at: Instant | null): string | null => (at === null ? null : iso(at));

const instant = z.string().transform((text) => Date.parse(text));
const text = z.string();
const json = <T extends z.ZodType>(schema: T) =>
  z.unknown().transform((value) => schema.parse(typeof value === "string" ? JSON.parse(value) : value));
/** SQLite has no booleans. */
const flag = z.union([z.number(), z.boolean()]).transform(Boolean);
const ending = z.enum(Object.keys(ENDINGS) as [Ending, ...Ending[]]);

const campaignRow = z.object({
  id: text,
  user_id: text.nullable(),
  name: text,
  assistant_id: text,
  assistant_name: text.nullable(),
  contact_source: z.enum(["csv_file", "contact_list"]),
  contact_list_id: text.nullable(),
  csv_file_id: text.nullable(),
  daily_cap: z.number(),
  calling_days: json(z.array(z.enum(WEEKDAYS))),
  start_hour: z.number(),
  end_hour: z.number(),
  campaign_prompt: text.nullable(),
  execution_status: z.enum(CAMPAIGN_STATUSES),
  created_at: instant,
  time_zone: text,
  concurrency: z.number(),
  delay_ms: z.number(),
  max_attempts: z.number(),
  retry_after_ms: json(z.array(z.number())),
  ring_seconds: z.number(),
  max_duration_seconds: z.number(),
  min_talk_seconds: z.number(),
  retry_agent_lost: flag,
  trunk_id: text.nullable(),
  caller_ids: json(z.array(text)),
  status_reason: text.nullable(),
  status_at: instant,
  hang_up: flag,
  recent: text,
  last_trouble: text.nullable(),
  hours_in: z.enum(["contact", "campaign"]),
  rules: text,
  rules_table: text.nullable(),
  require_consent: flag,
});

export function campaignOf(raw: Row): Campaign {
  const row = campaignRow.parse(raw);
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    assistantId: row.assistant_id,
    assistantName: row.assistant_name,
    prompt: row.campaign_prompt,
    source: { kind: row.contact_source, id: row.csv_file_id ?? row.contact_list_id ?? "" },
    dailyCap: row.daily_cap,
    window: { days: row.calling_days, start: hoursToMinutes(row.start_hour), end: hoursToMinutes(row.end_hour) },
    timeZone: row.time_zone,
    concurrency: row.concurrency,
    delay: row.delay_ms,
    retry: {
      maxAttempts: row.max_attempts,
      after: row.retry_after_ms,
      ...(row.retry_agent_lost ? { agentLost: true } : {}),
    },
    ringSeconds: row.ring_seconds,
    maxDurationSeconds: row.max_duration_seconds,
    minTalkSeconds: row.min_talk_seconds,
    trunkId: row.trunk_id,
    callerIds: row.caller_ids,
    status: row.execution_status,
    statusReason: row.status_reason,
    statusAt: row.status_at,
    hangUp: row.hang_up,
    recent: row.recent,
    lastTrouble: row.last_trouble,
    hoursIn: row.hours_in,
    rules: row.rules,
    rulesTable: row.rules_table,
    requireConsent: row.require_consent,
    createdAt: row.created_at,
  };
}

const MINUTES_PER_HOUR = HOUR / MINUTE;
const hoursToMinutes = (hours: number): number => hours * MINUTES_PER_HOUR;

export function campaignValues<T>(campaign: Campaign, spell: Spell<T>): Record<string, Plain | T> {
  return {
    id: campaign.id,
    user_id: campaign.userId,
    name: campaign.name,
    assistant_id: campaign.assistantId,
    assistant_name: campaign.assistantName,
    contact_source: campaign.source.kind,
    contact_list_id: campaign.source.kind === "contact_list" ? campaign.source.id : null,
    csv_file_id: campaign.source.kind === "csv_file" ? campaign.source.id : null,
    daily_cap: campaign.dailyCap,
    calling_days: spell(campaign.window.days),
    start_hour: campaign.window.start / MINUTES_PER_HOUR,
    end_hour: campaign.window.end / MINUTES_PER_HOUR,
    campaign_prompt: campaign.prompt,
    execution_status: campaign.status,
    created_at: iso(campaign.createdAt),
    updated_at: iso(campaign.createdAt),
    time_zone: campaign.timeZone,
    concurrency: campaign.concurrency,
    delay_ms: campaign.delay,
    max_attempts: campaign.retry.maxAttempts,
    retry_after_ms: spell(campaign.retry.after),
    ring_seconds: campaign.ringSeconds,
    max_duration_seconds: campaign.maxDurationSeconds,
    min_talk_seconds: campaign.minTalkSeconds,
    retry_agent_lost: campaign.retry.agentLost === true ? 1 : 0,
    trunk_id: campaign.trunkId,
    caller_ids: spell(campaign.callerIds),
    status_reason: campaign.statusReason,
    status_at: iso(campaign.statusAt),
    recent: campaign.recent,
    last_trouble: campaign.lastTrouble,
    hours_in: campaign.hoursIn,
    rules: campaign.rules,
    rules_table: campaign.rulesTable,
    require_consent: campaign.requireConsent ? 1 : 0,
  };
}

const contactListRow = z.object({ id: text, name: text, created_at: instant });

/** A list and how many contacts were counted in it. */
export function contactListOf(
  raw: Row,
  { callable, suppressed }: { callable: number; suppressed: number },
): ContactList {
  const { id, name, created_at: createdAt } = contactListRow.parse(raw);
  return { id, name, contacts: callable + suppressed, suppressed, createdAt };
}

const consent = z.object({ grantedAt: z.number().nullable(), source: text.nullable(), proof: text.nullable() });
const contactRow = z.object({
  id: text,
  name: text.nullable(),
  phone_number: text,
  email: text.nullable(),
  company: text.nullable(),
  do_not_call: flag,
  variables: json(z.record(text, text)),
  time_zone: text.nullable(),
  consent: json(consent).nullable(),
});

export function newContactOf(raw: Row): NewContact {
  const row = contactRow.parse(raw);
  return {
    id: row.id,
    name: row.name,
    phoneNumber: row.phone_number,
    email: row.email,
    company: row.company,
    doNotCall: row.do_not_call,
    timeZone: row.time_zone,
    consent: row.consent,
    variables: row.variables,
  };
}

const campaignRefRow = z.object({
  campaign_id: text,
  campaign_name: text,
  execution_status: z.enum(CAMPAIGN_STATUSES),
});

export function campaignRefOf(raw: Row): CampaignRef {
  const row = campaignRefRow.parse(raw);
  return { id: row.campaign_id, name: row.campaign_name, status: row.execution_status };
}

const callRow = z.object({
  id: text,
  campaign_id: text.nullable(),
  contact_id: text.nullable(),
  phone_number: text,
  contact_name: text.nullable(),
  contact_email: text.nullable(),
  variables: json(z.record(text, text)),
  status: z.enum(CALL_STATUSES),
  attempts_spent: z.number(),
  attempts_free: z.number(),
  attempt_id: text.nullable(),
  place: text,
  next_attempt_at: instant.nullable(),
  held_by: text.nullable(),
  end_reason: ending.nullable(),
  sip_status_code: z.number().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  notes: text.nullable(),
  call_duration: z.number().nullable(),
  duration_uncertainty: z.number().nullable(),
  room_name: text.nullable(),
  call_sid: text.nullable(),
  from_number: text.nullable(),
  started_at: instant.nullable(),
  completed_at: instant.nullable(),
});

export function callOf(raw: Row): Call {
  const row = callRow.parse(raw);
  const contact: Contact = {
    id: row.contact_id,
    name: row.contact_name,
    phoneNumber: row.phone_number,
    email: row.contact_email,
    variables: row.variables,
  };
  return {
    id: row.id,
    campaignId: row.campaign_id,
    contact,
    status: row.status,
    attemptsSpent: row.attempts_spent,
    attemptsFree: row.attempts_free,
    attemptId: row.attempt_id,
    place: row.place,
    nextAttemptAt: row.next_attempt_at,
    heldBy: row.held_by,
    endReason: row.end_reason,
    sipStatus: row.sip_status_code,
    outcome: row.outcome,
    notes: row.notes,
    durationSeconds: row.call_duration,
    durationUncertainty: row.duration_uncertainty,
    roomName: row.room_name,
    sipCallId: row.call_sid,
    fromNumber: row.from_number,
    startedAt: row.started_at,
    completedAt: row.completed_at,
  };
}

/** What the engine changes of a call; contact, outcome and notes are not its to write. */
export function callChanges(call: Call, at: Instant): Record<string, Plain> {
  return {
    id: call.id,
    status: call.status,
    attempts_spent: call.attemptsSpent,
    attempts_free: call.attemptsFree,
    attempt_id: call.attemptId,
    next_attempt_at: isoOrNull(call.nextAttemptAt),
    held_by: call.heldBy,
    end_reason: call.endReason,
    sip_status_code: call.sipStatus,
    call_duration: call.durationSeconds,
    duration_uncertainty: call.durationUncertainty,
    room_name: call.roomName,
    call_sid: call.sipCallId,
    from_number: call.fromNumber,
    started_at: isoOrNull(call.startedAt),
    completed_at: isoOrNull(call.completedAt),
    updated_at: iso(at),
  };
}

/** Everything of a call that was made just now. */
export function callValues<T>(call: Call, at: Instant, spell: Spell<T>): Record<string, Plain | T> {
  return {
    ...callChanges(call, at),
    campaign_id: call.campaignId,
    contact_id: call.contact.id,
    phone_number: call.contact.phoneNumber,
    contact_name: call.contact.name,
    contact_email: call.contact.email,
    variables: spell(call.contact.variables),
    place: call.place,
    created_at: iso(at),
  };
}

const attemptRow = z.object({
  id: text,
  call_id: text,
  campaign_id: text.nullable(),
  runner_id: text,
  trunk_id: text.nullable(),
  state: z.enum(["claimed", "dialing", "answered", "ended"] satisfies AttemptState[]),
  claimed_at: instant,
  dialed_at: instant.nullable(),
  answered_at: instant.nullable(),
  ended_at: instant.nullable(),
  local_day: text.nullable(),
  ending: ending.nullable(),
  sip_status_code: z.number().nullable(),
  detail: text.nullable(),
  call_sid: text.nullable(),
  uncertain_seconds: z.number(),
  ended_by_us: flag,
});

export function attemptOf(raw: Row): Attempt {
  const row = attemptRow.parse(raw);
  return {
    id: row.id,
    callId: row.call_id,
    campaignId: row.campaign_id,
    runnerId: row.runner_id,
    trunkId: row.trunk_id,
    state: row.state,
    claimedAt: row.claimed_at,
    dialedAt: row.dialed_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    localDay: row.local_day,
    ending: row.ending,
    sipStatus: row.sip_status_code,
    detail: row.detail,
    sipCallId: row.call_sid,
    uncertainSeconds: row.uncertain_seconds,
    endedByUs: row.ended_by_us,
  };
}

export function attemptValues(attempt: Attempt): Record<string, Plain> {
  return {
    id: attempt.id,
    call_id: attempt.callId,
    campaign_id: attempt.campaignId,
    runner_id: attempt.runnerId,
    trunk_id: attempt.trunkId,
    state: attempt.state,
    claimed_at: iso(attempt.claimedAt),
    dialed_at: isoOrNull(attempt.dialedAt),
    answered_at: isoOrNull(attempt.answeredAt),
    ended_at: isoOrNull(attempt.endedAt),
    local_day: attempt.localDay,
    ending: attempt.ending,
    sip_status_code: attempt.sipStatus,
    detail: attempt.detail,
    call_sid: attempt.sipCallId,
    uncertain_seconds: attempt.uncertainSeconds,
    ended_by_us: attempt.endedByUs ? 1 : 0,
  };
}
