/** Rows ↔ campaigns, for every SQL store. */
import { z } from "zod";
import { type Campaign, CAMPAIGN_STATUSES, type CampaignSettings } from "../domain/calls/campaign.ts";
import { ON_VOICEMAIL, type RetryPolicy } from "../domain/calls/retry.ts";
import { SICKNESSES } from "../domain/calls/dead-air.ts";
import { MISSED_CALLBACK } from "../domain/calls/callback.ts";
import { formatRecordingPlan, parseRecordingPlan } from "../domain/calls/recording.ts";
import { EXPECTATIONS } from "../domain/calls/refusals.ts";
import { areHeaders, isDisplayName } from "../domain/calls/sip-headers.ts";
import { formatDialLimit, parseDialLimit } from "../domain/hours/dial-limit.ts";
import { formatHours, InvalidHours, parseWindows, WEEKDAYS, type Window } from "../domain/hours/local-hours.ts";
import { DAY, HOUR, MINUTE } from "../domain/time/instant.ts";
import { readClock } from "../domain/time/zone.ts";
import { pricesColumn } from "./spending-rows.ts";
import type { CampaignRef } from "../engine/ports/index.ts";
import { flag, instant, iso, json, type Plain, readRow, type Row, type Spell, text, variables } from "./columns.ts";

const atLeast = (least: number) => z.number().min(least, `expected ${least} or more`);

const clock = text.transform((name, context) => {
  const known = readClock(name);
  if (known === null) context.addIssue("expected the name of a time zone such as Europe/London");
  return known ?? z.NEVER;
});

const windows = text.transform((hours, context) => {
  try {
    return hours === "" ? [] : parseWindows(hours);
  } catch (error) {
    if (!(error instanceof InvalidHours)) throw error;
    context.addIssue("expected hours such as 9:30-12,14-17");
    return z.NEVER;
  }
});

const dialLimit = text.transform((limit, context) => {
  const known = limit === "" ? undefined : parseDialLimit(limit);
  if (known === null) context.addIssue("expected a limit such as 3/7d");
  return known ?? undefined;
});

const recordingPlan = text.transform((spelled, context) => {
  const plan = spelled === "" ? null : parseRecordingPlan(spelled.split(" "));
  if (plan === null && spelled !== "") context.addIssue("expected such as s3://bucket/calls required");
  return plan;
});
const share = z.number().min(0).max(1);
const guard = json(
  z
    .object({
      held: z
        .object({
          sickness: z.enum(SICKNESSES),
          share,
          callerIds: z.array(text),
          calls: z.array(text),
        })
        .nullable(),
      accepted: z.partialRecord(z.enum(SICKNESSES), share),
    })
    .nullable(),
);
const displayName = text.refine(isDisplayName, "expected a name without quotes and control characters").nullable();
const headers = variables.refine(areHeaders, "expected headers such as X-Account");

const campaignRow = z.object({
  id: text,
  user_id: text.nullable(),
  name: text,
  assistant_id: text,
  assistant_name: text.nullable(),
  contact_source: z.enum(["csv_file", "contact_list"]),
  contact_list_id: text.nullable(),
  csv_file_id: text.nullable(),
  daily_cap: atLeast(1),
  calling_days: json(z.array(z.enum(WEEKDAYS, "expected days such as mon"))),
  start_hour: z.number().min(0).lt(24, "expected an hour from 0 to 23"),
  end_hour: z.number().min(0).max(24, "expected an hour from 0 to 24"),
  campaign_prompt: text.nullable(),
  execution_status: z.enum(CAMPAIGN_STATUSES),
  created_at: instant,
  time_zone: clock,
  concurrency: atLeast(1),
  delay_ms: atLeast(0),
  max_attempts: atLeast(1),
  retry_after_ms: json(z.array(atLeast(0))),
  ring_seconds: atLeast(1),
  max_duration_seconds: atLeast(1),
  min_talk_seconds: z.number(),
  retry_agent_lost: flag,
  missed_callback: z.enum(MISSED_CALLBACK),
  next_callback_at: instant.nullish(),
  expect_answers: z.enum(EXPECTATIONS),
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
  calling_hours: windows,
  consent_purpose: text,
  max_per_contact: dialLimit,
  display_name: displayName,
  sip_headers: headers,
  guard,
  record: recordingPlan,
  on_voicemail: z.enum(ON_VOICEMAIL),
  voicemail_message: text.nullable(),
  voicemail_after_ms: atLeast(0).nullable(),
  needs_dnc: json(z.array(text)),
  dnc_max_age_ms: atLeast(0),
  notify_url: text.nullable(),
  retention_ms: atLeast(0).nullable(),
  budget_micros: atLeast(1).nullable(),
  budget_currency: text,
  prices: json(pricesColumn),
});

