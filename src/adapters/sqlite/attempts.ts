/**
 * Exactly once: claims, the last door before a dial, changes by compare-and-set, and attempts whose runner died.
 * Each function runs inside one transaction.
 */
import { type Attempt, type Call, type Change, claimedAttempt } from "../../domain/calls/call.ts";
import type { ConsentAsked } from "../../domain/hours/rule-limits.ts";
import { underPromise } from "../../domain/calls/promise.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { freeFrom, isOvertaken } from "../../domain/calls/pace.ts";
import { remember } from "../../domain/calls/circuit-breaker.ts";
import { freeLines } from "../../domain/calls/trunk-limit.ts";
import type { Claim, ClaimRequest, DialGate, Lease, Saved } from "../../engine/ports/index.ts";
import { findCall } from "./calls.ts";
import { dialsOf, findCampaign, handedOut } from "./campaigns.ts";
import type { Database, Values } from "./database.ts";
import { attemptOf, attemptValues } from "../attempt-rows.ts";
import { callbackOf, callChanges, callValues } from "../call-rows.ts";
import { iso } from "../columns.ts";
import { isDialable } from "../strangers.ts";
import { nextDue } from "./due.ts";
import { refuseOlderFile, storeDial } from "./last-dial.ts";
import { callerFreeFrom, touchNumber, trunkLoad } from "./numbers.ts";
import { left, takeCarrierPrice } from "./spending.ts";
import { insert, IS_ALIVE, MY_CALL, updateChanged } from "./sql.ts";
import { doNotCall } from "./do-not-call.ts";
import { askedOf, forbidden, hasConsent, isEnough, isMarked, isRevoked } from "./suppression.ts";
import { refuseForgottenWishes } from "./wishes.ts";

export function claim(db: Database, { attemptIds, at, ...request }: ClaimRequest): Claim[] {
  const claims: Claim[] = [];
  for (const attemptId of attemptIds) {
    const one = claimOne(db, { ...request, at: at + claims.length * request.interval }, attemptId);
    if (one === null) break;
    claims.push(one);
  }
  return claims;
}

type OneRequest = Omit<ClaimRequest, "attemptIds">;

function claimOne(db: Database, request: OneRequest, attemptId: string): Claim | null {
  const { campaignId, runnerId, trunkId, at } = request;
  const already = findAttempt(db, attemptId);
  if (already !== null) return already.attempt.runnerId === runnerId ? already : null;

  const alive = db.get(`select 1 from runners r where id = :id and ${IS_ALIVE}`, { id: runnerId, ...db.judged(at) });
  const campaign = findCampaign(db, campaignId);
  if (alive === undefined || campaign === null || campaign.status !== "running") return null;
  db.run("update campaigns set last_trunk_id = :trunkId where id = :campaignId and last_trunk_id is not :trunkId", {
    campaignId,
    trunkId,
  });
  const used = handedOut(db, campaignId, request.localDay, at);
  if (used === null) return null;
  const { live, today, lastHandOut } = used;
  if (live >= Math.min(request.concurrency, campaign.concurrency)) return null;
  const callbacksOnly = request.callbacksOnly === true || today >= campaign.dailyCap;
  if (freeFrom(lastHandOut, request.interval, at) > at) return null;
  const trunk = trunkLoad(db, trunkId, "handed_out", at);
  if (freeLines(trunk) <= 0 || freeFrom(trunk.lastUse, trunk.interval, at) > at) return null;

  const next = nextDue(db, campaign, { ...request, callbacksOnly });
  if (next === null) return null;
  const { call, charge } = next;
  const claimed: Call = { ...call, attemptId, heldBy: null };
  const attempt = { ...claimedAttempt(attemptId, call, runnerId, trunkId, at), ...(charge && { charge }) };
  insertAttempt(db, attempt, call);
  storeCall(db, call, claimed, at);
  db.run("update campaigns set last_hand_out_at = :at, last_execution_at = :at where id = :id", {
    id: campaignId,
    at: iso(at),
  });
  return { call: claimed, attempt };
}

export function addSingleCall(db: Database, call: Call, attempt: Attempt): void {
  insert(db, "campaign_calls", { ...callValues(call, attempt.claimedAt, JSON.stringify), user_id: db.owner });
  insertAttempt(db, attempt, call);
}

const insertAttempt = (db: Database, attempt: Attempt, { contact, outcome }: Call): number =>
  insert(db, "call_attempts", {
    ...attemptValues(attempt),
    phone_number: contact.phoneNumber,
    outcome_before: outcome,
  });

