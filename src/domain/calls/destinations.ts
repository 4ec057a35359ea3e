/**
 * Is it the trunk that fails, or does it refuse one destination while it serves others? Told by the last dials through it
 * (trunk-history.ts). A country is to blame, and not the trunk, once it refused as many calls in a row as trip the circuit
 * breaker, and
 *
 * - a call elsewhere was answered through the trunk after that, and since then it was not refused long after the last of those; or
 * - nobody is due elsewhere who could be asked: then the breaker trips, and the operator's resume says that the trunk works,
 *   provided that calls elsewhere were answered shortly before that streak, or after it, and none there; or
 * - it was to blame before, and goes on refusing.
 *
 * A resume alone proves nothing: a trunk without money that served others yesterday refuses everybody today.
 *
 * So is a prefix within a country, such as that of its mobile numbers, but on stricter terms, since a list has many of them.
 * No call to it got through lately. A number that is refused again counts once. What is refused from one caller ID counts only
 * if calls elsewhere from the same one were answered: a dead one looks like a dead prefix, since it calls the area codes near it.
 * The resume says something of a prefix only if all that was refused since the last answer had it. It goes on as long as those
 * answered elsewhere are remembered, and after that while nothing but its calls is. Nobody can be chosen by prefix to be asked:
 * numbers may be sealed.
 *
 * A number of such a destination that is refused costs nobody else a pause. Its call is given up after its attempts. Until
 * somebody got through after a resume, such calls go out one at a time, and what is refused of them hides no broken trunk.
 */
import { dialingPrefix } from "../phones/numbering.ts";
import { parsePlace } from "../phones/place.ts";
import { type Instant, MINUTE } from "../time/instant.ts";
import type { Policy } from "./call.ts";
import { attemptsIn, breaker, getsThrough, refusesSome, STREAK, streakOf } from "./circuit-breaker.ts";
import { ENDINGS } from "./ending.ts";
import { latelyOf, TRUNK_HISTORY, type TrunkDial, worked } from "./trunk-history.ts";

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
  /** Those that refused a streak before a call elsewhere got through, the last of it not long after one. */
  readonly proven: ReadonlySet<string>;
  /** Those that refused the campaign's last calls, and where no call lately got through; `calls`: how many of them in a row. */
  readonly suspects: ReadonlySet<string>;
  readonly calls: number;
  /** Did calls elsewhere get through shortly before they began to, or since? */
  readonly vouched: boolean;
  /** Where all calls went that are remembered, none of which got through; null: nowhere, or they are too few to tell. */
  readonly only: string | null;
}

const NOWHERE: Seen = {
  lately: new Set(),
  served: new Set(),
  refusals: new Map(),
  proven: new Set(),
  suspects: new Set(),
  calls: 0,
  vouched: false,
  only: null,
};
export const UNDIALED: Destinations = { countries: NOWHERE, prefixes: NOWHERE };

/** Do destinations make a difference? Asked before each call, so that whoever has no trouble does not pay for it. */
export const destinationsMatter = (recent: string): boolean => /[xprf]/.test(recent);

/** Refusals in a row of a country that goes on, at least, and more than are refused before the breaker trips. */
const LONG_REFUSED = 20;

/** For so long a call that got through says that the trunk works. */
const SHORTLY = 10 * MINUTE;

/** `dials`: newest first. */
export function destinationsOf(dials: readonly TrunkDial[]): Destinations {
  const all = latelyOf(dials).toReversed();
  return { countries: seenBy("country", all), prefixes: seenBy("prefix", all) };
}

interface Refusal {
  readonly there: string;
  /** The caller ID, where it matters. */
  readonly from: string | null;
  readonly at: Instant;
  /** Did a call elsewhere get through shortly before it, or before others there that came as shortly after one another? */
  readonly before: boolean;
  /** Or after it? */
  after: boolean;
}

const isVouched = ({ before, after }: Refusal): boolean => before || after;

/** `dials`: oldest first. */
function seenBy(by: "country" | "prefix", dials: readonly TrunkDial[]): Seen {
  const [lately, served] = [new Set<string>(), new Set<string>()];
  const refusals = new Map<string, Refusal[]>();
  const refused = new Set<string | null>();
  const through = new Map<string | null, Instant>();
  let [last, again] = [new Array<Refusal>(), new Array<Refusal>()];
  for (const dial of dials) {
    const { [by]: there, dialedAt: at } = dial;
    const from = by === "prefix" ? dial.fromNumber : null;
    const isKnown = by === "country" || there !== "?";
    if (worked(dial)) {
      if (dial.own) [last, again] = [[], []];
      if (!isKnown) continue;
      lately.add(there);
      served.add(there);
      through.set(from, at);
      refusals.delete(there);
      for (const refusal of [...refusals.values()].flat()) if (refusal.from === from) refusal.after = true;
    } else if (isKnown && isRefusal(dial)) {
      const those = refusals.get(there) ?? [];
      const previous = those.findLast((refusal) => refusal.from === from && isVouched(refusal));
      const since = Math.max(through.get(from) ?? -Infinity, previous?.at ?? -Infinity);
      const refusal: Refusal = { there, from, at, before: at - since <= SHORTLY, after: false };
      const isAgain = by === "prefix" && refused.has(dial.callId);
      refused.add(dial.callId);
      if (dial.own) (isAgain ? again : last).push(refusal);
      if (isAgain) continue;
      served.delete(there);
      if (by === "country" || !lately.has(there)) refusals.set(there, [...those, refusal]);
    }
  }
  const suspicion = by === "country" ? afterServed(last, lately) : oneByOne(last, again, lately);
  const [only = null, ...others] = dials.length < TRUNK_HISTORY ? [] : new Set(dials.map((dial) => dial[by]));
  return {
    lately,
    served,
    refusals: new Map([...refusals].map(([there, { length }]) => [there, length])),
    proven: new Set([...refusals].flatMap(([there, those]) => (isProven(those) ? [there] : []))),
    ...suspicion,
    only: others.length === 0 && lately.size === 0 ? only : null,
  };
}

