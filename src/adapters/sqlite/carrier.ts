/** What the carrier has in its books, beside the attempts it is about. */
import { z } from "zod";
import type { Instant } from "../../domain/instant.ts";
import type { CarrierCall } from "../../engine/carrier.ts";
import type { Cost, UnsyncedAttempt } from "../../engine/sync.ts";
import type { Database } from "./database.ts";
import { iso, isoOrNull } from "../rows.ts";
import { insert, MY_CALL } from "./sql.ts";

const unsyncedRow = z.object({
  id: z.string(),
  phone_number: z.string(),
  dialed_at: z.string(),
  call_sid: z.string().nullable(),
});

/** Ids of Twilio's calls begin with CA; LiveKit's own do not. */
const carrierId = (sid: string | null): string | null => (sid?.startsWith("CA") === true ? sid : null);

export function unsyncedAttempts(
  db: Database,
  campaignId: string,
  limit: number,
  after?: UnsyncedAttempt,
): UnsyncedAttempt[] {
  return db
    .all(
      `select a.id, k.phone_number, a.dialed_at, a.call_sid
       from call_attempts a
       join campaign_calls k on k.id = a.call_id
       left join carrier_calls r on r.attempt_id = a.id
       where a.campaign_id = :campaign and a.state = 'ended' and a.dialed_at is not null and ${MY_CALL}
         and (r.sid is null or (r.status = 'completed' and r.price_micros is null)
              or r.status in ('queued', 'initiated', 'ringing', 'in-progress'))
         and (a.dialed_at, a.id) > (:dialed, :id)
       order by a.dialed_at, a.id limit :limit`,
      {
        campaign: campaignId,
        owner: db.owner,
        limit,
        dialed: after === undefined ? "" : iso(after.dialedAt),
        id: after?.attemptId ?? "",
      },
    )
    .map((raw) => unsyncedRow.parse(raw))
    .map((row) => ({
      attemptId: row.id,
      phoneNumber: row.phone_number,
      dialedAt: Date.parse(row.dialed_at),
      carrierId: carrierId(row.call_sid),
    }));
}

export function saveCarrierCall(db: Database, attemptId: string, record: CarrierCall, at: Instant): boolean {
  const taken = db.get("select 1 from carrier_calls where sid = :sid and attempt_id <> :attempt", {
    sid: record.id,
    attempt: attemptId,
  });
  if (taken !== undefined) return false;
  db.run("delete from carrier_calls where attempt_id = :attempt", { attempt: attemptId });
  insert(db, "carrier_calls", {
    attempt_id: attemptId,
    sid: record.id,
    status: record.status,
    duration: record.durationSeconds,
    price_micros: record.price?.micros ?? null,
    price_unit: record.price?.unit ?? null,
    started_at: isoOrNull(record.startedAt),
    synced_at: iso(at),
  });
  return true;
}

const costRow = z.object({ unit: z.string(), micros: z.number(), calls: z.number() });

export function costs(db: Database, campaignId: string): Cost[] {
  return db
    .all(
      `select r.price_unit as unit, sum(r.price_micros) as micros, count(*) as calls
       from carrier_calls r join call_attempts a on a.id = r.attempt_id join campaign_calls k on k.id = a.call_id
       where a.campaign_id = :campaign and r.price_micros is not null and ${MY_CALL}
       group by r.price_unit order by r.price_unit`,
      { campaign: campaignId, owner: db.owner },
    )
    .map((raw) => costRow.parse(raw));
}