/** What stands for a column that cannot be read. */
const HARMLESS: Readonly<Record<keyof typeof campaignRow.shape, unknown>> = {
  id: "",
  user_id: null,
  name: "",
  assistant_id: "",
  assistant_name: null,
  contact_source: "csv_file",
  contact_list_id: null,
  csv_file_id: null,
  daily_cap: 1,
  calling_days: [],
  start_hour: 9,
  end_hour: 17,
  campaign_prompt: null,
  execution_status: "error",
  created_at: "1970-01-01T00:00:00Z",
  time_zone: "UTC",
  concurrency: 1,
  delay_ms: 0,
  max_attempts: 1,
  retry_after_ms: [],
  ring_seconds: 45,
  max_duration_seconds: 1800,
  min_talk_seconds: 15,
  retry_agent_lost: false,
  missed_callback: "next-day",
  next_callback_at: null,
  expect_answers: "normal",
  trunk_id: null,
  caller_ids: [],
  status_reason: null,
  status_at: "1970-01-01T00:00:00Z",
  hang_up: false,
  recent: "",
  last_trouble: null,
  hours_in: "contact",
  rules: "",
  rules_table: null,
  require_consent: true,
  calling_hours: "",
  consent_purpose: "marketing",
  max_per_contact: "",
  display_name: null,
  sip_headers: {},
  guard: null,
  record: "",
  on_voicemail: "hang_up",
  voicemail_message: null,
  voicemail_after_ms: null,
  needs_dnc: [],
  dnc_max_age_ms: 0,
  notify_url: null,
  retention_ms: null,
  budget_micros: null,
  budget_currency: "USD",
  prices: {},
};

/** A row that cannot be read is a campaign in `error`, with the column named: nobody is called by guesses. */
export function campaignOf(raw: Row): Campaign {
  const key = `${String(raw["id"])} ${"next_callback_at" in raw}`;
  const last = lastRead.get(key);
  if (last !== undefined && COLUMNS.every((column) => last.raw[column] === raw[column])) return last.campaign;
  const { row, odd } = readRow(campaignRow, raw, HARMLESS);
  const found = campaignIn(row);
  const campaign: Campaign =
    odd === null ? found : { ...found, status: "error", statusReason: `its row cannot be read: ${odd}` };
  if (lastRead.size >= MOST_KEPT) lastRead.clear();
  lastRead.set(key, { raw, campaign });
  return campaign;
}

/** A campaign is read several times for each call, and seldom changes. */
const lastRead = new Map<string, { readonly raw: Row; readonly campaign: Campaign }>();
const MOST_KEPT = 1000;
const COLUMNS = Object.keys(campaignRow.shape);

function campaignIn(row: z.output<typeof campaignRow>): Campaign {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    assistantId: row.assistant_id,
    assistantName: row.assistant_name,
    prompt: row.campaign_prompt,
    source: { kind: row.contact_source, id: row.csv_file_id ?? row.contact_list_id ?? "" },
    dailyCap: row.daily_cap,
    ...windowsOf(row),
    ...(row.max_per_contact !== undefined && { maxPerContact: row.max_per_contact }),
    ...(row.needs_dnc.length > 0 && { needsLists: { sources: row.needs_dnc, maxAge: row.dnc_max_age_ms } }),
    ...(row.consent_purpose !== "marketing" && { purpose: row.consent_purpose }),
    timeZone: row.time_zone,
    concurrency: row.concurrency,
    delay: row.delay_ms,
    retry: {
      maxAttempts: row.max_attempts,
      after: row.retry_after_ms,
      ...(row.retry_agent_lost ? { agentLost: true } : {}),
      ...voicemailIn(row),
    },
    ...(row.missed_callback !== "next-day" && { missedCallback: row.missed_callback }),
    ringSeconds: row.ring_seconds,
    maxDurationSeconds: row.max_duration_seconds,
    minTalkSeconds: row.min_talk_seconds,
    expectAnswers: row.expect_answers,
    trunkId: row.trunk_id,
    callerIds: row.caller_ids,
    ...(row.display_name !== null && { displayName: row.display_name }),
    ...(row.record !== null && { record: row.record }),
    ...(row.guard !== null && { guard: row.guard }),
    ...(row.notify_url !== null && { notifyUrl: row.notify_url }),
    ...(row.retention_ms !== null && { retention: row.retention_ms }),
    ...(row.budget_micros !== null && {
      budget: { micros: row.budget_micros, currency: row.budget_currency, prices: row.prices },
    }),
    ...(Object.keys(row.sip_headers).length > 0 && { headers: row.sip_headers }),
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
    ...(typeof row.next_callback_at === "number" && { nextCallbackAt: row.next_callback_at }),
  };
}

