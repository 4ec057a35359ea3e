/** All that is stored about one number; its erasure; and what is removed since it is old. */
import { DAY, type Instant } from "../../domain/time/instant.ts";
import type { Outlived, PersonalData, Purged, Removed } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { erasedFor, shownTo } from "../do-not-call-rows.ts";
import { ERASED_ANSWER } from "../key-rows.ts";
import type { Database, Row, Values } from "./database.ts";
import { ABOUT, aboutNumber, log, quietly } from "./audit.ts";
import { listErased } from "./erased.ts";
import { MINE, MY_CALL, numbersOf, OF_NUMBER, WRITER } from "./sql.ts";

/** Campaign by campaign, so that the index on campaign and number serves. */
const CALLS = `campaign_calls k where (k.campaign_id in (select id from campaigns) or k.campaign_id is null)
  and k.${OF_NUMBER} and ${MY_CALL}`;
const CALL_IDS = `select k.id from ${CALLS}`;
const ATTEMPT_IDS = `select a.id from call_attempts a where a.call_id in (${CALL_IDS})`;

const WHERE = {
  contacts: `contacts where ${OF_NUMBER} and contact_list_id in (select id from contact_lists where ${MINE})`,
  csv_contacts: `csv_contacts where ${OF_NUMBER} and csv_file_id in (select id from csv_files where ${MINE})`,
  consents: `consents where ${OF_NUMBER} and ${MINE}`,
} as const;

export function personalData(db: Database, number: string): PersonalData {
  const asked = { numbers: numbersOf(db, number), owner: db.owner };
  const mine = (from: string): Row[] => db.all(`select * from ${from}`, asked);
  return {
    contacts: mine(WHERE.contacts),
    csv_contacts: mine(WHERE.csv_contacts),
    campaign_calls: db.all(`select k.* from ${CALLS} order by k.position`, asked),
    call_attempts: mine(`call_attempts where call_id in (${CALL_IDS}) order by claimed_at`),
    carrier_calls: mine(`carrier_calls where attempt_id in (${ATTEMPT_IDS})`),
    webhooks_heard: mine(`webhooks_heard where attempt_id in (${ATTEMPT_IDS})`),
    consents: mine(WHERE.consents),
    do_not_call_numbers: db
      .all(`select * from do_not_call_numbers where ${OF_NUMBER}`, { numbers: asked.numbers })
      .map(shownTo(db.owner)),
    audit_log: db.all(`select * from audit_log where ${MINE} and ${ABOUT} order by seq`, aboutNumber(db, number)),
  };
}

/** Has anybody a number still? Wants `:owner` to be null. */
const IS_KNOWN = [CALLS, ...Object.values(WHERE)].map((from) => `exists (select 1 from ${from})`).join(" or ");

/** May what the entry `d` says be this writer's? So may what several wrote, or nobody kept who. */
const isSaidBy = (...writers: readonly string[]): string =>
  `coalesce(d.added_by, 'several') in (${[...writers, "'several'"].join(", ")})`;

/** Is a call's number one, plain or sealed? What can be looked up in the index of a campaign's numbers. */
const IS_SOMEBODYS = "(k.phone_number >= '+' and k.phone_number < ',' or k.phone_number >= '~')";

/** The file of a recording of it is not there yet, and nobody could say where it lies. */
const IS_BEING_STORED = "exists (select 1 from call_attempts a where a.call_id = k.id and a.recording_open <> 0)";

/** What an erased call has for a number: no two are alike, since a campaign has a number once. */
const NOBODY = "'erased:' || id";

