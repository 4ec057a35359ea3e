/**
 * What a clock on the wall shows, in any zone at any time. Laws move clocks within months, and the data of the machine's
 * Node is always some releases old; so the program brings its own. Of the two the newer release counts; before and after
 * the years that our own data covers there is only the machine's.
 */
import { Temporal } from "./temporal.ts";
import { DAY, type Instant } from "./instant.ts";
import { SHIPPED_RELEASE, SHIPPED_SPAN, SHIPPED_ZONES, shippedOffsets } from "./zone-data.ts";

/** A time in which a zone keeps one offset. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
  /** Milliseconds to add to an instant for the wall clock. */
  readonly offset: number;
}

/** The time-zone data of a machine. */
export interface MachineClocks {
  /** `2026c`; null: unknown, which counts as old. */
  readonly release: string | null;
  /** Throws a RangeError when it does not know the zone. */
  spanAt(zone: string, at: Instant): Span;
}

const SPANS_KEPT = 8;

export class Clocks {
  readonly #machine: MachineClocks;
  /** Spans seen last, per zone. They hang on the data alone, so keeping them changes no answer. */
  readonly #seen = new Map<string, Span[]>();

  constructor(machine: MachineClocks) {
    this.#machine = machine;
  }

  /** The release that counts for the present. */
  get release(): string {
    const { release } = this.#machine;
    return this.machineIsNewer && release !== null ? release : SHIPPED_RELEASE;
  }

  get machineIsNewer(): boolean {
    return (this.#machine.release ?? "") > SHIPPED_RELEASE;
  }

  /** Throws a RangeError when there is no such zone. */
  spanAt(zone: string, at: Instant): Span {
    const seen = this.#seen.get(zone);
    if (seen !== undefined) for (const span of seen) if (span.from <= at && at < span.until) return span;
    const span = this.#lookUp(zone, at);
    this.#seen.set(zone, [span, ...(seen ?? [])].slice(0, SPANS_KEPT));
    return span;
  }

  /** Zones in which the machine's data and ours do not agree about the time from `at` to the end of ours. */
  differing(at: Instant): readonly string[] {
    return SHIPPED_ZONES.filter((zone) => {
      for (let now = at; now < SHIPPED_SPAN.last;) {
        const ours = shippedSpan(zone, now);
        const theirs = this.#machineSpan(zone, now);
        if (ours === null || theirs === null || ours.offset !== theirs.offset) return true;
        now = Math.min(ours.until, theirs.until);
      }
      return false;
    });
  }

  #lookUp(zone: string, at: Instant): Span {
    const { first, last } = SHIPPED_SPAN;
    const shipped = this.machineIsNewer ? null : shippedSpan(zone, at);
    if (shipped !== null) return shipped;
    const machine = this.#machineSpan(zone, at);
    const ours = shippedOffsets(zone);
    if (ours === null || (this.machineIsNewer && machine !== null)) {
      if (machine === null) throw new RangeError(`expected a time zone that is known, got ${zone}`);
      return machine;
    }
    // A zone too young for the machine keeps the offset that our data saw first, or last.
    const offset = (at < first ? ours[0] : ours.at(-1))?.offset ?? 0;
    const span = machine ?? { from: -Infinity, until: Infinity, offset };
    return at < first ? { ...span, until: Math.min(span.until, first) } : { ...span, from: Math.max(span.from, last) };
  }

  #machineSpan(zone: string, at: Instant): Span | null {
    try {
      return this.#machine.spanAt(zone, at);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return null;
    }
  }
}

/** Null: our own data does not know the zone, or not the time. */
function shippedSpan(zone: string, at: Instant): Span | null {
  const { first, last } = SHIPPED_SPAN;
  const offsets = at < first || at >= last ? null : shippedOffsets(zone);
  const n = offsets?.findLastIndex(({ from }) => from <= at) ?? -1;
  const now = offsets?.[n];
  return now === undefined ? null : { ...now, until: offsets?.[n + 1]?.from ?? last };
}

function temporalSpan(zone: string, at: Instant): Span {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  // The change before the next millisecond: one that happens right now has begun this span.
  const from = zoned.add({ milliseconds: 1 }).getTimeZoneTransition("previous")?.epochMilliseconds ?? -Infinity;
  const until = zoned.getTimeZoneTransition("next")?.epochMilliseconds ?? Infinity;
  return { from, until, offset: Math.round(zoned.offsetNanoseconds / 1e6) };
}

/** Those by which this process lives. */
export const clocks = new Clocks({ release: process.versions["tz"] ?? null, spanAt: temporalSpan });

/** What the clock on the wall of a zone shows: milliseconds that its reader would count since 1970-01-01T00:00. */
export const wallClock = (zone: string, at: Instant): number => at + clocks.spanAt(zone, at).offset;

/** Our own data should reach a year ahead, as far as openings are looked for. */
export const dataEndsSoon = (now: Instant): boolean => SHIPPED_SPAN.last - now < 400 * DAY;