/** Left out where it is the default. */
function voicemailIn(row: z.output<typeof campaignRow>): Pick<RetryPolicy, "voicemail"> {
  const { on_voicemail: does, voicemail_message: message, voicemail_after_ms: after } = row;
  return does === "retry" && message === null && after === null ? {} : { voicemail: { does, message, after } };
}

const MINUTES_PER_HOUR = HOUR / MINUTE;
const hoursToMinutes = (hours: number): number => hours * MINUTES_PER_HOUR;

/** The whole hours that the columns of the system before have room for: from the first opening to the last closing. */
const wholeHours = (windows: readonly Hours[]): { readonly start_hour: number; readonly end_hour: number } => ({
  start_hour: Math.floor((windows[0]?.start ?? 0) / MINUTES_PER_HOUR),
  end_hour: Math.ceil((windows.at(-1)?.end ?? 0) / MINUTES_PER_HOUR),
});

/** calling_hours says more than whole hours can, unless somebody has changed the whole hours since. */
function windowsOf(row: z.output<typeof campaignRow>): Pick<Campaign, "window" | "moreWindows"> {
  const whole = wholeHours(row.calling_hours);
  const days = row.calling_days;
  const [first, ...more] = row.calling_hours;
  if (first === undefined || whole.start_hour !== row.start_hour || whole.end_hour !== row.end_hour)
    return { window: { days, start: hoursToMinutes(row.start_hour), end: hoursToMinutes(row.end_hour) } };
  const moreWindows = more.map((window) => ({ days, ...window }));
  return { window: { days, ...first }, ...(more.length > 0 && { moreWindows }) };
}

function hoursOf(windows: readonly Hours[]): Record<"start_hour" | "end_hour", number> & { calling_hours: string } {
  const isWhole =
    windows.length === 1 &&
    windows.every(({ start, end }) => start % MINUTES_PER_HOUR === 0 && end % MINUTES_PER_HOUR === 0);
  return { ...wholeHours(windows), calling_hours: isWhole ? "" : formatHours(windows) };
}

type Hours = Pick<Window, "start" | "end">;

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
    ...hoursOf([campaign.window, ...(campaign.moreWindows ?? [])]),
    consent_purpose: campaign.purpose ?? "marketing",
    max_per_contact: campaign.maxPerContact === undefined ? "" : formatDialLimit(campaign.maxPerContact),
    needs_dnc: spell(campaign.needsLists?.sources ?? []),
    dnc_max_age_ms: campaign.needsLists?.maxAge ?? 31 * DAY,
    campaign_prompt: campaign.prompt,
    execution_status: campaign.status,
    created_at: iso(campaign.createdAt),
    updated_at: iso(campaign.createdAt),
    time_zone: campaign.timeZone,
    concurrency: campaign.concurrency,
    delay_ms: campaign.delay,
    max_attempts: campaign.retry.maxAttempts,
    retry_after_ms: spell(campaign.retry.after),
    missed_callback: campaign.missedCallback ?? "next-day",
    ring_seconds: campaign.ringSeconds,
    max_duration_seconds: campaign.maxDurationSeconds,
    min_talk_seconds: campaign.minTalkSeconds,
    expect_answers: campaign.expectAnswers,
    retry_agent_lost: campaign.retry.agentLost === true ? 1 : 0,
    on_voicemail: campaign.retry.voicemail?.does ?? "retry",
    voicemail_message: campaign.retry.voicemail?.message ?? null,
    voicemail_after_ms: campaign.retry.voicemail?.after ?? null,
    trunk_id: campaign.trunkId,
    caller_ids: spell(campaign.callerIds),
    display_name: campaign.displayName ?? null,
    record: campaign.record === undefined ? "" : formatRecordingPlan(campaign.record),
    guard: campaign.guard === undefined ? null : spell(campaign.guard),
    sip_headers: spell(campaign.headers ?? {}),
    notify_url: campaign.notifyUrl ?? null,
    retention_ms: campaign.retention ?? null,
    budget_micros: campaign.budget?.micros ?? null,
    budget_currency: campaign.budget?.currency ?? "USD",
    prices: spell(campaign.budget?.prices ?? {}),
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

/** Columns whose values the settings change. Nothing of the campaign's course, and not its contacts. */
export function changedColumns<T>(
  before: Campaign,
  after: CampaignSettings,
  spell: Spell<T>,
): Record<string, Plain | T> {
  const { id, userId, source, status, statusReason, statusAt, hangUp, recent, lastTrouble, createdAt } = before;
  const course = { id, userId, source, status, statusReason, statusAt, hangUp, recent, lastTrouble, createdAt };
  const [was, is] = [before, { ...after, ...course }].map((each) => campaignValues(each, spell));
  return Object.fromEntries(
    Object.entries(is ?? {}).filter(([column, value]) => JSON.stringify(value) !== JSON.stringify(was?.[column])),
  );
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
