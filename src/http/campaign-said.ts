/** A campaign in the names of its columns → as an operator writes it, which is where all of it is checked. */
import { formatDuration } from "../domain/time/duration.ts";
import { SECOND } from "../domain/time/instant.ts";
import { Misused } from "../engine/errors.ts";
import type { CampaignInput } from "../engine/manage/campaign-settings.ts";
import type { CampaignSaid } from "./schemas/campaigns.ts";

/** Only what was said; null takes a setting back. */
export function campaignSaid(said: CampaignSaid): Partial<CampaignInput> {
  const given: { [K in keyof CampaignInput]?: CampaignInput[K] | undefined } = {
    name: said.name,
    assistant: said.assistant_id,
    assistantName: said.assistant_name ?? undefined,
    prompt: said.campaign_prompt ?? undefined,
    dailyCap: said.daily_cap,
    days: said.calling_days?.join(","),
    hours: hoursOf(said),
    timezone: said.timezone,
    hoursIn: said.hours_in,
    rules: said.rules ?? undefined,
    rulesTable: said.rules_table == null ? undefined : JSON.stringify(said.rules_table),
    requireConsent: said.require_consent,
    purpose: said.purpose,
    maxPerContact: said.max_per_contact ?? undefined,
    needsDnc: said.needs_dnc === undefined || said.needs_dnc.length === 0 ? undefined : said.needs_dnc.join(","),
    maxAge: said.max_age ?? undefined,
    concurrency: said.concurrency,
    delay: said.delay_ms === undefined ? undefined : formatDuration(said.delay_ms),
    maxAttempts: said.max_attempts,
    retryAfter: said.retry_after_ms?.map(formatDuration).join(","),
    retryAgentLost: said.retry_agent_lost,
    onVoicemail: said.on_voicemail,
    voicemailMessage: said.voicemail_message ?? undefined,
    voicemailAfter: said.voicemail_after_ms === undefined ? undefined : formatDuration(said.voicemail_after_ms),
    ring: seconds(said.ring_seconds),
    maxDuration: seconds(said.max_duration_seconds),
    minTalk: seconds(said.min_talk_seconds),
    expectAnswers: said.expect_answers,
    usualHangUps: said.usual_hang_ups == null ? undefined : `${said.usual_hang_ups}%`,
    missedCallback: said.missed_callback,
    record: said.record?.split(" "),
    displayName: said.display_name ?? undefined,
    header: said.headers && Object.entries(said.headers).map(([name, value]) => `${name}=${value}`),
    budget: said.budget ?? undefined,
    prices: said.prices ?? undefined,
    notify: said.notify_url ?? undefined,
    retention: said.retention ?? undefined,
    trunk: said.trunk_id ?? undefined,
    from: said.caller_ids === undefined || said.caller_ids.length === 0 ? undefined : said.caller_ids.join(","),
  };
  const taken = new Set(Object.entries(said).flatMap(([key, value]) => (isTakenBack(value) ? KEYS[key] : [])));
  return Object.fromEntries(Object.entries(given).filter(([key, value]) => value !== undefined || taken.has(key)));
}

const isTakenBack = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);

const KEYS: Readonly<Record<string, string | readonly string[]>> = {
  assistant_name: "assistantName",
  campaign_prompt: "prompt",
  rules: "rules",
  rules_table: "rulesTable",
  max_per_contact: "maxPerContact",
  // Without lists there is nothing that could be old.
  needs_dnc: ["needsDnc", "maxAge"],
  max_age: "maxAge",
  usual_hang_ups: "usualHangUps",
  record: "record",
  display_name: "displayName",
  voicemail_message: "voicemailMessage",
  // Prices are a budget's.
  budget: ["budget", "prices"],
  prices: "prices",
  notify_url: "notify",
  retention: "retention",
  trunk_id: "trunk",
  caller_ids: "from",
};

const seconds = (count: number | undefined): string | undefined =>
  count === undefined ? undefined : formatDuration(count * SECOND);

function hoursOf({ hours, start_hour: start, end_hour: end }: CampaignSaid): string | undefined {
  if (start === undefined && end === undefined) return hours;
  if (hours === undefined && start !== undefined && end !== undefined) return `${start}-${end}`;
  throw new Misused("invalid_request", "expected hours, or start_hour and end_hour together");
}
