/** A machine whose clock is wrong, or is set in the middle of a run: nobody is hung up on for it, and the run goes on. */
import { describe, expect, test } from "vitest";
import { roomOf } from "../../../src/domain/calls/call.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Clock } from "../../../src/engine/ports/index.ts";
import { Machine, Rig, type Working } from "../../support/engine.ts";
import { altered, deaf } from "../../support/troubled.ts";

const answering = (rings: number, talks: number) => ({ does: "answer", rings, talks });

/** A runner that is killed `after` seconds. */
async function killed(rig: Rig, after: number): Promise<void> {
  const dead = rig.work({}, deaf(rig.store));
  await rig.clock.advance(after * SECOND);
  dead.leave.abort();
  await rig.clock.advance(0);
}

const goesOn = (rig: Rig, machine: Clock, options: Parameters<Rig["work"]>[0] = {}, telephony = rig.telephony) =>
  rig.work(options, rig.store, telephony, machine);

const passed = (rig: Rig, working: Working): Promise<unknown> => rig.clock.finish(working.done, 12 * HOUR);

describe("a call that is taken over by a machine whose clock is", () => {
  test.each([
    ["an hour ahead", HOUR],
    ["an hour behind", -HOUR],
    ["some minutes behind", -2 * MINUTE],
  ])("%s was cut off in conversation, or repeated: it is talked to its end, once", async (_, ahead) => {
    await using rig = new Rig(undefined, undefined, "by uptime");
    rig.behave(answering(1, 400));
    const id = await rig.start(1, { maxDuration: "10m", maxAttempts: 3 });
    await killed(rig, 130);
    await passed(rig, goesOn(rig, new Machine(rig.clock, ahead), { watch: true, takeFor: 20 * MINUTE }));
    expect(rig.world.dials).toMatchObject([{ endedAs: "talked" }]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, endings: { completed: 1 } });
  });

  test.each([
    ["an hour behind", -HOUR],
    ["two minutes behind", -2 * MINUTE],
    ["an hour ahead", HOUR],
  ])("%s was repeated when its agent ended it: it had lasted long enough", async (_, ahead) => {
    await using rig = new Rig(undefined, undefined, "by uptime");
    rig.script({ others: [{ weight: 1, behaviour: answering(1, 3000) }], agentLeavesAfter: 170 });
    const id = await rig.start(1, { maxDuration: "10m", maxAttempts: 3 });
    await killed(rig, 130);
    await passed(rig, goesOn(rig, new Machine(rig.clock, ahead), { watch: true, takeFor: 20 * MINUTE }));
    expect(rig.world.dials).toHaveLength(1);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, endings: { completed: 1 } });
  });

  test.each([
    ["an hour ahead", HOUR],
    ["an hour behind", -HOUR],
  ])("%s was hung up while it rang, and lost: it rings until it is answered", async (_, ahead) => {
    await using rig = new Rig(undefined, undefined, "by uptime");
    rig.behave(answering(40, 30));
    const id = await rig.start(1, { ring: "45s", maxAttempts: 3 });
    await killed(rig, 5);
    await passed(rig, goesOn(rig, new Machine(rig.clock, ahead), { watch: true, takeFor: 20 * MINUTE }));
    expect(rig.world.dials).toMatchObject([{ endedAs: "talked" }]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, endings: { completed: 1 } });
  });

  test.each([
    ["right", 0, 130],
    ["an hour ahead", HOUR, 130],
    // Nobody knows how long it rang: it may have been for as long as it could.
    ["an hour behind", -HOUR, 200],
  ])("%s is still cut off at its maximum, which LiveKit has not kept", async (_, ahead, latest) => {
    await using rig = new Rig(undefined, undefined, "by uptime");
    rig.behave(answering(1, 3000));
    const lax = altered(rig.telephony, "dial", (dial) => (order) => dial({ ...order, maxDurationSeconds: 86_400 }));
    await rig.start(1, { maxDuration: "2m", maxAttempts: 1 });
    const dead = rig.work({}, deaf(rig.store), lax);
    await rig.clock.advance(60 * SECOND);
    dead.leave.abort();
    await passed(rig, goesOn(rig, new Machine(rig.clock, ahead), { watch: true, takeFor: 20 * MINUTE }, lax));
    const [dial] = rig.world.dials;
    expect(dial?.endedAs).toBe("hung up in conversation");
    const talked = ((dial?.endedAt ?? 0) - (dial?.answeredAt ?? 0)) / SECOND;
    expect(talked).toBeGreaterThanOrEqual(116);
    expect(talked).toBeLessThanOrEqual(latest);
  });
});

test.each([
  ["ahead", HOUR],
  ["back", -HOUR],
])("a dial without a readable answer was hung up when the clock was set %s while it rang", async (_, by) => {
  await using rig = new Rig(undefined, undefined, "by uptime");
  rig.behave(answering(30, 30));
  const machine = new Machine(rig.clock);
  const impatient = altered(rig.telephony, "dial", (dial) => async (order) => {
    void dial(order);
    await rig.clock.sleep(10 * SECOND);
    return { is: "unknown", detail: "timed out" };
  });
  const id = await rig.start(1, { ring: "45s", maxAttempts: 3 });
  const working = goesOn(rig, machine, {}, impatient);
  await rig.clock.advance(8 * SECOND);
  expect(rig.world.dials).toHaveLength(1);
  machine.ahead = by;
  await passed(rig, working);
  expect(rig.world.dials).toMatchObject([{ endedAs: "talked" }]);
  expect((await rig.report(id)).progress).toMatchObject({ pickups: 1, endings: { completed: 1 } });
});

test.each([
  ["back", 3 * HOUR, 0],
  ["forward", 0, 3 * HOUR],
])(
  "a clock set 3 h %s in a run blinded it for as long: it takes over, sweeps, dials on and ends in time",
  async (_, from, to) => {
    await using rig = new Rig(undefined, undefined, "by uptime");
    rig.behave(answering(1, 200));
    await rig.start(1);
    await killed(rig, 20);
    rig.behave(answering(1, 10));
    const machine = new Machine(rig.clock, from);
    const began = rig.clock.monotonic();
    const working = goesOn(rig, machine, { watch: true, takeFor: 10 * MINUTE });
    const before = await rig.start(1, {}, 1);
    await rig.clock.advance(5 * SECOND);
    expect(rig.said("call_adopted")).toEqual([]);
    machine.ahead = to;
    await rig.clock.advance(MINUTE);
    expect(rig.said("call_adopted")).toHaveLength(1);
    const [ended] = (await rig.campaigns.calls(before, { limit: 1 })).calls;
    const [{ attemptId = "" } = {}] = rig.said("call_ended") as { attemptId?: string; callId?: string }[];
    expect(ended?.status).toBe("completed");
    rig.world.rooms.create({ name: roomOf(attemptId) });
    const after = await rig.start(2, { delay: "5s" }, 2);
    await rig.clock.advance(MINUTE);
    expect(rig.world.rooms.list().map(({ name }) => name)).not.toContain(roomOf(attemptId));
    expect((await rig.report(after)).progress.dials).toBe(2);
    await passed(rig, working);
    expect(rig.clock.monotonic() - began).toBeLessThan(11 * MINUTE);
    expect([...rig.dials.values()]).toEqual([1, 1, 1, 1]);
  },
);
