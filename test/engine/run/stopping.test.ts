/** Stops, hang-ups and signals. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { drained, Rig } from "../../support/engine.ts";

describe("stopping", () => {
  test("stop did not hang up and was stored as if the list were done: it drains, and stores the reason", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 120 });
    const id = await rig.start(10, { delay: "5s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(12 * SECOND);
    await rig.campaigns.stop(id);
    await rig.clock.advance(5 * MINUTE);
    const { campaign, progress } = await rig.report(id);
    expect(campaign).toMatchObject({ status: "completed", statusReason: "stopped by the operator" });
    expect(progress.calls).toMatchObject({ completed: 3, failed: 7 });
    expect(progress.endings).toEqual({ completed: 3, stopped: 7 });
    expect(rig.world.dials.map(({ endedAs }) => endedAs)).toEqual(["talked", "talked", "talked"]);
    await drained(rig, working);
  });

  test("stop --now hangs up live and ringing calls within a few seconds", async () => {
    await using rig = new Rig();
    rig.script({
      numbers: { [fictionalNumber(0)]: [{ does: "answer", rings: 1, talks: 600 }] },
      others: [{ weight: 1, behaviour: { does: "ring" } }],
    });
    const id = await rig.start(5, { delay: "1s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(10 * SECOND);
    await rig.campaigns.stop(id, true);
    await rig.clock.advance(3 * SECOND);
    expect(rig.world.dials.every(({ endedAt }) => endedAt !== null)).toBe(true);
    const { progress, live } = await rig.report(id);
    expect(live).toBe(0);
    expect(progress.endings).toEqual({ hung_up: 5 });
    expect(rig.world.rooms.list()).toEqual([]);
    await drained(rig, working);
  });

  test("stop --now after a stop was refused, since the campaign was over, and its calls talked on", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 600 });
    const id = await rig.start(5, { delay: "1s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(3 * SECOND);
    const { statusAt } = await rig.campaigns.stop(id);
    await rig.clock.advance(10 * SECOND);
    expect((await rig.report(id)).live).toBeGreaterThan(0);
    const again = await rig.campaigns.stop(id, true);
    expect(again).toMatchObject({
      status: "completed",
      statusReason: "stopped by the operator",
      statusAt,
      hangUp: true,
    });
    await rig.clock.advance(3 * SECOND);
    expect(rig.world.dials.every(({ endedAt }) => endedAt !== null)).toBe(true);
    expect((await rig.report(id)).live).toBe(0);
    await expect(rig.campaigns.stop(id, true)).rejects.toMatchObject({ code: "forbidden_move" });
    await drained(rig, working);
  });

  test("the first signal drains: no new calls, the live ones go on to their end", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const id = await rig.start(10, { delay: "5s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(12 * SECOND);
    expect(await drained(rig, working)).toEqual({ tripped: 0, failed: 0, blind: 0, left: 0 });
    expect(rig.said("draining")).toMatchObject([{ because: "interrupted", live: 3 }]);
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 3, pending: 7 });
  });

  test("the first signal while an agent is waited for: the phone is not rung any more", async () => {
    await using rig = new Rig();
    rig.script({ agentJoinsAfter: 5 });
    const id = await rig.start(1, { maxAttempts: 1 });
    const working = rig.work();
    await rig.clock.advance(2 * SECOND);
    await drained(rig, working);
    expect(rig.world.dials).toEqual([]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 0, calls: { pending: 1 } });
  });

  test("the second signal leaves live calls to the next run, which picks them up", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const id = await rig.start(2, { delay: "1s" });
    const { drain, leave, done } = rig.work();
    await rig.clock.advance(10 * SECOND);
    drain.abort();
    leave.abort();
    expect((await rig.clock.finish(done, MINUTE)).left).toBe(2);
    expect(rig.world.dials.every(({ endedAt }) => endedAt === null)).toBe(true);
    await rig.run();
    // It has said goodbye: nobody waits for its lease.
    expect(rig.said("silent_runner")).toEqual([]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 2, calls: { completed: 2 } });
    expect(rig.world.dials.map(({ endedAs }) => endedAs)).toEqual(["talked", "talked"]);
  });
});
