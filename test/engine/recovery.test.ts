/** Runners that die, sleep, or cannot reach the database or LiveKit: nobody is dialed twice, nobody is forgotten. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import { fictionalNumber } from "../support/cli.ts";
import { NOON } from "../support/domain.ts";
import { drained, Rig, type Working } from "../support/engine.ts";
import { altered, type Trouble, troubled } from "../support/troubled.ts";

const once = (n: number): number[] => Array.from({ length: n }, () => 1);

/** The runner is gone as after kill -9: it does and stores nothing any more, and its lease stays where it is. */
async function killed(rig: Rig, { leave }: Working): Promise<void> {
  leave.abort();
  await rig.clock.advance(0);
}

/** A store that does not hear a runner's goodbye, as after kill -9. */
const deaf = (rig: Rig): Rig["store"] => troubled(rig.store, (verb) => (verb === "endLease" ? "before" : null));

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
    const dead = rig.work({}, deaf(rig));
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
    const dead = rig.work({}, deaf(rig));
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
    const dead = rig.work({}, deaf(rig));
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
    const dead = rig.work({}, deaf(rig));
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
    const dead = rig.work({}, deaf(rig));
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
    const dead = rig.work({}, deaf(rig));
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

/** A database that does not answer between two moments after noon. */
const awayFrom = (rig: Rig, from: number, until: number): Rig["store"] =>
  troubled(rig.store, () => (rig.clock.now() >= NOON + from && rig.clock.now() < NOON + until ? "before" : null));

test.each([
  ["for longer than the lease", "2s", 12 * SECOND, 57 * SECOND],
  ["while nobody was on the line", "12s", 8 * SECOND, 2 * MINUTE],
])(
  "a database that was away %s: it dials again within seconds, not at the next renewal",
  async (_, delay, from, until) => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 1 });
    await rig.start(40, { delay });
    const working = rig.work({}, awayFrom(rig, from, until));
    await rig.clock.advance(until + MINUTE);
    const [after = Infinity] = rig.dialedAt().filter((at) => at >= from / SECOND);
    expect(after - until / SECOND).toBeLessThan(3);
    expect([...rig.dials.values()].every((n) => n === 1)).toBe(true);
    await drained(rig, working);
  },
);

test("a database that was away while a runner drained: that it answers again was never said", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 100 });
  await rig.start(1);
  const working = rig.work({}, awayFrom(rig, 5 * SECOND, 30 * SECOND));
  await rig.clock.advance(4 * SECOND);
  working.drain.abort();
  await rig.clock.advance(MINUTE);
  expect(rig.said("trouble")).not.toEqual([]);
  expect(rig.said("recovered_from")).toMatchObject([{ with: "database" }]);
  await drained(rig, working);
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

  test("of a phone that rings on: it is hung up when the ring is over, spent, and not repeated", async () => {
    await using rig = new Rig();
    rig.behave({ does: "ring" });
    rig.world.faults.set({ seed: 1, faults: [{ method: "SIP/Create", chance: 1, does: "slow", seconds: 1 }] });
    const id = await rig.start(1, { maxAttempts: 3, ring: "10s" });
    // The client gives up first.
    const impatient = altered(rig.telephony, "dial", (dial) => (order) => {
      void dial(order);
      return Promise.resolve({ is: "unknown", detail: "timed out" });
    });
    await rig.clock.finish(rig.work({}, rig.store, impatient).done, HOUR);
    expect([...rig.dials.values()]).toEqual([1]);
    expect((await rig.report(id)).progress.endings).toEqual({ lost: 1 });
    expect(rig.world.rooms.list()).toEqual([]);
  });
});

