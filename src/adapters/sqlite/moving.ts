/**
 * The embedded store leaving for another: campaigns with everything that belongs to them, then closed here; and what is no
 * single campaign's. What is read changes nothing, so a move that broke off is gone on with by moving again.
 */
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { Refused } from "../../engine/errors.ts";
import { meant } from "../../engine/manage/lookup.ts";
import { findCampaign, findCampaigns, isLive, moveCampaign } from "./campaigns.ts";
import { Database, type Row } from "./database.ts";
import { type Keys, refuseUnfinished } from "../encryption.ts";
import { campaignRows, type MovingRows, sharedRows } from "./moving-rows.ts";
import { campaignOf } from "../campaign-rows.ts";

export interface LeavingStore extends Disposable {
  /** What is no single campaign's, and nothing of it twice; first of all, so that campaigns find what they refer to. */
  readonly shared: () => Iterable<MovingRows>;
  readonly campaigns: readonly Leaving[];
}

export interface Leaving {
  readonly id: string;
  readonly name: string;
  /** It was closed here by a move before, which may have broken off then. */
  readonly gone: boolean;
  /** In an order in which every row finds what it refers to, all as they are when the first is read. */
  readonly rows: () => Iterable<MovingRows>;
  /**
   * Ends the campaign here, so that nobody dials it from both places. Throws Refused when it is not any more as its rows
   * said: what is there then must not be dialed.
   */
  readonly close: (at: Instant) => void;
  /** So many must have arrived. */
  readonly counts: () => Counts;
}

export interface Counts {
  readonly calls: number;
  readonly attempts: number;
}

const MOVED = "moved to Supabase";

/**
 * What can leave the file: campaigns named by id or name with what they need, or everything. With `owner` that is theirs and
 * nobody's. Refused when any of it is running or has a call under way: its runner would go on dialing from here.
 */
export function leavingStore(
  path: string,
  refs: readonly string[],
  owner: string | null,
  keys: Keys | null = null,
  actor?: string,
): LeavingStore {
  // A key may be the project's alone. Rows are read opened: the project seals them anew, or refuses a key that it does not have.
  const db = new Database(path, null, { opening: "find", keys, plain: "accept", actor });
  try {
    refuseUnfinished(db.vault);
    const chosen = refs.length === 0 ? campaignsOf(db, owner) : refs.map((ref) => exactlyOne(db, ref, owner));
    const staying = chosen.filter(({ statusReason }) => statusReason !== MOVED);
    for (const campaign of staying) refuseBusy(db, campaign);
    if (refs.length === 0) refuseLiveSingleCalls(db, owner);
    const named = refs.length === 0 ? null : staying.map(({ id }) => id);
    return {
      shared: () => db.snapshot(() => sharedRows(db, named, owner)),
      campaigns: chosen.map((campaign) => leaving(db, campaign)),
      [Symbol.dispose]: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function leaving(db: Database, campaign: Campaign): Leaving {
  const { id, name, statusReason } = campaign;
  let read: string | null = null;
  return {
    id,
    name,
    gone: statusReason === MOVED,
    rows: () =>
      db.snapshot(function* () {
        refuseBusy(db, campaign);
        read = JSON.stringify(stateOf(db, id));
        yield* campaignRows(db, id);
      }),
    close: (at) =>
      db.transaction(() => {
        if (JSON.stringify(stateOf(db, id)) !== read) {
          throw new Refused("changed", `cannot move "${name}": it has changed while it was moved`, {
            hint: "pause it, wait until campaigns status shows no live call, and move it again",
          });
        }
        moveCampaign(db, id, "stop", { at, reason: MOVED });
        // What has ended stays as it ended; the reason marks it as gone.
        db.run("update campaigns set status_reason = :reason where id = :id", { id, reason: MOVED });
      }),
    counts: () => {
      const { calls, attempts } = stateOf(db, id);
      return { calls: Number(calls), attempts: Number(attempts) };
    },
  };
}

/** Whatever a runner or an operator does to a campaign shows in here. */
const stateOf = (db: Database, id: string): Row =>
  db.get(
    `select c.execution_status, c.status_at, c.updated_at, c.last_hand_out_at, c.last_dial_at,
       (select count(*) from campaign_calls where campaign_id = :id) as calls,
       (select max(updated_at) from campaign_calls where campaign_id = :id) as touched,
       (select count(*) from call_attempts where campaign_id = :id) as attempts
     from campaigns c where c.id = :id`,
    { id },
  ) ?? {};

function refuseBusy(db: Database, { id, name }: Campaign): void {
  if (findCampaign(db, id)?.status !== "running" && !isLive(db, id)) return;
  throw new Refused("running", `cannot move "${name}": it is running, or has calls under way`, {
    hint: "campaigns pause it, wait until campaigns status shows no live call, and move it then",
  });
}

function refuseLiveSingleCalls(db: Database, owner: string | null): void {
  const live = db.get(
    `select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
     where a.state <> 'ended' and k.campaign_id is null and (:owner is null or k.user_id is null or k.user_id = :owner)`,
    { owner },
  );
  if (live === undefined) return;
  throw new Refused("running", "cannot move everything: a call of dial is under way", {
    hint: "wait until it is over; campaigns run finishes one whose program died",
  });
}

const isOf =
  (owner: string | null) =>
  ({ userId }: Campaign): boolean =>
    owner === null || userId === null || userId === owner;

const campaignsOf = (db: Database, owner: string | null): Campaign[] =>
  db.all("select * from campaigns order by created_at, id").map(campaignOf).filter(isOf(owner));

function exactlyOne(db: Database, ref: string, owner: string | null): Campaign {
  const [one, ...others] = ref.trim() === "" ? [] : findCampaigns(db, ref).filter(isOf(owner));
  if (one !== undefined && others.length === 0) return one;
  const found = one === undefined ? 0 : others.length + 1;
  throw new Refused("unknown_campaign", `expected a campaign of the SQLite file, found ${found} for "${ref}"`, {
    hint: `${meant(ref, one === undefined ? campaignsOf(db, owner).map(({ name }) => name) : [])}campaigns list --db FILE shows them`,
  });
}
