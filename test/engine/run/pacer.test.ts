/** The pace as the far end sees it, where everything on the way there takes now longer and now shorter. */
import { expect, test } from "vitest";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { Pacer } from "../../../src/engine/run/pacer.ts";
import { ManualClock, Random } from "../../../src/sandbox/index.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

interface Dial {
  readonly stored: number;
  readonly left: number;
}

/** Dials whose calls come as regularly as they are handed out; timers are late by up to 8 ms, the store takes up to 6. */
async function dials(count: number, interval: number): Promise<Dial[]> {
  const [clock, random] = [new ManualClock(NOON), new Random(7)];
  const late = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms: number) => clock.sleep(ms + random.whole(0, 8)),
  };
  const pacer = new Pacer(late);
  const one = async (n: number): Promise<Dial> => {
    await clock.sleep(n * interval + random.whole(0, 40));
    using turn = pacer.turn("spring", interval);
    for (; turn.wait > 0;) await late.sleep(turn.wait);
    const stored = turn.stamp(late.now());
    await clock.sleep(random.whole(0, 6));
    await turn.leave();
    return { stored, left: clock.now() };
  };
  return await clock.finish(Promise.all(Array.from({ length: count }, (_, n) => one(n))), 3600 * SECOND);
}

test.each([
  [50, 1500],
  [20, 600],
  [5, 150],
  [1, 60],
])(
  "a pace of %i a second fell behind by what each dial was late: the mean is kept, and never one more in a second",
  async (perSecond, count) => {
    const interval = SECOND / perSecond;
    const all = await dials(count, interval);
    const left = all.map((dial) => dial.left).toSorted((a, b) => a - b);
    const mean = ((count - 1) * SECOND) / ((left.at(-1) ?? NaN) - (left[0] ?? NaN));
    expect(mean / perSecond).toBeGreaterThan(0.99);
    const within = left.map((at) => left.filter((other) => other > at - SECOND && other <= at).length);
    expect(Math.max(...within)).toBeLessThanOrEqual(perSecond);

    const stored = all.map((dial) => dial.stored).toSorted((a, b) => a - b);
    const gaps = stored.slice(1).map((at, n) => at - (stored[n] ?? NaN));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(interval);
  },
);

test("less than ten milliseconds, and less than a quarter of the pace, are caught up at a time", async () => {
  for (const interval of [20, 200]) {
    const left = (await dials(200, interval)).map((dial) => dial.left).toSorted((a, b) => a - b);
    const gaps = left.slice(1).map((at, n) => at - (left[n] ?? NaN));
    // A timer of those that wait for their turn to leave is up to 8 ms late.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(interval - Math.min(interval / 4, 10) - 8);
  }
});

test("a turn that nobody used is the next one's", async () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  {
    using first = pacer.turn("spring", 60 * SECOND);
    expect(first.wait).toBe(0);
    await first.leave();
  }
  {
    using given = pacer.turn("spring", 60 * SECOND);
    expect(given.wait).toBeGreaterThanOrEqual(60 * SECOND);
  }
  using next = pacer.turn("spring", 60 * SECOND);
  expect(next.wait).toBeLessThan(61 * SECOND);
});

test("a dial was stored as left before its place had opened, in the turn that it was late for: then it is stored as now", async () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  using first = pacer.turn("spring", 100);
  expect(first.wait).toBe(0);
  first.stamp(clock.now());
  await first.leave();
  await clock.advance(120);
  using second = pacer.turn("spring", 100);
  expect(second.stamp(clock.now())).toBe(NOON + 100);
  expect(second.stamp(clock.now(), (at) => at > NOON + 110)).toBe(NOON + 120);
});

test("another runner was faster: whoever comes behind waits for it as well", () => {
  const clock = new ManualClock(NOON);
  const pacer = new Pacer(clock);
  using first = pacer.turn("spring", SECOND);
  expect(first.wait).toBe(0);
  first.putOff(700);
  expect(first.wait).toBe(700);
  using second = pacer.turn("spring", SECOND);
  expect(second.wait).toBeGreaterThanOrEqual(1700);
  expect(pacer.ahead("spring", SECOND)).toBeGreaterThan(0);
});
