/** Agents that are all busy are no failure: fewer calls are claimed, and nobody is rung without an agent. */
import { describe, expect, test } from "vitest";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";
import { Rig } from "../../support/engine.ts";

describe("three agents and concurrency 10 paused a healthy campaign after ten seconds", () => {
  test("it runs on, at nine tenths of what three agents can do", async () => {
    await using rig = new Rig();
    const talks = 30;
    rig.script({ agentPool: 3, others: [{ weight: 1, behaviour: { does: "answer", rings: 2, talks } }] });
    const id = await rig.start(60, { delay: "0", concurrency: 10 });
    const began = rig.clock.now();
    const working = rig.work({ watch: true, poll: HOUR });
    const said = new Set<string | null>();
    for (let report = await rig.report(id); report.campaign.status === "running" && rig.clock.now() < began + HOUR;) {
      await rig.clock.advance(10 * SECOND);
      report = await rig.report(id);
      if (report.agents !== null) said.add(report.because);
    }
    // From another terminal, by what the runner has stored.
    expect(said).toContain("agents: about 3 at once");
    const { campaign, progress } = await rig.report(id);
    expect([campaign.status, progress.calls.completed]).toEqual(["completed", 60]);
    const ideal = (60 / 3) * (talks + 2 + 1) * SECOND;
    expect(rig.clock.now() - began).toBeLessThan(ideal / 0.9 + 20 * SECOND);
    expect(rig.events.filter(({ type }) => type === "campaign_paused")).toEqual([]);
    expect(rig.events).toContainEqual(expect.objectContaining({ because: "agents: about 3 at once" }));
    expect(rig.world.dials).toHaveLength(60);
    working.leave.abort();
    working.drain.abort();
    await working.done;
  });

  test("LiveKit drops four of ten requests for an agent: the campaign finishes, and charges nobody", async () => {
    await using rig = new Rig();
    rig.script({ agentDrops: 0.4 });
    const id = await rig.start(100, { delay: "0", concurrency: 10 });
    await rig.run();
    const { campaign, progress } = await rig.report(id);
    expect([campaign.status, progress.calls.completed]).toEqual(["completed", 100]);
    expect(rig.world.dials).toHaveLength(100);
  });
});

test("agents that are gone for good pause the campaign, though they joined before", async () => {
  await using rig = new Rig();
  const id = await rig.start(40, { delay: "0", concurrency: 3 });
  const working = rig.work({ watch: true });
  await rig.clock.advance(30 * SECOND);
  rig.script({ agentJoinsAfter: null });
  await rig.clock.advance(HOUR);
  const { campaign, progress } = await rig.report(id);
  expect(campaign).toMatchObject({
    status: "paused",
    statusReason: expect.stringContaining("no agent joined") as string,
  });
  expect(progress.calls.failed).toBe(0);
  working.leave.abort();
  working.drain.abort();
  await working.done;
});
