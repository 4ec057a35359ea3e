/**
 * Is it the trunk that fails, or does it refuse one destination while it serves others? Told by the last dials through it
 * (trunk-history.ts). A country is to blame, and not the trunk, once it refused as many calls in a row as trip the circuit
 * breaker, and
 *
 * - a call elsewhere was answered through the trunk after that; or
 * - nobody is due elsewhere who could be asked: then the breaker trips, and the operator's resume says that the trunk works,
 *   provided that calls elsewhere were answered lately, and none there; or
 * - it was to blame before, and goes on refusing.
 *
 * So is a prefix within a country, such as that of its mobile numbers, but on stricter terms, since a list has many of them:
 * no call to it got through lately; a number that is refused again counts once; and the resume says something of it only if
 * all that was refused since the last answer had that prefix. Nobody can be chosen by prefix to be asked: numbers may be sealed.
 *
 * A number of such a destination that is refused costs nobody else a pause. Its call is given up after its attempts.
 */
import { dialingPrefix } from "../phones/numbering.ts";
import { parsePlace } from "../phones/place.ts";
import type { Policy } from "./call.ts";
import { breaker, getsThrough, refusesSome, STREAK } from "./circuit-breaker.ts";
import { ENDINGS } from "./ending.ts";
import { latelyOf, type TrunkDial, worked } from "./trunk-history.ts";

export interface Destinations {
  readonly countries: Seen;
  /** As dialingPrefix tells them. */
  readonly prefixes: Seen;
}

/** Of countries, or of prefixes. */
export interface Seen {
  /** Where somebody was answered, busy, or let it ring lately. */
  readonly lately: ReadonlySet<string>;
  /** Where that became of the last call. */
  readonly served: ReadonlySet<string>;
  /** Refusals in a row; of a prefix, numbers that were refused, where no call got through lately. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Those that refused a streak before a call elsewhere got through. */
  readonly proven: ReadonlySet<string>;
  /** Those that refused the campaign's last calls, and where no call lately got through; `calls`: how many of them in a row. */
  readonly suspects: ReadonlySet<string>;
  readonly calls: number;
}

const NOWHERE: Seen = {
  lately: new Set(),
  served: new Set(),
  refusals: new Map(),
  proven: new Set(),
  suspects: new Set(),
  calls: 0,
};
export const UNDIALED: Destinations = { countries: NOWHERE, prefixes: NOWHERE };

/** Do destinations make a difference? Asked before each call, so that whoever has no trouble does not pay for it. */
export const destinationsMatter = (recent: string): boolean => /[xprf]/.test(recent);

/** Refusals in a row that no destination reaches that is not to blame: the breaker trips sooner. */
const LONG_REFUSED = 20;

/** `dials`: newest first. */
export function destinationsOf(dials: readonly TrunkDial[]): Destinations {
  const all = latelyOf(dials).toReversed();
  const known = all.filter(({ prefix }) => prefix !== "?");
  return { countries: seenBy("country", all), prefixes: seenBy("prefix", known) };
}

/** `dials`: oldest first. */
function seenBy(by: "country" | "prefix", dials: readonly TrunkDial[]): Seen {
  const [lately, served, proven] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const refusals = new Map<string, number>();
  const refused = new Set<string | null>();
  let [last, again] = [new Array<string>(), new Array<string>()];
  for (const dial of dials) {
    const there = dial[by];
    if (worked(dial)) {
      lately.add(there);
      served.add(there);
      refusals.delete(there);
      proven.delete(there);
      for (const [other, times] of refusals) if (times >= STREAK) proven.add(other);
      if (dial.own) [last, again] = [[], []];
    } else if (isRefusal(dial)) {
      const isKnown = by === "prefix" && refused.has(dial.callId);
      refused.add(dial.callId);
      if (dial.own) (isKnown ? again : last).push(there);
      if (isKnown) continue;
      served.delete(there);
      if (by === "country" || !lately.has(there)) refusals.set(there, (refusals.get(there) ?? 0) + 1);
    }
  }
  const suspicion = by === "country" ? afterServed(last, lately) : oneByOne(last, again, lately);
  return { lately, served, refusals, proven, ...suspicion };
}

