/** Calls as JSON. */
import { z } from "@hono/zod-openapi";
import { CALL_STATUSES, OUTCOMES } from "../../domain/calls/call.ts";
import { RECORDING_STATUSES } from "../../domain/calls/recording.ts";
import { ANSWERED_BY, ENDED_BY } from "../../domain/calls/verdict.ts";
import { anyText, instant, text } from "./common.ts";

export const phoneNumber = text(40).describe("such as +12025550123");
export const outcomeSchema = z.enum(OUTCOMES);
export const callStatus = z.enum(CALL_STATUSES);

const recordingSchema = z
  .object({
    status: z.enum(RECORDING_STATUSES),
    started_at: instant.nullable(),
    ended_at: instant.nullable(),
    seconds: z.number().nullable(),
    location: z.string().nullable().describe("where it lies; null: nowhere, or not yet"),
    detail: z.string().nullable(),
  })
  .nullable()
  .describe("what became of the recording; null: none was asked for");

export const callSchema = z
  .object({
    id: z.string(),
    campaign_id: z.string().nullable(),
    phone_number: z.string(),
    contact_name: z.string().nullable(),
    contact_email: z.string().nullable(),
    variables: z.record(z.string(), z.string()),
    status: callStatus,
    end_reason: z.string().nullable(),
    reached: z.boolean().describe("a human spoke"),
    sip_status_code: z.number().int().nullable(),
    attempts: z.number().int(),
    next_attempt_at: instant.nullable(),
    callback_at: instant.nullable(),
    callback_zone: z.string().nullable(),
    callback_missed_at: instant.nullable(),
    outcome: outcomeSchema.nullable(),
    notes: z.string().nullable(),
    call_duration: z.number().nullable(),
    duration_uncertainty: z.number().nullable(),
    estimated: z.boolean(),
    recording: recordingSchema,
    from_number: z.string().nullable(),
    room_name: z.string().nullable(),
    call_sid: z.string().nullable(),
    started_at: instant.nullable(),
    completed_at: instant.nullable(),
  })
  .openapi("Call");

export const attemptSchema = z
  .object({
    id: z.string(),
    state: z.enum(["claimed", "dialing", "answered", "ended"]),
    claimed_at: instant.nullable(),
    dialed_at: instant.nullable(),
    answered_at: instant.nullable(),
    ended_at: instant.nullable(),
    end_reason: z.string().nullable(),
    sip_status_code: z.number().int().nullable(),
    detail: z.string().nullable(),
    uncertain_seconds: z.number(),
    ended_by_us: z.boolean(),
    recording: recordingSchema,
    call_sid: z.string().nullable(),
    answered_by: z.enum(ANSWERED_BY).nullable().describe("this and what follows: as the agent says it"),
    agent_outcome: outcomeSchema.nullable(),
    agent_notes: z.string().nullable(),
    first_audio_ms: z.number().nullable(),
    ended_by: z.enum(ENDED_BY).nullable(),
    verdict_seq: z.number().int().nullable(),
    trace_id: z.string(),
    cost: z.number().nullable().describe("against the budget: the most that it can cost, then what it did"),
  })
  .openapi("Attempt");

export const outcomeInput = z
  .strictObject({ outcome: outcomeSchema, notes: anyText(10_000).nullish() })
  .openapi("OutcomeInput");

export const dialInput = z
  .strictObject({
    phone_number: phoneNumber,
    assistant_id: text(200).optional(),
    trunk_id: text(200).optional().describe("id or name; assistant_id, trunk_id or both are needed"),
    from_number: phoneNumber.optional().describe("default: one of the assistant's numbers, else the trunk's own"),
    contact_name: text(200).optional(),
    campaign_prompt: anyText(100_000).optional(),
    ring_seconds: z.number().int().min(5).max(60).default(45),
    max_duration_seconds: z.number().int().min(60).max(86_400).default(1800),
    wait_for_agent: z.boolean().default(true),
  })
  .openapi("DialInput");
