/** Calls: listed page by page, found, and their outcomes. */
import { type Call, CALL_STATUSES, type Outcome } from "../../domain/calls/call.ts";
import { stopped } from "../../domain/calls/stopped.ts";
import type { Callback } from "../../domain/calls/callback.ts";
import { takesCallbacks } from "../../domain/calls/campaign.ts";
import { promised, withdrawn } from "../../domain/calls/promise.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { CallFilter, CallHistory, CallPage } from "../../engine/ports/index.ts";
import type { Database } from "./database.ts";
import { attemptOf } from "../attempt-rows.ts";
import { callChanges, callOf, isErased } from "../call-rows.ts";
import { iso } from "../columns.ts";
import { reasonIn } from "../do-not-call-rows.ts";
import { findCampaign } from "./campaigns.ts";
import { MINE, MY_CALL, numbersOf, OF_NUMBER, update, WRITER } from "./sql.ts";

/** The index has them in order status by status: of each, no more are read than a page. */
const PAGE = (status: string): string => `
  select * from (
    select position from campaign_calls where campaign_id = :campaign and status = ${status} and position > :after
    order by position limit :limit)`;
const PAGES = CALL_STATUSES.map((status) => PAGE(`'${status}'`)).join(" union all ");

export function listCalls(db: Database, { campaignId, status, limit, after }: CallFilter): CallPage {
  const asked = { campaign: campaignId, after: Number(after ?? 0), limit: limit + 1, owner: db.owner };
  const rows = db.all(
    `select * from campaign_calls
     where position in (select position from (${status === undefined ? PAGES : PAGE(":status")}) order by position limit :limit)
       and exists (select 1 from campaigns where id = :campaign and ${MINE})
     order by position`,
    status === undefined ? asked : { ...asked, status },
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { calls: page.map(callOf), next: rows.length > limit && last !== undefined ? String(last["position"]) : null };
}

export function findCall(db: Database, id: string): Call | null {
  const row = db.get(`select * from campaign_calls k where id = :id and ${MY_CALL}`, { id, owner: db.owner });
  return row === undefined ? null : callOf(row);
}

export function callHistory(db: Database, campaignId: string, phoneNumber: string): CallHistory | null {
  const row = db.get(
    `select * from campaign_calls k
     where campaign_id = :campaignId and ${OF_NUMBER} and ${MY_CALL}`,
    { campaignId, numbers: numbersOf(db, phoneNumber), owner: db.owner },
  );
  if (row === undefined) return null;
  const call = callOf(row);
  const attempts = db.all("select * from call_attempts where call_id = :call order by claimed_at, rowid", {
    call: call.id,
  });
  return { call, attempts: attempts.map(attemptOf) };
}

export function setOutcome(
  db: Database,
  id: string,
  outcome: Outcome,
  notes: string | null,
  at: Instant,
  callback?: Callback,
): Call | null {
  const before = findCall(db, id);
  if (before === null || isErased(before)) return null;
  writeOutcome(db, before, outcome, notes, at);
  writePromise(db, before, outcome, callback ?? null, at);
  return findCall(db, id);
}

/** With the outcome callback a promise is made, or stays; any other takes it back. */
export function writePromise(
  db: Database,
  before: Call,
  outcome: Outcome | null,
  callback: Callback | null,
  at: Instant,
): void {
  if (outcome === "callback") {
    if (callback !== null) promise(db, before, callback, at);
  } else if (before.callback !== null) update(db, "campaign_calls", callChanges(withdrawn(before, at), at));
}

/** Without notes those that are there stay. */
export function writeOutcome(
  db: Database,
  before: Call,
  outcome: Outcome | null,
  notes: string | null,
  at: Instant,
): void {
  db.run(
    "update campaign_calls set outcome = :outcome, notes = coalesce(:notes, notes), updated_at = :at where id = :id",
    { id: before.id, outcome, notes: db.vault.text("notes", notes, { id: before.id }), at: iso(at) },
  );
  if (outcome === "do_not_call") keepReason(db, before, notes ?? before.notes);
  if (before.campaignId !== null && before.outcome !== outcome) {
    if (isCounted(before.outcome)) count(db, before.campaignId, before.outcome, -1);
    if (isCounted(outcome)) count(db, before.campaignId, outcome, 1);
  }
}

/**
 * The entry that the trigger made has none where the number is sealed, since it cannot open the notes. Another owner's entry is
 * left alone: that owner would read them.
 */
function keepReason(db: Database, { id, contact: { phoneNumber } }: Call, notes: string | null): void {
  if (db.vault.isPlain || notes === null) return;
  const reason = reasonIn(notes);
  db.run(
    `update do_not_call_numbers set reason = :reason where ${OF_NUMBER} and source = 'outcome' and reason is null
       and added_by = (select ${WRITER} from campaign_calls k where k.id = :id)`,
    {
      id,
      numbers: numbersOf(db, phoneNumber),
      reason: db.vault.text("reason", reason, { phone_number: phoneNumber }),
    },
  );
}

function promise(db: Database, call: Call, callback: Callback, at: Instant): void {
  const campaign = call.campaignId === null ? null : findCampaign(db, call.campaignId);
  if (campaign === null || !takesCallbacks(campaign)) return;
  update(db, "campaign_calls", callChanges(promised(call, callback), at));
  // It had run out of calls, and goes on.
  if (campaign.status !== "completed") return;
  const { id } = campaign;
  const fresh = { status_reason: null, status_at: iso(at), hang_up: 0, next_call_at: iso(at), updated_at: iso(at) };
  update(db, "campaigns", { id, execution_status: "running", ...fresh });
}

export function missCallback(db: Database, id: string, missed: Instant, next: Callback | null, at: Instant): boolean {
  const call = findCall(db, id);
  if (call?.status !== "pending" || call.attemptId !== null || call.callback?.at !== missed) return false;
  const marked = { ...call, callbackMissedAt: missed };
  const again = call.outcome === "callback" ? next : null;
  const after = again === null ? stopped(marked, "callback_missed", at) : promised(marked, again);
  return update(db, "campaign_calls", callChanges(after, at)) > 0;
}

/** Outcomes that have a counter on `campaigns`. */
const COUNTED = ["interested", "not_interested", "callback", "do_not_call"] as const;
type Counted = (typeof COUNTED)[number];
const isCounted = (outcome: Outcome | null): outcome is Counted => COUNTED.some((counted) => counted === outcome);

function count(db: Database, campaign: string, outcome: Counted, by: 1 | -1): void {
  db.run(`update campaigns set ${outcome} = ${outcome} + :by where id = :campaign`, { campaign, by });
}