export function beginDial(
  db: Database,
  dialed: Change,
  interval: number,
  consent?: ConsentAsked,
  at = dialed.attempt.dialedAt ?? dialed.attempt.claimedAt,
): DialGate {
  const { attempt, call } = dialed;
  const number = call.contact.phoneNumber;
  const stored = owned(db, dialed);
  if (stored === null) return { say: "no", because: "not_yours" };
  const row = db.get(
    `select phone_number, callback_at, callback_zone, ${isMarked("k")} as marked from campaign_calls k where id = :id`,
    { id: call.id },
  );
  const isPromised = (row && callbackOf(row)?.at) ?? null;
  if (row?.["phone_number"] !== number || isPromised !== attempt.callbackAt) return { say: "no", because: "changed" };
  if (!isDialable(number)) return { say: "no", because: "invalid_number" };
  if (row["marked"] === 1 || doNotCall(db, number, at).length > 0) return { say: "no", because: "do_not_call" };
  const trunk = trunkLoad(db, attempt.trunkId, "dialed", at);
  let until = Math.max(freeFrom(trunk.lastUse, trunk.interval, at), callerFreeFrom(db, call.fromNumber, at));
  if (call.campaignId === null) {
    if (forbidden(db, number, at).length > 0) return { say: "no", because: "do_not_call" };
  } else {
    const campaign = findCampaign(db, call.campaignId);
    if (campaign?.status !== "running") return { say: "no", because: "not_running" };
    const { place } = call;
    const asked = { place, asked: askedOf(consent === undefined ? [] : [{ place, consent }], at) };
    if (campaign.requireConsent && !isTrue(db, hasConsent(":number", isEnough(":place")), call, at, asked)) {
      return { say: "no", because: "no_consent" };
    }
    if (isTrue(db, isRevoked(":number"), call, at)) return { say: "no", because: "do_not_call" };
    const { dialed: today, lastDial } = dialsOf(db, campaign.id, attempt.localDay ?? "", at);
    if (today >= campaign.dailyCap && attempt.callbackAt === null) return { say: "no", because: "daily_cap" };
    const rest = left(db, campaign);
    if (rest !== null && stored.attempt.charge === undefined) return { say: "no", because: "changed" };
    if (rest !== null && rest < 0) return { say: "no", because: "budget" };
    const turn = attempt.dialedAt ?? at;
    if (!isOvertaken(turn, lastDial, interval) || isTaken(db, campaign.id, turn, interval)) {
      until = Math.max(until, freeFrom(lastDial, interval, at));
    }
  }
  // Campaigns were told so before they claimed; a single call is told only here.
  if (freeLines(trunk) <= 0) return { say: "no", because: "trunk_full" };
  if (until > (attempt.dialedAt ?? at)) return { say: "wait", until };
  db.run("update campaigns set last_dial_at = :at, waiting_because = null where id = :id", {
    id: call.campaignId,
    at: iso(at),
  });
  touchNumber(db, call.fromNumber, at);
  storeDial(db, at);
  store(db, stored, dialed, at);
  return { say: "go" };
}

/** Whether a dial of the campaign is less than the interval from this turn. */
function isTaken(db: Database, campaign: string, turn: Instant, interval: number): boolean {
  const near = { campaign, from: iso(turn - interval), to: iso(turn + interval) };
  const sql =
    "select 1 from call_attempts where campaign_id = :campaign and dialed_at > :from and dialed_at < :to limit 1";
  return db.get(sql, near) !== undefined;
}

function isTrue(db: Database, condition: string, call: Call, at: Instant, more: Values = {}): boolean {
  const values = { number: db.vault.equal(call.contact.phoneNumber), campaign: call.campaignId, at: iso(at), ...more };
  return db.get(`select ${condition} as answer`, values)?.["answer"] === 1;
}

export function save(db: Database, change: Change): Saved {
  const { attempt, call } = change;
  const before = owned(db, change);
  if (before === null) {
    const stored = findAttempt(db, attempt.id)?.attempt;
    return stored?.runnerId === attempt.runnerId && stored.state === attempt.state ? "saved" : "not_yours";
  }
  if (call.status === "pending" && call.campaignId !== null) {
    if (findCampaign(db, call.campaignId)?.status === "completed") return "closed";
  }
  store(db, before, underPromise(change, before.call), attempt.endedAt ?? attempt.answeredAt ?? attempt.claimedAt);
  return "saved";
}

/** What is stored, if the change is to that, and the runner's own. */
function owned(db: Database, { attempt, from }: Change): Claim | null {
  const stored = findAttempt(db, attempt.id);
  return stored?.attempt.runnerId === attempt.runnerId && stored.attempt.state === from ? stored : null;
}

const storeCall = (db: Database, before: Call, after: Call, at: Instant): number =>
  updateChanged(db, "campaign_calls", { ...callChanges(before, at), updated_at: null }, callChanges(after, at));

