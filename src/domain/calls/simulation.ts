/**
 * A campaign played through before it is run: plan(), the calling hours, the retries and the caps decide as they do in a run;
 * what callees do is drawn by lot. No store, no network, no clock: an hour of a campaign takes milliseconds.
 */
import type { Campaign } from "./campaign.ts";
import { ENDINGS, type Ending } from "./ending.ts";
import { type Openings, plan, type Snapshot, type Waiting } from "./plan.ts";
import { type Money, type Payment, Purse } from "./purse.ts";
import { nextAttemptAt } from "./retry.ts";
import type { CallingHours } from "../hours/calling-hours.ts";
import { nextLocalDay } from "../hours/local-hours.ts";
import type { Cap } from "../hours/rule-limits.ts";
import { parsePlace } from "../phones/place.ts";
import { wallClock } from "../time/clocks.ts";
import { DAY, HOUR, type Instant, SECOND } from "../time/instant.ts";

/** What callees are expected to do. Durations in seconds; one of each list is drawn. */
export interface Odds {
  /** By the hour of the callee's clock, 0 to 23: the share of dials that are answered. */
  readonly answers: readonly number[];
  /** From the dial to the answer. */
  readonly rings: readonly number[];
  readonly talks: readonly number[];
  /** Of answered calls, the share in which a machine answers. */
  readonly machines: number;
  /** How the others end, and after how long. */
  readonly misses: readonly { readonly ending: Ending; readonly seconds: number }[];
  /** From the hand-out of a call to its dial: the room is made, the agent joins. */
  readonly setUp: number;
}

/** Without any history: what is usual for a list of mobiles. */
export const ASSUMED: Odds = {
  answers: Array.from({ length: 24 }, () => 0.3),
  rings: [5, 8, 12, 18],
  talks: [10, 20, 40, 60, 90, 180],
  machines: 0.3,
  misses: [
    ...Array.from({ length: 7 }, () => ({ ending: "no_answer", seconds: Infinity }) as const),
    { ending: "busy", seconds: 2 },
    { ending: "busy", seconds: 2 },
    { ending: "declined", seconds: 8 },
  ],
  setUp: 1,
};

export interface Simulated {
  /** The end of the last call; null: not within a year, or never. */
  readonly endsAt: Instant | null;
  /** When what is left of the budget is enough for no further call; null: it is enough, or there is none. */
  readonly usedUpAt: Instant | null;
  /** Of the budget, what was spent before included, in millionths; null: there is none. */
  readonly spent: number | null;
  readonly dials: number;
  readonly answered: number;
  /** Contacts in whose call nobody, or only a machine, answered to the end. */
  readonly missed: number;
  readonly talkSeconds: number;
  /** The same with each call rounded up, as carriers bill it. */
  readonly minutes: number;
  /** Most calls at once. */
  readonly peak: number;
  /** Dials by the hour in which they were made. */
  readonly hours: ReadonlyMap<Instant, number>;
}

const LONGEST = 366 * DAY;

/** A contact that was tried, and waits for its next attempt. */
interface Tried {
  readonly due: Instant;
  readonly place: Place;
  readonly spent: number;
  readonly dialedAt: readonly Instant[];
}

/** A call under way, and what comes of it. */
interface Live {
  readonly due: Instant;
  readonly again: Tried | null;
  readonly payment: Payment | null;
}

interface Place extends Waiting {
  nextDue: Instant;
  /** Contacts that nobody has tried. */
  fresh: number;
  readonly tried: Heap<Tried>;
  readonly zone: string;
  readonly caps: readonly Cap[];
}

/**
 * `contacts`: by place. `random`: in [0, 1), the same each time for the same lot. `today`: dials of the day so far. `money`:
 * its budget; left out: it has none.
 */
