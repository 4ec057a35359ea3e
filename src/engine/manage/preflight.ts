/** Before a campaign starts: who will be called, who is left out and why, when it begins and when it will be through. */
import type { Campaign, ContactSource } from "../../domain/calls/campaign.ts";
import { type Forecast, forecast } from "../../domain/calls/forecast.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { CallingHours } from "../../domain/hours/calling-hours.ts";
import { InvalidRules } from "../../domain/hours/rules.ts";
import { placeKey, placeOf } from "../../domain/phones/place.ts";
import { Misused } from "../errors.ts";
import type { LeftOut, Preview, Store } from "../ports/index.ts";

export interface Preflight extends Forecast {
  readonly campaign: Campaign;
  /** Contacts that will be called. */
  readonly callable: number;
  /** Contacts that never can be, within the hours and rules, by the reason; they are tried no further. */
  readonly never: readonly { readonly because: string; readonly contacts: number }[];
  /** Contacts that become no call. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

export function preflight(
  campaign: Campaign,
  hours: CallingHours,
  { callable, leftOut }: Preview,
  now: Instant,
): Preflight {
  const reachable = new Map([...callable].filter(([place]) => hours.next(place, now) !== null));
  const never = new Map<string, number>();
  for (const [place, contacts] of callable) {
    if (reachable.has(place)) continue;
    const [because = "hours and rules leave no time"] = hours.why(place, now);
    never.set(because, (never.get(because) ?? 0) + contacts);
  }
  return {
    campaign,
    callable: [...reachable.values()].reduce((sum, n) => sum + n, 0),
    never: [...never].map(([because, contacts]) => ({ because, contacts })),
    leftOut,
    ...forecast(campaign, reachable, hours, now),
  };
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

/** When the campaign may call whom. Throws Misused when its rules cannot be read by this program. */
export function callingHoursOf(campaign: Campaign): CallingHours {
  try {
    return new CallingHours(campaign);
  } catch (error) {
    if (!(error instanceof InvalidRules)) throw error;
    throw new Misused("rules", `the calling rules of "${campaign.name}" cannot be read: ${error.message}`, {
      hint: "use the version of campaigns that created it",
    });
  }
}
