/** The limits of a trunk over a whole run, as the phones see them. */
import { expect, test } from "vitest";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { SANDBOX_TRUNK } from "../../../src/sandbox/trunks.ts";
import { NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";

const TRUNK = SANDBOX_TRUNK.sipTrunkId;

/** Seconds between one dial and the next, whatever campaign they are of. */
function gaps(rig: Rig): number[] {
  const times = rig.world.dials.map(({ at }) => at);
  return times.slice(1).map((at, n) => (at - (times[n] ?? 0)) / SECOND);
}

/** Never closer, and in the mean little further apart, so that a far end which is closer to one than to the next counts no more. */
function expectPace(all: readonly number[], seconds: number): void {
  expect(all).toHaveLength(2);
  expect(Math.min(...all)).toBeGreaterThanOrEqual(seconds);
  expect(all.reduce((sum, gap) => sum + gap, 0) / 2).toBeLessThanOrEqual(seconds * 1.01);
}

/** The most calls that were up at once. */
function atOnce(rig: Rig): number {
  const ends = rig.world.dials.map(({ at, endedAt }) => ({ at, until: endedAt ?? Infinity }));
  return Math.max(...ends.map(({ at }) => ends.filter((other) => other.at <= at && at < other.until).length));
}

test("two campaigns, two runners, one trunk: each kept its own pace, and the trunk's was broken", async () => {
  await using rig = new Rig();
  await rig.store.setTrunkLimit({ trunkId: TRUNK, interval: 2 * SECOND, concurrency: null }, NOON);
  const campaigns = [await rig.start(5, { delay: "0s" }), await rig.start(5, { delay: "1s" }, 20)];
  const runners = [rig.work({ parallel: 2 }), rig.work({ parallel: 2 })];
  for (const { done } of runners) await rig.clock.finish(done, 10 * 60 * SECOND);
  for (const id of campaigns) expect((await rig.report(id)).progress.calls.completed).toBe(5);
  expect(Math.min(...gaps(rig))).toBeGreaterThanOrEqual(2);
  expect(rig.dials.size).toBe(10);
});

test("a trunk is not given more calls at once than it carries, though two campaigns could make more", async () => {
  await using rig = new Rig();
  await rig.store.setTrunkLimit({ trunkId: TRUNK, interval: 0, concurrency: 3 }, NOON);
  const campaigns = [await rig.start(6, { delay: "0s" }), await rig.start(6, { delay: "0s" }, 20)];
  const runners = [rig.work({ only: campaigns.slice(0, 1) }), rig.work({ only: campaigns.slice(1) })];
  for (const { done } of runners) await rig.clock.finish(done, 10 * 60 * SECOND);
  for (const id of campaigns) expect((await rig.report(id)).progress.calls.completed).toBe(6);
  expect(atOnce(rig)).toBe(3);
});

test("a line that another runner's call leaves free is taken within seconds, not at the next poll", async () => {
  await using rig = new Rig();
  await rig.store.setTrunkLimit({ trunkId: TRUNK, interval: 0, concurrency: 1 }, NOON);
  const [first, second] = [await rig.start(1), await rig.start(1, {}, 20)];
  const ahead = rig.work({ only: [first] });
  await rig.clock.advance(3 * SECOND);
  const behind = rig.work({ only: [second], watch: true, poll: 5 * 60 * SECOND });
  await rig.clock.finish(ahead.done, 60 * SECOND);
  await rig.clock.advance(5 * SECOND);
  expect(rig.world.dials).toHaveLength(2);
  await drained(rig, behind);
});

test("a Twilio trunk gets one dial a second, unless somebody has said otherwise", async () => {
  await using rig = new Rig();
  const [twilio, agreed] = ["one.pstn.twilio.com", "two.pstn.twilio.com"].map(
    (address) => rig.world.trunks.create({ ...SANDBOX_TRUNK, sipTrunkId: "", name: address, address }).sipTrunkId,
  );
  await rig.store.setTrunkLimit({ trunkId: agreed ?? "", interval: SECOND / 2, concurrency: null }, NOON);
  await rig.start(3, { delay: "0s", trunk: twilio ?? "" });
  await rig.run();
  expectPace(gaps(rig), 1);
  const before = rig.world.dials.length;
  await rig.start(3, { delay: "0s", trunk: agreed ?? "" }, 20);
  await rig.run();
  expectPace(gaps(rig).slice(before), 0.5);
});

test("a limit that is set while a campaign runs holds from the next claim on", async () => {
  await using rig = new Rig();
  await rig.start(20, { delay: "1s" });
  const working = rig.work();
  await rig.clock.advance(3.5 * SECOND);
  await rig.store.setTrunkLimit({ trunkId: TRUNK, interval: 5 * SECOND, concurrency: null }, NOON);
  const before = rig.world.dials.length;
  await rig.clock.advance(21 * SECOND);
  expect(rig.world.dials.length - before).toBeLessThanOrEqual(5);
  expect(Math.min(...gaps(rig).slice(before))).toBeGreaterThanOrEqual(5);
  await drained(rig, working);
});

test("a campaign that waits for its trunk says so, and its pace is the trunk's", async () => {
  await using rig = new Rig();
  await rig.store.setTrunkLimit({ trunkId: TRUNK, interval: 3 * SECOND, concurrency: 1 }, NOON);
  rig.behave({ does: "answer", rings: 1, talks: 60 });
  await rig.start(1);
  const waiting = await rig.start(1, {}, 20);
  const working = rig.work({ parallel: 2 });
  await rig.clock.advance(20 * SECOND);
  const report = await rig.report(waiting);
  expect(report.because).toBe("the trunk is at its limit (1 live)");
  expect(report.pace).toEqual({ interval: 3 * SECOND, concurrency: 1, lowered: false });
  await rig.clock.advance(120 * SECOND);
  await drained(rig, working);
  expect((await rig.report(waiting)).progress.calls.completed).toBe(1);
});