function isProven(refusals: readonly Refusal[]): boolean {
  const newest = refusals.at(-1);
  return newest !== undefined && isVouched(newest) && refusals.filter(({ after }) => after).length >= STREAK;
}

/** Of the campaign's last calls, which were all refused. */
type Suspicion = Pick<Seen, "suspects" | "calls" | "vouched">;
const NOBODY: Suspicion = { suspects: new Set(), calls: 0, vouched: false };

function afterServed(last: readonly Refusal[], lately: ReadonlySet<string>): Suspicion {
  const calls = last.length - 1 - last.findLastIndex(({ there }) => lately.has(there));
  const those = calls > 0 ? last.slice(-calls) : [];
  return {
    suspects: new Set(those.map(({ there }) => there)),
    calls,
    vouched: those.slice(0, STREAK).every(isVouched),
  };
}

/**
 * A streak to one prefix, and beside its further calls one to the next. A mixture is what a broken trunk refuses; it may well
 * refuse numbers `again` that it refused before.
 */
function oneByOne(last: readonly Refusal[], again: readonly Refusal[], lately: ReadonlySet<string>): Suspicion {
  const suspects = new Set<string>();
  let rest = last;
  let vouched = true;
  while (rest.length >= STREAK && isOfOne(rest.slice(0, STREAK))) {
    const [{ there } = { there: "" }] = rest;
    suspects.add(there);
    vouched &&= rest.slice(0, STREAK).every(isVouched);
    rest = rest.filter((other) => other.there !== there);
  }
  const elsewhere = again.filter(({ there }) => !suspects.has(there)).length;
  if (!isOfOne(rest) || elsewhere >= STREAK || last.some(({ there }) => lately.has(there))) return NOBODY;
  return { suspects, calls: rest.length === 0 ? last.length : 0, vouched };
}

const isOfOne = (refusals: readonly Refusal[]): boolean => new Set(refusals.map(({ there }) => there)).size <= 1;

/** By the trunk or whoever is behind it, of a call that rang nobody. */
const isRefusal = ({ ending, sipStatus }: TrunkDial): boolean =>
  ending !== null && sipStatus !== null && ENDINGS[ending].mark === "x" && ENDINGS[ending].next === "free";

/** Whom refusals speak against, and not against the trunk: see Policy. */
export function blames(recent: string, concurrency: number, seen: Destinations): NonNullable<Policy["blames"]> {
  const countries = refusing(recent, concurrency, seen.countries, "r");
  const prefixes = refusing(recent, concurrency, seen.prefixes, "f");
  const others = getsThrough(recent);
  return ({ place, contact }) => {
    if (countries.has(countryAt(place))) return "country";
    if (prefixes.has(dialingPrefix(contact.phoneNumber))) return "prefix";
    return others ? "number" : null;
  };
}

/** Those that are to blame for what is refused there, which leaves that letter. */
function refusing(recent: string, concurrency: number, seen: Seen, letter: "r" | "f"): ReadonlySet<string> {
  const { served, refusals, proven, suspects, vouched, only } = seen;
  const before = refusesSome(recent, letter);
  // A trunk that broke since it refused a prefix serves nobody, and refuses the next prefix like it.
  const believed = (served.size > 0 && vouched) || (before && letter === "r");
  const sinceResume = believed ? /p([^.p]*)$/.exec(recent)?.[1] : undefined;
  const resumed = sinceResume !== undefined;
  // What failed since is nothing that the resume spoke of.
  const failed = (sinceResume ?? "").split("x").length - 1;
  const long = Math.max(LONG_REFUSED, STREAK + concurrency);
  const found = new Set(proven);
  for (const [there, times] of refusals) {
    const suspected = resumed && times - failed >= STREAK && suspects.has(there);
    const goesOn = before && (letter === "r" ? times >= long : there === only);
    if (suspected || goesOn) found.add(there);
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
  const tells = (seen: Seen): boolean => seen.vouched && isInDoubt(recent, concurrency, seen);
  const where = tells(countries)
    ? [...countries.suspects]
    : tells(prefixes)
      ? [...prefixes.suspects].map((prefix) => `${prefix}…`)
      : [];
  const alone = `calls to ${where.toSorted().join(", ")} alone`;
  return where.length === 0 ? "" : `${alone}; if the trunk works, a resume gives up those that it refuses there`;
}

/** Would the breaker trip over suspects alone? Those under way when the streak was full may come on top of it. */
function isInDoubt(recent: string, concurrency: number, { calls, served }: Seen): boolean {
  const attempts = attemptsIn(recent);
  const streak = streakOf(attempts, "x");
  const alone = streak >= STREAK && streak < STREAK + concurrency && streak <= calls;
  return alone && served.size > 0 && breaker(attempts.slice(0, -streak)) === null;
}

const countries = new Map<string, string>();
/** Of a place as placeKey spells it; "?": nobody knows. */
export function countryAt(place: string): string {
  let country = countries.get(place);
  if (country === undefined) countries.set(place, (country = parsePlace(place).country ?? "?"));
  return country;
}
