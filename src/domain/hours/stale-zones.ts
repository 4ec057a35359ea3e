/**
 * Is this runtime's time-zone data too old for a zone? Laws move clocks within months, and old data dials an hour late
 * at night. A few zones whose clocks moved last are asked for an offset that is known; those that answer wrong are
 * blocked, and no others.
 */
import { Temporal } from "../time/temporal.ts";
import { type Instant, MINUTE } from "../time/instant.ts";

/** Minutes that the clock of the zone is ahead of UTC. */
export type OffsetOf = (zone: string, at: Instant) => number;

/** When the canaries are asked: a winter day after the last of the changes. */
const ASKED: Instant = Date.UTC(2027, 0, 15, 12);

/** Zones with their older names, the true offset, and the release of the database that brought it. */
const CANARIES = [
  { zones: ["America/Vancouver", "Canada/Pacific"], offset: -420, release: "2026b" },
  { zones: ["America/Edmonton", "America/Yellowknife", "Canada/Mountain"], offset: -360, release: "2026c" },
  { zones: ["Africa/Casablanca", "Africa/El_Aaiun"], offset: 0, release: "2026c" },
  { zones: ["America/Inuvik"], offset: -360, release: "2026d" },
] as const;

/** The zones that may not be trusted here, each with the reason. */
export function staleZones(offsetOf: OffsetOf = temporalOffset): ReadonlyMap<string, string> {
  const wrong = CANARIES.flatMap(({ zones, offset, release }) =>
    zones
      .filter((zone) => offsetOf(zone, ASKED) !== offset)
      .map((zone) => [zone, `time-zone data is too old for ${zone}: it takes release ${release} or later`] as const),
  );
  return new Map(wrong);
}

const temporalOffset: OffsetOf = (zone, at) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6 / MINUTE;
