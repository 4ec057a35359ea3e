/** Runners that die, sleep, or cannot reach the database or LiveKit: nobody is dialed twice, nobody is forgotten. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { Rig, type Working } from "../../support/engine.ts";
import { altered, deaf, troubled } from "../../support/troubled.ts";

/** The runner is gone as after kill -9: it does and stores nothing any more, and its lease stays where it is. */
async function killed(rig: Rig, { leave }: Working): Promise<void> {
  leave.abort();
  await rig.clock.advance(0);
}

/** Sleeps for two minutes when `verb` is asked for first, or has just answered, as a stopped process or a closed laptop does. */
function sleepy<T extends object>(rig: Rig, real: T, verb: keyof T, when: "before" | "after"): T {
  let slept = false;
  return altered(real, verb, (as) => {
    const awake = as as (...args: unknown[]) => Promise<unknown>;
    const asleep = async (...args: unknown[]): Promise<unknown> => {
      const nap = slept ? 0 : 2 * MINUTE;
      slept = true;
      if (when === "before") await rig.clock.sleep(nap);
      const answer = await awake(...args);
      if (when === "after") await rig.clock.sleep(nap);
      return answer;
    };
    return asleep as T[keyof T];
  });
}

/** The lease of a sleeper is not renewed either. */
const unrenewed = (rig: Rig): Rig["store"] => {
  let renewals = 0;
  return troubled(rig.store, (verb) => (verb === "renewLease" && renewals++ > 0 ? "before" : null));
};

describe("a runner that dies", () => {
  test("with many calls left them to nobody while one in three questions failed: their campaign is asked for once", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await rig.start(12, { delay: "0", concurrency: 12 });
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(20 * SECOND);
    await killed(rig, dead);
    let asked = 0;
    const flaky = troubled(rig.store, (verb) => (verb === "findCampaigns" && ++asked % 3 === 1 ? "before" : null));
    await rig.clock.finish(rig.work({}, flaky).done, HOUR);
    expect((await rig.report(id)).progress.calls.completed).toBe(12);
    expect(rig.world.dials.every(({ endedAs }) => endedAs === "talked")).toBe(true);
  });

  test.each([
    ["while the agent is waited for", { agentJoinsAfter: 5 }, 2, 0, "talked"],
    [
      "while the phone rings",
      { others: [{ weight: 1, behaviour: { does: "answer", rings: 10, talks: 30 } }] },
      5,
      1,
      "talked",
    ],
    [
      "in the conversation",
      { others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 90 } }] },
      20,
      1,
      "talked",
    ],
  ])("%s leaves its call to the next, which does not dial it again", async (_, script, after, dials, endedAs) => {
    await using rig = new Rig();
    rig.script(script);
    const id = await rig.start(1, { ring: "20s" });
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(after * SECOND);
    await killed(rig, dead);
    expect(rig.world.dials.length).toBe(dials);
    await rig.run();
    expect([...rig.dials.values()]).toEqual([1]);
    expect(rig.world.dials[0]?.endedAs).toBe(endedAs);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, calls: { completed: 1 } });
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("before the dial gives the call back at no cost, even if it may ring only once", async () => {
    await using rig = new Rig();
    rig.script({ agentJoinsAfter: 8 });
    const id = await rig.start(1, { maxAttempts: 1 });
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(3 * SECOND);
    await killed(rig, dead);
    await rig.run();
    const { calls } = await rig.campaigns.calls(id, { limit: 1 });
    expect(calls[0]).toMatchObject({ status: "completed", attemptsSpent: 1, attemptsFree: 0 });
  });

  test("whose call ended meanwhile, unanswered as far as anybody knows: lost, spent, not repeated", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 5, talks: 5 });
    const id = await rig.start(1, { maxAttempts: 3 });
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(4 * SECOND);
    expect(rig.world.dials.length).toBe(1);
    await killed(rig, dead);
    await rig.clock.advance(10 * MINUTE);
    await rig.run();
    expect([...rig.dials.values()]).toEqual([1]);
    expect((await rig.report(id)).progress.endings).toEqual({ lost: 1 });
  });

  test("whose call was answered and ended meanwhile: completed", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 20 });
    const id = await rig.start(1, { maxAttempts: 3 });
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(10 * SECOND);
    await killed(rig, dead);
    await rig.clock.advance(10 * MINUTE);
    await rig.run();
    expect((await rig.report(id)).progress).toMatchObject({ endings: { completed: 1 }, dials: 1 });
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("is waited for by a single pass until its lease has run out, and said so", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 20 });
    const id = await rig.start(1);
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(5 * SECOND);
    await killed(rig, dead);
    await rig.run();
    expect(rig.said("silent_runner")).toHaveLength(1);
    expect((await rig.report(id)).campaign.status).toBe("completed");
  });

  test("is waited for whatever ends meanwhile", async () => {
    await using rig = new Rig();
    rig.script({ numbers: { [fictionalNumber(0)]: [{ does: "answer", rings: 1, talks: 20 }] } });
    const first = await rig.start(1);
    const dead = rig.work({}, deaf(rig.store));
    await rig.clock.advance(5 * SECOND);
    await killed(rig, dead);
    const second = await rig.start(1, {}, 1);
    await rig.run();
    for (const id of [first, second]) expect((await rig.report(id)).campaign.status).toBe("completed");
  });

  test("before it could clear a room leaves it to the next, which does", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    const dead = rig.work(
      {},
      rig.store,
      altered(rig.telephony, "closeRoom", () => () => new Promise(() => {})),
    );
    await rig.clock.advance(MINUTE);
    await killed(rig, dead);
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
    expect(rig.world.rooms.list()).toHaveLength(1);
    await rig.run();
    expect(rig.world.rooms.list()).toEqual([]);
  });
});

