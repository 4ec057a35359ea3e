/** Rows ↔ the audit log, for every SQL store. */
import { z } from "zod";
import { consentOf } from "./suppression-rows.ts";
import type {
  AuditEntry,
  CampaignVersion,
  DialFacts,
  HistoryEntry,
  ListedNumber,
  SealedEntry,
  StoredConsent,
} from "../engine/ports/audit.ts";
import { campaignOf } from "./campaign-rows.ts";
import { ending, instant, json, onFirstUse, type Row, text } from "./columns.ts";

/** Numbers of one request that are each an entry of the log; of more, it says how many. */
export const ONE_BY_ONE = 100;

const entryRow = onFirstUse(() =>
  z.object({
    seq: z.number(),
    at: instant,
    actor: text.nullable(),
    user_id: text.nullable(),
    action: text,
    campaign_id: text.nullable(),
    call_id: text.nullable(),
    attempt_id: text.nullable(),
    subject: z.number().nullable(),
    before: text.nullable(),
    after: text.nullable(),
  }),
);

export function entryOf(raw: Row): AuditEntry {
  const row = entryRow().parse(raw);
  return {
    seq: row.seq,
    at: row.at,
    actor: row.actor,
    userId: row.user_id,
    action: row.action,
    campaignId: row.campaign_id,
    callId: row.call_id,
    attemptId: row.attempt_id,
    subject: row.subject,
    before: row.before,
    after: row.after,
  };
}

const linkRow = onFirstUse(() => z.object({ link: z.number(), hash: text }));
export const headOf = (raw: Row) => linkRow().parse(raw);
export const sealedOf = (raw: Row): SealedEntry => ({ ...entryOf(raw), ...linkRow().parse(raw) });

const numberRow = onFirstUse(() => z.object({ phone_number: text.nullable() }));
export const historyOf = (raw: Row): HistoryEntry => ({
  ...entryOf(raw),
  phoneNumber: numberRow().parse(raw).phone_number,
});

const dialRow = onFirstUse(() =>
  z.object({
    attempt_id: text,
    call_id: text,
    campaign_id: text.nullable(),
    user_id: text.nullable(),
    phone_number: text,
    place: text,
    dialed_at: instant,
    answered_at: instant.nullable(),
    ended_at: instant.nullable(),
    local_day: text.nullable(),
    ending: ending.nullable(),
    callback_at: instant.nullable(),
    entries: json(z.array(z.record(text, z.unknown()))),
    consents: json(z.array(z.record(text, z.unknown()))),
  }),
);

export function dialOf(raw: Row): DialFacts {
  const row = dialRow().parse(raw);
  return {
    attemptId: row.attempt_id,
    callId: row.call_id,
    campaignId: row.campaign_id,
    userId: row.user_id,
    phoneNumber: row.phone_number.startsWith("erased:") ? null : row.phone_number,
    place: row.place,
    dialedAt: row.dialed_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    localDay: row.local_day,
    ending: row.ending,
    callbackAt: row.callback_at,
    listed: row.entries.map(listedOf),
    consents: row.consents.map(storedConsentOf),
  };
}

const listedRow = onFirstUse(() =>
  z.object({
    phone_number: text,
    source: text,
    created_at: instant.nullable(),
    expires_at: instant.nullable(),
  }),
);
function listedOf(raw: Row): ListedNumber {
  const row = listedRow().parse(raw);
  // A frontend did not say when: as the list is read everywhere.
  return {
    phoneNumber: row.phone_number,
    source: row.source,
    createdAt: row.created_at ?? 0,
    expiresAt: row.expires_at,
  };
}

const ownedRow = onFirstUse(() => z.object({ id: z.number(), user_id: text.nullable() }));
function storedConsentOf(raw: Row): StoredConsent {
  const { id, user_id: userId } = ownedRow().parse(raw);
  return { ...consentOf(raw), id, userId };
}

/** What a campaign's row has beside what the log says of it. */
const COURSE = {
  execution_status: "idle",
  status_reason: null,
  hang_up: 0,
  recent: "",
  last_trouble: null,
  campaign_prompt: null,
  voicemail_message: null,
  sip_headers: {},
  notify_url: null,
} as const;

const days = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((day) => String(day).slice(0, 3).toLowerCase()) : value;

/** Entries of campaigns, in their order → what each said from then on. */
export function versionsOf(rows: readonly Row[]): CampaignVersion[] {
  const known = new Map<string, Row>();
  return rows.flatMap((raw) => {
    const { seq, at, campaignId, after } = entryOf(raw);
    if (campaignId === null || after === null) return [];
    const said = { ...known.get(campaignId), ...(JSON.parse(after) as Row) };
    known.set(campaignId, said);
    const since = new Date(at).toISOString();
    const row = { ...said, ...COURSE, id: campaignId, created_at: since, status_at: since };
    return [{ seq, campaign: campaignOf({ ...row, calling_days: days(said["calling_days"]) }) }];
  });
}