export function erase(db: Database, number: string, at: Instant, owner = db.owner): string[] | null {
  const numbers = numbersOf(db, number);
  const values = { numbers, owner };
  if (db.get(`select 1 from ${CALLS} and (k.attempt_id is not null or ${IS_BEING_STORED})`, values) !== undefined)
    return null;
  const recordings = recordingPlaces(db, number, owner);
  const removed = Object.values(WHERE).map((where) => db.run(`delete from ${where}`, values));
  listErased(db, number, owner === null ? null : [owner], () =>
    db.run(
      `insert into do_not_call_numbers (phone_number, source, created_at) values (:number, 'erased', :at)
       on conflict do nothing`,
      { number: db.vault.equal(number), at: iso(at) },
    ),
  );
  // A call's notes are the reason, where its outcome put the number on the list.
  db.run(
    `update do_not_call_numbers as d set reason = null where d.${OF_NUMBER} and (:owner is null or ${isSaidBy(":owner")})`,
    values,
  );
  forgetAnswers(db, number, owner);
  const calls = db.all(CALL_IDS, values).map(({ id }) => String(id));
  db.run(
    `update campaign_calls set status = 'failed', end_reason = 'do_not_call', next_attempt_at = null, completed_at = :at,
       updated_at = :at where id in (${CALL_IDS}) and status = 'pending'`,
    { ...values, at: iso(at) },
  );
  anonymise(db, calls);
  // What the log knows them by stands for nobody from here on, unless somebody else has them still, whose log stays whole.
  quietly(db, () =>
    db.run(`delete from audit_subjects where ${OF_NUMBER} and not (${IS_KNOWN})`, { numbers, owner: null }),
  );
  const [contacts = 0, rows = 0] = removed;
  log(db, "person.erased", { contacts: contacts + rows, calls: calls.length }, { user_id: owner });
  return recordings;
}

function forgetAnswers(db: Database, number: string, owner: string | null): void {
  const kept = db.all(
    "select owner, key, body from request_keys where body is not null and (:owner is null or owner = :owner)",
    { owner },
  );
  for (const { owner: whose, key, body } of kept) {
    if (typeof body !== "string" || !body.includes(number)) continue;
    const row = { owner: String(whose), key: String(key) };
    db.run("update request_keys set status = 409, body = :gone where owner = :owner and key = :key", {
      owner: row.owner,
      key: db.vault.equal(row.key),
      gone: db.vault.text("body", ERASED_ANSWER, row),
    });
  }
}

/** Who was erased since a backup is in it still: it was put back, and they are not to be, for whom they were erased. */
export function eraseAgain(db: Database, at: Instant): void {
  const erased = db.all("select phone_number, added_by from do_not_call_numbers where source = 'erased'");
  for (const { phone_number, added_by } of erased)
    for (const owner of erasedFor(added_by) ?? [null]) erase(db, String(phone_number), at, owner);
}

const ATTEMPTS_OF = "select id from call_attempts where call_id in (select value from json_each(:ids))";

/**
 * The list keeps the wish of whoever was called, and not what a call's notes say of it. What an agent said was once written as
 * the operator's, whosever the call was.
 */
function forgetReasons(db: Database, ids: { readonly ids: string }): void {
  db.run(
    `update do_not_call_numbers as d set reason = null from campaign_calls k
     where k.id in (select value from json_each(:ids)) and d.phone_number = k.phone_number and d.source = 'outcome'
       and d.reason is not null and ${isSaidBy(WRITER, "'operator'")}`,
    ids,
  );
}

function anonymise(db: Database, calls: readonly string[]): void {
  const ids = { ids: JSON.stringify(calls) };
  forgetReasons(db, ids);
  const attempts = ATTEMPTS_OF;
  db.run(`delete from webhooks_heard where attempt_id in (${attempts})`, ids);
  db.run(`update carrier_calls set sid = 'erased:' || attempt_id where attempt_id in (${attempts})`, ids);
  db.run(
    `update call_attempts set phone_number = null, detail = null, call_sid = null, agent_notes = null, recording = null,
       recording_open = 0 where id in (${attempts})`,
    ids,
  );
  quietly(db, () =>
    db.run(
      `update campaign_calls set phone_number = ${NOBODY}, contact_id = null, contact_name = null, contact_email = null,
       variables = '{}', notes = null, held_by = null, call_sid = null, recording = null where id in (select value from json_each(:ids))`,
      ids,
    ),
  );
}

