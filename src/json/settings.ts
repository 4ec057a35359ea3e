/** What was decided about a campaign → JSON, in the names of its columns. */
import type { CampaignSettings } from "../domain/calls/campaign.ts";
import { formatDialLimit } from "../domain/hours/dial-limit.ts";
import { formatHours } from "../domain/hours/local-hours.ts";

export const settingsJson = (settings: CampaignSettings) => ({
  name: settings.name,
  assistant_id: settings.assistantId,
  assistant_name: settings.assistantName,
  campaign_prompt: settings.prompt,
  contact_source: settings.source.kind,
  contact_list_id: settings.source.kind === "contact_list" ? settings.source.id : null,
  daily_cap: settings.dailyCap,
  calling_days: [...settings.window.days],
  hours: formatHours([settings.window, ...(settings.moreWindows ?? [])]),
  timezone: settings.timeZone,
  hours_in: settings.hoursIn,
  rules: settings.rules === "" ? null : settings.rules,
  require_consent: settings.requireConsent,
  purpose: settings.purpose ?? "marketing",
  max_per_contact: settings.maxPerContact === undefined ? null : formatDialLimit(settings.maxPerContact),
  concurrency: settings.concurrency,
  delay_ms: settings.delay,
  max_attempts: settings.retry.maxAttempts,
  retry_after_ms: [...settings.retry.after],
  retry_agent_lost: settings.retry.agentLost === true,
  on_voicemail: settings.retry.voicemail?.does ?? "retry",
  voicemail_message: settings.retry.voicemail?.message ?? null,
  voicemail_after_ms: settings.retry.voicemail?.after ?? null,
  ring_seconds: settings.ringSeconds,
  max_duration_seconds: settings.maxDurationSeconds,
  min_talk_seconds: settings.minTalkSeconds,
  expect_answers: settings.expectAnswers,
  missed_callback: settings.missedCallback ?? "next-day",
  trunk_id: settings.trunkId,
  caller_ids: [...settings.callerIds],
});

/** The settings in which two campaigns differ, as JSON: `[of the first, of the second]`. */
export function differences(one: CampaignSettings, other: CampaignSettings): Record<string, [unknown, unknown]> {
  const [mine, theirs] = [settingsJson(one), settingsJson(other)].map((each) => new Map(Object.entries(each)));
  const found = [...(mine ?? [])].filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(theirs?.get(key)));
  return Object.fromEntries(found.map(([key, value]) => [key, [value, theirs?.get(key)]]));
}
