/**
 * plan(): what is to be done with a campaign now, and why. The one decision of the program: the runner obeys it,
 * `status` prints it, `explain` reuses it; there is no second explanation that could drift.
 */
import { type Budget, budgetInWords, leftOf, type Spending } from "./budget.ts";
import type { Callback } from "./callback.ts";
import type { Campaign } from "./campaign.ts";
import { nextLocalDay } from "../hours/local-hours.ts";
import { askedFirst, countryAt, type Destinations, suspected, UNDIALED } from "./destinations.ts";
import { deadAir, type Held, type Talk } from "./dead-air.ts";
import type { Ending } from "./ending.ts";
import { type ListAge, oldList, type OldList } from "./needed-lists.ts";
import { refused } from "./refusals.ts";
import type { Instant } from "../time/instant.ts";
import { freeFrom, turnsBy } from "./pace.ts";
import { breaker, concurrency, interval } from "./circuit-breaker.ts";
import type { CallingHours } from "../hours/calling-hours.ts";
import { freeLines, type TrunkLoad } from "./trunk-limit.ts";

/** Calls that wait at one place, for their first or next attempt. */
export interface Waiting {
  /** As placeKey spells it; empty: a call from before places were kept, which is nowhere. */
  readonly place: string;
  /** When the earliest of them is due. */
  readonly nextDue: Instant;
  /**
   * Under a budget: what the first in line there may cost, 0 where it has no price, and is held for that when its turn comes;
   * Infinity where callbacks alone wait. Left out: there is no budget.
   */
  readonly most?: number;
}

/** A call that waits for its callback. */
export interface WaitingCallback extends Waiting {
  readonly callId: string;
  readonly callback: Callback;
}

/** Everything the decision rests on. */
export interface Snapshot {
  readonly campaign: Campaign;
  /** One entry per place; none: nobody waits. */
  readonly waiting: readonly Waiting[];
  /** The first of them that were promised a callback, the earliest promise first. */
  readonly callbacks: readonly WaitingCallback[];
  /** Attempts under way: claimed, ringing or in conversation. */
  readonly live: number;
  /** Dials of the campaign's local day, those handed out and not yet dialed included. */
  readonly today: number;
  /** When the last call was handed out; null: never. */
  readonly lastHandOut: Instant | null;
  /** The trunk it calls through; null: no call has been handed out yet that would say which. */
  readonly trunk: TrunkLoad | null;
  /** What became of the last dials through it: trunk-history.ts. */
  readonly trunkHistory: string;
  /** What they say of destinations. Left out: it makes no difference. */
  readonly destinations?: Destinations;
  /** Answered attempts since it was started or resumed, the oldest of the newest first. Left out: nobody looked. */
  readonly talks?: readonly Talk[];
  /** The do-not-call lists that the campaign needs; left out: it needs none. */
  readonly lists?: readonly ListAge[];
  /** Of its budget; left out: it has none. */
  readonly spending?: Spending;
}

export type WaitReason =
  | "live_calls"
  | "callback"
  | "outside_hours"
  | "daily_cap"
  | "at_capacity"
  | "trunk_full"
  | "not_due"
  | "pace"
  | "unknown_zone"
  | "old_list"
  | "budget";

export type Plan =
  | { readonly do: "dial"; readonly upTo: number }
  /** until null: until something else happens, such as the end of a call. */
  | {
      readonly do: "wait";
      readonly because: WaitReason;
      readonly until: Instant | null;
      readonly old?: OldList;
      /** Under a budget: what the cheapest of those next in line may cost, and whether a live call may leave enough for it. */
      readonly most?: number;
      readonly passes?: boolean;
    }
  | { readonly do: "rest" }
  /** Our own side fails: stop dialing, keep the contacts pending. */
  | { readonly do: "trip"; readonly because: string; readonly blamed?: Ending; readonly held?: Held }
  /** Nobody is left who can be called. `because`: those who wait never can be; null: nobody waits. */
  | { readonly do: "finish"; readonly because: string | null };

/** All that the decision asks of calling hours. */
export type Openings = Pick<CallingHours, "next" | "isOpen" | "knows">;

