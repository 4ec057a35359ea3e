/** Campaigns: kept, found, moved from status to status, counted. */
import { randomUUID } from "node:crypto";
import {
  type Campaign,
  CAMPAIGN_STATUSES,
  type CampaignSettings,
  type CampaignStatus,
  moved,
  type MoveName,
} from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Talk } from "../../domain/calls/dead-air.ts";
import { type Ending, ENDINGS, UNRUNG, STATUSES } from "../../domain/calls/ending.ts";
import type { Snapshot } from "../../domain/calls/plan.ts";
import { AFTER_TRIP, afterResume } from "../../domain/calls/circuit-breaker.ts";
import { destinationsMatter, destinationsOf } from "../../domain/calls/destinations.ts";
import { TRUNK_HISTORY, type TrunkDial, trunkHistory } from "../../domain/calls/trunk-history.ts";
import type { MoveDetails } from "../../engine/ports/index.ts";
import { quietly } from "./audit.ts";
import { addCounts, recount } from "./counts.ts";
import { listAges } from "./do-not-call.ts";
import type { Database } from "./database.ts";
import { talkOf, trunkDialOf } from "../attempt-rows.ts";
import { CALLBACKS_SEEN, waitingCallbackOf } from "../call-rows.ts";
import { campaignOf, campaignValues } from "../campaign-rows.ts";
import { instantOrNull, iso, isoOrNull } from "../columns.ts";
import { trunkLoad } from "./numbers.ts";
import { withSpending } from "./spending.ts";
import { nameTaken } from "../../engine/errors.ts";
import { contactTable, findByRef, insert, latest, MINE, MY_CALL, NOT_ERASED, update } from "./sql.ts";
import { refuseForeign } from "./contacts.ts";
import { callable, keepConsents } from "./suppression.ts";

export function createCampaign(db: Database, id: string, settings: CampaignSettings, at: Instant): Campaign {
  refuseForeign(db, settings.source);
  const { name } = settings;
  if (db.get(`select 1 from campaigns where name = :name and ${MINE}`, { name, owner: db.owner }) !== undefined)
    throw nameTaken(name);
  const campaign: Campaign = {
    ...settings,
    id,
    userId: db.owner,
    status: "idle",
    statusReason: null,
    statusAt: at,
    hangUp: false,
    recent: "",
    lastTrouble: null,
    createdAt: at,
  };
  insert(db, "campaigns", campaignValues(campaign, JSON.stringify));
  keepConsents(db, settings.source);
  return campaign;
}

export function listCampaigns(db: Database, status?: CampaignStatus): Campaign[] {
  return db
    .all(
      `select *, (select min(k.callback_at) from campaign_calls k where k.campaign_id = campaigns.id
                    and k.callback_at is not null and k.status = 'pending' and k.attempt_id is null) as next_callback_at
       from campaigns where (:status is null or execution_status = :status) and ${MINE}
       order by coalesce(next_call_at, '9'), created_at, id`,
      { status: status ?? null, owner: db.owner },
    )
    .map(campaignOf);
}

export function findCampaign(db: Database, id: string): Campaign | null {
  const row = db.get(`select * from campaigns where id = :id and ${MINE}`, { id, owner: db.owner });
  return row === undefined ? null : campaignOf(row);
}

export const findCampaigns = (db: Database, ref: string): Campaign[] => findByRef(db, "campaigns", ref).map(campaignOf);

export function moveCampaign(db: Database, id: string, move: MoveName, why: MoveDetails): Campaign | null {
  const before = findCampaign(db, id);
  if (before === null) return null;
  const { status: stored, copied } = storedOf(db, id);
  const status = moved(stored, move);
  if (status === null) return stored === "completed" && why.hangUp === true ? hangUp(db, id, why.at) : null;
  if (move === "finish" && (isLive(db, id) || isSaidLive(db, id))) return null;
  // Contacts may have come, or a callback been promised, since somebody looked.
  if (move === "finish" && why.unreachable !== undefined && waitsElsewhere(db, id, why.unreachable)) return null;
  if (why.blamed !== undefined) giveBack(db, id, why.blamed, why.at);
  if (status === "running" && !copied) startCalls(db, before, why.at);
  if (move === "resume") recount(db, id);
  if (move === "stop") {
    endWaiting(db, id, "stopped", why.at);
    // Of calls under way as well: they end with their attempts.
    db.run(
      "update campaign_calls set callback_at = null, callback_zone = null where campaign_id = :id and callback_at is not null",
      { id },
    );
  }
  if (move === "finish") endWaiting(db, id, "outside_rules", why.at);
  update(db, "campaigns", {
    id,
    execution_status: status,
    status_reason: why.reason ?? null,
    status_at: iso(why.at),
    hang_up: why.hangUp === true ? 1 : 0,
    recent:
      move === "resume"
        ? afterResume(before.recent, before.expectAnswers)
        : why.blamed === undefined
          ? before.recent
          : AFTER_TRIP,
    ...(why.guard !== undefined && { guard: JSON.stringify(why.guard) }),
    next_call_at: status === "running" ? iso(why.at) : null,
    waiting_because: null,
    updated_at: iso(why.at),
  });
  return findCampaign(db, id);
}

