/** The pace as the far end sees it, where everything on the way there takes now longer and now shorter. */
import { expect, test } from "vitest";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { Pacer, type Turn } from "../../../src/engine/run/pacer.ts";
import { ManualClock, Random } from "../../../src/sandbox/index.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

const turnOf = (pacer: Pacer, interval: number, trunk = 0, campaign = "spring"): Turn =>
  pacer.turn({ id: campaign, interval }, { id: "trunk", interval: trunk });

interface Dial {
  readonly stored: number;
  readonly went: number;
  readonly left: number;
}

/** Milliseconds, at most, that a step of a dial takes. */
interface Slow {
  /** Until the store has it. */
  readonly store: number;
  /** From there on until all is done but the writing: a token, an open connection. */
  readonly way: number;
  /** How late a timer is; 4 where nothing else is to be done. */
  readonly timers?: number;
  /** Once in so many dials, the whole program stands still for a while. */
  readonly stall?: { readonly every: number; readonly for: number };
}
const USUAL: Slow = { store: 6, way: 3 };

/** Dials whose calls come as regularly as they are handed out; timers are late by up to 4 ms. */
async function dials(
  count: number,
  interval: number,
  { store, way, stall, timers = 4 }: Slow = USUAL,
): Promise<Dial[]> {
  const [clock, random] = [new ManualClock(NOON), new Random(7)];
  let stalled = 0;
  const now = (): number => clock.now();
  const late = {
    now,
    monotonic: () => clock.monotonic(),
    sleep: (ms: number) => clock.sleep(Math.max(ms + random.whole(0, timers), stalled - now())),
  };
  const pacer = new Pacer(late);
  const one = async (n: number): Promise<Dial> => {
    await clock.sleep(n * interval + random.whole(0, 40));
    using turn = turnOf(pacer, interval);
    for (; turn.wait > 0;) await late.sleep(turn.wait);
    if (stall !== undefined && n % stall.every === 0) stalled = now() + stall.for;
    const stored = turn.stamp(now());
    await late.sleep(random.whole(0, store));
    turn.keep();
    const went = now();
    await late.sleep(random.whole(0, way));
    await turn.leave(() => late.sleep(random.whole(0, 1) - timers));
    return { stored, went, left: now() };
  };
  return await clock.finish(Promise.all(Array.from({ length: count }, (_, n) => one(n))), 3600 * SECOND);
}

const instants = (all: readonly Dial[]): number[] => all.map(({ left }) => left).toSorted((a, b) => a - b);
const mostWithin = (left: readonly number[]): number =>
  Math.max(...left.map((at) => left.filter((other) => other > at - SECOND && other <= at).length));

test.each([
  ["as usual", 50, 1500, USUAL, 0.99],
  ["as usual", 20, 600, USUAL, 0.99],
  ["as usual", 5, 150, USUAL, 0.99],
  ["as usual", 3, 90, USUAL, 0.99],
  ["as usual", 1, 60, USUAL, 0.99],
  ["where the program stands still now and then", 50, 1500, { ...USUAL, stall: { every: 170, for: 40 } }, 0.99],
  ["where the store is far away", 50, 1500, { store: 60, way: 30 }, 0.985],
  ["where the store is far away", 1, 60, { store: 60, way: 30 }, 0.985],
])(
  "%s, a pace of %i a second fell behind by what each dial was late, and what was slow between its turn and its leaving bunched dials: never one more in a second",
  async (_, perSecond, count, slow, kept) => {
    const interval = Math.ceil(SECOND / perSecond);
    const all = await dials(count, interval, slow);
    const left = instants(all);
    expect(mostWithin(left)).toBeLessThanOrEqual(perSecond);
    // Without the first second, in which it is learnt what a dial takes.
    const steady = left.slice(perSecond);
    const mean = ((steady.length - 1) * SECOND) / ((steady.at(-1) ?? NaN) - (steady[0] ?? NaN));
    expect(mean / perSecond).toBeGreaterThan(kept);

    const stored = all.map((dial) => dial.stored).toSorted((a, b) => a - b);
    const gaps = stored.slice(1).map((at, n) => at - (stored[n] ?? NaN));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(interval);
    // What the store has said is not left to grow old: a few timers of 4 ms, and whatever a dial may take less than another.
    const held = all.map(({ went, left: at }) => at - went);
    expect(held.reduce((sum, ms) => sum + ms) / count).toBeLessThan(8 + (slow.store + slow.way) / 2);
  },
);

test.each([
  ["as usual", USUAL],
  ["behind stalls", { ...USUAL, stall: { every: 9, for: 100 } }],
  ["on a machine with other things to do, where who is first in line may wake last", { ...USUAL, timers: 300 }],
])("twenty milliseconds at most are caught up at a time: %s", async (_, slow) => {
  for (const interval of [20, 50, 200]) {
    const left = instants(await dials(200, interval, slow));
    expect(mostWithin(left)).toBeLessThanOrEqual(SECOND / interval);
    const gaps = left.slice(1).map((at, n) => at - (left[n] ?? NaN));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(interval - 20);
  }
});

