/**
 * Is it the trunk that fails, or does it refuse one country while it serves others? Told by the last dials through it
 * (trunk-history.ts). A country is to blame, and not the trunk, once it refused as many calls in a row as trip the circuit
 * breaker, and
 *
 * - a call elsewhere was answered through the trunk after that; or
 * - nobody is due elsewhere who could be asked: then the breaker trips, and the operator's resume says that the trunk works,
 *   provided that calls elsewhere were answered lately, and none there; or
 * - it was to blame before, and goes on refusing.
 *
 * A number of such a country that is refused costs nobody else a pause. Its call is given up after its attempts.
 */
import { parsePlace } from "../phones/place.ts";
import type { Policy } from "./call.ts";
import { breaker, getsThrough, refusesCountries, STREAK } from "./circuit-breaker.ts";
import { ENDINGS } from "./ending.ts";
import { latelyOf, type TrunkDial, worked } from "./trunk-history.ts";

export interface Destinations {
  /** Where somebody was answered, busy, or let it ring lately. */
  readonly lately: ReadonlySet<string>;
  /** Where that became of the last call. */
  readonly served: ReadonlySet<string>;
  /** Refusals in a row, per country. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Those that refused a streak before a call elsewhere got through. */
  readonly proven: ReadonlySet<string>;
  /** Those that refused the campaign's last calls, and where no call lately got through; `calls`: how many of them in a row. */
  readonly suspects: ReadonlySet<string>;
  readonly calls: number;
}

export const UNDIALED: Destinations = {
  lately: new Set(),
  served: new Set(),
  refusals: new Map(),
  proven: new Set(),
  suspects: new Set(),
  calls: 0,
};

/** Do countries make a difference? Asked before each call, so that whoever has no trouble does not pay for it. */
export const countriesMatter = (recent: string): boolean => /[xpr]/.test(recent);

/** Refusals in a row that no country reaches that is not to blame: the breaker trips sooner. */
const LONG_REFUSED = 20;

/** `dials`: newest first. */
export function destinationsOf(dials: readonly TrunkDial[]): Destinations {
  const [lately, served, proven] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const refusals = new Map<string, number>();
  let last: string[] = [];
  for (const dial of latelyOf(dials).toReversed()) {
    const { country } = dial;
    if (worked(dial)) {
      lately.add(country);
      served.add(country);
      refusals.delete(country);
      proven.delete(country);
      for (const [other, times] of refusals) if (times >= STREAK) proven.add(other);
      if (dial.own) last = [];
    } else if (isRefusal(dial)) {
      served.delete(country);
      refusals.set(country, (refusals.get(country) ?? 0) + 1);
      if (dial.own) last.push(country);
    }
  }
  const calls = last.length - 1 - last.findLastIndex((country) => lately.has(country));
  return { lately, served, refusals, proven, suspects: new Set(calls > 0 ? last.slice(-calls) : []), calls };
}

/** By the trunk or whoever is behind it, of a call that rang nobody. */
const isRefusal = ({ ending, sipStatus }: TrunkDial): boolean =>
  ending !== null && sipStatus !== null && ENDINGS[ending].mark === "x" && ENDINGS[ending].next === "free";

/** Whom refusals speak against, and not against the trunk: see Policy. */
export function blames(recent: string, seen: Destinations): NonNullable<Policy["blames"]> {
  const countries = refusing(recent, seen);
  const others = getsThrough(recent);
  return (place) => (countries.has(countryAt(place)) ? "country" : others ? "number" : null);
}

/** Countries that are to blame for what is refused there. */
export function refusing(recent: string, { served, refusals, proven, suspects }: Destinations): ReadonlySet<string> {
  const before = refusesCountries(recent);
  const resumed = /p[^.]*$/.test(recent) && (served.size > 0 || before);
  const found = new Set(proven);
  for (const [country, times] of refusals) {
    const suspected = resumed && times >= STREAK && suspects.has(country);
    if (suspected || (before && times >= LONG_REFUSED)) found.add(country);
  }
  return found;
}

/**
 * Countries where the next call tells whether the trunk works, if anybody is due there: it does the test call after a resume,
 * and one before the breaker trips over suspects. Null: it makes no difference.
 */
export function askedFirst(
  recent: string,
  concurrency: number,
  seen: Destinations,
): ((country: string) => boolean) | null {
  const { served, lately, refusals } = seen;
  if (isInDoubt(recent, concurrency, seen)) return (country) => served.has(country);
  if (!recent.endsWith("p")) return null;
  if (lately.size === 0) return (country) => !refusals.has(country);
  return (country) => (served.size > 0 ? served : lately).has(country);
}

/** Why it trips, where nobody is due who could tell; empty: countries have nothing to do with it. */
export const suspected = (recent: string, concurrency: number, seen: Destinations): string =>
  isInDoubt(recent, concurrency, seen)
    ? `calls to ${[...seen.suspects].toSorted().join(", ")} alone; if the trunk works, a resume gives up those that it refuses there`
    : "";

/** Would the breaker trip over suspects alone? Those under way when the streak was full may come on top of it. */
function isInDoubt(recent: string, concurrency: number, { calls, served }: Destinations): boolean {
  const streak = recent.length - recent.replace(/x+$/, "").length;
  const alone = streak >= STREAK && streak < STREAK + concurrency && streak <= calls;
  return alone && served.size > 0 && breaker(recent.slice(0, -streak)) === null;
}

const countries = new Map<string, string>();
/** Of a place as placeKey spells it; "?": nobody knows. */
export function countryAt(place: string): string {
  let country = countries.get(place);
  if (country === undefined) countries.set(place, (country = parsePlace(place).country ?? "?"));
  return country;
}
