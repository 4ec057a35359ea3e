/** Callees who hear nothing hang up: the campaign is paused before it has burned the list, and says what to listen to. */
import { describe, expect, test } from "vitest";
import { HOUR } from "../../../src/domain/time/instant.ts";
import { Rig } from "../../support/engine.ts";

/** Answered, and ended by the callee after so many seconds. */
const answer = (talks: number, weight = 1) => ({ weight, behaviour: { does: "answer", rings: 1, talks } });

describe("an agent that says nothing", () => {
  test("burned the list in silence; now the campaign pauses, and goes on when the operator says so", async () => {
    await using rig = new Rig();
    rig.script({ others: [answer(3)] });
    const id = await rig.start(150, { delay: "2s" });
    expect((await rig.run()).tripped).toBe(1);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect(campaign.statusReason).toMatch(
      /^the callee ended \d+ of \d+ answered calls within 6 s; listen to \w+, \w+, \w+$/,
    );
    expect(progress.dials).toBeLessThan(25);
    const held = campaign.guard?.held;
    expect(held).toMatchObject({ sickness: "early_hang_ups", share: 1, callerIds: [] });
    const { calls } = await rig.campaigns.calls(id, { limit: 1000 });
    const named = calls.filter((call) => held?.calls.includes(call.id));
    expect(named.map(({ durationSeconds }) => (durationSeconds ?? 99) < 6)).toEqual([true, true, true]);
    expect(rig.events).toContainEqual(
      expect.objectContaining({ type: "campaign_paused", because: campaign.statusReason }),
    );

    await expect(rig.campaigns.resume(id)).rejects.toThrow(/cannot resume .*: the callee ended/);
    expect((await rig.report(id)).campaign.status).toBe("paused");
    await rig.campaigns.resume(id, true);
    await rig.run();
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 150 });
  });

  test("is found again after the accepted share, when it gets worse", async () => {
    await using rig = new Rig();
    rig.script({ others: [answer(3, 6), answer(30, 4)] });
    const id = await rig.start(400, { delay: "2s" });
    await rig.run();
    const first = (await rig.report(id)).campaign.guard?.held;
    expect(first?.share).toBeGreaterThan(0.4);
    await rig.campaigns.resume(id, true);
    expect((await rig.report(id)).campaign.guard).toEqual({ held: null, accepted: { early_hang_ups: first?.share } });
    rig.script({ others: [answer(3)] });
    expect((await rig.run()).tripped).toBe(1);
  });

  test("is not suspected where callees talk, nor of a quarter who hang up", async () => {
    await using rig = new Rig();
    rig.script({ others: [answer(3, 1), answer(20, 3)] });
    const id = await rig.start(300, { delay: "1s" });
    expect((await rig.run()).tripped).toBe(0);
    expect((await rig.report(id)).campaign.status).toBe("completed");
  });

  test("is found by whichever of two runners looks, from the calls of both", async () => {
    await using rig = new Rig();
    rig.script({ others: [answer(3)] });
    const id = await rig.start(150, { delay: "2s" });
    const both = await Promise.all([rig.run(), rig.run()]);
    expect(both[0].tripped + both[1].tripped).toBe(1);
    expect((await rig.report(id)).progress.dials).toBeLessThan(30);
  });
});

test("--usual-hang-ups says what is usual: all may be", async () => {
  await using rig = new Rig();
  rig.script({ others: [answer(3)] });
  const id = await rig.start(60, { delay: "1s", usualHangUps: "100%" });
  await rig.run();
  expect((await rig.report(id)).campaign.status).toBe("completed");
});

test("calls of an hour ago, before the resume, are no evidence any more", async () => {
  await using rig = new Rig();
  rig.script({ others: [answer(3)] });
  const id = await rig.start(60, { delay: "2s" });
  await rig.run();
  await rig.campaigns.resume(id, true);
  await rig.clock.advance(HOUR);
  rig.script({ others: [answer(30)] });
  await rig.run();
  expect((await rig.report(id)).campaign.status).toBe("completed");
});
