/** Events of campaigns, and the notices that are sent of them. Each function runs inside one transaction. */
import type { Instant } from "../../domain/time/instant.ts";
import type { EventPage, EventStore, NoticeBatch } from "../../engine/ports/events.ts";
import { iso } from "../columns.ts";
import { eventPageOf, noticeBatchOf } from "../event-rows.ts";
import type { Database } from "./database.ts";
import { MINE } from "./sql.ts";

/** One writes at a time, so what comes later has a higher position. */
export function events(db: Database, campaignId: string, after: number | null, limit: number): EventPage {
  const owned = { id: campaignId, owner: db.owner };
  const last = db.get(
    `select coalesce(max(e.position), 0) as last from campaign_events e join campaigns c on c.id = e.campaign_id
     where c.id = :id and ${MINE}`,
    owned,
  )?.["last"];
  if (after === null) return eventPageOf([], Number(last));
  const rows = db.all(
    `select e.*, c.name as campaign_name from campaign_events e join campaigns c on c.id = e.campaign_id
     where c.id = :id and ${MINE} and e.position > :after order by e.position limit :limit`,
    { ...owned, after, limit },
  );
  return eventPageOf(rows, after);
}

/** Notices of a campaign; named by the index's own words, without which SQLite would read all events of the campaign. */
export const noticesOf = (campaign: string, notice: "due" | "given_up"): string =>
  `campaign_events e indexed by campaign_events_notices
   where e.campaign_id = ${campaign} and e.notice in ('due', 'given_up') and e.notice = '${notice}'`;

/** Wants `:at` and `:owner`. */
const RECEIVER = `select c.* from campaigns c
  where c.notify_url is not null and coalesce(c.notify_due_at, '') <= :at and ${MINE}
    and exists (select 1 from ${noticesOf("c.id", "due")} and e.due_at <= :at)
  order by coalesce(c.notify_due_at, ''), c.id limit 1`;

export const anyNotices = (db: Database, at: Instant): boolean =>
  db.get(RECEIVER, { at: iso(at), owner: db.owner }) !== undefined;

export function claimNotices(db: Database, at: Instant, lease: number, limit: number): NoticeBatch | null {
  const campaign = db.get(RECEIVER, { at: iso(at), owner: db.owner });
  if (campaign === undefined) return null;
  const { id = null, name = null } = campaign;
  const until = iso(at + lease);
  db.run("update campaigns set notify_due_at = :until where id = :id", { id, until });
  const due = db.all(
    `select e.*, :name as campaign_name from ${noticesOf(":id", "due")} and e.due_at <= :at
     order by e.tries, e.position limit :limit`,
    { id, name, at: iso(at), limit },
  );
  return noticeBatchOf({ ...campaign, notify_due_at: until }, due);
}

export function settleNotice(
  db: Database,
  position: number,
  how: Parameters<EventStore["settleNotice"]>[1],
  at: Instant,
): void {
  const again = how.is === "failed" ? how.again : null;
  const notice = how.is === "sent" ? "sent" : again === null ? "given_up" : "due";
  db.run(
    `update campaign_events set notice = :notice, due_at = :due, tries = tries + 1
     where position = :position and notice = 'due' and campaign_id in (select id from campaigns where ${MINE})`,
    { position, notice, due: iso(at + (again ?? 0)), owner: db.owner },
  );
}

export function releaseNotices(
  db: Database,
  { campaignId, lease }: Pick<NoticeBatch, "campaignId" | "lease">,
  { rest, error }: Parameters<EventStore["releaseNotices"]>[1],
  at: Instant,
): void {
  db.run(
    `update campaigns set notify_due_at = :due, notify_error = :error,
       notify_failures = case when :error is null then 0 else notify_failures + 1 end
     where id = :id and notify_due_at = :lease and ${MINE}`,
    { id: campaignId, lease, due: iso(at + rest), error, owner: db.owner },
  );
}

export function dropEvents(db: Database, before: Instant, keep: number, limit: number): number {
  const aged = db.run(
    `delete from campaign_events where position in (
       select position from campaign_events where at < :before order by at limit :limit)`,
    { before: iso(before), limit },
  );
  return (
    aged +
    db.run(
      `delete from campaign_events where position in (
         select position from campaign_events where position <= (select max(position) from campaign_events) - :keep
           and notice is not 'due' order by position limit :limit)`,
      { keep, limit: limit - aged },
    )
  );
}
