/** What is recorded is what was seen: ends, hang-ups, take-overs, rooms that come back. */
import { describe, expect, test } from "vitest";
import { Unavailable } from "../../../src/engine/errors.ts";
import type { DialResult, Telephony } from "../../../src/engine/ports/index.ts";
import type { Attempt, Call } from "../../../src/domain/calls/call.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";
import { altered, deaf } from "../../support/troubled.ts";

const callOf = async (rig: Rig, id: string): Promise<Call | undefined> =>
  (await rig.campaigns.calls(id, { limit: 1 })).calls[0];
const attemptsOf = async (rig: Rig, id: string): Promise<readonly Attempt[]> =>
  (await rig.store.callHistory(id, fictionalNumber(0)))?.attempts ?? [];

/** A runner that dies now, as by kill -9. */
async function killed(rig: Rig, id: string, after: number): Promise<void> {
  const { leave, done } = rig.work({ only: [id] }, deaf(rig.store));
  await rig.clock.advance(after);
  leave.abort();
  await rig.clock.finish(done, MINUTE);
}

describe("a room that LiveKit does not know", () => {
  test("was taken for hung up: stop --now tries on until the call is", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 600 });
    const id = await rig.start(1);
    let deletes = 0;
    const forgetful = altered(
      rig.telephony,
      "closeRoom",
      (close) => async (room) => (++deletes <= 5 ? "unknown" : close(room)),
    );
    const working = rig.work({ watch: true }, rig.store, forgetful);
    await rig.clock.advance(10 * SECOND);
    await rig.campaigns.stop(id, true);
    await rig.clock.advance(30 * SECOND);
    expect(deletes).toBeGreaterThan(5);
    expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
    expect((await attemptsOf(rig, id))[0]).toMatchObject({ ending: "hung_up", endedByUs: true });
    await drained(rig, working);
  });

  test("nor any trunk has lost its state: the calls that talk on are not ended, and come back with their rooms", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await rig.start(1);
    const working = rig.work();
    await rig.clock.advance(20 * SECOND);
    rig.world.serverDoes("lose_state");
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    const call = await callOf(rig, id);
    expect(call?.status).toBe("completed");
    expect(Math.abs((call?.durationSeconds ?? 0) - 90)).toBeLessThanOrEqual(1);
  });
});

/** A LiveKit that removes no room. */
const stubborn = (rig: Rig): Telephony =>
  altered(rig.telephony, "closeRoom", () => () => Promise.reject(new Unavailable("livekit", "503: played")));

describe("a room that LiveKit does not remove", () => {
  test("kept a run alive for ever: it is left to LiveKit after a while, and that is said", async () => {
    await using rig = new Rig();
    const id = await rig.start(2);
    await rig.clock.finish(rig.work({}, rig.store, stubborn(rig)).done, 5 * MINUTE);
    expect((await rig.report(id)).progress.calls.completed).toBe(2);
    expect(rig.said("room_left")).toHaveLength(2);
  });

  test("kept the next run from starting", async () => {
    await using rig = new Rig();
    await rig.start(1);
    await rig.clock.finish(rig.work({}, rig.store, stubborn(rig)).done, 5 * MINUTE);
    const id = await rig.start(1, {}, 5);
    await rig.clock.finish(rig.work({}, rig.store, stubborn(rig)).done, 5 * MINUTE);
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
  });
});

/** Its runner leaves when the call's end is stored, and the agent stays where it is. */
async function agentStays(rig: Rig, store = rig.store): Promise<void> {
  rig.script({ agentStays: null, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 10 } }] });
  await rig.start(1);
  const { leave, done } = rig.work({}, store);
  await rig.clock.advance(14 * SECOND);
  leave.abort();
  await rig.clock.finish(done, MINUTE);
  expect(rig.world.rooms.list()).toHaveLength(1);
}