/** What is over stays as it ended; only its live calls are hung up. Null: it has none. */
function hangUp(db: Database, id: string, at: Instant): Campaign | null {
  if (!isLive(db, id)) return null;
  update(db, "campaigns", { id, hang_up: 1, updated_at: iso(at) });
  return findCampaign(db, id);
}

/**
 * The attempts that ended so since the trunk last got through were its fault: they cost their contacts nothing, unless their
 * phones rang. Calls that ended by such an attempt wait again; whom something else has ended since, nobody dials again. What
 * the trunk said stays in `detail`. A time-out says nothing of the trunk: it has no SIP status.
 */
function giveBack(db: Database, campaign: string, ending: Ending, at: Instant): void {
  const blamed = db.all(
    `select a.id, a.call_id, a.local_day, k.attempt_id is null and k.end_reason = :ending and k.status in ('pending', :status)
         and ${NOT_ERASED} and a.id = (select id from call_attempts last where last.call_id = k.id
           order by last.claimed_at desc, last.id desc limit 1) as waits
     from call_attempts a join campaign_calls k on k.id = a.call_id
     where a.campaign_id = :campaign and a.ending = :ending and a.sip_status_code is not null and not a.rang
       and a.ended_at > coalesce((
         select max(coalesce(answered_at, dialed_at)) from call_attempts where campaign_id = :campaign and (answered_at is not null
           or ending = 'busy' or ending = 'no_answer' and (sip_status_code is null or rang))), '')`,
    { campaign, ending, status: ENDINGS[ending].status },
  );
  for (const { id = null, call_id: call = null, waits = 0 } of blamed) {
    quietly(db, () => db.run("update call_attempts set ending = 'trunk_error' where id = :id", { id }));
    db.run(
      `update campaign_calls set attempts_spent = max(0, attempts_spent - 1), attempts_free = attempts_free + 1,
         status = case when :waits then 'pending' else status end,
         end_reason = case when :waits then 'trunk_error' else end_reason end,
         next_attempt_at = case when :waits then max(:at, coalesce(callback_at, '')) else next_attempt_at end,
         completed_at = case when :waits then null else completed_at end, updated_at = :at
       where id = :call`,
      { call, waits, at: iso(at) },
    );
  }
  const days = blamed.map(({ local_day: day }) => day);
  db.run(
    `update campaigns set dials = dials - :n, total_calls_made = total_calls_made - :n,
       current_daily_calls = current_daily_calls - (select count(*) from json_each(:days) where value = last_daily_reset)
     where id = :campaign`,
    { campaign, n: blamed.length, days: JSON.stringify(days) },
  );
}

/** The status as it is stored, also where another column cannot be read; and whether its contacts have become calls. */
function storedOf(db: Database, id: string): { readonly status: CampaignStatus; readonly copied: boolean } {
  const row = db.get("select execution_status, copied_at from campaigns where id = :id", { id });
  const status = CAMPAIGN_STATUSES.find((known) => known === row?.["execution_status"]) ?? "error";
  return { status, copied: row?.["copied_at"] !== null };
}

/** Is an attempt under way? */
export const isLive = (db: Database, id: string): boolean =>
  db.get("select 1 from call_attempts where campaign_id = :id and state <> 'ended' limit 1", { id }) !== undefined;

/** Its row says so, whoever wrote it: admit ends what is under way by no attempt. */
const isSaidLive = (db: Database, id: string): boolean =>
  db.get("select 1 from campaign_calls where campaign_id = :id and status in ('calling', 'answered') limit 1", {
    id,
  }) !== undefined;

