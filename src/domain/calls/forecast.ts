/**
 * How long a list takes at a campaign's pace, daily cap and hours, if every call were made once: an estimate, played
 * through from one opening or closing to the next, with the places that are open dialed in turn.
 */
import type { Campaign } from "./campaign.ts";
import { nextLocalDay } from "../hours/local-hours.ts";
import { DAY, type Instant, SECOND } from "../time/instant.ts";
import type { CallingHours } from "../hours/calling-hours.ts";

export interface Forecast {
  /** When the first phone rings; null: never. */
  readonly firstDialAt: Instant | null;
  /** When the last one does; null: never, or not within a year. */
  readonly throughAt: Instant | null;
}

const LONGEST = 366 * DAY;
/** Without a delay the lines are the pace: each is taken for a minute, as far as anybody knows. */
const SECONDS_PER_CALL = 60;

/** `waiting`: contacts per place. */
export function forecast(
  { dailyCap, delay, concurrency, timeZone }: Pick<Campaign, "dailyCap" | "delay" | "concurrency" | "timeZone">,
  waiting: ReadonlyMap<string, number>,
  hours: CallingHours,
  now: Instant,
): Forecast {
  const gap = delay > 0 ? delay : (SECONDS_PER_CALL * SECOND) / concurrency;
  const left = new Map([...waiting].filter(([, contacts]) => contacts > 0));
  let firstDialAt: Instant | null = null;
  let at = now;
  let tomorrow = nextLocalDay(timeZone, at);
  let today = dailyCap;
  while (left.size > 0) {
    const openings = [...left.keys()].map((place) => ({ place, opens: hours.next(place, at) }));
    const next = Math.min(...openings.map(({ opens }) => opens ?? Infinity));
    if (next > now + LONGEST) return { firstDialAt, throughAt: null };
    if (next >= tomorrow || today === 0) {
      at = Math.max(next, tomorrow);
      tomorrow = nextLocalDay(timeZone, at);
      today = dailyCap;
      if (next < at) continue;
    } else at = next;
    firstDialAt ??= at;
    const open = openings.filter(({ opens }) => opens !== null && opens <= at);
    // Until the next place opens, one closes, or the day ends; or until the calls or the cap are used up.
    const edges = openings.flatMap(({ opens }) => (opens !== null && opens > at ? [opens] : []));
    const until = Math.min(tomorrow, ...edges, ...open.map(({ place }) => hours.closes(place, at) ?? Infinity));
    const waits = open.reduce((sum, { place }) => sum + (left.get(place) ?? 0), 0);
    const calls = Math.min(today, waits, Math.max(1, Math.floor((until - at) / gap)));
    take(
      left,
      open.map(({ place }) => place),
      calls,
    );
    today -= calls;
    at = Math.round(Math.min(at + calls * gap, Math.max(until, at + gap)));
  }
  return { firstDialAt, throughAt: firstDialAt === null ? null : at };
}

/** Takes so many calls from the places, as evenly as they can be had. */
function take(left: Map<string, number>, places: readonly string[], calls: number): void {
  let rest = calls;
  for (const [n, place] of places.entries()) {
    const has = left.get(place) ?? 0;
    const share = Math.min(has, n === places.length - 1 ? rest : Math.ceil(rest / (places.length - n)));
    rest -= share;
    if (share === has) left.delete(place);
    else left.set(place, has - share);
  }
  // What the last places could not give comes from the others.
  for (const place of places) {
    if (rest === 0) return;
    const share = Math.min(left.get(place) ?? 0, rest);
    rest -= share;
    if (share === left.get(place)) left.delete(place);
    else left.set(place, (left.get(place) ?? 0) - share);
  }
}
