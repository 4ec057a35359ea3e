/** Rows ↔ calls, for every SQL store. */
import { z } from "zod";
import { type Call, CALL_STATUSES, type Contact, OUTCOMES } from "../domain/calls/call.ts";
import type { Callback } from "../domain/calls/callback.ts";
import type { WaitingCallback } from "../domain/calls/plan.ts";
import type { Instant } from "../domain/time/instant.ts";
import { recordingColumn } from "./recording-rows.ts";
import {
  ending,
  instant,
  iso,
  isoOrNull,
  onFirstUse,
  type Plain,
  readRow,
  type Row,
  type Spell,
  text,
  variables,
} from "./columns.ts";

const callRow = onFirstUse(() =>
  z.object({
    id: text,
    campaign_id: text.nullable(),
    contact_id: text.nullable(),
    phone_number: text,
    contact_name: text.nullable(),
    contact_email: text.nullable(),
    variables,
    status: z.enum(CALL_STATUSES),
    attempts_spent: z.number(),
    attempts_free: z.number(),
    attempt_id: text.nullable(),
    place: text,
    next_attempt_at: instant.nullable(),
    held_by: text.nullable(),
    callback_at: instant.nullable(),
    callback_zone: text.nullable(),
    callback_missed_at: instant.nullable(),
    end_reason: ending.nullable(),
    sip_status_code: z.number().nullable(),
    outcome: z.enum(OUTCOMES).nullable(),
    notes: text.nullable(),
    call_duration: z.number().nullable(),
    duration_uncertainty: z.number().nullable(),
    room_name: text.nullable(),
    call_sid: text.nullable(),
    from_number: text.nullable(),
    started_at: instant.nullable(),
    completed_at: instant.nullable(),
    reached_in: text.nullable(),
    recording: recordingColumn,
  }),
);

const HARMLESS: Readonly<Record<keyof ReturnType<typeof callRow>["shape"], unknown>> = {
  id: "",
  campaign_id: null,
  contact_id: null,
  phone_number: "",
  contact_name: null,
  contact_email: null,
  variables: {},
  status: "failed",
  attempts_spent: 0,
  attempts_free: 0,
  attempt_id: null,
  place: "",
  next_attempt_at: null,
  held_by: null,
  callback_at: null,
  callback_zone: null,
  callback_missed_at: null,
  end_reason: null,
  sip_status_code: null,
  outcome: null,
  notes: null,
  call_duration: null,
  duration_uncertainty: null,
  room_name: null,
  call_sid: null,
  from_number: null,
  started_at: null,
  completed_at: null,
  reached_in: null,
  recording: null,
};

/** Whom the call was to, is erased: what comes late of it would make somebody of them again. */
export const isErased = ({ contact }: Call): boolean => contact.phoneNumber.startsWith("erased:");

export const callOf = (raw: Row): Call => readCall(raw).call;

/** A call, and what keeps its row from being read; null: nothing. */
export function readCall(raw: Row): { readonly call: Call; readonly odd: string | null } {
  const { row, odd } = readRow(callRow(), raw, HARMLESS);
  return { call: callIn(row), odd };
}

function callIn(row: z.output<ReturnType<typeof callRow>>): Call {
  const contact: Contact = {
    id: row.contact_id,
    name: row.contact_name,
    phoneNumber: row.phone_number,
    email: row.contact_email,
    variables: row.variables,
  };
  return {
    id: row.id,
    campaignId: row.campaign_id,
    contact,
    status: row.status,
    attemptsSpent: row.attempts_spent,
    attemptsFree: row.attempts_free,
    attemptId: row.attempt_id,
    place: row.place,
    nextAttemptAt: row.next_attempt_at,
    heldBy: row.held_by,
    callback: callbackIn(row),
    callbackMissedAt: row.callback_missed_at,
    endReason: row.end_reason,
    sipStatus: row.sip_status_code,
    outcome: row.outcome,
    notes: row.notes,
    durationSeconds: row.call_duration,
    durationUncertainty: row.duration_uncertainty,
    roomName: row.room_name,
    sipCallId: row.call_sid,
    fromNumber: row.from_number,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    reachedIn: row.reached_in,
    recording: row.recording,
  };
}

const callbackRow = onFirstUse(() => z.object({ callback_at: instant.nullable(), callback_zone: text.nullable() }));

/** The promise that a row holds; null: none, or none that can be read. */
export function callbackOf(raw: Row): Callback | null {
  const row = callbackRow().safeParse(raw);
  return row.success ? callbackIn(row.data) : null;
}

const callbackIn = ({
  callback_at: at,
  callback_zone: zone,
}: z.output<ReturnType<typeof callbackRow>>): Callback | null => (at === null ? null : { at, zone: zone ?? "UTC" });

/** Those that a snapshot shows; the others come up when these are made or missed. */
export const CALLBACKS_SEEN = 100;

/** A call that waits for its callback; none that can be read: it waits for none. */
export function waitingCallbackOf(raw: Row): WaitingCallback[] {
  const callback = callbackOf(raw);
  if (callback === null) return [];
  const due = instant.safeParse(raw["next_attempt_at"]);
  return [
    {
      callId: String(raw["id"]),
      place: String(raw["place"]),
      callback,
      nextDue: Math.max(callback.at, due.success ? due.data : 0),
    },
  ];
}

/** What the engine changes of a call; contact, outcome and notes are not its to write. */
export function callChanges(call: Call, at: Instant): Record<string, Plain> {
  return {
    id: call.id,
    status: call.status,
    attempts_spent: call.attemptsSpent,
    attempts_free: call.attemptsFree,
    attempt_id: call.attemptId,
    next_attempt_at: isoOrNull(call.nextAttemptAt),
    held_by: call.heldBy,
    callback_at: isoOrNull(call.callback?.at ?? null),
    callback_zone: call.callback?.zone ?? null,
    callback_missed_at: isoOrNull(call.callbackMissedAt),
    end_reason: call.endReason,
    sip_status_code: call.sipStatus,
    call_duration: call.durationSeconds,
    duration_uncertainty: call.durationUncertainty,
    room_name: call.roomName,
    call_sid: call.sipCallId,
    from_number: call.fromNumber,
    started_at: isoOrNull(call.startedAt),
    completed_at: isoOrNull(call.completedAt),
    reached_in: call.reachedIn,
    updated_at: iso(at),
  };
}

/** Everything of a call that was made just now. */
export function callValues<T>(call: Call, at: Instant, spell: Spell<T>): Record<string, Plain | T> {
  return {
    ...callChanges(call, at),
    campaign_id: call.campaignId,
    contact_id: call.contact.id,
    phone_number: call.contact.phoneNumber,
    contact_name: call.contact.name,
    contact_email: call.contact.email,
    variables: spell(call.contact.variables),
    place: call.place,
    created_at: iso(at),
  };
}