describe("a sweep", () => {
  test("hung up on a person mid-sentence, since the call was stored as ended", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 300 });
    const id = await rig.start(1);
    // A runner that saw nobody, wrongly, and could not remove the room.
    const nobody = { agents: ["agent"], leg: "absent", carrierId: null, heard: null } as const;
    const blind = (): boolean => rig.clock.now() >= NOON + 20 * SECOND;
    const wrong = altered(rig.telephony, "presence", (look) => async (room) => (blind() ? nobody : look(room)));
    const harmless = altered(wrong, "closeRoom", () => async () => "unknown");
    await rig.clock.finish(rig.work({}, rig.store, harmless).done, HOUR);
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
    await rig.run();
    expect(rig.world.dials[0]?.endedAs).toBeNull();
    // One answer that misses the callee; and two of a node that does not know the room yet.
    for (const [times, how] of [
      [1, {}],
      [2, { noRoom: true }],
    ] as const) {
      let looks = 0;
      const missed = altered(
        rig.telephony,
        "presence",
        (look) => async (room) => (looks++ < times ? { ...nobody, agents: [], ...how } : look(room)),
      );
      await rig.clock.finish(rig.work({}, rig.store, missed).done, MINUTE);
      expect(rig.world.dials[0]?.endedAs).toBeNull();
    }
    await rig.clock.advance(5 * MINUTE);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    await rig.run();
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("left a room to the next run, with its agent, when its own had nothing else to do", async () => {
    await using rig = new Rig();
    await agentStays(rig);
    await rig.run();
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("kept a room for an hour, since the call had ended by a clock that was an hour ahead", async () => {
    await using rig = new Rig();
    const ahead = altered(rig.store, "save", (save) => (change) => {
      const { attempt } = change;
      const { endedAt } = attempt;
      return save({ ...change, attempt: { ...attempt, endedAt: endedAt === null ? null : endedAt + HOUR } });
    });
    await agentStays(rig, ahead);
    const from = rig.clock.now();
    await rig.run();
    expect(rig.world.rooms.list()).toEqual([]);
    expect(rig.clock.now() - from).toBeLessThan(MINUTE);
  });

  test("hangs up on a call that we have ended ourselves", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 600 });
    await rig.start(1, { ring: "15s", maxDuration: "20s" });
    const lax = altered(rig.telephony, "dial", (dial) => (order) => dial({ ...order, maxDurationSeconds: 6000 }));
    const powerless = altered(lax, "closeRoom", () => async () => "unknown");
    await rig.clock.finish(rig.work({}, rig.store, powerless).done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBeNull();
    await rig.run();
    expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
  });

  test("removes a room that an agent has made again, also while the run goes on", async () => {
    await using rig = new Rig();
    rig.script({ agentReturnsAfter: 15, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 10 } }] });
    await rig.start(1);
    const working = rig.work({ watch: true });
    await rig.clock.advance(30 * SECOND);
    rig.script({});
    await rig.clock.advance(MINUTE);
    expect(rig.world.rooms.list()).toEqual([]);
    await drained(rig, working);
  });
});

describe("a take-over after kill -9", () => {
  test("stored 28 s for a call of 5 s as if it had been seen: it is marked as a guess", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 5 });
    const id = await rig.start(1);
    await killed(rig, id, 4 * SECOND);
    await rig.clock.advance(MINUTE);
    await rig.run();
    const call = await callOf(rig, id);
    expect(call).toMatchObject({ status: "completed" });
    // As long as it is uncertain: nobody saw the callee after the answer.
    expect(call?.durationUncertainty).toBeGreaterThan((call?.durationSeconds ?? 0) - 1);
  });

  test("of a call that still talks: its end is seen, and true", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 100 });
    const id = await rig.start(1);
    await killed(rig, id, 4 * SECOND);
    await rig.run();
    const call = await callOf(rig, id);
    expect(call?.durationSeconds).toBeGreaterThanOrEqual(100);
    expect(call?.durationSeconds).toBeLessThanOrEqual(102);
    expect(call?.durationUncertainty ?? 0).toBeLessThan(2);
  });

  test("of a call that is answered meanwhile: when it was answered is marked as a guess", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 8, talks: 100 });
    const id = await rig.start(1);
    await killed(rig, id, 4 * SECOND);
    await rig.clock.advance(40 * SECOND);
    await rig.run();
    const call = await callOf(rig, id);
    expect(call?.status).toBe("completed");
    expect(call?.durationUncertainty).toBeGreaterThan(20);
  });

  test("of a phone seen to ring until its time-out: nobody answered, and not lost", async () => {
    await using rig = new Rig();
    rig.behave({ does: "ring" });
    const id = await rig.start(1, { ring: "60s", maxAttempts: 1 });
    await killed(rig, id, 10 * SECOND);
    await rig.run();
    expect((await rig.report(id)).progress.endings).toEqual({ no_answer: 1 });
  });

  test("of a call whose leg came back with its first attributes after a restart of the server: it is a conversation", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 100 });
    const id = await rig.start(1);
    await killed(rig, id, 10 * SECOND);
    rig.world.serverDoes("restart");
    await rig.run();
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await callOf(rig, id))?.durationSeconds).toBeGreaterThanOrEqual(100);
  });
});

describe("how long a call lasted", () => {
  test("was stored as 2 2 10 10 10 14 s for 0.5 2.5 4.5 6 9.5 12 s, since the count of a room lags: it is true within a second and a half", async () => {
    await using rig = new Rig();
    const talks = [0.5, 2.5, 4.5, 6, 9.5, 12];
    const answers = talks.map((seconds, n) => [fictionalNumber(n), [{ does: "answer", rings: 1, talks: seconds }]]);
    rig.script({ countLag: 5, numbers: Object.fromEntries(answers) });
    const id = await rig.start(talks.length, { delay: "0s" });
    await rig.run();
    const { calls } = await rig.campaigns.calls(id, { limit: 10 });
    for (const { contact, durationSeconds } of calls) {
      const talked = talks[talks.findIndex((_, n) => fictionalNumber(n) === contact.phoneNumber)] ?? NaN;
      expect(Math.abs((durationSeconds ?? NaN) - talked)).toBeLessThanOrEqual(1.5);
    }
  });

  test("was 10,812 s when somebody set the clock forward: it is what passed, and the call is not cut off", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const id = await rig.start(1, { maxDuration: "10m" });
    const working = rig.work();
    await rig.clock.advance(20 * SECOND);
    rig.clock.set(3 * HOUR);
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await callOf(rig, id))?.durationSeconds).toBeLessThanOrEqual(62);
  });
});

