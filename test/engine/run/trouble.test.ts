/** LiveKit or the database in trouble under a runner that lives: said, waited out, nobody dialed meanwhile. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { Unavailable } from "../../../src/engine/errors.ts";
import { NOON } from "../../support/domain.ts";
import { drained, once, Rig } from "../../support/engine.ts";
import { altered, type Trouble, troubled } from "../../support/troubled.ts";

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

describe("LiveKit in trouble", () => {
  test("a room missing from the list is no call ended: the list is not what calls are watched by", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const forget = { method: "RoomService/ListRooms", chance: 1, does: "forget_room", seconds: 0 } as const;
    rig.world.faults.set({ seed: 2, faults: [forget] });
    const id = await rig.start(1);
    await rig.run();
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
  });

  test("a look that sees neither room nor callee, once, is no call ended", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const blind = (): boolean => rig.clock.now() >= NOON + 20 * SECOND && rig.clock.now() < NOON + 21.5 * SECOND;
    const listless = altered(
      rig.telephony,
      "listedRooms",
      (list) => async (rooms) => (blind() ? [] : await list(rooms)),
    );
    const nobody = { agents: [], leg: "absent", carrierId: null, heard: null } as const;
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

  test("a dial that LiveKit refused was lost when its room could not be read at that moment: it goes back", async () => {
    await using rig = new Rig();
    rig.world.faults.set({
      seed: 1,
      faults: [{ method: "SIP/CreateSIPParticipant", chance: 1, does: "unavailable_before", seconds: 0 }],
    });
    let blind = 0;
    const eyes = altered(rig.telephony, "presence", (look) => (room) => {
      if (rig.world.faults.met.length === 0 || ++blind > 2) return look(room);
      rig.world.faults.set({ seed: 1, faults: [] });
      return Promise.reject(new Unavailable("livekit", "played"));
    });
    const id = await rig.start(1);
    const working = rig.work({ watch: true }, rig.store, eyes);
    await rig.clock.advance(2 * MINUTE);
    await drained(rig, working);
    expect(rig.said("call_ended")).toMatchObject([
      { ending: "livekit_error", status: "pending" },
      { ending: "completed" },
    ]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, endings: { completed: 1 } });
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
