/** A campaign's state at one instant, with the reason for it: the same plan() that a runner obeys. */
import type { Spending } from "../../domain/calls/budget.ts";
import { type Callback, isToday } from "../../domain/calls/callback.ts";
import type { Campaign } from "../../domain/calls/campaign.ts";
import { concurrency, interval } from "../../domain/calls/circuit-breaker.ts";
import { TALKS } from "../../domain/calls/dead-air.ts";
import { agentsInWords, inWords, nextCallAt, type Plan, plan, type Snapshot } from "../../domain/calls/plan.ts";
import type { CallingHours } from "../../domain/hours/calling-hours.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import { type Instant, MINUTE } from "../../domain/time/instant.ts";
import type { Progress, Store } from "../ports/index.ts";
import { callingHoursOf } from "./hours-of.ts";

/** A campaign's state at one instant, with the reason for it. */
export interface CampaignReport {
  readonly campaign: Campaign;
  readonly at: Instant;
  readonly progress: Progress;
  /** Contacts that it calls; before the start, those that it would. */
  readonly contacts: number;
  readonly plan: Plan;
  /** Why nothing is dialed right now; null when something is. */
  readonly because: string | null;
  /** Runners are up, and all of them are held up by something that has nothing to do with the campaign. */
  readonly nobodyDials: boolean;
  /** Hours and rules that keep those who are due from being called, each once; none: it waits for something else. */
  readonly closed: readonly string[];
  /** The campaign that a runner dials before this one; null: nobody goes before it. */
  readonly behind: string | null;
  /** When dialing goes on; null when that hangs on something other than time. */
  readonly nextCallAt: Instant | null;
  readonly live: number;
  /** Callbacks that wait: how many for today or before, at most CALLBACKS_SEEN; and the next. */
  readonly callbacks: { readonly today: number; readonly next: Callback | null };
  /** Calls that the agents seem to take at once, where that is less than what is allowed; null: they hold nothing back. */
  readonly agents: number | null;
  /** Dials of the campaign's local day. */
  readonly today: number;
  /** Of its budget; null: it has none. */
  readonly spending: Spending | null;
  /** Milliseconds between dials and calls at once, as campaign and trunk allow them now; lowered while the carrier asks for it. */
  readonly pace: { readonly interval: number; readonly concurrency: number; readonly lowered: boolean };
}

/** A campaign that was handed out a call this long ago is being dialed. */
const LATELY = MINUTE;
/** Places that are asked what is closed there. */
const PLACES_LOOKED_AT = 50;

export async function reportOf(store: Store, campaign: Campaign, now: Instant): Promise<CampaignReport> {
  const snapshot = await store.snapshot(campaign, localDay(campaign.timeZone, now));
  const progress = await store.progress(campaign.id, now);
  const { status, statusAt } = campaign;
  const talks = status === "running" ? await store.talks(campaign.id, statusAt, TALKS) : [];
  const hours = callingHoursOf(campaign);
  const decided = plan({ ...snapshot, talks }, hours, now);
  const behind = decided.do === "dial" && progress.runners > 0 ? await behindOf(store, snapshot, now) : null;
  const pace = {
    interval: interval(campaign.recent, campaign.delay),
    concurrency: concurrency(campaign.recent, campaign.concurrency),
  };
  const { live } = snapshot;
  const agents = progress.agents !== null && progress.agents < pace.concurrency ? progress.agents : null;
  const isHeld = decided.do === "dial" && agents !== null && live >= agents;
  const turn = behind === null ? null : `waits for its turn behind "${behind}"`;
  const { runners, heldUp } = progress;
  const nobodyDials = status === "running" && runners > 0 && heldUp.length >= runners;
  return {
    campaign,
    at: now,
    progress,
    contacts: campaign.status === "idle" ? await callableOf(store, campaign.id, now) : progress.total,
    plan: decided,
    because: nobodyDials
      ? [...new Set(heldUp)].join("; ")
      : (turn ?? (isHeld ? agentsInWords(agents) : inWords(decided, snapshot))),
    closed: decided.do === "wait" && decided.because === "outside_hours" ? closedTo(snapshot, hours, now) : [],
    behind,
    nobodyDials,
    nextCallAt: nobodyDials || turn !== null || isHeld ? null : nextCallAt(decided, now),
    live,
    callbacks: {
      today: snapshot.callbacks.filter(({ callback }) => isToday(callback, campaign.timeZone, now)).length,
      next: snapshot.callbacks[0]?.callback ?? null,
    },
    agents,
    today: snapshot.today,
    spending: snapshot.spending ?? null,
    pace: {
      interval: Math.max(pace.interval, snapshot.trunk?.interval ?? 0),
      concurrency: Math.min(pace.concurrency, snapshot.trunk?.concurrency ?? Infinity),
      lowered: pace.interval > campaign.delay || pace.concurrency < campaign.concurrency,
    },
  };
}

async function callableOf(store: Store, id: string, now: Instant): Promise<number> {
  const { callable } = await store.preview(id, now);
  return [...callable.values()].reduce((sum, n) => sum + n, 0);
}

/**
 * A runner dials one campaign after the other, unless told otherwise. One that could dial and was handed out nothing
 * lately, while another is dialed, waits for its turn.
 */
async function behindOf(store: Store, { campaign, live, lastHandOut }: Snapshot, now: Instant): Promise<string | null> {
  const isDialed = (snapshot: Pick<Snapshot, "live" | "lastHandOut">, lately: number): boolean =>
    snapshot.live > 0 || (snapshot.lastHandOut ?? -Infinity) > now - lately;
  if (isDialed({ live, lastHandOut }, Math.max(LATELY, 2 * interval(campaign.recent, campaign.delay)))) return null;
  for (const other of await store.listCampaigns("running")) {
    if (other.id === campaign.id) continue;
    const snapshot = await store.snapshot(other, localDay(other.timeZone, now));
    if (isDialed(snapshot, LATELY)) return other.name;
  }
  return null;
}

/** What is closed to those who are due, at the places where somebody has waited longest. */
function closedTo({ waiting }: Snapshot, hours: CallingHours, now: Instant): string[] {
  const due = waiting.filter(({ nextDue }) => nextDue <= now).toSorted((a, b) => a.nextDue - b.nextDue);
  return [...new Set(due.slice(0, PLACES_LOOKED_AT).flatMap(({ place }) => hours.why(place, now)))];
}
