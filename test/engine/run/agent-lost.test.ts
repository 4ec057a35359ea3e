/** Agents that leave in the middle of a call: whom they leave alone hears silence. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";

/** Everybody answers after a second; the agent leaves so many seconds after it joined. */
const leaving = (rig: Rig, agentLeavesAfter: number, talks: number): void =>
  rig.script({ agentLeavesAfter, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks } }] });

describe("an agent that crashed after joining left silence and completed calls", () => {
  test("the call is hung up after a short grace, fails as agent_lost, and costs an attempt", async () => {
    await using rig = new Rig();
    leaving(rig, 3, 600);
    const id = await rig.start(1, { maxAttempts: 3 });
    await rig.run();
    const [call] = (await rig.campaigns.calls(id, { limit: 1 })).calls;
    expect(call).toMatchObject({ status: "failed", endReason: "agent_lost", attemptsSpent: 1, nextAttemptAt: null });
    expect(rig.said("call_ended")).toMatchObject([{ ending: "agent_lost", status: "failed" }]);
    expect(rig.clock.now() - NOON).toBeLessThan(15 * SECOND);
    expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, endings: { agent_lost: 1 } });
  });

  test("three in a row pause the campaign, and say why", async () => {
    await using rig = new Rig();
    leaving(rig, 3, 600);
    const id = await rig.start(20, { concurrency: 1, delay: "0s" });
    await rig.run();
    expect(rig.world.dials).toHaveLength(3);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect(campaign.statusReason).toMatch(/^the agent left the last 3 calls at their start/);
    expect(progress.calls.pending).toBe(17);
  });

  test("a callee who hangs up on the silence was left alone first", async () => {
    await using rig = new Rig();
    leaving(rig, 3, 4);
    const id = await rig.start(1);
    await rig.run();
    expect((await rig.report(id)).progress.endings).toEqual({ agent_lost: 1 });
  });

  test("they are called again only when that is asked for", async () => {
    await using rig = new Rig();
    leaving(rig, 3, 600);
    const id = await rig.start(1, { maxAttempts: 2, retryAfter: "10m", retryAgentLost: true });
    const working = rig.work({ watch: true });
    await rig.clock.advance(HOUR);
    expect(rig.world.dials).toHaveLength(2);
    await drained(rig, working);
    expect((await rig.report(id)).progress).toMatchObject({ calls: { failed: 1 }, endings: { agent_lost: 1 } });
  });

  test("a resumed campaign makes one call at a time until an agent stays", async () => {
    await using rig = new Rig();
    leaving(rig, 3, 600);
    const id = await rig.start(30, { concurrency: 5, delay: "0s" });
    await rig.run();
    expect((await rig.report(id)).campaign.status).toBe("paused");
    const before = rig.world.dials.length;
    await rig.campaigns.resume(id);
    await rig.run();
    expect((await rig.report(id)).campaign).toMatchObject({ status: "paused" });
    expect(rig.world.dials).toHaveLength(before + 1);
    leaving(rig, 600, 20);
    await rig.campaigns.resume(id);
    await rig.run();
    expect((await rig.report(id)).campaign).toMatchObject({ status: "completed", statusReason: null });
  });
});

test("an agent that leaves after its work has ended the call", async () => {
  await using rig = new Rig();
  leaving(rig, 60, 600);
  const id = await rig.start(1);
  await rig.run();
  expect((await rig.report(id)).progress).toMatchObject({ calls: { completed: 1 }, endings: { completed: 1 } });
  expect(rig.said("call_ended")).toMatchObject([{ ending: "completed", detail: "the agent ended the call" }]);
});

test("a worker that was killed at the start of every call burned the list: LiveKit lists it for 20 s more", async () => {
  await using rig = new Rig();
  rig.script({ agentCrashesAfter: 1.5, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 600 } }] });
  const id = await rig.start(6, { concurrency: 1, delay: "0s" });
  await rig.run();
  expect(rig.world.dials).toHaveLength(3);
  expect((await rig.report(id)).progress.endings).toEqual({ agent_lost: 3 });
  expect((await rig.report(id)).campaign.statusReason).toMatch(/^the agent left the last 3 calls at their start/);
  expect(rig.clock.now() - NOON).toBeLessThan(3 * 30 * SECOND);
});

test("an agent that is gone later may have crashed: that is said", async () => {
  await using rig = new Rig();
  rig.script({ agentCrashesAfter: 10, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 600 } }] });
  await rig.start(1);
  await rig.run();
  expect(rig.said("call_ended")).toMatchObject([
    { ending: "completed", detail: expect.stringContaining("or crashed") },
  ]);
});

test("--min-talk says how soon is too soon", async () => {
  await using rig = new Rig();
  leaving(rig, 30, 600);
  const id = await rig.start(1, { minTalk: "1m" });
  await rig.run();
  expect((await rig.report(id)).progress.endings).toEqual({ agent_lost: 1 });
});

test("an agent that leaves when the callee has left is not blamed", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 4 });
  const id = await rig.start(1);
  await rig.clock.finish(rig.work().done, MINUTE);
  expect(rig.said("call_ended")).toMatchObject([{ ending: "completed", detail: null, durationSeconds: 4 }]);
  expect((await rig.report(id)).progress.endings).toEqual({ completed: 1 });
});
