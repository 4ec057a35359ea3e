/** What is stored of a call that two machines had, one of which has a wrong clock: what the far side saw, or that it is in doubt. */
import { describe, expect, test } from "vitest";
import type { Attempt } from "../../../src/domain/calls/call.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { Machine, Rig, type Working } from "../../support/engine.ts";
import { altered, deaf } from "../../support/troubled.ts";

const CLOCKS = [
  ["both right", 0, 0],
  ["the first an hour ahead", HOUR, 0],
  ["the first an hour behind", -HOUR, 0],
  ["the second an hour ahead", 0, HOUR],
  ["the second an hour behind", 0, -HOUR],
] as const;

const WATCHING = { watch: true, takeFor: 5 * MINUTE };

const fresh = (): Rig => new Rig(undefined, undefined, "by uptime");

/** A campaign of one contact, who is due by any of the clocks. */
async function due(rig: Rig, behaviour: object, maxDuration = "10m"): Promise<string> {
  rig.behave(behaviour);
  const id = await rig.start(1, { maxDuration });
  await rig.clock.advance(2 * HOUR);
  return id;
}

/** At work for so many seconds, and then killed. */
async function killed(rig: Rig, clock: Machine, after: number, more = {}, telephony = rig.telephony): Promise<void> {
  const dead = rig.work({ ...WATCHING, ...more }, deaf(rig.store), telephony, clock);
  await rig.clock.advance(after * SECOND);
  dead.leave.abort();
  await rig.clock.advance(0);
}

const takesOver = (rig: Rig, ahead: number, more = {}, telephony = rig.telephony): Working =>
  rig.work({ ...WATCHING, ...more }, rig.store, telephony, new Machine(rig.clock, ahead));

const toItsEnd = (rig: Rig, working: Working): Promise<unknown> => rig.clock.finish(working.done, 12 * HOUR);

async function stored(rig: Rig, campaign: string): Promise<Attempt> {
  const history = await rig.store.callHistory(campaign, fictionalNumber(0));
  expect(history?.attempts).toHaveLength(1);
  return history?.attempts[0] as Attempt;
}

/** Seconds of talk: as the phone had it, and as it is stored. */
async function talks(rig: Rig, campaign: string) {
  const [dial] = rig.world.dials;
  const [call] = (await rig.campaigns.calls(campaign, { limit: 1 })).calls;
  const { answeredAt, endedAt, uncertainSeconds } = await stored(rig, campaign);
  const kept = ((endedAt ?? 0) - (answeredAt ?? 0)) / SECOND;
  expect(call?.durationSeconds).toBe(Math.round(kept));
  expect((await rig.report(campaign)).progress.usageSeconds).toBe(Math.round(kept));
  return { heard: ((dial?.endedAt ?? 0) - (dial?.answeredAt ?? 0)) / SECOND, kept, uncertainSeconds };
}