describe("LiveKit in trouble", () => {
  test("a room missing from the list, twice in a row even, is no call ended", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const forget = { method: "RoomService/ListRooms", chance: 0.5, does: "forget_room", seconds: 0 } as const;
    rig.world.faults.set({ seed: 2, faults: [forget] });
    const id = await rig.start(1);
    await rig.run();
    expect(rig.world.faults.met.length).toBeGreaterThan(10);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
  });

  test("a look that sees neither room nor callee, once, is no call ended", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const blind = (): boolean => rig.clock.now() >= NOON + 20 * SECOND && rig.clock.now() < NOON + 21.5 * SECOND;
    const listless = altered(
      rig.telephony,
      "callees",
      (list) => async (rooms) => (blind() ? new Map() : await list(rooms)),
    );
    const nobody = { agent: false, leg: "absent", carrierId: null } as const;
    const eyes = altered(listless, "presence", (look) => async (room) => (blind() ? nobody : await look(room)));
    const id = await rig.start(1);
    const working = rig.work({}, rig.store, eyes);
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await rig.campaigns.calls(id, { limit: 1 })).calls[0]?.durationSeconds).toBeGreaterThanOrEqual(60);
  });

  test("a server that does not cut off a call at its maximum: we do, and say so", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 600 });
    const lax = altered(
      rig.telephony,
      "dial",
      (dial) => (order) => dial({ ...order, maxDurationSeconds: order.maxDurationSeconds * 100 }),
    );
    await rig.start(1, { maxDuration: "1m" });
    await rig.clock.finish(rig.work({}, rig.store, lax).done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
    expect(rig.said("call_ended")).toMatchObject([{ ending: "completed", detail: "cut off at the maximum duration" }]);
    expect(rig.clock.now() - NOON).toBeLessThan(100 * SECOND);
  });

  test("an outage in the middle of a conversation is waited out: the call goes on, and is told of once", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 120 });
    const id = await rig.start(1);
    const working = rig.work();
    await rig.clock.advance(20 * SECOND);
    rig.world.faults.set({ seed: 1, faults: [{ method: "", chance: 1, does: "unavailable_before", seconds: 0 }] });
    await rig.clock.advance(MINUTE);
    rig.world.faults.set({ seed: 1, faults: [] });
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
    expect(rig.said("trouble")).toHaveLength(1);
    expect(rig.said("recovered_from")).toHaveLength(1);
  });

  test("a request limit backs off: the pace is lowered, nobody is charged", async () => {
    await using rig = new Rig();
    rig.world.faults.set({
      seed: 5,
      faults: [{ method: "SIP/CreateSIP", chance: 0.3, does: "rate_limited_before", seconds: 0 }],
    });
    const id = await rig.start(20, { delay: "1s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(30 * SECOND);
    expect((await rig.report(id)).pace.lowered).toBe(true);
    rig.world.faults.set({ seed: 5, faults: [] });
    await rig.clock.advance(HOUR);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 20, calls: { completed: 20 } });
    await drained(rig, working);
  });
});

describe("the database in trouble", () => {
  test("for minutes: the runner says it, dials nobody meanwhile, and goes on", async () => {
    await using rig = new Rig();
    let away = false;
    const store = troubled(rig.store, () => (away ? "before" : null));
    const id = await rig.start(10, { delay: "5s" });
    const working = rig.work({ watch: true }, store);
    await rig.clock.advance(12 * SECOND);
    away = true;
    const before = rig.world.dials.length;
    await rig.clock.advance(5 * MINUTE);
    expect(rig.world.dials.length).toBe(before);
    expect(rig.said("trouble")).toHaveLength(1);
    away = false;
    await rig.clock.advance(5 * MINUTE);
    expect(rig.said("recovered_from")).toHaveLength(1);
    expect([...rig.dials.values()]).toEqual(once(10));
    expect((await rig.report(id)).progress.calls.completed).toBe(10);
    await drained(rig, working);
  });

  test("a claim whose answer was lost is found by the same pass, and dialed within seconds", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    let claims = 0;
    const store = troubled(rig.store, (verb) => (verb === "claim" && claims++ === 0 ? "after" : null));
    await rig.clock.finish(rig.work({}, store).done, HOUR);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, calls: { completed: 1 } });
    expect(rig.dialedAt()[0]).toBeLessThan(5);
  });

  test("a failed contacts query meant no contacts, and no contacts meant completed: an error is never an empty list", async () => {
    await using rig = new Rig();
    const id = await rig.start(3);
    const store = troubled(rig.store, (verb) => (verb === "snapshot" || verb === "claim" ? "before" : null));
    const working = rig.work({ watch: true }, store);
    await rig.clock.advance(10 * MINUTE);
    expect((await rig.report(id)).campaign.status).toBe("running");
    expect(rig.world.dials).toEqual([]);
    await drained(rig, working);
  });

  const verbs = [
    "claim",
    "beginDial",
    "save",
    "snapshot",
    "renewLease",
    "takeOver",
    "listCampaigns",
    "moveCampaign",
    "endedAttempts",
  ];
  test.each(verbs.flatMap((verb) => (["before", "after"] as const).map((when) => [verb, when] as const)))(
    "one failed call restarted the list: %s failing %s it acts, every third time, repeats and forgets nobody",
    async (verb, when) => {
      await using rig = new Rig();
      let n = 0;
      const draw = (called: string): Trouble => (called === verb && n++ % 3 === 1 ? when : null);
      const id = await rig.start(8, { delay: "1s", concurrency: 4 });
      const working = rig.work({ watch: true }, troubled(rig.store, draw));
      await rig.clock.advance(20 * MINUTE);
      await drained(rig, working);
      expect(Math.max(...rig.dials.values())).toBe(1);
      const { campaign, progress } = await rig.report(id);
      expect(campaign).toMatchObject({ status: "completed", statusReason: null });
      expect(progress.dials).toBe(rig.world.dials.length);
      expect(progress.calls.completed).toBe(8);
      expect(rig.world.rooms.list()).toEqual([]);
    },
  );
});
