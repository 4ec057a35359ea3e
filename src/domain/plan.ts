/**
 * plan(): what is to be done with a campaign now, and why. The one decision of the program: the runner obeys it,
 * `status` prints it, `explain` reuses it; there is no second explanation that could drift.
 */
import type { Campaign } from "./campaign.ts";
import { nextLocalDay, nextOpening } from "./hours.ts";
import type { Instant } from "./instant.ts";
import { breaker, concurrency, interval } from "./pressure.ts";

/** Everything the decision rests on. */
export interface Snapshot {
  readonly campaign: Campaign;
  /** When the earliest waiting call is due; null when none waits. */
  readonly nextDue: Instant | null;
  /** Attempts under way: claimed, ringing or in conversation. */
  readonly live: number;
  /** Dials of the campaign's local day, those handed out and not yet dialed included. */
  readonly today: number;
  /** When the last call was handed out; null: never. */
  readonly lastHandOut: Instant | null;
}

export type WaitReason = "live_calls" | "outside_hours" | "daily_cap" | "at_capacity" | "not_due" | "pace";

export type Plan =
  | { readonly do: "dial"; readonly upTo: number }
  /** until null: until something else happens, such as the end of a call. */
  | { readonly do: "wait"; readonly because: WaitReason; readonly until: Instant | null }
  | { readonly do: "rest" }
  /** Our own side fails: stop dialing, keep the contacts pending. */
  | { readonly do: "trip"; readonly because: string }
  | { readonly do: "finish" };

export function plan(snapshot: Snapshot, now: Instant): Plan {
  const { campaign, nextDue, live, today } = snapshot;
  if (campaign.status !== "running") return { do: "rest" };
  if (nextDue === null) return live === 0 ? { do: "finish" } : { do: "wait", because: "live_calls", until: null };

  const broken = breaker(campaign.recent);
  if (broken !== null) {
    return { do: "trip", because: [broken, campaign.lastTrouble ?? ""].filter(Boolean).join(": ") };
  }

  const opening = openingFrom(campaign, now);
  if (opening !== now) return { do: "wait", because: "outside_hours", until: opening };
  if (today >= campaign.dailyCap) {
    return { do: "wait", because: "daily_cap", until: openingFrom(campaign, nextLocalDay(campaign.timeZone, now)) };
  }
  if (nextDue > now) return { do: "wait", because: "not_due", until: openingFrom(campaign, nextDue) };

  const room = concurrency(campaign.recent, campaign.concurrency) - live;
  if (room <= 0) return { do: "wait", because: "at_capacity", until: null };
  const gap = interval(campaign.recent, campaign.delay);
  const paced = snapshot.lastHandOut === null ? now : snapshot.lastHandOut + gap;
  if (paced > now) return { do: "wait", because: "pace", until: paced };
  return { do: "dial", upTo: Math.min(room, campaign.dailyCap - today, gap > 0 ? 1 : room) };
}

function openingFrom(campaign: Campaign, from: Instant): Instant | null {
  return nextOpening({ windows: [campaign.window] }, [campaign.timeZone], from);
}

/** When dialing goes on: now, later, or null when that hangs on something other than time. */
export function nextCallAt(decided: Plan, now: Instant): Instant | null {
  return decided.do === "dial" ? now : decided.do === "wait" ? decided.until : null;
}

/** Why nothing is dialed right now, without the time; null when something is. */
export function inWords(decided: Plan, { campaign, live, today }: Snapshot): string | null {
  switch (decided.do) {
    case "dial":
      return null;
    case "finish":
      return "every call is final";
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
        not_due: "the next retry is not due yet",
        pace: "keeping the pace",
      }[decided.because];
  }
}
