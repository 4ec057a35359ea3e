/** The audit log, which triggers write: see schema.sql. */
import type {
  AuditEntry,
  AuditEvent,
  AuditFilter,
  CampaignVersion,
  ChainHead,
  DialFacts,
  HistoryEntry,
  SealedEntry,
} from "../../engine/ports/index.ts";
import { SETTINGS_ENTRIES } from "../../engine/ports/audit.ts";
import { dialOf, entryOf, headOf, historyOf, sealedOf, versionsOf } from "../audit-rows.ts";
import { iso } from "../columns.ts";
import type { Database, Values } from "./database.ts";
import { insert, MINE, MY_CALL, numbersOf, OF_NUMBER } from "./sql.ts";

/** Runs what the log does not tell row by row: a list as a whole, what is written in another way, what is found out later. */
export function quietly<T>(db: Database, body: () => T): T {
  db.run("insert into audit_bulk (what) values ('list')");
  const result = body();
  db.run("delete from audit_bulk");
  return result;
}

/** Runs what writes a list as a whole, which is one entry of the log: what `tell` makes of it; null: none. */
export function inBulk<T>(
  db: Database,
  body: () => T,
  tell: (result: T) => { readonly action: string; readonly after: object } | null,
): T {
  const result = quietly(db, body);
  const told = tell(result);
  if (told !== null) log(db, told.action, told.after);
  return result;
}

export const log = (db: Database, action: string, after: object | null, more: Values = {}): number =>
  insert(db, "audit_log", {
    action,
    user_id: db.owner,
    after: after === null ? null : JSON.stringify(after),
    ...more,
  });

export function recordAudit(db: Database, { action, campaignId, callId, phoneNumber, after }: AuditEvent): void {
  if (phoneNumber !== undefined && subjectOf(db, phoneNumber) === null) {
    insert(db, "audit_subjects", { phone_number: phoneNumber });
  }
  log(db, action, after ?? null, {
    campaign_id: campaignId ?? null,
    call_id: callId ?? null,
    subject: phoneNumber === undefined ? null : subjectOf(db, phoneNumber),
  });
}

const subjectOf = (db: Database, number: string): number | null =>
  db.get(`select max(id) as id from audit_subjects where ${OF_NUMBER}`, { numbers: numbersOf(db, number) })?.["id"] as
    number | null;

/** Entries about a number; wants `:numbers` and `:owner`. Calls are found campaign by campaign, so that the index serves. */
export const ABOUT = `(subject in (select id from audit_subjects where ${OF_NUMBER})
  or call_id in (select k.id from campaign_calls k
    where (k.campaign_id in (select id from campaigns) or k.campaign_id is null) and k.${OF_NUMBER} and ${MY_CALL}))`;

export const aboutNumber = (db: Database, number: string): Values => ({
  numbers: numbersOf(db, number),
  owner: db.owner,
});

export const auditEntries = (
  db: Database,
  { since, campaignId, phoneNumber, dials = false, before, limit }: AuditFilter,
): AuditEntry[] => {
  const rules = [
    MINE,
    ...(since === undefined ? [] : ["at >= :since"]),
    ...(before === undefined ? [] : ["seq < :before"]),
    ...(campaignId === undefined ? [] : ["campaign_id = :campaign"]),
    ...(phoneNumber === undefined ? [] : [ABOUT]),
    ...(dials ? [] : ["action not in ('call.dialed', 'call.ended', 'call.mended', 'call.copied')"]),
  ];
  return db
    .all(`select * from audit_log where ${rules.join(" and ")} order by seq desc limit :limit`, {
      owner: db.owner,
      limit,
      ...(since !== undefined && { since: iso(since) }),
      ...(before !== undefined && { before }),
      ...(campaignId !== undefined && { campaign: campaignId }),
      ...(phoneNumber !== undefined && aboutNumber(db, phoneNumber)),
    })
    .map(entryOf);
};

/** The chain is of everybody's entries, so no single owner's. */
function chainHead(db: Database): ChainHead | null {
  const row = db.get(
    "select link, hash from audit_log where :owner is null and link is not null order by link desc limit 1",
    { owner: db.owner },
  );
  return row === undefined ? null : headOf(row);
}

export const unsealedAudit = (db: Database, limit: number) => ({
  head: chainHead(db),
  entries: db
    .all("select * from audit_log where :owner is null and link is null order by seq limit :limit", {
      limit,
      owner: db.owner,
    })
    .map(entryOf),
});

export function sealAudit(
  db: Database,
  after: number,
  seals: readonly { readonly seq: number; readonly hash: string }[],
): boolean {
  if (db.owner !== null || (chainHead(db)?.link ?? 0) !== after) return false;
  db.runEach(
    "update audit_log set link = ?, hash = ? where seq = ?",
    seals.map(({ seq, hash }, n) => [after + n + 1, hash, seq]),
  );
  return true;
}

export const sealedAudit = (db: Database, after: number, limit: number): SealedEntry[] =>
  db
    .all("select * from audit_log where :owner is null and link > :after order by link limit :limit", {
      after,
      limit,
      owner: db.owner,
    })
    .map(sealedOf);

export const auditHistory = (db: Database, after: number, limit: number, actions: readonly string[]): HistoryEntry[] =>
  db
    .all(
      `select l.*, s.phone_number from audit_log l left join audit_subjects s on s.id = l.subject
       where l.seq > :after and l.action in (select value from json_each(:actions))
         and (:owner is null or l.user_id = :owner or l.action in ('call.ended', 'dnc.dropped', 'dnc.imported')
           or (l.action in ('dnc.added', 'dnc.removed') and (substr(s.phone_number, -1) = '*'
             or exists (select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
                        where a.phone_number = s.phone_number and ${MY_CALL}))))
       order by l.seq limit :limit`,
      { after, limit, actions: JSON.stringify(actions), owner: db.owner },
    )
    .map(historyOf);

export const campaignVersions = (db: Database): CampaignVersion[] =>
  versionsOf(
    db.all(`select * from audit_log where action in (select value from json_each(:actions)) and ${MINE} order by seq`, {
      actions: JSON.stringify(SETTINGS_ENTRIES),
      owner: db.owner,
    }),
  );

const COLUMNS = `'phone_number', opened(d.phone_number), 'source', d.source, 'created_at', d.created_at, 'expires_at', d.expires_at`;
const CONSENT = "id user_id phone_number channel purpose level granted_at source proof expires_at revoked_at"
  .split(" ")
  .map((column) => `'${column}', s.${column}`)
  .join(", ");

export const auditedDials = (db: Database, after: string | null, limit: number): DialFacts[] =>
  db
    .all(
      `select a.id as attempt_id, k.id as call_id, k.campaign_id, coalesce(o.user_id, k.user_id) as user_id, k.phone_number,
         k.place, a.dialed_at, a.answered_at, a.ended_at, a.local_day, a.ending, a.callback_at,
         (select json_group_array(json_object(${COLUMNS})) from (
            select * from do_not_call_numbers where phone_number = k.phone_number
            union all
            select * from do_not_call_numbers p where substr(p.phone_number, -1) = '*'
              and substr(opened(k.phone_number), 1, length(p.phone_number) - 1) || '*' = p.phone_number) d) as entries,
         (select json_group_array(json_object(${CONSENT})) from consents s where s.phone_number = k.phone_number) as consents
       from call_attempts a join campaign_calls k on k.id = a.call_id left join campaigns o on o.id = k.campaign_id
       where a.dialed_at is not null and a.id > :after and ${MY_CALL} order by a.id limit :limit`,
      { after: after ?? "", limit, owner: db.owner },
    )
    .map(dialOf);