const waitsElsewhere = (db: Database, id: string, places: readonly string[]): boolean =>
  db.get(
    `select 1 from campaign_calls where campaign_id = :id and status = 'pending' and attempt_id is null
       and place not in (select value from json_each(:places)) limit 1`,
    { id, places: JSON.stringify(places) },
  ) !== undefined;

/** Contacts become calls, in the order of the source; those that are not to be called are counted. Where they have already, those that came since. */
export function startCalls(db: Database, campaign: Campaign, at: Instant): void {
  const { id, source } = campaign;
  const { table, key } = contactTable(source);
  // Ids that begin alike and count up are appended to their index; a million random ones would be scattered over it.
  const seed = randomUUID().replaceAll("-", "").slice(0, 16);
  db.run("insert into audit_bulk (what) values ('calls')");
  const added = db.roomy(() =>
    db.run(
      `insert or ignore into campaign_calls
         (id, campaign_id, contact_id, phone_number, contact_name, contact_email, variables,
          status, place, next_attempt_at, created_at, updated_at)
       select :seed || printf('%08x', c.position), :campaign, c.id, c.phone_number, c.name, c.email, c.variables,
              'pending', coalesce(c.place, ''), :at, :at, :at
       from ${table} c where c.${key} = :source and ${callable(campaign)}
       order by c.position`,
      { seed, campaign: id, source: source.id, at: iso(at) },
    ),
  );
  db.run("delete from audit_bulk where what = 'calls'");
  addCounts(db, id, added);
  db.run(
    `update campaigns set copied_at = coalesce(copied_at, :at), skipped = case when copied_at is null
       then (select count(*) from ${table} where ${key} = :source) else skipped end - :added
     where id = :id`,
    { id, source: source.id, added, at: iso(at) },
  );
}

/** Calls that are not under way end here, as they went so far or else as `untried` (domain/calls/stopped.ts), all at once. */
function endWaiting(db: Database, campaign: string, untried: Ending, at: Instant): void {
  const statuses = JSON.stringify(STATUSES);
  db.roomy(() =>
    db.run(
      // What is none of our words is no ending; and as a path into JSON it would be anything.
      `update campaign_calls set (end_reason, status) = (select reason, :statuses ->> reason from (
           select iif(attempts_spent > 0 and end_reason in (select key from json_each(:statuses)), end_reason, :untried) as reason)),
         next_attempt_at = null, callback_at = null, callback_zone = null, completed_at = :at, updated_at = :at
       where campaign_id = :campaign and status = 'pending' and attempt_id is null`,
      { campaign, untried, statuses, at: iso(at) },
    ),
  );
}

/** One row per place, by leaps from place to place over the index of calls that wait. */
const WAITING = `
  with recursive places (place) as (
    select min(place) from campaign_calls where campaign_id = :id and status = 'pending' and attempt_id is null
    union all
    select (select min(place) from campaign_calls
            where campaign_id = :id and status = 'pending' and attempt_id is null and place > places.place)
    from places where places.place is not null)
  select place, (select min(next_attempt_at) from campaign_calls k where campaign_id = :id and status = 'pending'
                   and attempt_id is null and k.place = places.place) as next_due
  from places where place is not null`;

/**
 * Dials of a local day that cost their contact an attempt, and the newest claim and dial: told by the rows, whoever wrote them.
 * However many there were, few are read: the greatest number of a dial, those without one, and those that rang nobody. Of a
 * row that somebody removed the number stays taken: never fewer than there are.
 */
export function dialsOf(db: Database, id: string, localDay: string, at: Instant | null = null) {
  const row = db.get(
    `select
       (select coalesce(max(nth_of_day), 0) from call_attempts
        where campaign_id = :id and local_day = :day and nth_of_day is not null)
       + (select count(*) from call_attempts indexed by call_attempts_unnumbered
          where campaign_id = :id and local_day = :day and nth_of_day is null and dialed_at is not null)
       - (select count(*) from call_attempts indexed by call_attempts_unanswered
          where campaign_id = :id and local_day = :day and state = 'ended' and answered_at is null and dialed_at is not null
            and ending in (select value from json_each(:unrung))) as dialed,
       (select max(claimed_at) from call_attempts where campaign_id = :id and claimed_at <= :latest) as last_claim,
       (select max(dialed_at) from call_attempts where campaign_id = :id and dialed_at <= :latest) as last_dial`,
    { id, day: localDay, unrung: JSON.stringify(UNRUNG), latest: latest(at) },
  );
  return {
    dialed: Number(row?.["dialed"]),
    lastClaim: instantOrNull(row?.["last_claim"]),
    lastDial: instantOrNull(row?.["last_dial"]),
  };
}

