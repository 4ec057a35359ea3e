/** What was decided about a campaign → JSON, in the names of its columns. */
import { formatBudget } from "../domain/calls/budget.ts";
import { formatPrices } from "../domain/calls/prices.ts";
import type { CampaignSettings } from "../domain/calls/campaign.ts";
import { formatRecordingPlan } from "../domain/calls/recording.ts";
import { formatDialLimit } from "../domain/hours/dial-limit.ts";
import { formatHours } from "../domain/hours/local-hours.ts";
import { formatDuration } from "../domain/time/duration.ts";

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
  needs_dnc: [...(settings.needsLists?.sources ?? [])],
  max_age: settings.needsLists === undefined ? null : formatDuration(settings.needsLists.maxAge),
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
  usual_hang_ups: percent(settings.guard?.accepted.early_hang_ups),
  record: settings.record === undefined ? null : formatRecordingPlan(settings.record),
  display_name: settings.displayName ?? null,
  headers: { ...settings.headers },
  budget: settings.budget === undefined ? null : formatBudget(settings.budget),
  prices: settings.budget === undefined ? null : formatPrices(settings.budget.prices),
  notify_url: settings.notifyUrl ?? null,
  retention: settings.retention === undefined ? null : formatDuration(settings.retention),
  trunk_id: settings.trunkId,
  caller_ids: [...settings.callerIds],
});

const percent = (share: number | undefined): number | null => (share === undefined ? null : Math.round(share * 100));

/** The settings in which a campaign differs from what is wanted, as JSON: `[as it is, as it is wanted]`. */
export function differences(is: CampaignSettings, wanted: CampaignSettings): Record<string, [unknown, unknown]> {
  const theirs = new Map<string, unknown>(Object.entries(settingsJson(wanted)));
  // Where nothing is said of it, what an operator has accepted since stands.
  const isSaid = (key: string): boolean => key !== "usual_hang_ups" || theirs.get(key) !== null;
  const found = Object.entries(settingsJson(is)).filter(
    ([key, value]) => isSaid(key) && JSON.stringify(value) !== JSON.stringify(theirs.get(key)),
  );
  return Object.fromEntries(found.map(([key, value]) => [key, [value, theirs.get(key)]]));
}