/** Campaigns of the owner that were completed by then. */
const COMPLETED = `select id from campaigns where execution_status = 'completed' and status_at < :before and ${MINE}`;
/** Is a source, the row of `table`, used by no campaign but those? */
const UNUSED = (table: "csv_files" | "contact_lists", key: string): string =>
  `select s.id from ${table} s where ${MINE} and not exists (select 1 from campaigns c where c.${key} = s.id
     and (c.execution_status <> 'completed' or c.status_at >= :before))`;

const DAY_BEFORE = "strftime('%Y-%m-%dT%H:%M:%fZ', :before, '-1 day')";

/**
 * Nothing of it goes on, and nobody hears more of it, whose attempt ended by then: of a recording that is not settled, a day before,
 * which is when a run would give it up as well.
 */
const isOver = (isLater: string, isHeardOf: string): string =>
  `k.attempt_id is null and not exists (select 1 from call_attempts a where a.call_id = k.id
     and (${isLater} or a.recording_open <> 0 and coalesce(${isHeardOf}, 1)))`;
const WAS_OVER = isOver("a.ended_at >= :before", `a.ended_at >= ${DAY_BEFORE}`);

const OF_CAMPAIGN = "(:campaign is null or k.campaign_id = :campaign)";

/** Rows that are too old, each as its key. With a file that is not ready by the next day, no import goes on. */
const OLD: Readonly<Record<Purged, readonly { readonly select: string; readonly remove: string | null }[]>> = {
  contacts: [
    {
      select: `select csv_file_id as source, position as key from csv_contacts where csv_file_id in
        (${UNUSED("csv_files", "csv_file_id")} and s.created_at < iif(s.status = 'ready', :before, ${DAY_BEFORE})
          and (:campaign is null or s.id = (select csv_file_id from campaigns where id = :campaign)))`,
      remove: "csv_contacts where (csv_file_id, position)",
    },
    {
      select: `select contact_list_id as source, phone_number as key from contacts where created_at < :before and :campaign is null
        and contact_list_id in (${UNUSED("contact_lists", "contact_list_id")})`,
      remove: "contacts where (contact_list_id, phone_number)",
    },
  ],
  variables: [
    {
      select: `select k.id as source, k.id as key from campaign_calls k
        where k.completed_at < :before and k.attempt_id is null and k.status <> 'pending' and ${MY_CALL} and ${OF_CAMPAIGN}
          and (k.variables <> '{}' or coalesce(k.contact_name, k.contact_email, k.notes) is not null
            or exists (select 1 from call_attempts a where a.call_id = k.id and a.agent_notes is not null))`,
      remove: null,
    },
  ],
  recordings: [
    {
      select: `select a.id as source, a.id as key from call_attempts a join campaign_calls k on k.id = a.call_id
        where a.ended_at < :before and a.recording is not null and a.recording_open = 0 and ${MY_CALL} and ${OF_CAMPAIGN}`,
      remove: null,
    },
  ],
  calls: [
    {
      select: `select k.id as source, k.id as key from campaign_calls k
        where k.campaign_id in (${COMPLETED}) and ${IS_SOMEBODYS} and ${WAS_OVER} and ${OF_CAMPAIGN}`,
      remove: null,
    },
    {
      select: `select k.id as source, k.id as key from campaign_calls k
        where k.campaign_id is null and k.completed_at < :before and ${IS_SOMEBODYS}
          and ${WAS_OVER} and (:owner is null or k.user_id = :owner) and :campaign is null`,
      remove: null,
    },
  ],
};

const FORGET: Readonly<Record<Purged, (db: Database, ids: readonly string[]) => void>> = {
  contacts: () => {},
  variables: forgetWords,
  recordings: forgetRecordings,
  calls: anonymise,
};

