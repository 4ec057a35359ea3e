/**
 * Which of our numbers a contact is called with. People recognise a number and distrust a stranger's: a contact keeps
 * the one it was called with; else the nearest one is taken; of equals, the one that has rested longest.
 */
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import type { Instant } from "../time/instant.ts";
import { freeFrom } from "./pace.ts";

/** A number that may be shown to those who are called. */
export interface CallerId {
  /** E.164. */
  readonly number: string;
  /** When a dial last left with it; null: never. */
  readonly lastUsedAt: Instant | null;
  /** Milliseconds from one dial with it to the next; 0: no limit of its own. */
  readonly interval: number;
}

export type CallerChoice<C extends CallerId = CallerId> =
  | { readonly is: "use"; readonly caller: C }
  /** Each that would do has had its last dial less than its interval ago; `until`: the first is free again. */
  | { readonly is: "wait"; readonly until: Instant }
  /** There is none to choose from. */
  | { readonly is: "none" };

/** Only the numbers asked for; none asked for: all. */
export const narrowed = <C extends CallerId>(pool: readonly C[], only: readonly string[]): readonly C[] =>
  only.length === 0 ? pool : pool.filter(({ number }) => only.includes(number));

/**
 * `contact`: the number to be called, E.164. `sticky`: the number this contact was called with before; while it is in
 * the pool no other is taken, not even when it must be waited for: a retry from a stranger is no retry.
 */
export function chooseCaller<C extends CallerId>(
  pool: readonly C[],
  contact: string,
  sticky: string | null,
  now: Instant,
): CallerChoice<C> {
  const kept = pool.filter(({ number }) => number === sticky);
  const candidates = kept.length > 0 ? kept : pool;
  const home = placeOf(contact);
  const [best] = candidates
    .filter((caller) => freeAt(caller, now) <= now)
    .map((caller) => ({ caller, nearness: nearness(placeOf(caller.number), home) }))
    .toSorted((a, b) => b.nearness - a.nearness || restedSince(a.caller) - restedSince(b.caller));
  if (best !== undefined) return { is: "use", caller: best.caller };
  return candidates.length === 0
    ? { is: "none" }
    : { is: "wait", until: Math.min(...candidates.map((caller) => freeAt(caller, now))) };
}

const restedSince = ({ lastUsedAt }: CallerId): Instant => lastUsedAt ?? 0;
const freeAt = ({ lastUsedAt, interval }: CallerId, now: Instant): Instant => freeFrom(lastUsedAt, interval, now);

interface Place {
  /** Null: the plan does not say, as with some new or fictional numbers. */
  readonly country: string | null;
  readonly code: string;
  readonly area: string;
}

/** Country code and area code: the first group of the number as it is written internationally, `+44 20 7946 …`. */
function placeOf(number: string): Place {
  const phone = parsePhoneNumberFromString(number);
  const [, area = ""] = phone?.formatInternational().split(" ") ?? [];
  return { country: phone?.country ?? null, code: phone?.countryCallingCode ?? "", area };
}

/** 2: same country and area code; 1: same country; 0: elsewhere. A foreign number is the last that anyone answers. */
function nearness(one: Place, other: Place): number {
  const known = one.country !== null && other.country !== null;
  if (one.code !== other.code || (known && one.country !== other.country)) return 0;
  return one.area === other.area ? 2 : 1;
}

/** What speaks against a caller ID on the trunk it calls through; null: the trunk lists it. */
export function unlisted(
  number: string,
  { id, numbers }: { readonly id: string; readonly numbers: readonly string[] },
): string | null {
  if (numbers.includes(number) || numbers.includes("*")) return null;
  return `trunk ${id} does not list this number: LiveKit does not check, but most carriers refuse the call`;
}
