/** Rows ↔ what was told by webhook, for every SQL store. */
import { z } from "zod";
import { HOW_TOLD, TOLD, type ToldOf, type Webhook } from "../engine/ports/webhooks.ts";
import { iso, type Plain, type Row, text } from "./columns.ts";

/** `heard_at` is the store's to say. */
export const webhookValues = (webhook: Webhook): Record<string, Plain> => ({
  event: webhook.what,
  how: webhook.how,
  sent_at: iso(webhook.sentAt),
  event_id: webhook.eventId,
  late_ms: Math.round(webhook.late),
  uncertain_ms: webhook.uncertain === null ? null : Math.round(webhook.uncertain),
  said: webhook.said,
});

const toldRow = z.object({
  attempt_id: text,
  event: z.enum(TOLD),
  how: z.enum(HOW_TOLD),
  late_ms: z.number(),
  uncertain_ms: z.number().nullable(),
  said: text.nullable(),
  ago: z.number(),
});

export function toldOf(raw: Row): ToldOf {
  const row = toldRow.parse(raw);
  return {
    attemptId: row.attempt_id,
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
