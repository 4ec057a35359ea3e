/** Rows ↔ attempts, for every SQL store. */
import { z } from "zod";
import { type Attempt, type AttemptState, OUTCOMES } from "../domain/calls/call.ts";
import type { Talk } from "../domain/calls/dead-air.ts";
import { ANSWERED_BY, ENDED_BY, type Said } from "../domain/calls/verdict.ts";
import { countryAt } from "../domain/calls/destinations.ts";
import { EXPECTATIONS } from "../domain/calls/refusals.ts";
import type { TrunkDial } from "../domain/calls/trunk-history.ts";
import { dialingPrefix } from "../domain/phones/numbering.ts";
import { recordingColumn } from "./recording-rows.ts";
import { rateColumn } from "./spending-rows.ts";
import { ending, flag, instant, iso, isoOrNull, json, onFirstUse, type Plain, type Row, text } from "./columns.ts";

const attemptRow = onFirstUse(() =>
  z.object({
    id: text,
    call_id: text,
    campaign_id: text.nullable(),
    runner_id: text,
    trunk_id: text.nullable(),
    state: z.enum(["claimed", "dialing", "answered", "ended"] satisfies AttemptState[]),
    claimed_at: instant,
    callback_at: instant.nullable(),
    dialed_at: instant.nullable(),
    from_number: text.nullable(),
    answered_at: instant.nullable(),
    ended_at: instant.nullable(),
    local_day: text.nullable(),
    ending: ending.nullable(),
    sip_status_code: z.number().nullable(),
    detail: text.nullable(),
    call_sid: text.nullable(),
    uncertain_seconds: z.number(),
    ended_by_us: flag,
    rang: flag,
    verdict_seq: z.number().nullable(),
    answered_by: z.enum(ANSWERED_BY).nullable(),
    agent_outcome: z.enum(OUTCOMES).nullable(),
    agent_notes: text.nullable(),
    first_audio_ms: z.number().nullable(),
    ended_by: z.enum(ENDED_BY).nullable(),
    recording: recordingColumn,
    cost_micros: z.number().nullable(),
    rate: json(rateColumn.nullable()),
  }),
);

export function attemptOf(raw: Row): Attempt {
  const row = attemptRow().parse(raw);
  return {
    id: row.id,
    callId: row.call_id,
    campaignId: row.campaign_id,
    runnerId: row.runner_id,
    trunkId: row.trunk_id,
    state: row.state,
    claimedAt: row.claimed_at,
    callbackAt: row.callback_at,
    dialedAt: row.dialed_at,
    fromNumber: row.from_number,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    localDay: row.local_day,
    ending: row.ending,
    sipStatus: row.sip_status_code,
    detail: row.detail,
    sipCallId: row.call_sid,
    uncertainSeconds: row.uncertain_seconds,
    endedByUs: row.ended_by_us,
    rang: row.rang,
    said: saidIn(row),
    recording: row.recording,
    ...(row.cost_micros !== null && row.rate !== null && { charge: { micros: row.cost_micros, rate: row.rate } }),
  };
}

const saidIn = (row: z.output<ReturnType<typeof attemptRow>>): Said | null =>
  row.verdict_seq === null
    ? null
    : {
        seq: row.verdict_seq,
        answeredBy: row.answered_by,
        outcome: row.agent_outcome,
        notes: row.agent_notes,
        firstAudioMs: row.first_audio_ms,
        endedBy: row.ended_by,
      };

/** What the agent said has a verb of its own: whoever stores what was seen leaves it alone. */
export const saidValues = (said: Said): Record<string, Plain> => ({
  verdict_seq: said.seq,
  answered_by: said.answeredBy,
  agent_outcome: said.outcome,
  agent_notes: said.notes,
  first_audio_ms: said.firstAudioMs,
  ended_by: said.endedBy,
});

export function attemptValues(attempt: Attempt): Record<string, Plain> {
  return {
    id: attempt.id,
    call_id: attempt.callId,
    campaign_id: attempt.campaignId,
    runner_id: attempt.runnerId,
    trunk_id: attempt.trunkId,
    state: attempt.state,
    claimed_at: iso(attempt.claimedAt),
    callback_at: isoOrNull(attempt.callbackAt),
    dialed_at: isoOrNull(attempt.dialedAt),
    from_number: attempt.fromNumber,
    answered_at: isoOrNull(attempt.answeredAt),
    ended_at: isoOrNull(attempt.endedAt),
    local_day: attempt.localDay,
    ending: attempt.ending,
    sip_status_code: attempt.sipStatus,
    detail: attempt.detail,
    call_sid: attempt.sipCallId,
    uncertain_seconds: attempt.uncertainSeconds,
    ended_by_us: attempt.endedByUs ? 1 : 0,
    rang: attempt.rang ? 1 : 0,
    cost_micros: attempt.charge?.micros ?? null,
    rate: attempt.charge === undefined ? null : JSON.stringify(attempt.charge.rate),
  };
}

const trunkDialRow = z.object({
  dialed_at: instant,
  answered_at: instant.nullable(),
  ending: ending.nullable(),
  sip_status_code: z.number().nullable(),
  rang: flag,
  place: text.nullable(),
  call_id: text.nullable(),
  from_number: text.nullable(),
  own: flag,
  expect: z.enum(EXPECTATIONS).nullable().catch(null),
});
const TRUNK_DIAL_COLUMNS = Object.keys(trunkDialRow.shape);

/** By what stands in the row. A scheduler asks for the last hundred dials before each one, and finds two or three changed. */
const trunkDials = new Map<string, TrunkDial>();
const MOST_KEPT = 10_000;

export function trunkDialOf(raw: Row): TrunkDial {
  // Numbers are not kept: of each, as much as says where it is.
  const { phone_number: number } = raw;
  const prefix = typeof number === "string" ? dialingPrefix(number) : "?";
  const key = JSON.stringify([prefix, ...TRUNK_DIAL_COLUMNS.map((column) => raw[column])]);
  let dial = trunkDials.get(key);
  if (dial !== undefined) return dial;
  if (trunkDials.size >= MOST_KEPT) trunkDials.clear();
  trunkDials.set(key, (dial = readTrunkDial(raw, prefix)));
  return dial;
}

function readTrunkDial(raw: Row, prefix: string): TrunkDial {
  const row = trunkDialRow.parse(raw);
  const { own, expect } = row;
  return {
    dialedAt: row.dialed_at,
    answered: row.answered_at !== null,
    ending: row.ending,
    sipStatus: row.sip_status_code,
    rang: row.rang,
    country: countryAt(row.place ?? ""),
    prefix,
    callId: row.call_id,
    fromNumber: row.from_number,
    own,
    expect,
  };
}

const talkRow = onFirstUse(() =>
  attemptRow()
    .pick({
      call_id: true,
      answered_at: true,
      ended_at: true,
      uncertain_seconds: true,
      ended_by_us: true,
      answered_by: true,
      first_audio_ms: true,
      ended_by: true,
    })
    .extend({ from_number: text.nullable() }),
);

export function talkOf(raw: Row): Talk {
  const row = talkRow().parse(raw);
  return {
    callId: row.call_id,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    uncertainSeconds: row.uncertain_seconds,
    endedByUs: row.ended_by_us,
    callerId: row.from_number,
    said: { answeredBy: row.answered_by, firstAudioMs: row.first_audio_ms, endedBy: row.ended_by },
  };
}