describe("a dial", () => {
  test("that was stored left 75 s later: it leaves within two seconds or not at all", async () => {
    await using rig = new Rig();
    let slow = 0;
    const store = altered(rig.store, "beginDial", (begin) => async (dialed, interval) => {
      const gate = await begin(dialed, interval);
      if (slow++ === 0) await rig.clock.sleep(3 * SECOND);
      return gate;
    });
    const id = await rig.start(1, { maxAttempts: 1 });
    const working = rig.work({ watch: true }, store);
    await rig.clock.advance(3.9 * SECOND);
    expect(rig.world.dials).toEqual([]);
    await rig.clock.advance(MINUTE);
    expect([...rig.dials.values()]).toEqual([1]);
    await drained(rig, working);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, calls: { completed: 1 } });
  });

  test("that rang and then failed on our side rang five times: it is an attempt spent", async () => {
    await using rig = new Rig();
    rig.behave({ does: "ring" });
    const cut = altered(rig.telephony, "dial", (dial) => async (order): Promise<DialResult> => {
      void dial(order);
      await rig.clock.sleep(8 * SECOND);
      await rig.telephony.closeRoom(order.room);
      return { is: "ended", ending: "trunk_error", sipStatus: 504, detail: "SIP 504" };
    });
    const id = await rig.start(1, { maxAttempts: 1 });
    await rig.clock.finish(rig.work({}, rig.store, cut).done, HOUR);
    await rig.clock.advance(HOUR);
    await rig.clock.finish(rig.work({}, rig.store, cut).done, HOUR);
    expect([...rig.dials.values()]).toEqual([1]);
    expect(await callOf(rig, id)).toMatchObject({ status: "failed", endReason: "failed_ringing", sipStatus: 504 });
    // And one of those that a cap allows.
    const other = await rig.start(1, { maxPerContact: "1/7d" });
    const working = rig.work({ watch: true }, rig.store, cut);
    await rig.clock.advance(HOUR);
    expect([...rig.dials.values()]).toEqual([1]);
    expect((await rig.report(other)).progress.calls.pending).toBe(1);
    await drained(rig, working);
  });

  test("whose answer nobody can read is followed by two more at most, until what became of them is known", async () => {
    await using rig = new Rig();
    const reset = altered(rig.telephony, "dial", () => () => Promise.resolve({ is: "unknown", detail: "reset" }));
    const id = await rig.start(60, { delay: "250ms", concurrency: 50 });
    const working = rig.work({}, rig.store, reset);
    await rig.clock.advance(14 * SECOND);
    expect(await rig.report(id)).toMatchObject({ live: 3 });
    expect(rig.said("campaign_waiting").at(-1)).toMatchObject({
      because: "what became of 3 dials through the trunk is not known yet",
    });
    await rig.clock.finish(working.done, HOUR);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect(progress.endings["lost"]).toBeLessThanOrEqual(8);
  });

  test("is followed by two more at most, also where nothing holds back those that leave before the first answer", async () => {
    await using rig = new Rig();
    let dialed = 0;
    const reset = altered(rig.telephony, "dial", () => async () => {
      dialed++;
      await rig.clock.sleep(2 * SECOND);
      return { is: "unknown", detail: "reset" };
    });
    const id = await rig.start(60, { delay: "0ms", concurrency: 50 });
    const working = rig.work({}, rig.store, reset);
    await rig.clock.advance(14 * SECOND);
    expect(dialed).toBe(3);
    await rig.clock.finish(working.done, HOUR);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect(progress.endings["lost"]).toBeLessThanOrEqual(8);
  });

  test("holds back nobody once others were told of, and they soon leave all at once", async () => {
    await using rig = new Rig();
    rig.script({ others: [{ weight: 1, behaviour: { does: "answer", rings: 20, talks: 30 } }] });
    await rig.start(60, { delay: "0ms", concurrency: 50 });
    const working = rig.work({}, rig.store, rig.telephony);
    await rig.clock.advance(5 * SECOND);
    expect(rig.dialedAt().length).toBe(50);
    await drained(rig, working);
  });
});

test("a pass that said no call was due until then looked at its next poll: it looks then", async () => {
  await using rig = new Rig();
  rig.script({
    numbers: {
      [fictionalNumber(0)]: [{ does: "answer", rings: 1, talks: 120 }],
      [fictionalNumber(1)]: [
        { does: "refuse", status: 500 },
        { does: "answer", rings: 1, talks: 1 },
      ],
    },
  });
  await rig.start(2, { delay: "1s" });
  await rig.run();
  const [, failed = 0, again = 0] = rig.dialedAt();
  expect(again - failed).toBeGreaterThanOrEqual(15);
  expect(again - failed).toBeLessThan(18);
});
