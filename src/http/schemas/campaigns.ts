/** Campaigns as JSON: what is said about them, and what they answer. */
import { z } from "@hono/zod-openapi";
import { CAMPAIGN_STATUSES } from "../../domain/calls/campaign.ts";
import { MISSED_CALLBACK } from "../../domain/calls/callback.ts";
import { ON_VOICEMAIL } from "../../domain/calls/retry.ts";
import { EXPECTATIONS } from "../../domain/calls/refusals.ts";
import { WEEKDAYS } from "../../domain/hours/window.ts";
import { attemptSchema, callSchema, phoneNumber } from "./calls.ts";
import { anyText, counts, instant, text } from "./common.ts";

export const campaignStatus = z.enum(CAMPAIGN_STATUSES);

const whole = (least: number, most: number) => z.number().int().min(least).max(most);
const MONTH_MS = 60 * 86_400_000;

/** Everything that may be said about a campaign, in the names of its columns. Left out: the default, or as it is. */
const said = {
  assistant_name: text(200).nullish(),
  campaign_prompt: anyText(100_000).nullish(),
  daily_cap: whole(1, 10_000_000).optional().describe("dials per local day; default 100"),
  calling_days: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional().describe("default mon to fri"),
  hours: text(200).optional().describe("such as 9-17, 9:30-12,14-17:15, or 22-6; default 9-17"),
  start_hour: whole(0, 23).optional().describe("with end_hour, instead of hours"),
  end_hour: whole(0, 24).optional(),
  timezone: text(100).optional().describe("such as Europe/London; default: the server's"),
  hours_in: z.enum(["contact", "campaign"]).optional(),
  rules: text(200).nullish().describe("us, us-strict, gb … or none; default: each contact's national rule"),
  rules_table: z
    .record(z.string(), z.unknown())
    .nullish()
    .describe("rules of one's own, in place of the built-in ones"),
  require_consent: z.boolean().optional(),
  purpose: text(200).optional().describe("what the calls are for; default marketing"),
  max_per_contact: text(40).nullish().describe("dials of one number by all campaigns, such as 3/7d"),
  needs_dnc: z
    .array(text(200))
    .max(100)
    .optional()
    .describe("call nobody without these do-not-call lists; default: none"),
  max_age: text(40).nullish().describe("how old the lists of needs_dnc may be, such as 31d, which is the default"),
  concurrency: whole(1, 10_000).optional().describe("calls at once; default 10"),
  delay_ms: whole(0, 86_400_000).optional().describe("from one dial to the next; default 2000"),
  max_attempts: whole(1, 100).optional().describe("default 1"),
  retry_after_ms: z.array(whole(1000, MONTH_MS)).min(1).max(100).optional().describe("one wait for each retry"),
  retry_agent_lost: z.boolean().optional(),
  on_voicemail: z.enum(ON_VOICEMAIL).optional().describe("default retry"),
  voicemail_message: anyText(10_000).nullish().describe("with on_voicemail: message; left once for each contact"),
  voicemail_after_ms: whole(1000, MONTH_MS).optional().describe("from a voicemail to the next attempt"),
  ring_seconds: whole(5, 60).optional().describe("default 45"),
  max_duration_seconds: whole(10, 86_400).optional().describe("default 1800"),
  min_talk_seconds: whole(0, 3600).optional().describe("default 15"),
  expect_answers: z.enum(EXPECTATIONS).optional(),
  usual_hang_ups: whole(1, 100)
    .nullish()
    .describe("percent of answered calls that callees may end within 6 s before it pauses; default 25"),
  missed_callback: z.enum(MISSED_CALLBACK).optional().describe("a callback that is 15 minutes late; default next-day"),
  record: text(500).nullish().describe("file, file:PREFIX or s3://BUCKET/PREFIX; required, after a space"),
  trunk_id: text(200).nullish().describe("id or name of a LiveKit outbound trunk"),
  display_name: anyText(128).nullish().describe("the caller's name for the carrier; empty: none is sent"),
  headers: z.record(text(64), text(256)).optional().describe("sent with every INVITE"),
  retention: text(40)
    .nullish()
    .describe("how long after its end it knows whom it called, such as 90d; default: for ever"),
  budget: text(40).nullish().describe("what its calls may cost, such as 50 or 50 EUR; default USD"),
  prices: anyText(100_000)
    .nullish()
    .describe("with budget: a CSV table of prefix and per_minute; also per_call, per_dial, increment"),
  notify_url: text(2000).nullish().describe("an https address that is told of its events by webhook"),
  caller_ids: z.array(phoneNumber).max(1000).optional().describe("the only numbers to call with"),
};

/** To create one, or to have one of that name. */
export const campaignInput = z
  .strictObject({
    name: text(200),
    assistant_id: text(200),
    contact_list_id: text(200).describe("id or name of the list that is called, as it is when the campaign starts"),
    ...said,
  })
  .openapi("CampaignInput");

export const namedInput = campaignInput.omit({ name: true }).openapi("NamedCampaignInput");

/** What is left out stays as it is. */
export const campaignChange = z
  .strictObject({ name: text(200).optional(), assistant_id: text(200).optional(), ...said })
  .openapi("CampaignChange");

export type CampaignSaid = z.output<typeof campaignChange>;

