/** Settings → what an operator would have written for them: so that some of it can be said anew, and all of it is checked again. */
import { formatBudget } from "../../domain/calls/budget.ts";
import { formatPrices } from "../../domain/calls/prices.ts";
import type { CampaignSettings } from "../../domain/calls/campaign.ts";
import { formatRecordingPlan } from "../../domain/calls/recording.ts";
import { formatDialLimit } from "../../domain/hours/dial-limit.ts";
import { formatHours } from "../../domain/hours/local-hours.ts";
import { formatDuration } from "../../domain/time/duration.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { CampaignInput } from "./campaign-settings.ts";

export const inputOf = (settings: CampaignSettings): CampaignInput => ({
  name: settings.name,
  assistant: settings.assistantId,
  assistantName: settings.assistantName ?? undefined,
  prompt: settings.prompt ?? undefined,
  dailyCap: settings.dailyCap,
  days: settings.window.days.join(","),
  hours: formatHours([settings.window, ...(settings.moreWindows ?? [])]),
  timezone: settings.timeZone,
  concurrency: settings.concurrency,
  delay: formatDuration(settings.delay),
  maxAttempts: settings.retry.maxAttempts,
  retryAfter: settings.retry.after.map(formatDuration).join(","),
  retryAgentLost: settings.retry.agentLost,
  onVoicemail: settings.retry.voicemail?.does,
  voicemailMessage: settings.retry.voicemail?.message ?? undefined,
  voicemailAfter: settings.retry.voicemail?.after == null ? undefined : formatDuration(settings.retry.voicemail.after),
  ring: formatDuration(settings.ringSeconds * SECOND),
  maxDuration: formatDuration(settings.maxDurationSeconds * SECOND),
  minTalk: formatDuration(settings.minTalkSeconds * SECOND),
  expectAnswers: settings.expectAnswers,
  usualHangUps: percent(settings.guard?.accepted.early_hang_ups),
  missedCallback: settings.missedCallback,
  trunk: settings.trunkId ?? undefined,
  from: settings.callerIds.length === 0 ? undefined : settings.callerIds.join(","),
  record: settings.record === undefined ? undefined : formatRecordingPlan(settings.record).split(" "),
  displayName: settings.displayName,
  notify: settings.notifyUrl,
  retention: settings.retention === undefined ? undefined : formatDuration(settings.retention),
  budget: settings.budget === undefined ? undefined : formatBudget(settings.budget),
  prices: settings.budget === undefined ? undefined : formatPrices(settings.budget.prices),
  header: Object.entries(settings.headers ?? {}).map(([name, value]) => `${name}=${value}`),
  hoursIn: settings.hoursIn,
  rules: settings.rules === "" ? undefined : settings.rules,
  rulesTable: settings.rulesTable ?? undefined,
  requireConsent: settings.requireConsent,
  purpose: settings.purpose,
  maxPerContact: settings.maxPerContact === undefined ? undefined : formatDialLimit(settings.maxPerContact),
  needsDnc: settings.needsLists?.sources.join(","),
  maxAge: settings.needsLists === undefined ? undefined : formatDuration(settings.needsLists.maxAge),
});

/** At most 100, and what was measured may be less than one. */
const percent = (share: number | undefined): string | undefined =>
  share === undefined ? undefined : `${Math.min(100, Math.max(1, Math.round(share * 100)))}%`;
