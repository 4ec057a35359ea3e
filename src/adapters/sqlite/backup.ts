/** A backup of the embedded store while it is in use, and the way back: nobody is dialed twice for it. */
import { randomUUID } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { backup as copyOnline, DatabaseSync } from "node:sqlite";
import { reserveFor } from "../../domain/calls/budget.ts";
import { type Call, claimedAttempt } from "../../domain/calls/call.ts";
import { longestCall } from "../../domain/calls/prices.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { Refused } from "../../engine/errors.ts";
import { attemptValues } from "../attempt-rows.ts";
import { readCall } from "../call-rows.ts";
import { iso } from "../columns.ts";
import { log } from "./audit.ts";
import { findCampaign } from "./campaigns.ts";
import { replacedOf, restoringOf } from "./copies.ts";
import { Database } from "./database.ts";
import type { Keys } from "../encryption.ts";
import { endCall } from "./due.ts";
import { isErasedFor } from "./erased.ts";
import { makePlace } from "./file.ts";
import { dialsIn, isBehind, readDials, rememberDials, rememberedDials, settleDials } from "./last-dial.ts";
import { openFile } from "./opening.ts";
import { eraseAgain } from "./privacy.ts";
import { keepForbidden } from "./still-forbidden.ts";
import { renewRows } from "./rekeying.ts";
import { insert, IS_ALIVE } from "./sql.ts";
import { rememberedWishes, settleWishes, wishesIn, wishesOf } from "./wishes.ts";

/** `to` is new. Runs beside whoever uses the file. */
export async function backUp(from: string, to: string): Promise<void> {
  const db = openFile(from, "find");
  try {
    makePlace(to);
    await copyOnline(db, to);
  } finally {
    db.close();
  }
  rmSync(`${to}-wal`, { force: true });
  rmSync(`${to}-shm`, { force: true });
}

export interface Restored {
  /** Calls that may have been dialed since the backup: they are `lost`. */
  readonly lost: number;
  /** Campaigns that were not started then, and may have been since: they are in `error`. */
  readonly campaigns: number;
  /** Do-not-call entries, marks and revocations since, which were kept; null: not all are known, and every campaign is held. */
  readonly forbidden: number | null;
  /** Where the replaced file is now; null: there was none. */
  readonly replaced: string | null;
}

interface Restoring {
  readonly at: Instant;
  readonly uptime: () => number;
  readonly keys?: Keys | null;
  /** Who does it, for the audit log. */
  readonly actor?: string;
  /** Does the carrier know of no call to the number since then? Null: it cannot be asked. */
  readonly undialed: ((number: string, since: Instant, until: Instant) => Promise<boolean>) | null;
}

/** Takes `from` for the database `to`. What stood there is moved aside, never removed. */
export async function restore(
  from: string,
  to: string,
  { at, uptime, undialed, keys = null, actor }: Restoring,
): Promise<Restored> {
  refuseWhileInUse(to, at, uptime);
  const fresh = restoringOf(to);
  for (const path of [fresh, `${fresh}-wal`, `${fresh}-shm`]) rmSync(path, { force: true });
  await backUp(from, fresh);
  forgetRunners(fresh);
  const db = new Database(fresh, null, { keys, plain: "accept", actor });
  let marked: Omit<Restored, "replaced">;
  try {
    // It was copied while it was being encrypted or decrypted: numbers are compared once all are written in one way.
    if (db.vault.before !== undefined) for (const _ of renewRows(db));
    const forbidden = db.transaction(() => {
      const isWhole = knowsAllWishes(db, to);
      const kept = keepForbidden(db, to, keys);
      endErased(db, at);
      eraseAgain(db, at);
      settleWishes(db, rememberedWishes(to) ?? 0);
      if (!isWhole) holdAll(db, at);
      return isWhole ? (kept ?? 0) : null;
    });
    const counts = { ...(await markDialed(db, to, at, undialed)), forbidden };
    db.transaction(() => log(db, "data.restored", counts));
    marked = counts;
  } finally {
    db.close();
  }
  const replaced = replacedOf(to, iso(at));
  // The journal first, and that of a file which is gone too: SQLite would play it into whatever file it lies beside.
  const there = ["-wal", "-shm", ""].filter((end) => existsSync(to + end));
  for (const end of there) renameSync(to + end, replaced + end);
  renameSync(fresh, to);
  return { ...marked, replaced: there.includes("") ? replaced : null };
}

