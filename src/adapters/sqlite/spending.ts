/** Budgets: what a campaign's attempts cost and reserve. What both come to is kept by triggers. */
import type { Spending } from "../../domain/calls/budget.ts";
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { Snapshot } from "../../domain/calls/plan.ts";
import { mostOfFirst } from "../spending-rows.ts";
import type { Database } from "./database.ts";

/** What is under way, looked up in the index. Of calls that are lost, the reserve stays until the carrier says what they cost. */
const RESERVED = `
  select coalesce((select sum(cost_micros) from call_attempts indexed by call_attempts_open
      where campaign_id = :id and state <> 'ended' and cost_micros > 0), 0)
    + coalesce((select sum(cost_micros) from call_attempts a indexed by call_attempts_lost
      where campaign_id = :id and ending = 'lost' and cost_micros > 0 and state = 'ended' and not exists (
        select 1 from carrier_calls r where r.attempt_id = a.id and r.price_micros is not null)), 0) as reserved`;

const totalOf = (db: Database, id: string): number =>
  Number(db.get("select cost_micros as total from attempt_counts where campaign_id = :id", { id })?.["total"] ?? 0);

export function spending(db: Database, id: string): Spending {
  const reserved = Number(db.get(RESERVED, { id })?.["reserved"]);
  return { spent: totalOf(db, id) - reserved, reserved };
}

/** Millionths that are neither spent nor reserved; null: it has no budget. */
export const left = (db: Database, { id, budget }: Campaign): number | null =>
  budget === undefined ? null : budget.micros - totalOf(db, id);

/** A snapshot with what its budget has to say. */
export function withSpending(db: Database, snapshot: Snapshot): Snapshot {
  const { campaign, waiting, callbacks } = snapshot;
  if (campaign.budget === undefined) return snapshot;
  const first = (place: string) =>
    db.get(
      `select phone_number from campaign_calls where campaign_id = :id and place = :place and status = 'pending'
         and attempt_id is null and callback_at is null and next_attempt_at is not null order by next_attempt_at, position limit 1`,
      { id: campaign.id, place },
    );
  const promised = (call: string) => db.get("select phone_number from campaign_calls where id = :call", { call });
  return {
    ...snapshot,
    spending: spending(db, campaign.id),
    waiting: waiting.map((each) => ({ ...each, ...mostOfFirst(campaign, first(each.place)?.["phone_number"]) })),
    callbacks: callbacks.map((each) => ({
      ...each,
      ...mostOfFirst(campaign, promised(each.callId)?.["phone_number"]),
    })),
  };
}

/** What the carrier asks for takes the place of what was reckoned, in the currency of the budget. */
export function takeCarrierPrice(db: Database, attemptId: string): void {
  db.run(
    `update call_attempts as a set cost_micros = r.price_micros from carrier_calls r, campaigns c
     where a.id = :id and a.cost_micros is not null and r.attempt_id = a.id and r.price_micros is not null
       and c.id = a.campaign_id and c.budget_currency = upper(r.price_unit)`,
    { id: attemptId },
  );
}