test("two campaigns through one trunk are kept apart by its pace as well", async () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  const left: number[] = [];
  const one = async (campaign: string): Promise<void> => {
    using turn = turnOf(pacer, 20, 200, campaign);
    for (; turn.wait > 0;) await clock.sleep(turn.wait);
    turn.stamp(clock.now());
    turn.keep();
    await turn.leave(() => Promise.resolve());
    left.push(clock.now());
  };
  await clock.finish(
    Promise.all(Array.from({ length: 30 }, (_, n) => one(n % 2 === 0 ? "spring" : "autumn"))),
    60 * SECOND,
  );
  expect(mostWithin(left)).toBe(5);
  expect((left.at(-1) ?? NaN) - (left[0] ?? NaN)).toBeLessThan(5 * 1.02 * SECOND + 4 * 200);
});

test("a turn that nobody used is the next one's", async () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  {
    using first = turnOf(pacer, 60 * SECOND);
    expect(first.wait).toBe(0);
    first.keep();
    await first.leave(() => Promise.resolve());
  }
  {
    using given = turnOf(pacer, 60 * SECOND);
    expect(given.wait).toBeGreaterThanOrEqual(60 * SECOND);
  }
  using next = turnOf(pacer, 60 * SECOND);
  expect(next.wait).toBeLessThan(61 * SECOND);
});

test.each([
  ["in the turn that it is late for", () => true, 101],
  ["as now, where its place had not opened then", (at: number) => at > NOON + 110, 120],
])("a dial is stored as left %s", async (_, isPossible, stored) => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  using first = turnOf(pacer, 100);
  expect(first.wait).toBe(0);
  first.stamp(clock.now());
  first.keep();
  await first.leave(() => Promise.resolve());
  await clock.advance(120);
  using second = turnOf(pacer, 100);
  expect(second.stamp(clock.now(), isPossible)).toBe(NOON + stored);
});

test("another runner was faster: whoever comes behind waits for it as well", () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  using first = turnOf(pacer, SECOND);
  expect(first.wait).toBe(0);
  first.putOff(700);
  expect(first.wait).toBe(700);
  using second = turnOf(pacer, SECOND);
  expect(second.wait).toBeGreaterThanOrEqual(1700);
  expect(pacer.ahead("spring", SECOND)).toBeGreaterThan(0);
});

test.each([0, 100, 3000])(
  "at %i ms between two, the first turn has come for whoever asks, though time passes as it asks",
  (interval) => {
    let now = 0;
    const clock = { now: () => now, monotonic: () => (now += 0.001), sleep: () => Promise.resolve() };
    using turn = turnOf(new Pacer(clock), interval);
    expect(turn.wait).toBeLessThanOrEqual(0);
  },
);

test("whoever waits behind others asks when they are gone, not each time that one of them is", async () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  let asked = 0;
  const one = async (): Promise<void> => {
    using turn = turnOf(pacer, 20);
    for (let wait; asked++, (wait = turn.wait) > 0;) await clock.sleep(Math.ceil(wait));
    turn.stamp(clock.now());
    // Once, for all: what follows is late.
    await clock.sleep(asked === 1 ? 400 : 5);
    turn.keep();
    await turn.leave(() => Promise.resolve());
  };
  await clock.finish(Promise.all(Array.from({ length: 40 }, one)), 60 * SECOND);
  expect(asked / 40).toBeLessThan(6);
});

test("a dial whose connection was closed at the last moment waited behind itself: it leaves by another in its own place", async () => {
  const clock = new ManualClock(NOON);
  using turn = turnOf(new Pacer(clock), 3 * SECOND);
  expect(turn.wait).toBe(0);
  turn.stamp(clock.now());
  turn.keep();
  for (let tries = 0; tries < 2; tries++)
    await clock.finish(
      turn.leave(() => Promise.resolve()),
      60 * SECOND,
    );
  expect(clock.now()).toBe(NOON);
});

test("dials were stored 19 ms apart, as their clock rounds down: the store refused them, and their turns were lost", () => {
  const random = new Random(7);
  let passed = 0;
  const clock = {
    now: () => NOON + Math.floor(passed),
    monotonic: () => passed + 0.7,
    sleep: () => Promise.resolve(),
  };
  const pacer = new Pacer(clock);
  const turns = Array.from({ length: 200 }, () => turnOf(pacer, 20));
  for (const turn of turns) expect(turn.wait).toBeLessThan(Infinity);
  // From now on all of them are late.
  passed = 200.6;
  const stored: number[] = [];
  for (const turn of turns) {
    for (let wait; (wait = turn.wait) > 0;) passed += Math.ceil(wait) + random.whole(0, 9) / 10;
    stored.push(turn.stamp(clock.now()));
    turn.keep();
  }
  expect(Math.min(...stored.slice(1).map((at, n) => at - (stored[n] ?? NaN)))).toBe(20);
});
