/** The clocks of the world as the program brings them along, made by scripts/make-zones.js from the newest release. */
import data from "./data/zones.json" with { type: "json" };
import type { Instant } from "./instant.ts";

/** The release of the time-zone database: `2026f`. */
export const SHIPPED_RELEASE: string = data.meta.release;

/** The data knows every change from `first` on and before `last`. */
export const SHIPPED_SPAN: { readonly first: Instant; readonly last: Instant } = {
  first: Date.parse(data.meta.first),
  last: Date.parse(data.meta.last),
};

/** Minutes ahead of UTC at first, then each change and the minutes from then on. */
type Changes = readonly (number | string)[];

const zones: ReadonlyMap<string, Changes> = new Map(Object.entries<Changes>(data.zones));
const links: ReadonlyMap<string, string> = new Map(Object.entries(data.links));
const countries: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(data.countries));

/** Every name, old ones too, by its lower-case form. */
const names: ReadonlyMap<string, string> = new Map(
  [...zones.keys(), ...links.keys()].map((name) => [name.toLowerCase(), name]),
);

/** The zones that have a history of their own. */
export const SHIPPED_ZONES: readonly string[] = [...zones.keys()];

/** As the database spells it: `america/chicago` is America/Chicago. Null: it is no place that the data knows. */
export const shippedName = (name: string): string | null => names.get(name.toLowerCase()) ?? null;

/** A country's own zones, sorted; none: it has no zone of its own in the database. */
export const shippedZonesOf = (country: string): readonly string[] => countries.get(country) ?? [];

/** Since when a clock keeps which offset, both in milliseconds; the first entry is from the start of the data. */
export type Offsets = readonly { readonly from: Instant; readonly offset: number }[];

const kept = new Map<string, Offsets>();

/** Null: the data does not know the zone. */
export function shippedOffsets(zone: string): Offsets | null {
  const known = kept.get(zone);
  if (known !== undefined) return known;
  const changes = zones.get(links.get(zone) ?? zone);
  if (changes === undefined) return null;
  const offsets: { from: Instant; offset: number }[] = [];
  for (let n = -1; n < changes.length; n += 2) {
    const from = n < 0 ? SHIPPED_SPAN.first : Date.parse(String(changes[n]));
    offsets.push({ from, offset: Number(changes[n + 1]) * 60_000 });
  }
  kept.set(zone, offsets);
  return offsets;
}
