/** Rows ↔ what was told by webhook, for every SQL store. */
import { z } from "zod";
import { OUTCOMES } from "../domain/calls/outcome.ts";
import { ANSWERED_BY, ENDED_BY } from "../domain/calls/verdict.ts";
import type { Heard } from "../engine/ports/index.ts";
import { HOW_TOLD, TOLD, type ToldOf, type Webhook } from "../engine/ports/webhooks.ts";
import { iso, json, onFirstUse, type Plain, type Row, text } from "./columns.ts";

/** `heard_at` is the store's to say. */
export const webhookValues = (webhook: Webhook): Record<string, Plain> => ({
  event: webhook.what,
  how: webhook.how,
  sent_at: iso(webhook.sentAt),
  event_id: webhook.eventId,
  late_ms: Math.round(webhook.late),
  uncertain_ms: webhook.uncertain === null ? null : Math.round(webhook.uncertain),
  said: webhook.said === null ? null : JSON.stringify(webhook.said),
});

/** As we wrote it, once it was read. */
const heard: z.ZodType<Heard> = z.object({
  verdict: z
    .object({
      seq: z.number(),
      answeredBy: z.enum(ANSWERED_BY).nullable(),
      outcome: z.enum(OUTCOMES).nullable(),
      notes: text.nullable(),
      firstAudioMs: z.number().nullable(),
      endedBy: z.enum(ENDED_BY).nullable(),
      doNotCall: z.boolean(),
      callbackAt: text.nullable(),
      callbackZone: text.nullable(),
      final: z.boolean(),
    })
    .nullable(),
  problems: z.array(text),
});

const toldRow = onFirstUse(() =>
  z.object({
    attempt_id: text,
    event: z.enum(TOLD),
    how: z.enum(HOW_TOLD),
    late_ms: z.number(),
    uncertain_ms: z.number().nullable(),
    said: json(heard.nullable()),
    event_id: text,
    ago: z.number(),
  }),
);

export function toldOf(raw: Row): ToldOf {
  const row = toldRow().parse(raw);
  return {
    attemptId: row.attempt_id,
    eventId: row.event_id,
    what: row.event,
    how: row.how,
    late: row.late_ms,
    uncertain: row.uncertain_ms,
    said: row.said,
    ago: sinceThen(row.ago),
  };
}

/** Somebody may have set the clock meanwhile. */
export const sinceThen = (ms: number): number => Math.max(0, Math.round(ms));