/** Of the campaign's last calls, which were all refused. */
type Suspicion = Pick<Seen, "suspects" | "calls">;

function afterServed(last: readonly string[], lately: ReadonlySet<string>): Suspicion {
  const calls = last.length - 1 - last.findLastIndex((country) => lately.has(country));
  return { suspects: new Set(calls > 0 ? last.slice(-calls) : []), calls };
}

/**
 * A streak to one prefix, and beside its further calls one to the next. A mixture is what a broken trunk refuses; it may well
 * refuse numbers `again` that it refused before.
 */
function oneByOne(last: readonly string[], again: readonly string[], lately: ReadonlySet<string>): Suspicion {
  const suspects = new Set<string>();
  let rest = last;
  while (rest.length >= STREAK && new Set(rest.slice(0, STREAK)).size === 1) {
    const [prefix = ""] = rest;
    suspects.add(prefix);
    rest = rest.filter((other) => other !== prefix);
  }
  const elsewhere = again.filter((prefix) => !suspects.has(prefix)).length;
  const isMixed = new Set(rest).size > 1 || elsewhere >= STREAK || last.some((prefix) => lately.has(prefix));
  if (isMixed) return { suspects: new Set(), calls: 0 };
  return { suspects, calls: rest.length === 0 ? last.length : 0 };
}

/** By the trunk or whoever is behind it, of a call that rang nobody. */
const isRefusal = ({ ending, sipStatus }: TrunkDial): boolean =>
  ending !== null && sipStatus !== null && ENDINGS[ending].mark === "x" && ENDINGS[ending].next === "free";

/** Whom refusals speak against, and not against the trunk: see Policy. */
export function blames(recent: string, seen: Destinations): NonNullable<Policy["blames"]> {
  const countries = refusing(recent, seen.countries, "r");
  const prefixes = refusing(recent, seen.prefixes, "f");
  const others = getsThrough(recent);
  return ({ place, contact }) => {
    if (countries.has(countryAt(place))) return "country";
    if (prefixes.has(dialingPrefix(contact.phoneNumber))) return "prefix";
    return others ? "number" : null;
  };
}

/** Those that are to blame for what is refused there, which leaves that letter. */
function refusing(recent: string, seen: Seen, letter: "r" | "f"): ReadonlySet<string> {
  const { served, refusals, proven, suspects } = seen;
  const before = refusesSome(recent, letter);
  // A trunk that broke since it refused a prefix serves nobody, and refuses the next prefix like it.
  const sinceResume = served.size > 0 || (before && letter === "r") ? /p([^.p]*)$/.exec(recent)?.[1] : undefined;
  const resumed = sinceResume !== undefined;
  // What failed since is nothing that the resume spoke of.
  const failed = (sinceResume ?? "").split("x").length - 1;
  const found = new Set(proven);
  for (const [there, times] of refusals) {
    const suspected = resumed && times - failed >= STREAK && suspects.has(there);
    if (suspected || (before && times >= LONG_REFUSED)) found.add(there);
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
  { countries, prefixes }: Destinations,
): ((country: string) => boolean) | null {
  const { served, lately, refusals } = countries;
  if ([countries, prefixes].some((seen) => isInDoubt(recent, concurrency, seen)))
    return (country) => served.has(country);
  if (!recent.endsWith("p")) return null;
  if (lately.size === 0) return (country) => !refusals.has(country);
  return (country) => (served.size > 0 ? served : lately).has(country);
}

/** Why it trips, where nobody is due who could tell; empty: destinations have nothing to do with it. */
export function suspected(recent: string, concurrency: number, { countries, prefixes }: Destinations): string {
  const where = isInDoubt(recent, concurrency, countries)
    ? [...countries.suspects]
    : isInDoubt(recent, concurrency, prefixes)
      ? [...prefixes.suspects].map((prefix) => `${prefix}…`)
      : [];
  const alone = `calls to ${where.toSorted().join(", ")} alone`;
  return where.length === 0 ? "" : `${alone}; if the trunk works, a resume gives up those that it refuses there`;
}

/** Would the breaker trip over suspects alone? Those under way when the streak was full may come on top of it. */
function isInDoubt(recent: string, concurrency: number, { calls, served }: Seen): boolean {
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
