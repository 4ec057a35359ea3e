/** Our own numbers and whom they are assigned to; how fast a trunk may be used. */
import type { Instant } from "../../domain/time/instant.ts";
import { freeFrom } from "../../domain/calls/pace.ts";
import type { TrunkLoad } from "../../domain/calls/trunk-limit.ts";
import type { Assigned, Assignment, CallerNumber, CallerPool, TrunkLimit } from "../../engine/ports/caller-numbers.ts";
import { assignmentValues, numberOf, trunkLimitOf } from "../number-rows.ts";
import { instantOrNull, iso, type Row } from "../columns.ts";
import type { Database } from "./database.ts";
import { insert, latest, update } from "./sql.ts";

/** The owner's rows and the installation's. */
const USABLE = "(:owner is null or user_id is null or user_id = :owner)";

/** With the last dial that left with each: last_used_at, which anybody may write, is for those who read the table. */
const NUMBERS = `select n.*, (select max(dialed_at) from call_attempts where from_number = n.number) as last_use from phone_number n`;

function find(db: Database, number: string): CallerNumber | null {
  const row = db.get(`${NUMBERS} where number = :number`, { number });
  return row === undefined ? null : numberOf(row);
}

export function assignNumber(db: Database, assignment: Assignment, at: Instant): Assigned {
  const { number, assistantId, trunkId, shared = false } = assignment;
  const before = find(db, number);
  const isOthers = before !== null && !isUsable(db, number);
  // Another trunk's calls, or another assistant's or owner's, would go on with this number and not know why they no
  // longer may.
  if (
    before !== null &&
    before.trunkId !== null &&
    (before.trunkId !== trunkId || before.assistantId !== assistantId || isOthers)
  ) {
    return isOthers ? { is: "others_number" } : { is: "taken", number: before };
  }
  // Repeating it needs no leave.
  if (!shared && before?.trunkId !== trunkId && carriesOthers(db, trunkId)) return { is: "others_trunk" };
  const values = { ...assignmentValues(assignment), id: before?.id ?? assignment.id, updated_at: iso(at) };
  if (before === null) insert(db, "phone_number", { ...values, number, user_id: db.owner, created_at: iso(at) });
  else update(db, "phone_number", isOthers ? { ...values, user_id: db.owner } : values);
  const assigned = find(db, number);
  if (assigned === null) throw new Error("a number that was just stored is gone");
  return { is: "assigned", number: assigned };
}

const carriesOthers = (db: Database, trunkId: string): boolean =>
  db.get(
    "select 1 from phone_number where outbound_trunk_id = :trunkId and user_id is not null and user_id is not :owner",
    {
      trunkId,
      owner: db.owner,
    },
  ) !== undefined;

/** An owner gives back what is the owner's, not the installation's. */
export function unassignNumber(db: Database, number: string): CallerNumber | null {
  const before = find(db, number);
  const isOwn = db.owner === null || isUsersOwn(db, number);
  if (before === null || before.trunkId === null || !isOwn) return null;
  db.run(
    `update phone_number set outbound_assistant_id = null, outbound_trunk_id = null, outbound_trunk_name = null
     where number = :number`,
    { number },
  );
  return before;
}

const isUsersOwn = (db: Database, number: string): boolean =>
  db.get("select 1 from phone_number where number = :number and user_id = :owner", { number, owner: db.owner }) !==
  undefined;

const isUsable = (db: Database, number: string): boolean =>
  db.get(`select 1 from phone_number where number = :number and ${USABLE}`, { number, owner: db.owner }) !== undefined;

export function listNumbers(db: Database, assistantId?: string): CallerNumber[] {
  return db
    .all(
      `${NUMBERS}
       where status = 'active' and outbound_trunk_id is not null and ${USABLE}
         and (:assistant is null or coalesce(outbound_assistant_id, inbound_assistant_id) = :assistant)
       order by last_use, number`,
      { assistant: assistantId ?? null, owner: db.owner },
    )
    .map(numberOf);
}

