/** Before a campaign starts: who will be called, who is left out and why, when it begins and when it will be through. */
import { type BudgetForecast, forecastBudget } from "../../domain/calls/budget-forecast.ts";
import { longestCall } from "../../domain/calls/prices.ts";
import { ASSUMED } from "../../domain/calls/simulation.ts";
import type { Campaign, ContactSource } from "../../domain/calls/campaign.ts";
import { type Forecast, forecast } from "../../domain/calls/forecast.ts";
import type { OldList } from "../../domain/calls/needed-lists.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { CallingHours } from "../../domain/hours/calling-hours.ts";
import { parsePlace, placeKey, placeOf } from "../../domain/phones/place.ts";
import type { LeftOut, Preview, Store } from "../ports/index.ts";

export interface Preflight extends Forecast {
  readonly campaign: Campaign;
  /** A do-not-call list that is too old for anybody to be called; null: none is. */
  readonly oldList: OldList | null;
  /** Contacts that will be called. */
  readonly callable: number;
  /** Contacts by place, with those that never can be. */
  readonly places: ReadonlyMap<string, number>;
  /** Contacts that never can be, within the hours and rules, by the reason; they are tried no further. */
  readonly never: readonly { readonly because: string; readonly contacts: number }[];
  /** Those that will be called by the country of their number; `?`: no country's. */
  readonly countries: Readonly<Record<string, number>>;
  /** Of those that will be called, those whose state has rows that close some of the hours, and which are not chosen. */
  readonly stateRows: number;
  /** Of those that will be called, those without the consent that the rules of their country ask for. */
  readonly lackingConsent: number;
  /** Contacts that become no call. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
  /** Null: it has no budget. */
  readonly budget: BudgetForecast | null;
}

export function preflight(
  campaign: Campaign,
  hours: CallingHours,
  { callable, leftOut, lackingConsent = 0 }: Preview,
  now: Instant,
): Omit<Preflight, "oldList" | "budget"> {
  const reachable = new Map([...callable].filter(([place]) => hours.next(place, now) !== null));
  const never = new Map<string, number>();
  for (const [place, contacts] of callable) {
    if (reachable.has(place)) continue;
    const [because = "hours and rules leave no time"] = hours.why(place, now);
    never.set(because, (never.get(because) ?? 0) + contacts);
  }
  return {
    campaign,
    places: callable,
    callable: [...reachable.values()].reduce((sum, n) => sum + n, 0),
    countries: byCountry(reachable),
    never: [...never].map(([because, contacts]) => ({ because, contacts })),
    stateRows: [...reachable].reduce((sum, [place, n]) => sum + (hours.stateRowsClose(place, now) ? n : 0), 0),
    lackingConsent,
    leftOut,
    ...forecast(campaign, reachable, hours, now),
  };
}

/** Fewer dials say too little of what callees do. */
const TELLING = 100;

/** `answerRate`: as whoever asks has it; left out: as it was here so far, else as is usual. */
export async function budgetForecast(
  store: Store,
  campaign: Campaign,
  now: Instant,
  answerRate?: number,
): Promise<BudgetForecast | null> {
  const { id, budget, timeZone } = campaign;
  if (budget === undefined) return null;
  const { spending = { spent: 0, reserved: 0 } } = await store.snapshot(campaign, localDay(timeZone, now));
  const { dials, pickups, usageSeconds } = await store.progress(id, now);
  const isTold = dials >= TELLING && pickups > 0;
  const usual = isTold ? pickups / dials : (ASSUMED.answers[0] ?? 0);
  const usually = isTold ? [usageSeconds / pickups] : ASSUMED.talks;
  const talks = usually.map((seconds) => Math.min(seconds, campaign.maxDurationSeconds));
  const prefixes = await store.contactsByPrefix(id, now);
  return forecastBudget(budget, spending, prefixes, longestCall(campaign), { answerRate: answerRate ?? usual, talks });
}

function byCountry(places: ReadonlyMap<string, number>): Record<string, number> {
  const countries: Record<string, number> = {};
  for (const [place, contacts] of places) {
    const country = parsePlace(place).country ?? "?";
    countries[country] = (countries[country] ?? 0) + contacts;
  }
  return countries;
}

/** Contacts looked at in one go. */
const BATCH = 2000;

/** Rows that a frontend has written, or an older program, have no place yet: nobody would be called there. */
export async function placeAll(store: Store, source: ContactSource): Promise<void> {
  for (;;) {
    const contacts = await store.unplacedContacts(source, BATCH);
    if (contacts.length === 0) return;
    const places = contacts.map(({ key, phoneNumber, timeZone }) => ({
      key,
      place: placeKey(placeOf(phoneNumber, timeZone)),
    }));
    await store.placeContacts(source, places);
  }
}