/** Writes attempt, call and the campaign's counters. */
function store(db: Database, before: Claim, { attempt, call, tally, mark, trouble }: Change, at: Instant): void {
  updateChanged(db, "call_attempts", attemptValues(before.attempt), attemptValues(attempt));
  if (attempt.charge !== undefined && attempt.state === "ended") takeCarrierPrice(db, attempt.id);
  storeCall(db, before.call, call, at);
  if (call.campaignId === null) return;
  const recent = db.get("select recent from campaigns where id = :id", { id: call.campaignId })?.["recent"];
  // Once somebody has answered, the dial counts for its day, however it ends.
  const day = attempt.answeredAt === null ? attempt.localDay : null;
  const today = day === null ? 0 : dialsOf(db, call.campaignId, day).dialed;
  // The day's count is for those who read the table; it never goes back to an earlier day.
  db.run(
    `update campaigns set
       dials = dials + :dials, total_calls_made = total_calls_made + :dials,
       pickups = pickups + :pickups, total_calls_answered = total_calls_answered + :pickups,
       total_usage = total_usage + :usage, recent = :recent,
       last_trouble = coalesce(:trouble, last_trouble),
       current_daily_calls = case when :day >= coalesce(last_daily_reset, '') then :today else current_daily_calls end,
       last_daily_reset = max(coalesce(last_daily_reset, ''), coalesce(:day, last_daily_reset)),
       updated_at = :at
     where id = :id`,
    {
      id: call.campaignId,
      dials: tally.dials,
      pickups: tally.pickups,
      usage: tally.usageSeconds,
      recent: mark === null ? String(recent) : remember(String(recent), mark),
      trouble,
      day,
      today,
      at: iso(at),
    },
  );
}

/** The file's runners are on one machine, and so is its clock: there is nothing to be off from. */
export function renewLease(db: Database, lease: Lease, at: Instant): number {
  const length = lease.until - at;
  const { up } = db.judged(at);
  refuseOlderFile(db);
  refuseForgottenWishes(db);
  db.run(
    `insert into runners (id, lease_until, started_at, up_until, lease_ms, agents, held_up)
     values (:id, :until, :at, :up, :length, :agents, :heldUp)
     on conflict (id) do update
     set lease_until = excluded.lease_until, up_until = excluded.up_until, lease_ms = excluded.lease_ms,
       agents = excluded.agents, held_up = excluded.held_up`,
    {
      id: lease.runnerId,
      until: iso(lease.until),
      at: iso(at),
      up: up === null ? null : up + length,
      length,
      agents: lease.agents ?? null,
      heldUp: lease.heldUp ?? null,
    },
  );
  return 0;
}

export function endLease(db: Database, runnerId: string): void {
  db.run("delete from runners where id = :id", { id: runnerId });
}

export function takeOver(db: Database, runnerId: string, at: Instant): Claim[] {
  const orphans = db.all(
    `select a.id from call_attempts a join campaign_calls k on k.id = a.call_id
       left join runners r on r.id = a.runner_id
     where a.state <> 'ended' and (a.runner_id = :me or r.id is null or not ${IS_ALIVE}) and ${MY_CALL}`,
    { me: runnerId, ...db.judged(at), owner: db.owner },
  );
  for (const { id = null } of orphans) {
    db.run("update call_attempts set runner_id = :me where id = :id", { id, me: runnerId });
  }
  db.run(`delete from runners as r where id <> :me and not ${IS_ALIVE}`, { me: runnerId, ...db.judged(at) });
  const held = db.all("select id from call_attempts where state <> 'ended' and runner_id = :me", { me: runnerId });
  return held.flatMap(({ id }) => findAttempt(db, String(id)) ?? []);
}

export function othersLeases(db: Database, runnerId: string): Lease[] {
  return db
    .all(
      `select id, lease_until from runners r where id <> :me
         and exists (
           select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
           where a.runner_id = r.id and a.state <> 'ended' and ${MY_CALL})`,
      { me: runnerId, owner: db.owner },
    )
    .map((row) => ({ runnerId: String(row["id"]), until: Date.parse(String(row["lease_until"])) }));
}

export function endedAttempts(db: Database, ids: readonly string[]): Claim[] {
  return ids.flatMap((id) => findAttempt(db, id) ?? []).filter(({ attempt }) => attempt.state === "ended");
}

export function hangUps(db: Database, campaignIds: readonly string[]): string[] {
  const isDeleted = (id: string): boolean => db.get("select 1 from campaigns where id = :id", { id }) === undefined;
  return campaignIds.filter((id) => findCampaign(db, id)?.hangUp === true || isDeleted(id));
}

export function findAttempt(db: Database, id: string): Claim | null {
  const row = db.get("select * from call_attempts where id = :id", { id });
  if (row === undefined) return null;
  const attempt = attemptOf(row);
  const call = findCall(db, attempt.callId);
  return call === null ? null : { attempt, call };
}
