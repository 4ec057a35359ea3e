/** A budget in the engine: what a run does where it cannot be kept, and while live calls hold it. */
import { expect, test } from "vitest";
import { Rig, once } from "../../support/engine.ts";

/** 31 minutes of ringing and talk, at 0.10. */
const PRICED = { prices: "prefix,per_minute\n+1,0.1", delay: "0s" };

test("a run that leaves dialing to the agents dials nobody under a budget, which nobody could keep, and says why", async () => {
  await using rig = new Rig();
  const id = await rig.start(20, { ...PRICED, budget: 50 });
  await rig.run({ dialer: "agent", waitForAgent: false });
  expect(rig.world.dials).toEqual([]);
  const { campaign, spending, progress } = await rig.report(id);
  expect(campaign).toMatchObject({ status: "paused" });
  expect(campaign.statusReason).toContain("run without --dialer agent");
  expect(spending).toEqual({ spent: 0, reserved: 0 });
  expect(progress.calls.pending).toBe(20);
});

test("what live calls do not use of their reserve is there for the next, until the budget is spent", async () => {
  await using rig = new Rig();
  const id = await rig.start(40, { ...PRICED, budget: 7, concurrency: 10 });
  await rig.run();
  // Two at once at first; each costs 0.10 in the end, and the last must leave 3.10.
  expect([...rig.dials.values()]).toEqual(once(40));
  expect((await rig.report(id)).spending).toEqual({ spent: 4_000_000, reserved: 0 });
  const other = await rig.start(40, { ...PRICED, budget: "4.05", concurrency: 10 }, 40);
  await rig.run();
  expect((await rig.report(other)).spending).toEqual({ spent: 1_000_000, reserved: 0 });
  expect(rig.world.dials).toHaveLength(50);
});