export function simulate(
  campaign: Campaign,
  hours: CallingHours,
  contacts: ReadonlyMap<string, number>,
  odds: Odds,
  start: Instant,
  random: () => number,
  today = 0,
  money?: Money,
): Simulated {
  const pick = <T>(items: readonly T[], otherwise: T): T => items[Math.floor(random() * items.length)] ?? otherwise;
  const { retry, timeZone, delay } = campaign;
  const running: Campaign = { ...campaign, status: "running", recent: "" };
  const places = [...contacts].map(([place, fresh]): Place => ({
    place,
    fresh,
    nextDue: start,
    tried: new Heap(),
    zone: parsePlace(place).zones[0] ?? timeZone,
    caps: hours.caps(place),
    get most() {
      return purse?.most ?? 0;
    },
  }));
  const purse = money === undefined ? null : new Purse(money, random);
  const openings = remembered(hours);
  const live = new Heap<Live>();
  const byHour = new Map<Instant, number>();
  const sums = { dials: 0, answered: 0, missed: 0, talkSeconds: 0, minutes: 0, peak: 0 };
  const told = (how: Partial<Pick<Simulated, "endsAt" | "usedUpAt">>): Simulated => ({
    ...sums,
    endsAt: null,
    usedUpAt: null,
    ...how,
    spent: purse?.spending.spent ?? null,
    hours: byHour,
  });
  let [now, dayEnds, lastHandOut, lastEnd]: [Instant, Instant, Instant | null, Instant] = [
    start,
    nextLocalDay(timeZone, start),
    null,
    start,
  ];
  let waiting = places.filter(({ fresh }) => fresh > 0);

  const land = ({ due, again, payment }: Live): void => {
    lastEnd = Math.max(lastEnd, due);
    if (payment !== null) purse?.pay(payment);
    if (again === null) return;
    again.place.tried.add(again);
    if (!waiting.includes(again.place)) waiting.push(again.place);
    again.place.nextDue = again.place.fresh > 0 ? start : (again.place.tried.first?.due ?? start);
  };

  const dial = (place: Place): void => {
    const before = place.fresh > 0 ? null : place.tried.take();
    if (before === null) place.fresh--;
    place.nextDue = place.fresh > 0 ? start : (place.tried.first?.due ?? Infinity);
    if (place.nextDue === Infinity) waiting = waiting.filter((each) => each !== place);
    const at = now + odds.setUp * SECOND;
    const hour = Math.floor((wallClock(place.zone, at) % DAY) / HOUR);
    sums.dials++;
    byHour.set(at - (at % HOUR), (byHour.get(at - (at % HOUR)) ?? 0) + 1);
    const spent = (before?.spent ?? 0) + 1;
    const isAnswered = random() < (odds.answers[hour] ?? 0);
    const isMachine = isAnswered && random() < odds.machines;
    const miss = isAnswered
      ? null
      : pick<Odds["misses"][number]>(odds.misses, { ending: "no_answer", seconds: campaign.ringSeconds });
    const talk = isAnswered ? Math.min(pick(odds.talks, 60), campaign.maxDurationSeconds) : 0;
    const seconds = miss === null ? pick(odds.rings, 10) + talk : Math.min(miss.seconds, campaign.ringSeconds);
    if (isAnswered) {
      sums.answered++;
      sums.talkSeconds += talk;
      sums.minutes += Math.ceil(talk / 60);
    }
    const due = Math.round(at + seconds * SECOND);
    const { next } = ENDINGS[miss?.ending ?? (isMachine ? "voicemail" : "completed")];
    const stays = isMachine && retry.voicemail?.does === "hang_up";
    const again = next !== "retry" || stays ? null : nextAttemptAt(retry, spent, due, random());
    const dialedAt = [...(before?.dialedAt ?? []), at];
    const opens = again === null ? null : underCaps(again, dialedAt, place.caps);
    if (opens === null && (miss !== null || isMachine)) sums.missed++;
    const payment = purse?.take(isAnswered ? talk : null) ?? null;
    live.add({ due, again: opens === null ? null : { due: opens, place, spent, dialedAt }, payment });
    sums.peak = Math.max(sums.peak, live.size);
  };

  while (now < start + LONGEST) {
    for (let next = live.first; next !== null && next.due <= now; next = live.first) land(live.take() ?? next);
    if (now >= dayEnds) [today, dayEnds] = [0, nextLocalDay(timeZone, now)];
    const snapshot: Snapshot = {
      campaign: running,
      waiting,
      callbacks: [],
      live: live.size,
      today,
      lastHandOut,
      trunk: null,
      trunkHistory: "",
      ...(purse !== null && { spending: purse.spending }),
    };
    const decided = plan(snapshot, openings, now);
    if (decided.do === "dial") {
      for (let n = 0; n < decided.upTo; n++) {
        const place = purse?.isEnough === false ? null : drawn(waiting, openings, now, random);
        if (place === null) break;
        dial(place);
        today++;
        lastHandOut = now;
      }
      // Nothing but a call's end comes sooner.
      if (delay > 0) now = Math.min(now + delay, live.first?.due ?? Infinity);
    } else if (decided.do === "wait") {
      const end = live.first?.due ?? Infinity;
      const until = Math.min(decided.until ?? Infinity, end);
      if (until === Infinity) return told(decided.because === "budget" ? { usedUpAt: now } : {});
      now = Math.max(until, now + 1);
    } else {
      return told({ endsAt: lastEnd });
    }
  }
  return told({});
}