export function plan(snapshot: Snapshot, hours: Openings, now: Instant): Plan {
  const { campaign, waiting, callbacks, live, today, trunk, lists = [] } = snapshot;
  if (campaign.status !== "running") return { do: "rest" };

  const capped = today >= campaign.dailyCap;
  const inLine = earliest(waiting, hours, capped ? nextLocalDay(campaign.timeZone, now) : now);
  // A promise is kept beyond the cap.
  const promised = earliest(callbacks, hours, now);
  const next = inLine === null || promised === null ? (inLine ?? promised) : Math.min(inLine, promised);
  if (next === null) {
    if (live > 0) return { do: "wait", because: "live_calls", until: null };
    // Cannot tell is never no: newer data, or whoever wrote the rows, may know the zone one day.
    if (waiting.some(({ place }) => !hours.knows(place))) return { do: "wait", because: "unknown_zone", until: null };
    return { do: "finish", because: waiting.length === 0 ? null : NEVER };
  }

  const suspicion = refused(campaign.recent, snapshot.trunkHistory, campaign.expectAnswers);
  if (suspicion !== null) return { do: "trip", because: suspicion.because, blamed: suspicion.blamed };
  const broken = breaker(campaign.recent);
  // One call more where it tells whether the trunk works.
  if (broken !== null && dueFirst(snapshot, hours, now).length === 0) {
    const where = suspected(campaign.recent, campaign.concurrency, snapshot.destinations ?? UNDIALED);
    return { do: "trip", because: [broken, where, campaign.lastTrouble ?? ""].filter(Boolean).join(": ") };
  }

  const silent = deadAir(snapshot.talks ?? [], campaign.guard?.accepted ?? {}, now);
  if (silent !== null) {
    const { because, ...held } = silent;
    return { do: "trip", because, held };
  }
  // First said, since it ends by no time: somebody has to import the list.
  const old = oldList(campaign.needsLists, lists, now);
  if (old !== null) return { do: "wait", because: "old_list", until: null, old };

  // As well: nothing but a larger budget ends it, once no call is under way that may cost less than its reserve.
  const line = (): readonly Waiting[] => {
    const all = [...(capped && next === promised ? [] : waiting), ...firstOfEach(callbacks)];
    return next > now ? all : all.filter(({ place, nextDue }) => nextDue <= now && hours.isOpen(place, now));
  };
  const most = campaign.budget === undefined ? null : tooDear(campaign.budget, snapshot, line());
  if (most !== null) return { do: "wait", because: "budget", until: null, most, passes: live > 0 };

  if (next > now) {
    const due = waiting.filter(({ nextDue }) => nextDue <= now);
    const open = due.some(({ place }) => hours.isOpen(place, now));
    const inTime = next === promised ? "callback" : capped ? "daily_cap" : "not_due";
    const because = due.length > 0 && !open ? "outside_hours" : inTime;
    return { do: "wait", because, until: next };
  }

  const room = (broken === null ? concurrency(campaign.recent, campaign.concurrency) : 1) - live;
  if (room <= 0) return { do: "wait", because: "at_capacity", until: null };
  const lines = trunk === null ? room : freeLines(trunk);
  if (lines <= 0) return { do: "wait", because: "trunk_full", until: null };

  const gap = interval(campaign.recent, campaign.delay);
  const paced = pacedFrom(snapshot, gap, now);
  if (paced > now) return { do: "wait", because: "pace", until: paced };
  const turns = trunk !== null && trunk.interval > 0 ? 1 : turnsBy(now, paced, gap);
  return { do: "dial", upTo: Math.min(room, lines, Math.max(1, campaign.dailyCap - today), turns) };
}

/** Those due now, and not too dear, of whom the next call is to be; none: of anybody. */
function dueFirst(
  { campaign, destinations = UNDIALED, ...snapshot }: Snapshot,
  hours: Openings,
  now: Instant,
): string[] {
  const { budget, recent, concurrency: limit } = campaign;
  const isFirst = askedFirst(recent, limit, destinations);
  if (isFirst === null) return [];
  const left = budget && snapshot.spending ? leftOf(budget, snapshot.spending) : Infinity;
  return openNow([...snapshot.callbacks, ...snapshot.waiting], hours, now)
    .filter(({ place, most = 0 }) => most <= left && isFirst(countryAt(place)))
    .map(({ place }) => place);
}

