/** How far a campaign is: told by campaign_counts and attempt_counts, which triggers keep. */
import { CALL_STATUSES, type CallStatus, type Outcome } from "../../domain/calls/call.ts";
import { LATE_MS } from "../../domain/calls/dead-air.ts";
import { type Ending, isEnding } from "../../domain/calls/ending.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Progress } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { noticeStateOf } from "../event-rows.ts";
import type { Database } from "./database.ts";
import { noticesOf } from "./events.ts";
import { IS_ALIVE, MINE } from "./sql.ts";

/** So many calls that wait for their first dial were just copied. */
export function addCounts(db: Database, campaign: string, n: number): void {
  db.run(
    `insert into campaign_counts (campaign_id, status, end_reason, outcome, n, reached, promised, missed)
     values (:campaign, 'pending', '', '', :n, 0, 0, 0) on conflict do update set n = n + excluded.n`,
    { campaign, n },
  );
}

/** The same as the triggers come to, from the calls themselves; `k`: which. */
const counted = (k: string): string => `
  select campaign_id, status, iif(status in ('pending', 'calling', 'answered'), '', coalesce(end_reason, '')) as end_reason,
    coalesce(outcome, '') as outcome, count(*) as n, count(reached_in) as reached, count(callback_at) as promised,
    count(callback_missed_at) as missed
  from campaign_calls where ${k} group by 1, 2, 3, 4`;

/** The same of attempts. */
const countedAttempts = (k: string): string => `
  select campaign_id, sum(max(0, coalesce(cost_micros, 0))) as cost_micros, count(first_audio_ms) as told,
    count(*) filter (where first_audio_ms > ${LATE_MS}) as late
  from call_attempts where ${k} and (cost_micros > 0 or first_audio_ms is not null) group by 1`;

export function recount(db: Database, id: string): void {
  db.run("delete from campaign_counts where campaign_id = :id", { id });
  db.run(`insert into campaign_counts ${counted("campaign_id = :id")}`, { id });
  db.run("delete from attempt_counts where campaign_id = :id", { id });
  db.run(`insert into attempt_counts ${countedAttempts("campaign_id = :id")}`, { id });
}

const differing = (kept: string, counted: string): string => `
  select campaign_id from (select * from (select * from ${kept} except select * from ${counted})
    union all select * from (select * from ${counted} except select * from ${kept}))`;

export const miscounted = (db: Database): string[] =>
  db
    .all(
      `with calls as (select * from campaign_counts where (n, reached, promised, missed) <> (0, 0, 0, 0)),
         attempts as (select * from attempt_counts where (cost_micros, told, late) <> (0, 0, 0)),
         counted_calls as (${counted("campaign_id is not null")}),
         counted_attempts as (${countedAttempts("campaign_id is not null")})
       select name from campaigns
       where ${MINE} and (id in (${differing("calls", "counted_calls")})
         or id in (${differing("attempts", "counted_attempts")}))
       order by created_at, id`,
      { owner: db.owner },
    )
    .map(({ name }) => String(name));

export function progress(db: Database, id: string, at: Instant): Progress {
  const calls = Object.fromEntries(CALL_STATUSES.map((status) => [status, 0])) as Record<CallStatus, number>;
  const endings: Partial<Record<Ending, number>> = {};
  const outcomes: Partial<Record<Outcome, number>> = {};
  let [total, reached, open, missed] = [0, 0, 0, 0];
  for (const row of db.all(
    `select * from campaign_counts
     where campaign_id = :id and n > 0 and exists (select 1 from campaigns where id = :id and ${MINE})`,
    { id, owner: db.owner },
  )) {
    const n = Number(row["n"]);
    total += n;
    open += Number(row["promised"]);
    missed += Number(row["missed"]);
    reached += Number(row["reached"]);
    calls[row["status"] as CallStatus] += n;
    const ending = String(row["end_reason"]);
    if (isEnding(ending)) endings[ending] = (endings[ending] ?? 0) + n;
    const outcome = row["outcome"] as Outcome | "";
    if (outcome !== "") outcomes[outcome] = (outcomes[outcome] ?? 0) + n;
  }
  const row = db.get(
    `select c.*, (select count(*) from runners r where ${IS_ALIVE}) as runners,
       (select sum(agents) from runners r where ${IS_ALIVE}) as agents,
       n.told, n.late,
       (select count(*) from ${noticesOf("c.id", "due")}) as notices_due,
       (select count(*) from ${noticesOf("c.id", "given_up")}) as notices_given_up
     from campaigns c left join attempt_counts n on n.campaign_id = c.id where id = :id and ${MINE}`,
    { id, ...db.judged(at), owner: db.owner },
  );
  return {
    total,
    calls,
    endings,
    outcomes,
    skipped: Number(row?.["skipped"] ?? 0),
    held: row === undefined ? {} : heldOf(db, id, at),
    callbacks: { open, missed },
    dials: Number(row?.["dials"] ?? 0),
    pickups: Number(row?.["pickups"] ?? 0),
    reached,
    usageSeconds: Number(row?.["total_usage"] ?? 0),
    firstWords: { told: Number(row?.["told"] ?? 0), late: Number(row?.["late"] ?? 0) },
    runners: Number(row?.["runners"] ?? 0),
    agents: typeof row?.["agents"] === "number" ? row["agents"] : null,
    heldUp: row === undefined ? [] : heldUpOf(db, at),
    notices: noticeStateOf(row ?? {}),
  };
}

const heldUpOf = (db: Database, at: Instant): string[] =>
  db
    .all(
      `select held_up from runners r where held_up is not null and ${IS_ALIVE} order by started_at, id`,
      db.judged(at),
    )
    .map((row) => String(row["held_up"]));

/** Counted: who is held now was not, or will not be, a moment before or after. */
const heldOf = (db: Database, id: string, at: Instant): Record<string, number> =>
  Object.fromEntries(
    db
      .all(
        `select held_by, count(*) as n from campaign_calls
         where campaign_id = :id and status = 'pending' and held_by is not null and next_attempt_at > :at group by 1`,
        { id, at: iso(at) },
      )
      .map((row) => [String(row["held_by"]), Number(row["n"])]),
  );
