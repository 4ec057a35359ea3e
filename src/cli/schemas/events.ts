/** Lines of `run`, `serve` and `dial`: what happens, one object each. */
import { z } from "zod";
import { CALL_STATUSES, OUTCOMES } from "../../domain/calls/call.ts";
import type { RunEvent } from "../../domain/calls/run-event.ts";
import { ANSWERED_BY } from "../../domain/calls/verdict.ts";
import { instant } from "../../http/schemas/common.ts";
import type { Snake } from "../../json/campaign-file.ts";

const text = z.string();
const because = text.describe("in words");
const campaign = { campaign_id: text, campaign: text.describe("its name") };
const call = {
  campaign_id: text.nullable().describe("null: a single call"),
  call_id: text,
  attempt_id: text,
  number: text.describe("redacted"),
};
const side = z.enum(["database", "livekit", "carrier", "webhook"]);

type Type = RunEvent["type"];
type Fields<T extends Type> = Omit<Extract<RunEvent, { type: T }>, "type" | "at">;

/** Every type there is, with its fields. */
const FIELDS = {
  run_started: { runner_id: text },
  campaign_working: campaign,
  campaign_waiting: { ...campaign, because, until: instant.nullable() },
  callback_missed: {
    ...campaign,
    call_id: text,
    promised_for: instant,
    next_attempt_at: instant.nullable().describe("for when it is promised instead; null: the call has ended"),
  },
  campaign_paused: { ...campaign, because },
  campaign_failed: { ...campaign, because },
  campaign_completed: { ...campaign, because: text.nullable().describe("why those who are left can never be called") },
  call_dialing: { ...call, agent_joined_ms: z.number().nullable().describe("null: it was not waited for") },
  call_ringing: call,
  call_answered: call,
  call_verdict: {
    ...call,
    seq: z.int(),
    answered_by: z.enum(ANSWERED_BY).nullable(),
    outcome: z.enum(OUTCOMES).nullable(),
    callback_at: instant.nullable(),
    first_audio_ms: z.number().nullable(),
  },
  verdict_ignored: { ...call, problems: z.array(text) },
  call_unrecorded: { ...call, because },
  call_ended: {
    ...call,
    ending: text,
    status: z.enum(CALL_STATUSES),
    sip_status: z.int().nullable(),
    duration_seconds: z.number().nullable(),
    duration_uncertainty: z.number().nullable(),
    next_attempt_at: instant.nullable(),
    detail: text.nullable(),
  },
  call_adopted: call,
  room_left: call,
  call_relieved: call,
  contacts_forgotten: { ...campaign, rows: z.int(), recordings: z.array(text).describe("where those lie that are left") },
  trouble: { with: side, message: text, hint: text.nullable() },
  recovered_from: { with: side },
  silent_runner: { until: instant },
  draining: { because: z.enum(["interrupted", "time_over", "bug"]), live: z.int() },
  left: { live: z.int() },
  run_ended: {},
} satisfies { readonly [T in Type]: { readonly [K in keyof Fields<T> & string as Snake<K>]: z.ZodType } };

export const runEvents = Object.entries(FIELDS).map(([type, fields]: [string, z.ZodRawShape]) =>
  z.object({ at: instant, type: z.literal(type), ...fields }),
);

/** The first line of `serve`. */
export const listening = z.object({
  type: z.literal("listening"),
  url: text,
  docs: text,
  token: text.optional().describe("made for this process, where no setting names one"),
});