const openNow = (of: readonly Waiting[], hours: Openings, now: Instant): Waiting[] =>
  of.filter(({ place, nextDue }) => nextDue <= now && hours.isOpen(place, now));

/** When the next call may be handed out, by the pace of the campaign, `gap` milliseconds apart, and of its trunk. */
export const pacedFrom = ({ lastHandOut, trunk }: Snapshot, gap: number, now: Instant): Instant =>
  Math.max(freeFrom(lastHandOut, gap, now), trunk === null ? 0 : freeFrom(trunk.lastUse, trunk.interval, now));

/** What the cheapest of those first in line may cost, if nobody in line can be paid for; null: somebody can. */
function tooDear(budget: Budget, { spending }: Snapshot, line: readonly Waiting[]): number | null {
  if (spending === undefined) return null;
  const least = Math.min(...line.map(({ most = 0 }) => most));
  return least > leftOf(budget, spending) && least < Infinity ? least : null;
}

/** The first at each place: the others there wait behind it. */
const firstOfEach = (callbacks: readonly WaitingCallback[]): readonly WaitingCallback[] =>
  callbacks.filter(({ place }, n) => callbacks.findIndex((other) => other.place === place) === n);

const RAISE = "; campaigns apply raises it";
const NEVER = "the remaining contacts cannot be called within the calling hours and rules";

/** When the first of those who wait is due and may be called; null: never. */
function earliest(waiting: readonly Waiting[], hours: Openings, from: Instant): Instant | null {
  let first: Instant | null = null;
  for (const { place, nextDue } of waiting) {
    const due = Math.max(from, nextDue);
    if (first !== null && due >= first) continue;
    const opening = hours.next(place, due);
    if (opening !== null && (first === null || opening < first)) first = opening;
    if (first === from) break;
  }
  return first;
}

/**
 * Places at which somebody is due and may be called now, those of callbacks first, then those who have waited longest. While
 * the trunk is in doubt: those alone of whom a call tells whether it works, if there are any.
 */
export function openPlaces(snapshot: Snapshot, hours: CallingHours, now: Instant, atMost: number): string[] {
  const { waiting, callbacks } = snapshot;
  const inLine = openNow(waiting, hours, now).toSorted((a, b) => a.nextDue - b.nextDue);
  const open = [...new Set([...openNow(callbacks, hours, now), ...inLine].map(({ place }) => place))];
  const first = new Set(dueFirst(snapshot, hours, now));
  return (first.size === 0 ? open : open.filter((place) => first.has(place))).slice(0, atMost);
}

/** When dialing goes on: now, later, or null when that hangs on something other than time. */
export function nextCallAt(decided: Plan, now: Instant): Instant | null {
  return decided.do === "dial" ? now : decided.do === "wait" ? decided.until : null;
}

export const agentsInWords = (atOnce: number): string => `agents: about ${atOnce} at once`;

/** Why nothing is dialed right now, without the time; null when something is. */
export function inWords(decided: Plan, { campaign, live, today, trunk, spending }: Snapshot): string | null {
  switch (decided.do) {
    case "dial":
      return null;
    case "finish":
      return decided.because ?? "every call is final";
    case "trip":
      return decided.because;
    case "rest":
      return campaign.statusReason ?? (campaign.status === "idle" ? "not started" : campaign.status);
    case "wait":
      return {
        live_calls: `waiting for ${live} live call${live === 1 ? "" : "s"} to end`,
        outside_hours: "outside calling hours",
        daily_cap: `daily cap reached (${today} of ${campaign.dailyCap})`,
        at_capacity: `at capacity (${live} live)`,
        trunk_full: `the trunk is at its limit (${trunk?.live ?? 0} live)`,
        not_due: "no call is due",
        callback: "waiting for the next callback",
        pace: "keeping the pace",
        old_list: decided.old === undefined ? "" : `${decided.old.because}; ${decided.old.advice}`,
        budget:
          campaign.budget === undefined || spending === undefined
            ? ""
            : budgetInWords(campaign.budget, spending, decided.most ?? null) + (decided.passes === true ? "" : RAISE),
        unknown_zone: "nobody knows the time zone of the remaining contacts; campaigns stop ends them",
      }[decided.because];
  }
}
