/** What a runner sees of a campaign each time it looks, and makes of it: more often than there is anything to tell. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import { concurrency, interval } from "../../domain/calls/circuit-breaker.ts";
import { inWords, nextCallAt, type Plan, type Snapshot } from "../../domain/calls/plan.ts";
import type { Instant } from "../../domain/time/instant.ts";

export interface Look {
  readonly campaign: Campaign;
  readonly at: Instant;
  /** Null: others go first, so it was not looked at. */
  readonly plan: Plan | null;
  /** Why nothing is dialed; null: something is. */
  readonly because: string | null;
  /** The campaign that is dialed before it; null: it is its turn. */
  readonly behind: string | null;
  readonly nextCallAt: Instant | null;
  /** Calls under way, those of other runners included, and dials of the day; null: it was not looked at. */
  readonly live: number | null;
  readonly today: number | null;
  /** Milliseconds between dials and calls at once, as campaign and trunk allow them now. */
  readonly pace: { readonly interval: number; readonly concurrency: number; readonly lowered: boolean };
}

/** `because`: what else holds it, whatever the plan says. */
export function lookAt(snapshot: Snapshot, plan: Plan, at: Instant, because?: string): Look {
  const { campaign, live, today, trunk } = snapshot;
  const own = paceOf(campaign);
  return {
    campaign,
    at,
    plan,
    behind: null,
    because: because ?? inWords(plan, snapshot),
    nextCallAt: because === undefined ? nextCallAt(plan, at) : null,
    live,
    today,
    pace: {
      ...own,
      interval: Math.max(own.interval, trunk?.interval ?? 0),
      concurrency: Math.min(own.concurrency, trunk?.concurrency ?? Infinity),
    },
  };
}

/** Of a campaign whose turn it is not. */
export const lookAway = (campaign: Campaign, at: Instant, because: string, behind: string): Look => ({
  campaign,
  at,
  plan: null,
  because,
  behind,
  nextCallAt: null,
  live: null,
  today: null,
  pace: paceOf(campaign),
});

function paceOf({ recent, delay, concurrency: most }: Campaign): Look["pace"] {
  const [gap, atOnce] = [interval(recent, delay), concurrency(recent, most)];
  return { interval: gap, concurrency: atOnce, lowered: gap > delay || atOnce < most };
}
