/** Does with a campaign what its plan says: hands out calls, waits, or ends it one way or another. */
import { afterMissed, isMissed } from "../../domain/calls/callback.ts";
import { narrowed } from "../../domain/calls/caller-id.ts";
import type { Campaign } from "../../domain/calls/campaign.ts";
import { TALKS, type Talk, UNGUARDED } from "../../domain/calls/dead-air.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import {
  agentsInWords,
  inWords,
  openPlaces,
  pacedFrom,
  type Plan,
  plan,
  type Snapshot,
} from "../../domain/calls/plan.ts";
import { longestCall } from "../../domain/calls/prices.ts";
import { blames, UNDIALED } from "../../domain/calls/destinations.ts";
import { concurrency, interval } from "../../domain/calls/circuit-breaker.ts";
import { handOutTurn } from "../../domain/calls/pace.ts";
import { CallingHours, type CallingHoursSettings, saysTheSame } from "../../domain/hours/calling-hours.ts";
import { InvalidRules } from "../../domain/hours/rules.ts";
import type { AgentCapacity } from "./agent-capacity.ts";
import { type CallerIds, refuseOthersNumbers } from "./caller-ids.ts";
import { campaignPromise } from "./campaign-promise.ts";
import type { Pacer } from "./pacer.ts";
import { Refused } from "../errors.ts";
import { lookAt } from "./look.ts";
import { named, type Reporter } from "./reporter.ts";
import type { Claim, Clock, Store } from "../ports/index.ts";
import type { AttemptSettings } from "./attempt-context.ts";
import type { TrunkChoice } from "./trunk-choice.ts";
import { isPassing } from "./waits.ts";
import type { UnknownFates } from "./unknown-fates.ts";

/** Sees to a call that was handed out. */
export type Launch = (claim: Claim, settings: AttemptSettings) => void;

export interface SchedulerContext {
  readonly runnerId: string;
  readonly newId: () => string;
  readonly store: Store;
  readonly clock: Clock;
  readonly trunks: TrunkChoice;
  readonly callerIdPool: CallerIds;
  readonly unknown: UnknownFates;
  readonly agents: AgentCapacity;
  readonly pace: Pacer;
  readonly reporter: Reporter;
}

/** Places that a claim is told of: those where somebody has waited longest. */
const PLACES_AT_ONCE = 50;

/** Calls that are asked for at once: one question to the store, however far away it is, and their campaign is not held for long. */
const AT_ONCE = 10;

/** How often the guard against dead air looks at a campaign. */
const GUARD_EVERY = 5 * SECOND;

/** How soon to look again when the store handed out less than planned: another runner was faster. */
const OUTRUN = SECOND / 4;