const settingsSchema = z
  .object({
    name: z.string(),
    assistant_id: z.string(),
    assistant_name: z.string().nullable(),
    campaign_prompt: z.string().nullable(),
    contact_source: z.enum(["csv_file", "contact_list"]),
    contact_list_id: z.string().nullable(),
    daily_cap: z.number().int(),
    calling_days: z.array(z.enum(WEEKDAYS)),
    hours: z.string(),
    timezone: z.string(),
    hours_in: z.enum(["contact", "campaign"]),
    rules: z.string().nullable(),
    require_consent: z.boolean(),
    purpose: z.string(),
    max_per_contact: z.string().nullable(),
    needs_dnc: z.array(z.string()),
    max_age: z.string().nullable(),
    concurrency: z.number().int(),
    delay_ms: z.number(),
    max_attempts: z.number().int(),
    retry_after_ms: z.array(z.number()),
    retry_agent_lost: z.boolean(),
    on_voicemail: z.enum(ON_VOICEMAIL),
    voicemail_message: z.string().nullable(),
    voicemail_after_ms: z.number().nullable(),
    ring_seconds: z.number(),
    max_duration_seconds: z.number(),
    min_talk_seconds: z.number(),
    expect_answers: z.enum(EXPECTATIONS),
    budget: z.string().nullable(),
    prices: z.string().nullable(),
    notify_url: z.string().nullable(),
    retention: z.string().nullable(),
    trunk_id: z.string().nullable(),
    caller_ids: z.array(z.string()),
    missed_callback: z.string(),
    usual_hang_ups: z.number().nullable().describe("percent; null: as the program says"),
    record: z.string().nullable(),
    display_name: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
  })
  .openapi("CampaignSettings");

export const budget = {
  amount: z.number(),
  currency: z.string(),
  spent: z.number(),
  reserved: z.number().describe("for calls under way, and those of which nobody knows how they ended"),
  left: z.number(),
};

/** How far it is, and what it waits for. */
export const statusSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    execution_status: campaignStatus,
    status_reason: z.string().nullable(),
    status_at: instant.nullable(),
    total: z.number().int(),
    contacts: z.number().int().describe("before the start, those who would be called; then total"),
    calls: counts.describe("by status"),
    end_reasons: counts,
    outcomes: counts,
    cancelled: z.number().int().describe("of the failed, those whom a stop ended before they were called"),
    skipped: z.number().int(),
    live: z.number().int(),
    dials: z.number().int(),
    pickups: z.number().int(),
    reached: z.number().int().describe("calls in which a human spoke"),
    conversion: z.number().nullable().describe("the share of the reached that are interested"),
    record: z.string().nullable(),
    needs_dnc: z.array(z.string()).readonly().describe("do-not-call lists that it must have"),
    max_age: z.string().nullable(),
    retention: z.string().nullable(),
    usage_seconds: z.number(),
    first_words: z
      .object({ told: z.number().int(), late: z.number().int() })
      .describe("agents that said when they spoke first"),
    held: z
      .object({
        sickness: z.string(),
        share: z.number(),
        caller_ids: z.array(z.string()).readonly(),
        calls: z.array(z.string()).readonly(),
      })
      .nullable()
      .describe("what the guard against dead air holds it for"),
    callbacks: z.object({
      open: z.number().int(),
      today: z.number().int(),
      missed: z.number().int(),
      next_at: instant.nullable(),
    }),
    webhook: z
      .object({
        undelivered: z.number().int(),
        given_up: z.number().int(),
        error: z.string().nullable(),
        next_try_at: instant.nullable(),
      })
      .nullable()
      .describe("how telling notify_url goes"),
    dials_today: z.number().int(),
    daily_cap: z.number().int(),
    hours: z.string(),
    timezone: z.string(),
    budget: z.object(budget).nullable(),
    purpose: z.string(),
    max_per_contact: z.string().nullable(),
    display_name: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    pace: z.object({ delay_ms: z.number(), concurrency: z.number(), lowered: z.boolean() }),
    runners: z.number().int(),
    runners_held_up: z.array(z.string()).readonly().describe("of runners that dial nothing new: why"),
    agents_at_once: z.number().nullable(),
    waiting_because: z.string().nullable(),
    closed_because: z
      .array(z.string())
      .readonly()
      .describe("hours and rules that keep those who are due from being called"),
    held_by_rules: counts.describe("calls held for later, by what protects their numbers"),
    waits_for_turn: z.string().nullable().describe("the campaign that is dialed before it"),
    next_call_at: instant.nullable(),
    created_at: instant.nullable(),
  })
  .openapi("CampaignStatus");

export const campaignSchema = statusSchema.extend({ settings: settingsSchema }).openapi("Campaign");

export const preflightSchema = z
  .object({
    callable: z.number().int(),
    countries: counts,
    never: z.array(z.object({ because: z.string(), contacts: z.number().int() })),
    state_rows_would_close: z.number().int(),
    old_list: z.string().nullable().describe("a do-not-call list that it needs and that is too old: it will not start"),
    lacking_consent: z.number().int(),
    left_out: counts,
    budget: z
      .object({
        ...budget,
        answer_rate: z.number().describe("the share of dials that is expected to be answered"),
        expected: z.number().describe("what one dial for each contact will cost then"),
        most: z.number().describe("the same, if every call were as long as it can be"),
        covers: z.number().int().describe("contacts that what is left will do for"),
        covers_surely: z.number().int(),
        unpriced: z.number().int().describe("contacts whose number has no price: it will not start"),
      })
      .nullable(),
    first_dial_at: instant.nullable(),
    through_at: instant.nullable(),
  })
  .openapi("Preflight");

export const costSchema = z.object({ unit: z.string(), amount: z.number(), calls: z.number().int() }).openapi("Cost");

export const explanationSchema = z
  .object({
    call: callSchema,
    attempts: z.array(attemptSchema),
    do_not_call: z.boolean(),
    held_by: z.string().nullable(),
    closed_now: z.array(z.string()).readonly(),
    opens_at: instant.nullable(),
    runner: z.enum(["up", "gone"]).nullable(),
    campaign: statusSchema,
  })
  .openapi("Explanation");
