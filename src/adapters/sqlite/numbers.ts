/** Our own numbers and whom they are assigned to; how fast a trunk may be used. */
import { z } from "zod";
import type { Instant } from "../../domain/instant.ts";
import type { Assigned, Assignment, CallerNumber, TrunkLimit } from "../../engine/numbers.ts";
import type { Database, Row } from "./database.ts";
import { iso } from "../rows.ts";
import { insert, update } from "./sql.ts";

const text = z.string().nullable();
const numberRow = z.object({
  id: z.string(),
  number: z.string(),
  label: text,
  phone_sid: text,
  trunk_sid: text,
  outbound_assistant_id: text,
  inbound_assistant_id: text,
  outbound_trunk_id: text,
  outbound_trunk_name: text,
  interval_ms: z.number(),
  last_used_at: text,
});

function numberOf(raw: Row): CallerNumber {
  const row = numberRow.parse(raw);
  return {
    id: row.id,
    number: row.number,
    label: row.label,
    phoneSid: row.phone_sid,
    trunkSid: row.trunk_sid,
    assistantId: row.outbound_assistant_id ?? row.inbound_assistant_id,
    trunkId: row.outbound_trunk_id,
    trunkName: row.outbound_trunk_name,
    interval: row.interval_ms,
    lastUsedAt: row.last_used_at === null ? null : Date.parse(row.last_used_at),
  };
}

function find(db: Database, number: string): CallerNumber | null {
  const row = db.get("select * from phone_number where number = :number", { number });
  return row === undefined ? null : numberOf(row);
}

export function assignNumber(db: Database, assignment: Assignment, at: Instant): Assigned {
  const { number, assistantId, trunkId, trunkName, label, interval, phoneSid, trunkSid } = assignment;
  const before = find(db, number);
  // Another trunk's calls, or another assistant's, would go on with this number and not know why they no longer may.
  if (
    before !== null &&
    before.trunkId !== null &&
    (before.trunkId !== trunkId || before.assistantId !== assistantId)
  ) {
    return { is: "taken", number: before };
  }
  const values = {
    id: before?.id ?? assignment.id,
    status: "active",
    outbound_assistant_id: assistantId,
    outbound_trunk_id: trunkId,
    outbound_trunk_name: trunkName,
    updated_at: iso(at),
    ...(label === undefined ? {} : { label }),
    ...(interval === undefined ? {} : { interval_ms: interval }),
    ...(phoneSid === undefined ? {} : { phone_sid: phoneSid }),
    ...(trunkSid === undefined ? {} : { trunk_sid: trunkSid }),
  };
  if (before === null) insert(db, "phone_number", { ...values, number, created_at: iso(at) });
  else update(db, "phone_number", values);
  const assigned = find(db, number);
  if (assigned === null) throw new Error("a number that was just stored is gone");
  return { is: "assigned", number: assigned };
}

export function unassignNumber(db: Database, number: string): CallerNumber | null {
  const before = find(db, number);
  if (before === null || before.trunkId === null) return null;
  db.run(
    `update phone_number set outbound_assistant_id = null, outbound_trunk_id = null, outbound_trunk_name = null
     where number = :number`,
    { number },
  );
  return before;
}

export function listNumbers(db: Database, assistantId?: string): CallerNumber[] {
  return db
    .all(
      `select * from phone_number
       where status = 'active' and outbound_trunk_id is not null
         and (:assistant is null or coalesce(outbound_assistant_id, inbound_assistant_id) = :assistant)
       order by last_used_at, number`,
      { assistant: assistantId ?? null },
    )
    .map(numberOf);
}

export function touchNumber(db: Database, number: string, at: Instant): void {
  db.run(
    `update phone_number set last_used_at = :at
     where number = :number and (last_used_at is null or last_used_at < :at)`,
    { number, at: iso(at) },
  );
}

export function setTrunkLimit(
  db: Database,
  { trunkId, interval, concurrency }: TrunkLimit,
  at: Instant,
  when: "always" | "unless_set" = "always",
): void {
  const values = { trunk_id: trunkId, interval_ms: interval, concurrency, updated_at: iso(at) };
  if (when === "always") dropTrunkLimit(db, trunkId);
  insert(db, "trunk_limits", values, "ignore");
}

export function trunkLimits(db: Database): TrunkLimit[] {
  const row = z.object({ trunk_id: z.string(), interval_ms: z.number(), concurrency: z.number().nullable() });
  return db
    .all("select * from trunk_limits order by trunk_id")
    .map((raw) => row.parse(raw))
    .map(({ trunk_id, interval_ms, concurrency }) => ({ trunkId: trunk_id, interval: interval_ms, concurrency }));
}

export function dropTrunkLimit(db: Database, trunkId: string): void {
  db.run("delete from trunk_limits where trunk_id = :trunkId", { trunkId });
}
