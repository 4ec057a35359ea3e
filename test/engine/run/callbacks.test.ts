/** Callbacks are made when they were promised, before all else, and none is forgotten. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { shareWithin, simulateCallbacks } from "../../support/callbacks.ts";
import { NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";

const TALKS = { does: "answer", rings: 1, talks: 10 };

const promise = async (rig: Rig, campaign: string, said: string, n = 0): Promise<string> => {
  const history = await rig.store.callHistory(campaign, fictionalNumber(n));
  const id = history?.call.id ?? "";
  await rig.campaigns.promiseCallback(id, { said, zone: "UTC" }, null);
  return id;
};

describe("a callback", () => {
  test("is made at its time, once, beyond attempts and cap, with the same caller ID; the campaign waits for it", async () => {
    await using rig = new Rig();
    const id = await rig.start(2, { delay: "0", dailyCap: 2, from: "+12025550150,+12025550151,+12025550152" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(5 * SECOND);
    await promise(rig, id, "in 2h");
    await rig.clock.advance(HOUR);
    expect(await rig.report(id)).toMatchObject({
      campaign: { status: "running" },
      because: "waiting for the next callback",
      nextCallAt: NOON + 2 * HOUR + 5 * SECOND,
      callbacks: { today: 1, next: { at: NOON + 2 * HOUR + 5 * SECOND } },
    });
    await rig.clock.advance(2 * HOUR);
    const dials = rig.world.dials.filter(({ sipCallTo }) => sipCallTo === fictionalNumber(0));
    expect(dials).toHaveLength(2);
    expect((dials[1]?.at ?? 0) - NOON - 2 * HOUR - 5 * SECOND).toBeLessThan(5 * SECOND);
    expect(dials[1]?.sipNumber).toBe(dials[0]?.sipNumber);
    expect((await rig.report(id)).campaign.status).toBe("completed");
    await drained(rig, working);
  });

  test("goes before a long queue, and before that of another campaign whose turn it is", async () => {
    await using rig = new Rig();
    const waits = await rig.start(1, { delay: "1s" });
    await rig.run();
    await promise(rig, waits, "in 10m");
    await rig.start(150, { delay: "5s", concurrency: 3, name: "long" }, 10);
    const working = rig.work({ watch: true });
    await rig.clock.advance(11 * MINUTE);
    expect(rig.dials.get(fictionalNumber(0))).toBe(2);
    expect(rig.dials.size).toBeLessThan(151);
    await drained(rig, working);
  });

  test("is made once by two runners", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    await rig.run();
    await promise(rig, id, "in 10m");
    const working = [rig.work({ watch: true }), rig.work({ watch: true })];
    await rig.clock.advance(20 * MINUTE);
    expect([...rig.dials.values()]).toEqual([2]);
    for (const each of working) await drained(rig, each);
  });

  test("that nobody could make in time is missed, said so, and made on the next day", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    await rig.run();
    await promise(rig, id, "today 15:00");
    await rig.clock.advance(3 * HOUR + 16 * MINUTE);
    const working = rig.work({ watch: true });
    await rig.clock.advance(MINUTE);
    expect(rig.said("callback_missed")).toMatchObject([
      { promisedFor: NOON + 3 * HOUR, nextAttemptAt: NOON + 27 * HOUR },
    ]);
    expect((await rig.report(id)).progress.callbacks).toEqual({ open: 1, missed: 1 });
    await rig.clock.advance(24 * HOUR);
    expect([...rig.dials.values()]).toEqual([2]);
    await drained(rig, working);
  });

  test("that was handed out in time and is too late at the gate is not dialed, but missed, at no cost", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    await rig.run();
    await promise(rig, id, "today 13:00");
    rig.script({ others: [{ weight: 1, behaviour: TALKS }], agentJoinsAfter: 5 });
    await rig.clock.advance(NOON + HOUR + 15 * MINUTE - 2 * SECOND - rig.clock.now());
    const working = rig.work({ watch: true });
    await rig.clock.advance(MINUTE);
    expect(rig.said("call_ended").at(-1)).toMatchObject({ ending: "released", detail: "too late for the callback" });
    expect(rig.said("callback_missed")).toMatchObject([{ promisedFor: NOON + HOUR, nextAttemptAt: NOON + 25 * HOUR }]);
    const { call } = (await rig.store.callHistory(id, fictionalNumber(0))) ?? {};
    expect(call).toMatchObject({ status: "pending", attemptsSpent: 1, callback: { at: NOON + 25 * HOUR } });
    expect([...rig.dials.values()]).toEqual([1]);
    await rig.clock.advance(24 * HOUR);
    expect([...rig.dials.values()]).toEqual([2]);
    await drained(rig, working);
  });

  test("is not made once the number is on the do-not-call list, or the campaign is stopped", async () => {
    await using rig = new Rig();
    const id = await rig.start(2);
    await rig.run();
    await promise(rig, id, "in 1h");
    await promise(rig, id, "in 1h", 1);
    await rig.store.addDoNotCall([
      { phoneNumber: fictionalNumber(0), source: "operator", reason: null, addedAt: NOON },
    ]);
    await rig.run();
    const stopped = rig.work({ watch: true });
    await rig.clock.advance(MINUTE);
    await rig.campaigns.stop(id);
    await rig.clock.advance(2 * HOUR);
    expect([...rig.dials.values()]).toEqual([1, 1]);
    await expect(promise(rig, id, "in 1h", 1)).rejects.toThrow("was stopped");
    await drained(rig, stopped);
  });

  test("reaches a phone again that was busy at the time, as the campaign retries", async () => {
    await using rig = new Rig();
    const id = await rig.start(1, { maxAttempts: 3, retryAfter: "30m" });
    await rig.run();
    await promise(rig, id, "in 1h");
    rig.script({
      numbers: {},
      others: [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 1 } }],
    });
    const working = rig.work({ watch: true });
    await rig.clock.advance(HOUR + MINUTE);
    rig.behave(TALKS);
    await rig.clock.advance(HOUR);
    expect([...rig.dials.values()]).toEqual([3]);
    await drained(rig, working);
  });
});

test("over days, a clock change and two kills, callbacks are made within 5 minutes, none outside the hours, none lost", async () => {
  const figures = await simulateCallbacks(60, 2);
  expect(figures.promised).toBeGreaterThan(15);
  expect(figures).toMatchObject({ early: 0, outside: 0, twice: 0, lost: 0 });
  expect(shareWithin(figures, 5 * MINUTE)).toBeGreaterThanOrEqual(0.95);
}, 240_000);
