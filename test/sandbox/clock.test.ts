import { expect, test } from "vitest";
import { ManualClock } from "../../src/sandbox/clock.ts";

test("sleepers wake in the order they are due, at their own time", async () => {
  const clock = new ManualClock(1000);
  const woken: [string, number][] = [];
  const sleeper = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push([name, clock.now()]);
  };
  void sleeper("late", 300);
  void sleeper("early", 100);
  void sleeper("same", 100);
  await clock.advance(200);
  expect(woken).toEqual([
    ["early", 1100],
    ["same", 1100],
  ]);
  expect(clock.now()).toBe(1200);
  await clock.advance(100);
  expect(woken.at(-1)).toEqual(["late", 1300]);
});

test("an aborted sleep ends at once, and does not hold time up", async () => {
  const clock = new ManualClock(0);
  const stop = new AbortController();
  const slept = clock.sleep(1_000_000, stop.signal);
  stop.abort();
  await slept;
  await clock.advance(5);
  expect(clock.now()).toBe(5);
  await clock.sleep(10, AbortSignal.abort());
});

test("finish lets as much time pass as is needed, and says when it is not enough", async () => {
  const clock = new ManualClock(0);
  const chain = async (): Promise<string> => {
    await clock.sleep(40);
    await clock.sleep(60);
    return "done";
  };
  expect(await clock.finish(chain(), 1000)).toBe("done");
  expect(clock.now()).toBe(100);
  await expect(clock.finish(clock.sleep(2000), 1000)).rejects.toThrow("not done after 1000 ms");
});
