/** What the carrier has recorded, beside the attempts it is about. */
import type { Instant } from "../../domain/time/instant.ts";
import type { CarrierCall } from "../../engine/ports/carrier.ts";
import type { Cost, UnsyncedAttempt } from "../../engine/ports/carrier.ts";
import type { Database } from "./database.ts";
import { carrierValues, costOf, unsyncedOf } from "../number-rows.ts";
import { iso } from "../columns.ts";
import { takeCarrierPrice } from "./spending.ts";
import { insert, MY_CALL, NOT_ERASED } from "./sql.ts";

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
       where a.campaign_id = :campaign and ${MY_CALL} and a.state = 'ended' and a.dialed_at is not null and k.phone_number glob '[+~]*'
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
    .map(unsyncedOf);
}

export function saveCarrierCall(db: Database, attemptId: string, found: CarrierCall, at: Instant): boolean {
  const record = { ...found, id: keptId(db, attemptId) ?? found.id };
  const taken = db.get("select 1 from carrier_calls where sid = :sid and attempt_id <> :attempt", {
    sid: record.id,
    attempt: attemptId,
  });
  if (taken !== undefined) return false;
  const known = db.get("select price_micros, started_at from carrier_calls where sid = :sid", { sid: record.id });
  const knows = (column: string): boolean => (known?.[column] ?? null) !== null;
  const losesPrice = record.price === null && knows("price_micros");
  if (losesPrice || (record.startedAt === null && knows("started_at"))) return true;
  db.run("delete from carrier_calls where attempt_id = :attempt", { attempt: attemptId });
  insert(db, "carrier_calls", carrierValues(attemptId, record, at));
  takeCarrierPrice(db, attemptId);
  return true;
}

/** Whom the call was to, is erased: in the carrier's books its id would find them. Null: nobody is. */
const keptId = (db: Database, attemptId: string): string | null =>
  (db.get(
    `select 'erased:' || a.id as sid from call_attempts a join campaign_calls k on k.id = a.call_id
     where a.id = :attemptId and not (${NOT_ERASED})`,
    { attemptId },
  )?.["sid"] ?? null) as string | null;

export function costs(db: Database, campaignId: string): Cost[] {
  return db
    .all(
      `select r.price_unit as unit, sum(r.price_micros) as micros, count(*) as calls
       from carrier_calls r join call_attempts a on a.id = r.attempt_id join campaign_calls k on k.id = a.call_id
       where a.campaign_id = :campaign and ${MY_CALL} and r.price_micros is not null
       group by r.price_unit order by r.price_unit`,
      { campaign: campaignId, owner: db.owner },
    )
    .map(costOf);
}