/** Whoever ran when it was made runs no more; an upgrade would wait for them. */
function forgetRunners(path: string): void {
  using db = new DatabaseSync(path);
  db.exec("delete from runners");
}

async function markDialed(db: Database, to: string, at: Instant, undialed: Restoring["undialed"]) {
  const remembered = rememberedDials(to);
  // Known for certain: nothing has left since.
  if (remembered !== null && !isBehind(dialsIn(db), remembered)) return { lost: 0, campaigns: 0 };
  const since = askedSince(db, at);
  const dialed = dialedIn(to, db);
  const lost = new Set<string>();
  for (const row of waitingRows(db)) {
    const { id, contact } = readCall(row).call;
    const spared =
      dialed !== null ? !dialed.has(id) : undialed !== null && (await undialed(contact.phoneNumber, since, at));
    if (!spared) lost.add(id);
  }
  return db.transaction(() => {
    for (const row of waitingRows(db)) {
      const { call } = readCall(row);
      if (!lost.has(call.id)) continue;
      const detail = "restored from a backup: it may have been dialed since";
      db.run(
        `update call_attempts set state = 'ended', ending = 'lost', ended_at = :at, detail = :detail
         where id = :id and state = 'claimed'`,
        { id: call.attemptId, at: iso(at), detail },
      );
      reserveLost(db, call, detail, at);
      endCall(db, { ...call, attemptId: null }, "lost", at);
    }
    const campaigns = db.run(
      `update campaigns set execution_status = 'error', status_at = :at, updated_at = :at,
         status_reason = 'restored from a backup: it may have been started since; resume calls all its contacts'
       where execution_status = 'idle' and copied_at is null
         and (:known = 0 or id in (select value from json_each(:started)))`,
      { at: iso(at), known: dialed === null ? 0 : 1, started: JSON.stringify([...(dialed?.started ?? [])]) },
    );
    settleDials(db, { at: iso(at), n: 0 });
    if (remembered !== null) settleDials(db, remembered);
    rememberDials(to, dialsIn(db));
    return { lost: lost.size, campaigns };
  });
}

const OWNER = "iif(k.campaign_id is null, k.user_id, (select user_id from campaigns where id = k.campaign_id))";
const IS_ERASED = `exists (select 1 from do_not_call_numbers d
  where d.phone_number = k.phone_number and d.source = 'erased' and ${isErasedFor(OWNER)})`;

/**
 * Nobody is erased while a call to them is under way or its recording is not stored yet: what the backup has of that was over
 * when they were, and where the recording lies was said then.
 */
function endErased(db: Database, at: Instant): void {
  const detail = "restored from a backup: whom it rang has been erased since";
  for (const row of db.all(`select k.* from campaign_calls k where k.attempt_id is not null and ${IS_ERASED}`)) {
    const { call } = readCall(row);
    db.run(
      `update call_attempts set state = 'ended', ending = 'lost', ended_at = :at, detail = :detail
       where id = :id and state <> 'ended'`,
      { id: call.attemptId, at: iso(at), detail },
    );
    reserveLost(db, call, detail, at);
    endCall(db, { ...call, attemptId: null }, "lost", at);
  }
  db.run(
    `update call_attempts set recording_open = 0 where recording_open <> 0
       and call_id in (select k.id from campaign_calls k where ${IS_ERASED})`,
  );
}

/** Under a budget: what its dials may have cost since, as many as it had left. */
function reserveLost(db: Database, call: Call, detail: string, at: Instant): void {
  const campaign = call.campaignId === null ? null : findCampaign(db, call.campaignId);
  if (campaign?.budget === undefined) return;
  const charge = reserveFor(campaign.budget, call.contact.phoneNumber, longestCall(campaign));
  const dials = Math.max(1, campaign.retry.maxAttempts - call.attemptsSpent);
  if (call.attemptId !== null) {
    db.run("update call_attempts set cost_micros = cost_micros * :dials where id = :id", { dials, id: call.attemptId });
  } else if (charge !== null) {
    const never = claimedAttempt(randomUUID(), call, "restore", "", at);
    const lost = { ...never, trunkId: null, state: "ended", endedAt: at, ending: "lost", detail } as const;
    const values = attemptValues({ ...lost, charge: { ...charge, micros: charge.micros * dials } });
    insert(db, "call_attempts", { ...values, phone_number: call.contact.phoneNumber });
  }
}

