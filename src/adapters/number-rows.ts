/** Rows ↔ types for caller IDs, trunks and the carrier's call detail records, for every SQL store; see rows.ts. */
import { z } from "zod";
import type { Instant } from "../domain/time/instant.ts";
import { type CarrierCall, carrierIdOf } from "../engine/ports/carrier.ts";
import type { CallerNumber, Assignment, TrunkLimit } from "../engine/ports/caller-numbers.ts";
import type { Cost, UnsyncedAttempt } from "../engine/ports/carrier.ts";
import { instantOrNull, iso, isoOrNull, onFirstUse, type Plain, type Row } from "./columns.ts";

const text = z.string().nullable();
const numberRow = onFirstUse(() =>
  z.object({
    id: z.string(),
    number: z.string(),
    label: text,
    phone_sid: text,
    trunk_sid: text,
    outbound_assistant_id: text,
    inbound_assistant_id: text,
    outbound_trunk_id: text,
    outbound_trunk_name: text,
    interval_ms: z.number(),
    last_use: text,
  }),
);

export function numberOf(raw: Row): CallerNumber {
  const row = numberRow().parse(raw);
  return {
    id: row.id,
    number: row.number,
    label: row.label,
    phoneSid: row.phone_sid,
    trunkSid: row.trunk_sid,
    assistantId: row.outbound_assistant_id ?? row.inbound_assistant_id,
    trunkId: row.outbound_trunk_id,
    trunkName: row.outbound_trunk_name,
    interval: row.interval_ms,
    lastUsedAt: instantOrNull(row.last_use),
  };
}

/** The columns that are said; what is not said stays as it is. */
export const assignmentValues = (said: Assignment): Record<string, Plain> => ({
  id: said.id,
  status: "active",
  outbound_assistant_id: said.assistantId,
  outbound_trunk_id: said.trunkId,
  outbound_trunk_name: said.trunkName,
  ...(said.label === undefined ? {} : { label: said.label }),
  ...(said.interval === undefined ? {} : { interval_ms: said.interval }),
  ...(said.phoneSid === undefined ? {} : { phone_sid: said.phoneSid }),
  ...(said.trunkSid === undefined ? {} : { trunk_sid: said.trunkSid }),
});

const limitRow = onFirstUse(() =>
  z.object({ trunk_id: z.string(), interval_ms: z.number(), concurrency: z.number().nullable() }),
);

export function trunkLimitOf(raw: Row): TrunkLimit {
  const { trunk_id: trunkId, interval_ms: interval, concurrency } = limitRow().parse(raw);
  return { trunkId, interval, concurrency };
}

const unsyncedRow = onFirstUse(() =>
  z.object({ id: z.string(), phone_number: z.string(), dialed_at: z.string(), call_sid: text }),
);

export function unsyncedOf(raw: Row): UnsyncedAttempt {
  const row = unsyncedRow().parse(raw);
  return {
    attemptId: row.id,
    phoneNumber: row.phone_number,
    dialedAt: Date.parse(row.dialed_at),
    carrierId: carrierIdOf(row.call_sid),
  };
}

export const carrierValues = (attemptId: string, record: CarrierCall, at: Instant): Record<string, Plain> => ({
  attempt_id: attemptId,
  sid: record.id,
  status: record.status,
  duration: record.durationSeconds,
  price_micros: record.price?.micros ?? null,
  price_unit: record.price?.unit ?? null,
  started_at: isoOrNull(record.startedAt),
  synced_at: iso(at),
});

const costRow = onFirstUse(() => z.object({ unit: z.string(), micros: z.number(), calls: z.number() }));
export const costOf = (raw: Row): Cost => costRow().parse(raw);