describe("a talk that was taken over was booked with the hour between two clocks", () => {
  test.each(CLOCKS)("%s", async (_, first, second) => {
    await using rig = fresh();
    const id = await due(rig, { does: "answer", rings: 7, talks: 200 });
    await killed(rig, new Machine(rig.clock, first), 60);
    await toItsEnd(rig, takesOver(rig, second));
    expect(rig.world.dials).toMatchObject([{ endedAs: "talked" }]);
    const { heard, kept, uncertainSeconds } = await talks(rig, id);
    expect(heard).toBe(200);
    expect(Math.abs(kept - heard)).toBeLessThanOrEqual(uncertainSeconds);
    expect(uncertainSeconds).toBeLessThanOrEqual(first === second ? 1 : 2.5);
  });

  test.each([
    ["ahead", HOUR],
    ["back", -HOUR],
  ])("set %s while it rang: how long it rang is then in doubt, and that is all", async (_, by) => {
    await using rig = fresh();
    const id = await due(rig, { does: "answer", rings: 20, talks: 200 });
    const clock = new Machine(rig.clock);
    const dead = rig.work(WATCHING, deaf(rig.store), rig.telephony, clock);
    await rig.clock.advance(10 * SECOND);
    clock.ahead = by;
    await rig.clock.advance(40 * SECOND);
    dead.leave.abort();
    await toItsEnd(rig, takesOver(rig, 0));
    const { heard, kept, uncertainSeconds } = await talks(rig, id);
    expect(heard).toBe(200);
    expect(Math.abs(kept - heard)).toBeLessThanOrEqual(uncertainSeconds);
    expect(uncertainSeconds).toBeLessThanOrEqual(45);
  });

  test.each([
    ["ahead", HOUR],
    ["behind", -HOUR],
  ])("cut off at its maximum by one that is an hour %s", async (_, ahead) => {
    await using rig = fresh();
    const id = await due(rig, { does: "answer", rings: 7, talks: 3000 }, "2m");
    const lax = altered(rig.telephony, "dial", (dial) => (order) => dial({ ...order, maxDurationSeconds: 86_400 }));
    await killed(rig, new Machine(rig.clock), 60, {}, lax);
    await toItsEnd(rig, takesOver(rig, ahead, {}, lax));
    const { heard, kept, uncertainSeconds } = await talks(rig, id);
    expect(heard).toBeGreaterThanOrEqual(120);
    expect(heard).toBeLessThan(125);
    expect(Math.abs(kept - heard)).toBeLessThanOrEqual(uncertainSeconds);
    expect(uncertainSeconds).toBeLessThanOrEqual(2.5);
  });

  test.each(CLOCKS)("answered unseen, %s: in doubt for as long as it may have lasted, and no hour", async (_, a, b) => {
    await using rig = fresh();
    const id = await due(rig, { does: "answer", rings: 7, talks: 200 });
    await killed(rig, new Machine(rig.clock, a), 5);
    await toItsEnd(rig, takesOver(rig, b));
    const { heard, kept, uncertainSeconds } = await talks(rig, id);
    expect(heard).toBe(200);
    expect(Math.abs(kept - heard)).toBeLessThanOrEqual(uncertainSeconds);
    expect(uncertainSeconds).toBeLessThanOrEqual(45);
  });
});

/** A LiveKit that brings the leg only so many seconds after the request. */
const slow = (rig: Rig, seconds: number) =>
  altered(rig.telephony, "dial", (dial) => async ({ leave, ...order }) => {
    expect(await leave?.(() => Promise.resolve())).toBe(true);
    await rig.clock.sleep(seconds * SECOND);
    return dial(order);
  });

describe("a dial whose phone had yet to come into the room when it was taken over", () => {
  const SHORT = { lease: 3 * SECOND, poll: SECOND };

  test.each(CLOCKS)("was lost while LiveKit was about to ring it, %s", async (_, first, second) => {
    await using rig = fresh();
    const id = await due(rig, { does: "answer", rings: 3, talks: 30 });
    await killed(rig, new Machine(rig.clock, first), 2, SHORT, slow(rig, 11));
    expect(rig.world.dials).toHaveLength(0);
    await toItsEnd(rig, takesOver(rig, second, SHORT));
    expect(rig.world.dials).toMatchObject([{ endedAs: "talked" }]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, endings: { completed: 1 } });
  });

  test.each(CLOCKS)("is lost once LiveKit has stopped trying, no later, %s", async (_, first, second) => {
    await using rig = fresh();
    const id = await due(rig, { does: "answer", rings: 3, talks: 30 });
    await killed(rig, new Machine(rig.clock, first), 2, SHORT, slow(rig, 12 * 3600));
    const working = takesOver(rig, second, SHORT);
    await toItsEnd(rig, working);
    const [[adopted], [ended]] = [rig.said("call_adopted"), rig.said("call_ended")];
    expect(ended).toMatchObject({ ending: "lost" });
    expect((ended?.at ?? 0) - (adopted?.at ?? 0)).toBeLessThan(17 * SECOND);
    expect((await stored(rig, id)).ending).toBe("lost");
  });
});

test("a single pass asked again and again, without a pause, for a lease that was over by its own clock alone", async () => {
  await using rig = fresh();
  const id = await due(rig, { does: "answer", rings: 7, talks: 20 });
  await killed(rig, new Machine(rig.clock, 0), 10);
  const asked: number[] = [];
  const counting = altered(rig.store, "othersLeases", (othersLeases) => (runnerId) => {
    asked.push(rig.clock.now());
    if (asked.length > 1000) throw new Error("asked a thousand times");
    return othersLeases(runnerId);
  });
  await toItsEnd(rig, rig.work({}, counting, rig.telephony, new Machine(rig.clock, HOUR)));
  expect((await rig.report(id)).campaign.status).toBe("completed");
  expect(asked.length).toBeLessThan(200);
});