/** Calls that wait, and those handed out whose phone had not rung yet. */
const waitingRows = (db: Database) =>
  db.all(
    `select k.* from campaign_calls k left join call_attempts a on a.id = k.attempt_id
     where k.status = 'pending' and (k.attempt_id is null or a.state = 'claimed')`,
  );

/** Has everybody who ever asked not to be called asked before the backup, or is in the file that is to be replaced? */
function knowsAllWishes(db: Database, path: string): boolean {
  const remembered = rememberedWishes(path);
  const replaced = wishesIn(path);
  if (remembered === null) return replaced !== null;
  return Math.max(wishesOf(db), replaced ?? 0) >= remembered;
}

/**
 * Whom they would call next may have asked not to be called: that is for somebody who knows. Who paused one before has not
 * been told, nor has a script that starts one.
 */
function holdAll(db: Database, at: Instant): void {
  db.run(
    `update campaigns set execution_status = iif(execution_status = 'idle', 'error', 'paused'),
       status_at = :at, updated_at = :at, next_call_at = null,
       status_reason = 'restored from a backup: who has asked since not to be called is not known; complete the do-not-call list, then resume'
     where execution_status in ('idle', 'running', 'paused')`,
    { at: iso(at) },
  );
}

/** Was an older copy put in the file's place? What was written since is in nobody's file. */
function isOlder(path: string): boolean {
  const remembered = rememberedDials(path);
  if (remembered === null || !existsSync(path)) return false;
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    return isBehind(readDials(db.prepare("select * from last_dial").get()), remembered);
  } catch {
    return false;
  }
}

/**
 * From when on the carrier's records may have dials that the backup does not: since its last one, unless that was made by a clock
 * that was ahead.
 */
function askedSince(db: Database, at: Instant): Instant {
  const newest = db.get("select dialed_at from call_attempts where dialed_at is not null order by rowid desc limit 1");
  const last = Math.min(Date.parse(dialsIn(db).at || iso(0)), Date.parse(String(newest?.["dialed_at"] ?? iso(0))));
  return last > at ? 0 : last;
}

/**
 * What the file that is to be replaced knows: calls dialed that are not in the backup, whatever the clock said then, and
 * campaigns started. Null: it cannot be read.
 */
function dialedIn(
  path: string,
  backup: Database,
): (ReadonlySet<string> & { readonly started: readonly string[] }) | null {
  if (!existsSync(path)) return null;
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    if (rememberedDials(path) === null || isOlder(path)) return null;
    const known = new Set(backup.all(DIALED).map(({ id }) => String(id)));
    const calls = new Set<string>();
    for (const { id, call_id } of db.prepare(DIALED).iterate()) if (!known.has(String(id))) calls.add(String(call_id));
    // Of what was deleted since, nobody knows whom it had dialed.
    const there = db.prepare("select 1 from campaign_calls where id = ?");
    for (const { id } of waitingRows(backup)) if (there.get(String(id)) === undefined) calls.add(String(id));
    const started = db.prepare("select id from campaigns where copied_at is not null").all();
    return Object.assign(calls, { started: started.map(({ id }) => String(id)) });
  } catch {
    return null;
  }
}

const DIALED = "select id, call_id from call_attempts where dialed_at is not null";

function refuseWhileInUse(path: string, at: Instant, uptime: () => number): void {
  if (!existsSync(path)) return;
  let alive: unknown;
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    alive = db.prepare(`select 1 from runners r where ${IS_ALIVE}`).get({ at: iso(at), up: uptime() });
  } catch {
    // Damaged, or of another version: that is what it is replaced for.
    return;
  }
  if (alive === undefined) return;
  throw new Refused("in_use", "cannot restore: a run is using the database", {
    hint: "stop it first; after a crash, try again in a minute",
  });
}
