/** What a campaign came to, in sums: nothing here is as long as its list of contacts. */
import { WEEKDAYS, type Weekday } from "../hours/window.ts";
import { parsePlace } from "../phones/place.ts";
import { wallClock } from "../time/clocks.ts";
import { DAY, HOUR, type Instant } from "../time/instant.ts";
import type { Ending } from "./ending.ts";

/** Dials that rang, answered ones included; those under way as well. */
export interface Dials {
  readonly dials: number;
  readonly answered: number;
  /** A human spoke. */
  readonly reached: number;
}

export interface Figures {
  /** By place and quarter of an hour, since the clocks of some zones are off by quarters. */
  readonly dials: readonly (Dials & { readonly place: string; readonly at: Instant })[];
  /** Contacts that were dialed: how many have had so many dials, and which of them reached somebody; null: none. */
  readonly contacts: readonly {
    readonly dials: number;
    readonly answered: boolean;
    readonly reachedBy: number | null;
    readonly n: number;
  }[];
  /** Of all attempts that have ended, those without a dial included. */
  readonly endings: Readonly<Partial<Record<Ending, number>>>;
  /** From the answer to the end, in whole seconds. */
  readonly talks: Histogram;
  /** From the hand-out to the dial: the room is made, the agent joins. Seconds, in tenths. */
  readonly joins: Histogram;
  /** Contacts that wait longer for what protects their numbers. */
  readonly held: readonly { readonly by: string; readonly place: string; readonly n: number }[];
}

/** How often each value was seen. */
export type Histogram = readonly { readonly value: number; readonly n: number }[];

/** Dials by the hour and by the weekday of the callee's clock; of a place with several, the first. `otherwise`: where none is known. */
export function byLocalTime(dials: Figures["dials"], otherwise: string) {
  const hours = Array.from({ length: 24 }, none);
  const weekdays = WEEKDAYS.map(none);
  const zones = new Map<string, string>();
  for (const { place, at, ...counts } of dials) {
    const zone = zones.get(place) ?? parsePlace(place).zones[0] ?? otherwise;
    zones.set(place, zone);
    const wall = wallClock(zone, at);
    for (const sums of [hours[Math.floor((wall % DAY) / HOUR)], weekdays[(Math.floor(wall / DAY) + THURSDAY) % WEEK]])
      if (sums !== undefined) add(sums, counts);
  }
  return { hours, weekdays: weekdays.map((sums, n) => ({ weekday: WEEKDAYS[n] as Weekday, ...sums })) };
}

/** 1970 began on one; weeks begin on Monday. */
const THURSDAY = 3;
const WEEK = 7;

type Sums = { -readonly [K in keyof Dials]: Dials[K] };
const none = (): Sums => ({ dials: 0, answered: 0, reached: 0 });
function add(sums: Sums, { dials, answered, reached }: Dials): void {
  sums.dials += dials;
  sums.answered += answered;
  sums.reached += reached;
}

/** The value that such a share of all stay at or below; null: there are none. */
export function quantile(histogram: Histogram, share: number): number | null {
  const sorted = histogram.toSorted((a, b) => a.value - b.value);
  let left = share * sorted.reduce((sum, { n }) => sum + n, 0);
  for (const { value, n } of sorted) if ((left -= n) <= 0) return value;
  return null;
}

/** How many lie below each edge and not below the one before; those beyond the last come last. */
export function stepped(histogram: Histogram, edges: readonly number[]): number[] {
  const steps = [...edges, Infinity].map(() => 0);
  for (const { value, n } of histogram) {
    const step = edges.findIndex((edge) => value < edge);
    const at = step === -1 ? edges.length : step;
    steps[at] = (steps[at] ?? 0) + n;
  }
  return steps;
}