/** What a campaign's own limits go by, and its trunk; null: it is gone. */
export function handedOut(
  db: Database,
  id: string,
  localDay: string,
  at: Instant | null = null,
): (Pick<Snapshot, "live" | "today" | "lastHandOut"> & { readonly trunkId: string | null }) | null {
  const row = db.get(
    `select
       (select count(*) from call_attempts where campaign_id = :id and state <> 'ended') as live,
       (select count(*) from call_attempts indexed by call_attempts_open
        where campaign_id = :id and state <> 'ended' and state = 'claimed') as claimed,
       coalesce(trunk_id, last_trunk_id) as trunk
     from campaigns where id = :id and ${MINE}`,
    { id, owner: db.owner },
  );
  if (row === undefined) return null;
  const { live, claimed, trunk } = row;
  const { dialed, lastClaim } = dialsOf(db, id, localDay, at);
  return {
    live: Number(live),
    today: dialed + Number(claimed),
    lastHandOut: lastClaim,
    trunkId: typeof trunk === "string" ? trunk : null,
  };
}

export function snapshot(db: Database, campaign: Campaign, localDay: string): Snapshot {
  const found = handedOut(db, campaign.id, localDay);
  if (found === null)
    return {
      campaign,
      waiting: [],
      callbacks: [],
      live: 0,
      today: 0,
      lastHandOut: null,
      trunk: null,
      trunkHistory: "",
    };
  const { trunkId, ...counted } = found;
  const places = destinationsMatter(campaign.recent);
  const dials = trunkId === null ? [] : lastDials(db, trunkId, campaign.id, places);
  return withSpending(db, {
    campaign,
    waiting: db.all(WAITING, { id: campaign.id }).map(({ place, next_due: due }) => ({
      place: String(place),
      // What is no instant is due; admit puts it right.
      nextDue: instantOrNull(due) || 0,
    })),
    callbacks: db
      .all(
        `select id, place, next_attempt_at, callback_at, callback_zone from campaign_calls
         where campaign_id = :id and callback_at is not null and status = 'pending' and attempt_id is null
         order by callback_at, position limit :limit`,
        { id: campaign.id, limit: CALLBACKS_SEEN },
      )
      .flatMap(waitingCallbackOf),
    ...counted,
    trunk: trunkId === null ? null : trunkLoad(db, trunkId, "handed_out"),
    trunkHistory: trunkHistory(dials),
    ...(places && { destinations: destinationsOf(dials) }),
    ...(campaign.needsLists && { lists: listAges(db, campaign.needsLists.sources) }),
  });
}

const lastDials = (db: Database, trunk: string, campaign: string, places: boolean): TrunkDial[] =>
  db
    .all(
      `select dialed_at, answered_at, ending, sip_status_code, rang, coalesce(campaign_id = :campaign, 0) as own,
         case when :places then (select place from campaign_calls k where k.id = a.call_id) end as place,
         case when :places then (select substr(opened(phone_number), 1, 5) from campaign_calls k where k.id = a.call_id) end as phone_number,
         case when :places then a.call_id end as call_id,
         case when :places then a.from_number end as from_number,
         (select expect_answers from campaigns c where c.id = a.campaign_id) as expect
       from call_attempts a where trunk_id = :trunk and dialed_at is not null order by dialed_at desc limit :most`,
      { trunk, campaign, places: places ? 1 : 0, most: TRUNK_HISTORY },
    )
    .map(trunkDialOf);

export function talks(db: Database, id: string, since: Instant, limit: number): Talk[] {
  return db
    .all(
      `select a.*, k.from_number from call_attempts a join campaign_calls k on k.id = a.call_id
       where a.campaign_id = :id and a.answered_at >= :since and ${MY_CALL}
       order by a.answered_at desc, a.id desc limit :limit`,
      { id, since: iso(since), limit, owner: db.owner },
    )
    .map(talkOf)
    .toReversed();
}

export function setNextCallAt(db: Database, id: string, next: Instant | null, because?: string): void {
  db.run(
    `update campaigns set next_call_at = :next, waiting_because = coalesce(:because, waiting_because)
     where id = :id and (next_call_at is not :next or waiting_because is not coalesce(:because, waiting_because)) and ${MINE}`,
    { id, next: isoOrNull(next), because: because ?? null, owner: db.owner },
  );
}