export function purge(
  db: Database,
  what: Purged,
  before: Instant,
  limit: number | null,
  campaignId: string | null = null,
): Removed {
  const values = { before: iso(before), owner: db.owner, campaign: campaignId };
  const recordings: string[] = [];
  let done = 0;
  // Whoever sends a request again is answered from these for a day. Nobody may have sent one since.
  if (limit !== null) db.run("delete from request_keys where created_at < :old", { old: iso(before - DAY) });
  for (const { select, remove } of OLD[what]) {
    if (limit === null) {
      done += Number(db.get(`select count(*) as n from (${select})`, values)?.["n"]);
      recordings.push(...placesOf(db, what, `select key from (${select})`, values));
    } else if (remove === null) {
      const ids = db.all(`${select} limit :limit`, { ...values, limit: limit - done }).map(({ key }) => String(key));
      recordings.push(...placesOf(db, what, "select value from json_each(:ids)", { ids: JSON.stringify(ids) }));
      FORGET[what](db, ids);
      done += ids.length;
    } else {
      done += db.run(`delete from ${remove} in (${select} limit :limit)`, { ...values, limit: limit - done });
    }
  }
  if (limit !== null && done > 0)
    log(db, "data.purged", { what, before: iso(before), rows: done }, { campaign_id: campaignId });
  return { rows: done, recordings };
}

/** Of what a purge forgets recordings, what its keys are. */
const RECORDED: Partial<Record<Purged, string>> = { recordings: "a.id", calls: "a.call_id" };

const placesOf = (db: Database, what: Purged, keys: string, values: Values): string[] =>
  RECORDED[what] === undefined ? [] : placesIn(db, `call_attempts a where ${RECORDED[what]} in (${keys})`, values);

function forgetWords(db: Database, calls: readonly string[]): void {
  const ids = { ids: JSON.stringify(calls) };
  forgetReasons(db, ids);
  db.run(`delete from webhooks_heard where attempt_id in (${ATTEMPTS_OF})`, ids);
  db.run("update call_attempts set agent_notes = null where call_id in (select value from json_each(:ids))", ids);
  db.run(
    `update campaign_calls set contact_name = null, contact_email = null, variables = '{}', notes = null, held_by = null
     where id in (select value from json_each(:ids))`,
    ids,
  );
}

function forgetRecordings(db: Database, attempts: readonly string[]): void {
  const ids = { ids: JSON.stringify(attempts) };
  db.run("update call_attempts set recording = null where id in (select value from json_each(:ids))", ids);
  db.run(
    `update campaign_calls set recording = null
     where id in (select call_id from call_attempts where id in (select value from json_each(:ids)))
       and not exists (select 1 from call_attempts a where a.call_id = campaign_calls.id and a.recording is not null)`,
    ids,
  );
}

const PLACE = "json_extract(a.recording, '$.location')";

const placesIn = (db: Database, from: string, values: Values): string[] =>
  db
    .all(`select distinct ${PLACE} as place from ${from} and ${PLACE} is not null order by 1`, values)
    .map(({ place }) => String(place));

export const recordingPlaces = (db: Database, number: string, owner = db.owner): string[] =>
  placesIn(db, `call_attempts a where a.call_id in (${CALL_IDS})`, { numbers: numbersOf(db, number), owner });

const OUTLIVES = "unixepoch(a.ended_at, 'subsec') * 1000 + c.retention_ms";

export const outlived = (db: Database, at: Instant): Outlived[] =>
  db
    .all(
      `select c.id, c.name, c.retention_ms from campaigns c
       where c.execution_status = 'completed' and c.retention_ms is not null
         and unixepoch(c.status_at, 'subsec') * 1000 + c.retention_ms < :at and ${MINE}
         and (exists (select 1 from campaign_calls k where k.campaign_id = c.id and ${IS_SOMEBODYS}
             and ${isOver(`${OUTLIVES} >= :at`, `${OUTLIVES} + ${DAY} >= :at`)})
           or exists (select 1 from csv_contacts r where r.csv_file_id = c.csv_file_id and not exists (
             select 1 from campaigns o where o.csv_file_id = c.csv_file_id
               and (o.execution_status <> 'completed' or unixepoch(o.status_at, 'subsec') * 1000 + c.retention_ms >= :at))))`,
      { at, owner: db.owner },
    )
    .map(({ id, name, retention_ms }) => ({
      campaignId: String(id),
      name: String(name),
      before: at - Number(retention_ms),
    }));