describe("a runner that slept through its lease", () => {
  test.each(["openRoom", "presence"] as const)(
    "before the dial (%s) notices, and does not dial: the other runner did",
    async (napsAt) => {
      await using rig = new Rig();
      const id = await rig.start(1, { maxAttempts: 3 });
      const slow = rig.work({}, unrenewed(rig), sleepy(rig, rig.telephony, napsAt, "before"));
      await rig.clock.advance(45 * SECOND);
      await rig.run();
      await rig.clock.finish(slow.done, HOUR);
      expect([...rig.dials.values()]).toEqual([1]);
      expect((await rig.report(id)).progress).toMatchObject({ dials: 1, calls: { completed: 1 } });
      expect(rig.said("call_relieved")).toHaveLength(1);
    },
  );

  test("between the gate's word and its own look at the clock: it does not dial", async () => {
    await using rig = new Rig();
    const id = await rig.start(1, { maxAttempts: 3 });
    const slow = rig.work({}, sleepy(rig, unrenewed(rig), "beginDial", "after"));
    await rig.clock.advance(45 * SECOND);
    await rig.run();
    await rig.clock.finish(slow.done, HOUR);
    expect(rig.world.dials).toEqual([]);
    expect((await rig.report(id)).progress.endings).toEqual({ lost: 1 });
  });

  test("while the phone rang: the conversation is the other runner's, and is not cut off by the one that wakes", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 5, talks: 600 });
    const id = await rig.start(1, { maxAttempts: 3 });
    const slow = rig.work({}, unrenewed(rig), sleepy(rig, rig.telephony, "dial", "after"));
    await rig.clock.advance(45 * SECOND);
    await rig.run();
    await rig.clock.finish(slow.done, HOUR);
    expect(rig.world.dials).toMatchObject([{ endedAs: "talked" }]);
    expect(rig.said("call_relieved")).toHaveLength(1);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, calls: { completed: 1 } });
  });

  test("between the gate and the dial: it is relieved, the attempt is spent, and the phone rings once at most", async () => {
    await using rig = new Rig();
    const id = await rig.start(1, { maxAttempts: 3 });
    const slow = rig.work({}, unrenewed(rig), sleepy(rig, rig.telephony, "dial", "before"));
    await rig.clock.advance(45 * SECOND);
    await rig.run();
    expect((await rig.report(id)).progress.endings).toEqual({ lost: 1 });
    await rig.clock.finish(slow.done, HOUR);
    expect(rig.said("call_relieved")).toHaveLength(1);
    expect(Math.max(0, ...rig.dials.values())).toBeLessThanOrEqual(1);
    expect(rig.world.rooms.list()).toEqual([]);
  });
});

describe("a dial request without a readable answer", () => {
  test.each(["drop", "bad_gateway", "garbage", "hang"])(
    "(%s) is not repeated: the room is asked, and the conversation followed to its end",
    async (reply) => {
      await using rig = new Rig();
      rig.behave({ does: "answer", rings: 2, talks: 100, reply });
      const id = await rig.start(1, { maxAttempts: 3, ring: "20s" });
      await rig.run();
      expect([...rig.dials.values()]).toEqual([1]);
      expect((await rig.report(id)).progress).toMatchObject({ pickups: 1, calls: { completed: 1 } });
      expect(rig.world.dials[0]?.endedAs).toBe("talked");
    },
  );

  test("of a phone seen to ring until its time-out: nobody answered, and the attempt is spent", async () => {
    await using rig = new Rig();
    rig.behave({ does: "ring" });
    rig.world.faults.set({ seed: 1, faults: [{ method: "SIP/Create", chance: 1, does: "slow", seconds: 1 }] });
    const id = await rig.start(1, { maxAttempts: 1, ring: "10s" });
    // The client gives up first.
    const impatient = altered(rig.telephony, "dial", (dial) => (order) => {
      void dial(order);
      return Promise.resolve({ is: "unknown", detail: "timed out" });
    });
    await rig.clock.finish(rig.work({}, rig.store, impatient).done, HOUR);
    expect([...rig.dials.values()]).toEqual([1]);
    expect((await rig.report(id)).progress.endings).toEqual({ no_answer: 1 });
    expect(rig.world.rooms.list()).toEqual([]);
  });
});
