/** Rows of campaign_events → events, for every SQL store. */
import { z } from "zod";
import { type CampaignEvent, EVENT_TYPES } from "../domain/calls/campaign-event.ts";
import type { EventPage, Notice, NoticeBatch, NoticeState } from "../engine/ports/events.ts";
import { instant, instantOrNull, iso, json, onFirstUse, type Row, text } from "./columns.ts";

const eventRow = onFirstUse(() =>
  z.object({
    id: text,
    type: z.enum(EVENT_TYPES),
    at: instant,
    campaign_id: text,
    campaign_name: text,
    data: json(z.record(z.string(), z.unknown())),
  }),
);

/** None: somebody else wrote it, and it cannot be read. */
function eventOf(raw: Row): CampaignEvent[] {
  const { success, data: row } = eventRow().safeParse(raw);
  if (!success) return [];
  const { id, type, at, campaign_id: campaignId, campaign_name: campaign } = row;
  const data = Object.fromEntries(Object.entries(row.data).map(([key, value]) => [key, spelled(key, value)]));
  return [{ id: id.replaceAll("-", ""), type, at, campaignId, campaign, data }];
}

/** Instants as everywhere, whatever the database's own spelling. */
function spelled(key: string, value: unknown): unknown {
  if (!key.endsWith("_at") || typeof value !== "string") return value;
  const at = Date.parse(value);
  return Number.isFinite(at) ? iso(at) : null;
}

const place = z.number();

export function eventPageOf(rows: readonly Row[], last: number): EventPage {
  const events = rows.flatMap((raw) =>
    eventOf(raw).map((event) => ({ ...event, position: place.parse(raw["position"]) })),
  );
  return { events, last: rows.length === 0 ? last : place.parse(rows.at(-1)?.["position"]) };
}

const batchRow = onFirstUse(() =>
  z.object({
    id: text,
    user_id: text.nullable(),
    notify_url: text,
    notify_failures: z.number(),
    notify_due_at: text,
  }),
);

export function noticeBatchOf(campaign: Row, events: readonly Row[]): NoticeBatch {
  const row = batchRow().parse(campaign);
  const notices = events.flatMap((raw) =>
    eventOf(raw).map((event): Notice => ({
      ...event,
      position: place.parse(raw["position"]),
      tries: place.parse(raw["tries"]),
    })),
  );
  return {
    campaignId: row.id,
    userId: row.user_id,
    url: row.notify_url,
    failures: row.notify_failures,
    lease: row.notify_due_at,
    notices,
  };
}

const stateRow = onFirstUse(() =>
  z.object({
    notices_due: place.default(0),
    notices_given_up: place.default(0),
    notify_error: text.nullable().default(null),
    notify_due_at: text.nullable().default(null),
  }),
);

/** Of a campaign's row, with both counts. */
export function noticeStateOf(raw: Row): NoticeState {
  const row = stateRow().parse(raw);
  const { notify_error: error } = row;
  const nextTryAt = error === null ? null : instantOrNull(row.notify_due_at);
  return { due: row.notices_due, givenUp: row.notices_given_up, error, nextTryAt };
}