export class Scheduler {
  /** Campaigns that it had to pause, since our own side failed. */
  tripped = 0;
  /** Campaigns whose remaining contacts are on a clock that nobody knows. */
  readonly blind = new Set<string>();
  /** Campaigns that cannot run as configured. */
  failed = 0;
  /** Per campaign, and what it said about them then. */
  readonly #callingHours = new Map<string, { readonly of: CallingHoursSettings; readonly hours: CallingHours }>();
  readonly #talks = new Map<
    string,
    { readonly since: Instant; readonly at: Instant; readonly talks: readonly Talk[] }
  >();
  readonly #context: SchedulerContext;

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  /**
   * Plans the campaign and does what the plan says; calls that it hands out are launched, and without `launch` it hands out
   * none; `how` callbacks: those alone. Returns when to look again, null: when something has happened; null when the campaign is over, one way or another.
   */
  async act(
    campaign: Campaign,
    launch: Launch | null,
    how: "all" | "callbacks" = "all",
  ): Promise<{ plan: Plan; lookAt: Instant | null } | null> {
    const { clock, reporter } = this.#context;
    const now = clock.now();
    if (campaign.status === "error") {
      await this.#fail(campaign, campaign.statusReason ?? "its row cannot be read", now);
      return null;
    }
    const hours = await this.#hoursOf(campaign, now);
    if (hours === null) return null;
    const seen = await this.#withoutMissed(campaign, hours, now);
    const snapshot = how === "all" ? seen : { ...seen, waiting: seen.callbacks };
    const decided = plan({ ...snapshot, talks: await this.#talksOf(campaign, now) }, hours, now);
    if (decided.do === "wait" && decided.because === "unknown_zone") this.blind.add(campaign.id);
    else this.blind.delete(campaign.id);
    switch (decided.do) {
      case "rest":
        return null;
      case "finish":
        if (how === "callbacks") return null;
        await this.#finish(snapshot, decided.because, now);
        return null;
      case "trip":
        await this.#trip(campaign, decided, now);
        return null;
      case "wait":
        reporter.looks(lookAt(snapshot, decided, now));
        if (decided.because !== "pace") {
          const because = isPassing(decided) ? undefined : (inWords(decided, snapshot) ?? "");
          await this.#context.store.setNextCallAt(campaign.id, decided.until, because);
          if (because !== undefined) reporter.waits(campaign, because, decided.until);
        }
        return { plan: decided, lookAt: decided.until };
      case "dial": {
        if (launch === null) return { plan: decided, lookAt: null };
        const settings = await this.#settings(snapshot, hours, now);
        if (settings === null) return null;
        const unknown = this.#context.unknown.reason(settings.trunkId);
        if (unknown !== null) {
          reporter.looks(lookAt(snapshot, decided, now, unknown));
          reporter.waits(campaign, unknown, null);
          return { plan: decided, lookAt: now + SECOND };
        }
        const { agents } = this.#context;
        const limit = agents.limit === null ? undefined : agentsInWords(agents.limit);
        if (limit !== undefined) reporter.agents(campaign, limit);
        reporter.looks(lookAt(snapshot, decided, now, agents.isFull ? limit : undefined));
        if (agents.isFull) return { plan: decided, lookAt: null };
        const ahead = this.#context.pace.ahead(campaign.id, settings.interval);
        if (ahead > 0) return { plan: decided, lookAt: now + Math.ceil(ahead) };
        reporter.works(campaign);
        let last = snapshot.lastHandOut;
        for (let left = decided.upTo; left > 0;) {
          if (agents.isFull || this.#context.unknown.reason(settings.trunkId) !== null) break;
          const wanted = Math.min(left, agents.free, AT_ONCE);
          const claims = await this.#take(wanted, { ...snapshot, lastHandOut: last }, hours, settings, how);
          const trunkInterval = snapshot.trunk?.interval ?? 0;
          for (const claim of claims) launch(claim, { ...settings, trunkInterval });
          if (claims.length < wanted) return { plan: decided, lookAt: now + OUTRUN };
          last = claims.at(-1)?.attempt.claimedAt ?? last;
          left -= wanted;
        }
        return { plan: decided, lookAt: (last ?? now) + settings.interval };
      }
    }
  }

  /** Asked for now and then: a few calls more or less decide nothing. */
  async #talksOf({ id, statusAt }: Campaign, now: Instant): Promise<readonly Talk[]> {
    const known = this.#talks.get(id);
    if (known?.since === statusAt && Math.abs(now - known.at) < GUARD_EVERY) return known.talks;
    const talks = await this.#context.store.talks(id, statusAt, TALKS);
    this.#talks.set(id, { since: statusAt, at: now, talks });
    return talks;
  }

  /** What the plan goes by, once the callbacks that can no longer be made in time are seen to. */
  async #withoutMissed(campaign: Campaign, hours: CallingHours, now: Instant): Promise<Snapshot> {
    const { store, reporter } = this.#context;
    for (;;) {
      const snapshot = await store.snapshot(campaign, localDay(campaign.timeZone, now));
      let moved = false;
      for (const { callId, callback, place } of snapshot.callbacks) {
        if (!isMissed(callback, now)) break;
        const again = afterMissed(campaign.missedCallback ?? "next-day", callback, place, hours, now);
        if (!(await store.missCallback(callId, callback.at, again, now))) continue;
        moved = true;
        const next = { promisedFor: callback.at, nextAttemptAt: again?.at ?? null };
        reporter.report({ type: "callback_missed", callId, ...next, ...named(campaign) });
      }
      if (!moved) return snapshot;
    }
  }

  /** Fewer than are wanted: nobody else is left to take. */
  #take(
    wanted: number,
    snapshot: Snapshot,
    hours: CallingHours,
    settings: AttemptSettings,
    how: "all" | "callbacks",
  ): Promise<readonly Claim[]> {
    const { campaign } = snapshot;
    const now = this.#context.clock.now();
    const at = handOutTurn(pacedFrom(snapshot, settings.interval, now), settings.interval, now);
    const open = openPlaces(snapshot, hours, at, PLACES_AT_ONCE).map((place) => {
      const consent = settings.consentAsked?.(place) ?? null;
      return { place, caps: hours.caps(place), ...(consent !== null && { consent }) };
    });
    return this.#context.store.claim({
      campaignId: campaign.id,
      runnerId: this.#context.runnerId,
      trunkId: settings.trunkId,
      attemptIds: Array.from({ length: wanted }, () => this.#context.newId()),
      at,
      localDay: localDay(campaign.timeZone, at),
      interval: settings.interval,
      concurrency: concurrency(campaign.recent, campaign.concurrency),
      open,
      callbacksOnly: how === "callbacks",
      longest: longestCall(settings),
    });
  }

  /** What the attempts of a campaign share; null when it cannot run as configured, which is stored. */
  async #settings(snapshot: Snapshot, hours: CallingHours, now: Instant): Promise<AttemptSettings | null> {
    const { campaign, destinations = UNDIALED } = snapshot;
    try {
      const pool = await this.#context.callerIdPool.pool(campaign.assistantId, campaign.userId, now);
      refuseOthersNumbers(pool, campaign.callerIds);
      const own = narrowed(pool.numbers, campaign.callerIds);
      const trunkId = await this.#context.trunks.choose(campaign.trunkId, own, pool.othersTrunks);
      const mayRing: AttemptSettings["mayRing"] = (place, at) => hours.isOpen(place, at);
      const retry = { ...campaign.retry, blames: blames(campaign.recent, campaign.concurrency, destinations) };
      const consentAsked = (place: string) => (campaign.requireConsent ? hours.consentAsked(place) : null);
      const pace = interval(campaign.recent, campaign.delay);
      return { ...campaign, retry, trunkId, interval: pace, mayRing, consentAsked, promise: campaignPromise(campaign) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await this.#fail(campaign, [error.message, error.hint].filter(Boolean).join("; "), now);
      return null;
    }
  }

  /** When the campaign may call whom; null: its rules cannot be read by this program, which is stored. */
  async #hoursOf(campaign: Campaign, now: Instant): Promise<CallingHours | null> {
    const known = this.#callingHours.get(campaign.id);
    // It may have been paused, changed, and resumed under our eyes.
    if (known !== undefined && saysTheSame(known.of, campaign)) return known.hours;
    try {
      const hours = new CallingHours(campaign);
      this.#callingHours.set(campaign.id, { of: campaign, hours });
      return hours;
    } catch (error) {
      if (!(error instanceof InvalidRules)) throw error;
      await this.#fail(campaign, `its calling rules cannot be read: ${error.message}`, now);
      return null;
    }
  }

  async #fail(campaign: Campaign, because: string, at: Instant): Promise<void> {
    await this.#context.store.moveCampaign(campaign.id, "fail", { at, reason: because });
    this.failed++;
    this.#context.reporter.report({ type: "campaign_failed", because, ...named(campaign) });
  }

  async #finish({ campaign, waiting }: Snapshot, because: string | null, at: Instant): Promise<void> {
    const why = { unreachable: waiting.map(({ place }) => place), ...(because !== null && { reason: because }) };
    if ((await this.#context.store.moveCampaign(campaign.id, "finish", { at, ...why })) === null) return;
    this.#context.reporter.report({ type: "campaign_completed", because, ...named(campaign) });
  }

  async #trip(campaign: Campaign, plan: Extract<Plan, { do: "trip" }>, at: Instant): Promise<void> {
    const { because, blamed, held } = plan;
    const guard = held && { ...(campaign.guard ?? UNGUARDED), held };
    const why = { at, reason: because, ...(blamed && { blamed }), ...(guard && { guard }) };
    if ((await this.#context.store.moveCampaign(campaign.id, "trip", why)) === null) return;
    this.tripped++;
    this.#context.reporter.report({ type: "campaign_paused", because, ...named(campaign) });
  }
}
