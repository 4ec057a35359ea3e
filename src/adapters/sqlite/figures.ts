/** What a campaign came to, summed up. */
import type { Figures } from "../../domain/calls/figures.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { UNRUNG } from "../../domain/calls/ending.ts";
import { iso } from "../columns.ts";
import { figuresOf, QUARTER_HOUR } from "../figure-rows.ts";
import type { Database } from "./database.ts";
import { MY_CALL } from "./sql.ts";

/** Attempts that rang, and the nth of its contact that each is. */
const RUNG = `
  select a.call_id, a.dialed_at, a.answered_at, k.place, coalesce(k.reached_in = a.id, 0) as reached,
    row_number() over (partition by a.call_id order by a.dialed_at, a.id) as nth
  from call_attempts a join campaign_calls k on k.id = a.call_id
  where a.campaign_id = :id and ${MY_CALL} and a.dialed_at is not null
    and (a.answered_at is not null or a.ending is null or a.ending not in (select value from json_each(:unrung)))`;
const ATTEMPTS = `from call_attempts a join campaign_calls k on k.id = a.call_id where a.campaign_id = :id and ${MY_CALL}`;

export function figures(db: Database, id: string, at: Instant): Figures {
  const mine = { id, owner: db.owner };
  const rung = { ...mine, unrung: JSON.stringify(UNRUNG) };
  return figuresOf({
    dials: db.all(
      `select place, unixepoch(dialed_at) / ${QUARTER_HOUR} as quarter, count(*) as dials, count(answered_at) as answered,
         sum(reached) as reached
       from (${RUNG}) group by 1, 2`,
      rung,
    ),
    contacts: db.all(
      `select dials, answered, reached_by, count(*) as n
       from (select count(*) as dials, count(answered_at) > 0 as answered, min(case when reached then nth end) as reached_by
             from (${RUNG}) group by call_id)
       group by 1, 2, 3`,
      rung,
    ),
    endings: db.all(
      `select a.ending, count(*) as n ${ATTEMPTS} and a.state = 'ended' and a.ending is not null group by 1`,
      mine,
    ),
    talks: db.all(
      `select max(0, cast(round(unixepoch(a.ended_at, 'subsec') - unixepoch(a.answered_at, 'subsec')) as integer)) as value,
         count(*) as n
       ${ATTEMPTS} and a.ended_at is not null and a.answered_at is not null group by 1`,
      mine,
    ),
    joins: db.all(
      `select max(0, round(unixepoch(a.dialed_at, 'subsec') - unixepoch(a.claimed_at, 'subsec'), 1)) as value, count(*) as n
       ${ATTEMPTS} and a.dialed_at is not null group by 1`,
      mine,
    ),
    held: db.all(
      `select k.held_by as by, k.place, count(*) as n from campaign_calls k
       where k.campaign_id = :id and ${MY_CALL} and k.status = 'pending' and k.held_by is not null and k.next_attempt_at > :at
       group by 1, 2`,
      { ...mine, at: iso(at) },
    ),
  });
}
