/**
 * Where a contact may be: country, state, and every time zone whose clock may hang on the wall. A place is as large as
 * what is known of the number is vague: a freephone number is anywhere in its country.
 *
 * A call is allowed only when it is allowed on each of these clocks, so a zone too many costs hours and a zone too few
 * rings somebody at night. No zones at all = unknown = never callable.
 */
import { isTimeZone, zoneNamed } from "../time/zone.ts";
import { type Block, blockOf, zonesOfCountry } from "./numbering.ts";

export interface Place {
  /** ISO 3166-1; null: unknown. */
  readonly country: string | null;
  /** Countries that it may be in as well; their rules hold too. Left out: none. */
  readonly or?: readonly string[];
  /** State or province, where the number tells it. */
  readonly state: string | null;
  /** IANA names that this runtime knows, sorted, each once. */
  readonly zones: readonly string[];
}

/**
 * Where the owner of a number in E.164 may be. `ownZone` is the contact's own time zone, when somebody has vouched for
 * it: then it is the clock. It does not move the number to another country or state, whose rules still hold.
 */
export function placeOf(phoneNumber: string, ownZone: string | null): Place {
  const block = blockOf(phoneNumber);
  let places = kept.get(block);
  if (places === undefined) kept.set(block, (places = new Map()));
  let place = places.get(ownZone);
  if (place === undefined) {
    const zones = ownZone === null ? block.zones : [spelled(ownZone)];
    const { country, or, state } = block;
    places.set(ownZone, (place = { country, ...(or.length > 0 && { or }), state, zones: allKnown(zones) }));
  }
  return place;
}

/** A place hangs on the block and the own zone alone, so keeping it changes no answer. */
const kept = new Map<Block, Map<string | null, Place>>();

/**
 * A place as short text, to be stored beside every call and compared as it is: `US-FL America/Chicago,America/New_York`,
 * `GB Europe/London`, `RU *` (every zone of the country), `US/CA *` (one of them, nobody knows which), `?` (unknown).
 */
export function placeKey(place: Place): string {
  let key = keys.get(place);
  if (key === undefined) keys.set(place, (key = spelledOut(place)));
  return key;
}
const keys = new WeakMap<Place, string>();

function spelledOut({ country, or = [], state, zones }: Place): string {
  const all = country === null ? [] : [country, ...or].flatMap(zonesOfCountry);
  const anywhere = all.length > 1 && all.every((zone) => zones.includes(zone));
  const named = anywhere ? ["*", ...zones.filter((zone) => !all.includes(zone))] : zones;
  return `${[country ?? "?", ...or].join("/")}${state === null ? "" : `-${state}`}${named.length === 0 ? "" : ` ${named.join(",")}`}`;
}

/** The place that a key stands for; a key that cannot be read, or names a zone that nobody here knows, has no zones. */
export function parsePlace(key: string): Place {
  const [, countries = "?", state = null, named = ""] =
    /^(\?|[A-Z]{2}(?:\/[A-Z]{2})*)(?:-([A-Z]{2,3}))?(?: (\S+))?$/.exec(key) ?? [];
  const [country = "?", ...or] = countries.split("/");
  const zones = named === "" ? [] : named.split(",");
  const all = zones.flatMap((zone) =>
    zone === "*" && country !== "?" ? [country, ...or].flatMap(zonesOfCountry) : [zone],
  );
  return { country: country === "?" ? null : country, ...(or.length > 0 && { or }), state, zones: allKnown(all) };
}

/** All of them or none: to leave one out would open the gate where its clock says no. */
function allKnown(zones: readonly string[]): readonly string[] {
  return zones.every(isKnown) ? [...new Set(zones)].sort() : [];
}

function isKnown(zone: string): boolean {
  let answer = knownZones.get(zone);
  if (answer === undefined) knownZones.set(zone, (answer = isTimeZone(zone)));
  return answer;
}
const knownZones = new Map<string, boolean>();

/** As the database spells it: `america/chicago` is America/Chicago. */
function spelled(zone: string): string {
  return zoneNamed(zone) ?? zone;
}