/** Whoever waits longest is called first: of those whom nobody has tried yet, the list's order mixes the places. */
function drawn(waiting: readonly Place[], openings: Openings, now: Instant, random: () => number): Place | null {
  const open = waiting.filter(({ place, nextDue }) => nextDue <= now && openings.isOpen(place, now));
  const untried = open.reduce((sum, { fresh }) => sum + fresh, 0);
  if (untried === 0) return open.toSorted((a, b) => a.nextDue - b.nextDue)[0] ?? null;
  let left = Math.floor(random() * untried);
  return open.find(({ fresh }) => (left -= fresh) < 0) ?? null;
}

/** The same answers as the hours give, asked for once for each opening: a place is looked at a million times. */
function remembered(hours: CallingHours): Openings {
  const spans = new Map<string, { readonly from: Instant; readonly opens: Instant; readonly closes: Instant }>();
  const next = (place: string, at: Instant): Instant | null => {
    const known = spans.get(place);
    if (known !== undefined && at >= known.from && at <= known.closes) return Math.max(at, known.opens);
    const opens = hours.next(place, at);
    if (opens === null) return null;
    spans.set(place, { from: at, opens, closes: hours.closes(place, opens) ?? Infinity });
    return opens;
  };
  return { next, isOpen: (place, at) => next(place, at) === at, knows: (place) => hours.knows(place) };
}

/** When the caps on dials of one number allow the next; null: never. */
function underCaps(due: Instant, dialedAt: readonly Instant[], caps: readonly Cap[]): Instant | null {
  let at = due;
  for (const { max, within, after } of caps) {
    if (after === "refusal") continue;
    if (max === 0) return null;
    const counted = dialedAt.at(-max);
    if (counted !== undefined) at = Math.max(at, counted + within);
  }
  return at;
}

/** The earliest first. */
class Heap<T extends { readonly due: Instant }> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  get first(): T | null {
    return this.#items[0] ?? null;
  }

  add(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || above.due <= item.due) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  take(): T | null {
    const items = this.#items;
    const first = items[0] ?? null;
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [items[2 * at + 1], items[2 * at + 2]];
      if (left === undefined) break;
      const smaller = right !== undefined && right.due < left.due ? right : left;
      if (smaller.due >= last.due) break;
      items[at] = smaller;
      at = 2 * at + (smaller === left ? 1 : 2);
    }
    items[at] = last;
    return first;
  }
}
