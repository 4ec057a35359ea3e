/** A call whose webhooks arrive: its end is known at once and to the second, and looks are rare. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { type Fate, lost, prompt, talk, Told, traffic } from "../../support/told-rig.ts";
import { altered, deaf } from "../../support/troubled.ts";

describe("a call of which webhooks tell", () => {
  test.each(["process", "store"] as const)(
    "that share the %s: looks are a tenth, and the end is true",
    async (shares) => {
      const count = async (fate: Fate): Promise<readonly [looks: number, off: number, noticed: number]> => {
        await using rig = new Told(shares);
        rig.fate = fate;
        if (fate !== lost) void traffic(rig);
        rig.behave(talk(300.3));
        const id = await rig.start(1, { maxDuration: "10m" });
        await rig.pass();
        const ended = rig.said("call_ended")[0]?.at ?? NaN;
        return [rig.looks, await rig.off(id), ended - (rig.world.dials[0]?.endedAt ?? NaN)];
      };
      const [without, late] = await count(lost);
      const [withThem, off, noticed] = await count(prompt);
      expect(without).toBeGreaterThan(290);
      expect(withThem).toBeLessThan(without / 8);
      expect(late).toBeLessThan(1100);
      expect(off).toBeGreaterThanOrEqual(0);
      expect(off).toBeLessThan(50);
      expect(noticed).toBeLessThan(shares === "process" ? 100 : 2100);
    },
  );

  test("that stop: looks are as often as ever half a minute later", async () => {
    await using rig = new Told();
    const over = new AbortController();
    rig.fate = (event) => (over.signal.aborted ? [] : prompt(event));
    rig.behave(talk(600));
    const id = await rig.start(1, { maxDuration: "20m" });
    void traffic(rig, over.signal);
    const working = rig.work({}, rig.store, rig.counted);
    rig.runner = working.runner;
    await rig.clock.advance(2 * MINUTE);
    const since = async (ms: number): Promise<number> => {
      const before = rig.looks;
      await rig.clock.advance(ms);
      return rig.looks - before;
    };
    expect(await since(MINUTE)).toBeLessThan(8);
    over.abort();
    await rig.clock.advance(45 * SECOND);
    expect(await since(MINUTE)).toBeGreaterThan(55);
    await rig.clock.finish(working.done, HOUR);
    expect(Math.abs(await rig.off(id))).toBeLessThan(1100);
  });

  test("but for one that was lost: its end is seen within ten seconds, and others are looked at as ever for a while", async () => {
    await using rig = new Told();
    void traffic(rig);
    rig.fate = (event) => (event.event.startsWith("participant_left") || event.event === "room_finished" ? [] : [20]);
    const [first, second] = [fictionalNumber(0), fictionalNumber(1)];
    rig.script({ numbers: { [first]: [talk(100)], [second]: [talk(400)] } });
    const id = await rig.start(2, { delay: "0s", concurrency: 2, maxDuration: "20m" });
    const working = rig.work({}, rig.store, rig.counted);
    rig.runner = working.runner;
    await rig.clock.advance(125 * SECOND);
    const { attempt } = await rig.ended(id);
    expect(attempt.state).toBe("ended");
    const off = (attempt.endedAt ?? NaN) - (rig.world.dials.find((dial) => dial.sipCallTo === first)?.endedAt ?? NaN);
    expect(off).toBeLessThan(11 * SECOND);
    expect(off / SECOND).toBeLessThanOrEqual(attempt.uncertainSeconds + 0.1);
    const before = rig.looks;
    await rig.clock.advance(30 * SECOND);
    expect(rig.looks - before).toBeGreaterThan(27);
    // And they are believed again after a minute.
    await rig.clock.advance(MINUTE);
    const later = rig.looks;
    await rig.clock.advance(MINUTE);
    expect(rig.looks - later).toBeLessThan(10);
    await rig.clock.finish(working.done, HOUR);
  });

  test("that cannot be read any more, since the database is away: looks are as often as ever", async () => {
    await using rig = new Told();
    void traffic(rig);
    rig.behave(talk(200));
    const id = await rig.start(1, { maxDuration: "20m" });
    const { Unavailable } = await import("../../../src/engine/errors.ts");
    let away = false;
    const store = altered(rig.store, "news", (news) => async (...asked) => {
      if (away) throw new Unavailable("database", "played");
      return news(...asked);
    });
    const working = rig.work({}, store, rig.counted);
    await rig.clock.advance(MINUTE);
    away = true;
    await rig.clock.advance(18 * SECOND);
    const before = rig.looks;
    await rig.clock.advance(30 * SECOND);
    expect(rig.looks - before).toBeGreaterThan(27);
    await rig.clock.finish(working.done, HOUR);
    expect(Math.abs(await rig.off(id))).toBeLessThan(1100);
  });
});

describe("a webhook alone", () => {
  test("that lies, or is of another time, cuts nobody off", async () => {
    await using rig = new Told();
    void traffic(rig);
    rig.behave(talk(100.5));
    const id = await rig.start(1, { maxDuration: "20m" });
    const working = rig.work({}, rig.store, rig.counted);
    rig.runner = working.runner;
    await rig.clock.advance(30 * SECOND);
    const [room] = rig.world.rooms.list();
    const [attemptId] = [room?.name.slice("call-".length) ?? ""];
    for (const what of ["leg_left", "agent_left", "room_finished", "carrier_ended"] as const) {
      for (const sentAt of [rig.clock.now(), rig.clock.now() - HOUR, rig.clock.now() + HOUR]) {
        const event = { what, how: "left", attemptId, sentAt, eventId: `EV_${what}`, said: null } as const;
        await rig.hooks.livekit(event);
      }
    }
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    const { call, attempt } = await rig.ended(id);
    expect(call.status).toBe("completed");
    const off = await rig.off(id);
    expect(off).toBeGreaterThanOrEqual(-1);
    expect(off).toBeLessThan(1100);
    expect(attempt.uncertainSeconds).toBeLessThan(1.6);
  });

  test("that says the leg may come back ends no call whose leg does", async () => {
    await using rig = new Told();
    void traffic(rig);
    rig.behave(talk(100));
    const id = await rig.start(1, { maxDuration: "20m" });
    // LiveKit restarts: the leg is away for a moment, and comes back.
    const nobody = { agents: [], leg: "absent", carrierId: null, heard: null } as const;
    let blind = false;
    const restarting = altered(rig.telephony, "presence", (look) => async (room) => (blind ? nobody : look(room)));
    const quiet = altered(restarting, "listedRooms", (list) => async (names) => (blind ? [] : list(names)));
    const working = rig.work({}, rig.store, quiet);
    rig.runner = working.runner;
    await rig.clock.advance(40 * SECOND);
    const attemptId = rig.world.rooms.list()[0]?.name.slice("call-".length) ?? "";
    blind = true;
    const gone = { how: "unsure", attemptId, sentAt: rig.clock.now(), eventId: "EV_x", said: null } as const;
    await rig.hooks.livekit({ ...gone, what: "leg_left" });
    await rig.clock.advance(1.4 * SECOND);
    blind = false;
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await rig.ended(id)).call.durationSeconds).toBe(100);
  });
});

describe("how long a call was", () => {
  test.each([
    ["comes 12 s late", 12_000, 0],
    ["comes 25 s late", 25_000, 0],
    ["comes from a clock that is 3 s behind", 20, -3000],
    ["comes from a clock that is 40 s behind", 20, -40_000],
    ["comes from a clock that is 3 s ahead", 20, 3000],
    ["comes from a clock that is an hour ahead", 20, HOUR],
    ["comes 5 s late from a clock that is 5 s ahead", 5000, 5000],
  ])("is within its doubt when its webhook %s", async (_, delay, ahead) => {
    for (const talks of [60.02, 60.5, 60.98, 47.3]) {
      await using rig = new Told();
      rig.ahead = ahead;
      void traffic(rig);
      rig.fate = (event) => [event.event === "participant_left" || event.event === "room_finished" ? delay : 20];
      rig.behave(talk(talks));
      const id = await rig.start(1, { maxDuration: "20m" });
      await rig.pass();
      const { attempt } = await rig.ended(id);
      const off = (await rig.off(id)) / SECOND;
      expect(off).toBeGreaterThanOrEqual(-0.06);
      expect(off).toBeLessThanOrEqual(attempt.uncertainSeconds + 0.06);
      expect(attempt.uncertainSeconds).toBeLessThan(11);
    }
  });

  test("is known to the second of a call that ended while nobody ran, in whose room webhooks go on", async () => {
    await using rig = new Told("store");
    rig.behave(talk(30));
    const id = await rig.start(1);
    const { leave, done } = rig.work({ only: [id] }, deaf(rig.store));
    await rig.clock.advance(6 * SECOND);
    leave.abort();
    await rig.clock.finish(done, MINUTE);
    await rig.clock.advance(5 * MINUTE);
    await rig.pass();
    const { call, attempt } = await rig.ended(id);
    expect(call.durationSeconds).toBe(30);
    expect(attempt.uncertainSeconds).toBeLessThanOrEqual(1);
  });
});

const crash = async (agent: object, fate = prompt) => {
  await using rig = new Told();
  void traffic(rig);
  rig.fate = fate;
  rig.script({ ...agent, others: [{ weight: 1, behaviour: talk(300) }] });
  const id = await rig.start(1, { maxDuration: "20m" });
  await rig.pass();
  const { attempt, call } = await rig.ended(id);
  return { ending: attempt.ending, detail: attempt.detail, seconds: call.durationSeconds ?? NaN, looks: rig.looks };
};

describe("an agent that leaves", () => {
  test("since its process died 10 s into the call looked like one that ended the call after 30 s: it is lost", async () => {
    // It joins a second before the dial, which rings for one.
    const agent = { agentCrashesAfter: 12 };
    expect(await crash(agent, lost)).toMatchObject({
      ending: "completed",
      detail: "the agent ended the call, or crashed: LiveKit shows a crash 20 s late",
    });
    const told = await crash(agent);
    expect(told).toMatchObject({
      ending: "agent_lost",
      detail: expect.stringMatching(/^its process died (9|10|11) s after the answer$/),
    });
    expect(told.seconds).toBeLessThan(37);
  });

  test("by itself after 20 s looked like one that had crashed at the start: the call is completed", async () => {
    const agent = { agentLeavesAfter: 22 };
    expect(await crash(agent, lost)).toMatchObject({ ending: "agent_lost" });
    expect(await crash(agent)).toMatchObject({ ending: "completed", detail: "the agent ended the call" });
  });

  test("since its process died after a minute has ended a conversation, and that is said", async () => {
    expect(await crash({ agentCrashesAfter: 60 })).toMatchObject({
      ending: "completed",
      detail: "the agent's process died in the call",
    });
  });

  test("leaves nobody in silence for longer than it did without webhooks", async () => {
    const told = await crash({ agentLeavesAfter: 60 });
    expect(told.seconds).toBeLessThan(66);
    expect(told.looks).toBeLessThan(25);
  });

  test("with its verdict in its attributes: the webhook brings it, though no look has seen it", async () => {
    await using rig = new Told();
    void traffic(rig);
    const says = [{ at: 57, verdict: { outcome: "interested", seq: 1 } }];
    rig.script({ agentLeavesAfter: 60, others: [{ weight: 1, behaviour: { ...talk(300), says } }] });
    const id = await rig.start(1, { maxDuration: "20m" });
    await rig.pass();
    expect((await rig.ended(id)).call.outcome).toBe("interested");
  });
});

test("a call in which no sound came says so: only a webhook tells", async () => {
  await using rig = new Told();
  void traffic(rig);
  rig.behave({ ...talk(300), media: 20 });
  const id = await rig.start(1, { maxDuration: "20m" });
  await rig.pass();
  expect((await rig.ended(id)).attempt).toMatchObject({
    ending: "completed",
    detail: "LiveKit hung up, as it does when no sound comes from the phone",
  });
});