export function callerPool(db: Database, assistantId: string | null, owner?: string | null): CallerPool {
  const who = owner === undefined ? db.owner : owner;
  const everybodys = owner === undefined && db.owner === null;
  const rows = db.all(`${NUMBERS} where outbound_trunk_id is not null order by last_use, number`);
  const isOwn = (row: Row): boolean => everybodys || row["user_id"] === null || row["user_id"] === who;
  const others = (column: string): string[] => {
    const own = new Set(rows.filter(isOwn).map((row) => row[column]));
    return [...new Set(rows.map((row) => row[column]).filter((value) => !own.has(value)))].map(String);
  };
  return {
    numbers: rows
      .filter((row) => isOwn(row) && row["status"] === "active")
      .map(numberOf)
      .filter((number) => assistantId !== null && number.assistantId === assistantId),
    othersTrunks: others("outbound_trunk_id"),
    othersNumbers: others("number"),
  };
}

/** A dial leaves with this number: for those who read the table. */
export function touchNumber(db: Database, number: string | null, at: Instant): void {
  db.run("update phone_number set last_used_at = :at where number = :number", { number, at: iso(at) });
}

/** From when on the next dial may leave with this number. */
export function callerFreeFrom(db: Database, number: string | null, at: Instant): Instant {
  const row = db.get(
    `select interval_ms, (select max(dialed_at) from call_attempts where from_number = :number and dialed_at <= :latest) as last_use
     from phone_number where number = :number`,
    { number, latest: latest(at) },
  );
  return freeFrom(instantOrNull(row?.["last_use"]), Number(row?.["interval_ms"] ?? 0), at);
}

/** Do others than the owner call through it: with numbers that are on it, or campaigns that are not over? */
export const trunkIsOthers = (db: Database, { id, name }: { readonly id: string; readonly name: string }): boolean =>
  db.owner !== null &&
  db.get(
    `select 1 from phone_number where outbound_trunk_id = :id and user_id is not :owner
     union all
     select 1 from campaigns
     where trunk_id in (:id, :name) and user_id is not :owner and execution_status <> 'completed' limit 1`,
    { id, name, owner: db.owner },
  ) !== undefined;

export function setTrunkLimit(
  db: Database,
  { trunkId, interval, concurrency }: TrunkLimit,
  at: Instant,
  when: "always" | "unless_set" = "always",
): void {
  const values = { trunk_id: trunkId, interval_ms: interval, concurrency, updated_at: iso(at) };
  if (when === "always" && trunkIsOthers(db, { id: trunkId, name: trunkId })) return;
  if (insert(db, "trunk_limits", values, "ignore") > 0 || when === "unless_set") return;
  db.run(
    `update trunk_limits set interval_ms = :interval_ms, concurrency = :concurrency, updated_at = :updated_at
     where trunk_id = :trunk_id`,
    values,
  );
}

/** What a trunk carries and may. Whoever is about to dial counts, and keeps the pace of, the dials alone. */
export function trunkLoad(
  db: Database,
  trunkId: string | null,
  counting: "handed_out" | "dialed",
  at: Instant | null = null,
): TrunkLoad {
  const row = db.get(
    `select (select count(*) from call_attempts
             where trunk_id = :trunk and state <> 'ended' and (state <> 'claimed' or :counting = 'handed_out')) as live,
            case :counting
              when 'handed_out' then (select max(claimed_at) from call_attempts where trunk_id = :trunk and claimed_at <= :latest)
              else (select max(dialed_at) from call_attempts where trunk_id = :trunk and dialed_at <= :latest) end as last_use,
            (select interval_ms from trunk_limits where trunk_id = :trunk) as interval_ms,
            (select concurrency from trunk_limits where trunk_id = :trunk) as concurrency`,
    { trunk: trunkId, counting, latest: latest(at) },
  );
  const concurrency = row?.["concurrency"];
  return {
    live: Number(row?.["live"] ?? 0),
    lastUse: instantOrNull(row?.["last_use"]),
    interval: Number(row?.["interval_ms"] ?? 0),
    concurrency: typeof concurrency === "number" ? concurrency : null,
  };
}

export const trunkLimits = (db: Database): TrunkLimit[] =>
  db.all("select * from trunk_limits order by trunk_id").map(trunkLimitOf);

export function dropTrunkLimit(db: Database, trunkId: string): void {
  if (trunkIsOthers(db, { id: trunkId, name: trunkId })) return;
  db.run("delete from trunk_limits where trunk_id = :trunkId", { trunkId });
}
