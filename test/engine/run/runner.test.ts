/**
 * The loop, on a clock that the test moves. Here belongs what takes a sequence of events to show; a rule alone is tested
 * in test/domain, a query in test/contracts, a process in test/cli. Pitfalls are named for what went wrong.
 */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import { drained, once, Rig } from "../../support/engine.ts";

const at = (iso: string): number => Date.parse(iso);

describe("one pass", () => {
  test("dials everybody once, at the pace, sees the calls to their end, and finishes the campaign", async () => {
    await using rig = new Rig();
    const id = await rig.start(5, { delay: "3s" });
    expect(await rig.run()).toEqual({ tripped: 0, failed: 0, blind: 0, left: 0 });
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("completed");
    expect(progress.calls.completed).toBe(5);
    expect([...rig.dials.values()]).toEqual(once(5));
    const dialed = rig.dialedAt();
    for (const [n, second] of dialed.slice(1).entries()) expect(second - (dialed[n] ?? 0)).toBeGreaterThanOrEqual(3);
    expect(dialed.at(-1)).toBeLessThan(15);
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("never has more calls up than the concurrency allows", async () => {
    await using rig = new Rig();
    await rig.start(12, { delay: "0", concurrency: 3 });
    await rig.run();
    expect(rig.world.peak).toBe(3);
    expect([...rig.dials.values()]).toEqual(once(12));
  });

  test("with nothing to do is over at once", async () => {
    await using rig = new Rig();
    await rig.run();
    expect(rig.clock.now()).toBe(NOON);
  });

  test("takes no new calls after --for, and sees the live ones to their end", async () => {
    await using rig = new Rig();
    const id = await rig.start(10, { delay: "2s" });
    await rig.run({ takeFor: 5 * SECOND });
    const { progress, live } = await rig.report(id);
    expect(progress.calls).toMatchObject({ completed: 3, pending: 7 });
    expect(live).toBe(0);
    expect(rig.said("draining")).toMatchObject([{ because: "time_over", live: 3 }]);
  });

  test("whoever interrupted a run that was seeing off its last calls after --for was told nothing", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    await rig.start(10, { delay: "2s" });
    const working = rig.work({ takeFor: 5 * SECOND });
    await rig.clock.advance(10 * SECOND);
    await drained(rig, working);
    expect(rig.said("draining")).toMatchObject([
      { because: "time_over", live: 3 },
      { because: "interrupted", live: 3 },
    ]);
  });

  test("leaves what is not due yet to a later pass", async () => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status: 486, reason: "Busy Here" });
    const id = await rig.start(1, { maxAttempts: 2, retryAfter: "30m" });
    await rig.run();
    expect(await rig.report(id)).toMatchObject({ because: "no call is due", live: 0 });
    await rig.clock.advance(40 * MINUTE);
    await rig.run();
    expect((await rig.report(id)).campaign.status).toBe("completed");
    expect([...rig.dials.values()]).toEqual([2]);
  });
});

describe("dialing twice", () => {
  test("the 30 s tick entered a campaign whose loop was still running: 40 contacts, 80 dials", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 20, talks: 100 });
    await rig.start(40, { delay: "1s", concurrency: 40 });
    const working = rig.work({ watch: true, poll: SECOND });
    await rig.clock.advance(10 * MINUTE);
    await drained(rig, working);
    expect([...rig.dials.values()]).toEqual(once(40));
  });

  test("pause and resume re-dialed those already called, and set the daily counter to 0", async () => {
    await using rig = new Rig();
    const id = await rig.start(10, { delay: "5s", dailyCap: 6 });
    const working = rig.work({ watch: true });
    await rig.clock.advance(12 * SECOND);
    await rig.campaigns.pause(id);
    const paused = rig.world.dials.length;
    await rig.clock.advance(5 * MINUTE);
    expect(rig.world.dials.length).toBe(paused);
    await rig.campaigns.resume(id);
    await rig.clock.advance(10 * MINUTE);
    expect([...rig.dials.values()]).toEqual(once(6));
    expect((await rig.report(id)).because).toBe("daily cap reached (6 of 6)");
    await drained(rig, working);
  });

  test("the engine dialed and the agent dialed too: with --dialer agent one INVITE leaves, and it is the agent's", async () => {
    await using rig = new Rig();
    rig.script({ agentDials: true });
    const id = await rig.start(3);
    await rig.run({ dialer: "agent" });
    expect([...rig.dials.values()]).toEqual(once(3));
    expect(rig.world.dials.every(({ participantIdentity }) => participantIdentity === "called-by-the-agent")).toBe(
      true,
    );
    expect((await rig.report(id)).progress.calls.completed).toBe(3);
  });

  test("an agent that dials by itself, unasked, is noticed: nobody is rung twice, and the campaign is paused", async () => {
    await using rig = new Rig();
    rig.script({ agentDials: true });
    const id = await rig.start(8);
    await rig.run();
    expect(Math.max(...rig.dials.values())).toBe(1);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect(campaign.statusReason).toContain("--dialer agent");
    expect(progress.calls.completed).toBeGreaterThan(0);
  });

  test("an agent that is told to dial and is not seen to do so may have: lost, never repeated", async () => {
    await using rig = new Rig();
    rig.script({ agentJoinsAfter: null });
    const id = await rig.start(1, { maxAttempts: 3 });
    await rig.run({ dialer: "agent" });
    expect((await rig.report(id)).progress.endings).toEqual({ lost: 1 });
    expect(rig.world.rooms.list()).toEqual([]);
  });
});

describe("waiting", () => {
  test("outside hours the campaign was paused and nothing resumed it: it waits, says until when, and goes on", async () => {
    await using rig = new Rig(at("2026-11-23T16:59:50Z")); // Monday
    const id = await rig.start(20, { hours: "9-17", days: "mon-fri", delay: "4s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(HOUR);
    const today = rig.world.dials.length;
    expect(today).toBeLessThan(5);
    const report = await rig.report(id);
    expect(report.campaign.status).toBe("running");
    expect(report.because).toBe("outside calling hours");
    const opens = at("2026-11-24T09:00:00Z");
    expect(report.nextCallAt).toBe(opens);
    expect(rig.said("campaign_waiting")).toMatchObject([{ because: "outside calling hours", until: opens }]);
    await rig.clock.advance(16 * HOUR);
    expect((await rig.report(id)).campaign.status).toBe("completed");
    expect(rig.world.dials[today]?.at).toBeGreaterThanOrEqual(opens);
    expect([...rig.dials.values()]).toEqual(once(20));
    await drained(rig, working);
  });

  test("campaigns that wait are kept in the order in which they go on", async () => {
    await using rig = new Rig();
    const late = await rig.start(1, { hours: "20-22", timezone: "UTC" });
    const early = await rig.start(1, { hours: "18-20", timezone: "UTC" });
    await rig.run();
    const { store } = rig;
    expect((await store.listCampaigns("running")).map(({ id }) => id)).toEqual([early, late]);
  });

  test("the daily counter's day was UTC and the hours were local: the cap holds for the campaign's own day", async () => {
    // 20:00 in Los Angeles is 04:00 of the next day in UTC.
    await using rig = new Rig(at("2026-11-24T03:30:00Z"));
    const id = await rig.start(6, { timezone: "America/Los_Angeles", dailyCap: 3, delay: "20m" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(2 * HOUR); // past midnight in UTC
    expect(rig.world.dials.length).toBe(3);
    expect((await rig.report(id)).nextCallAt).toBe(at("2026-11-24T08:00:00Z"));
    await rig.clock.advance(6 * HOUR);
    expect(rig.world.dials.length).toBe(6);
    expect((await rig.report(id)).campaign.status).toBe("completed");
    await drained(rig, working);
  });

  test("calls stayed `calling` for ever: the campaign is completed when every call is final, and not before", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 5, talks: 300 });
    const id = await rig.start(2, { delay: "1s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(2 * MINUTE);
    expect(await rig.report(id)).toMatchObject({
      campaign: { status: "running" },
      because: expect.stringContaining("2 live"),
    });
    await rig.clock.advance(5 * MINUTE);
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 2, calling: 0, answered: 0 });
    expect((await rig.report(id)).campaign.status).toBe("completed");
    await drained(rig, working);
  });

  test("a pause acts before the next dial, whatever the poll", async () => {
    await using rig = new Rig();
    const id = await rig.start(10, { delay: "10s" });
    const working = rig.work({ watch: true, poll: HOUR });
    await rig.clock.advance(15 * SECOND);
    await rig.campaigns.pause(id);
    await rig.clock.advance(10 * MINUTE);
    expect(rig.world.dials.length).toBe(2);
    expect((await rig.report(id)).campaign.statusReason).toBe("paused by the operator");
    await drained(rig, working);
  });
});

describe("our own side", () => {
  test.each([
    [
      "a dead trunk",
      { others: [{ weight: 1, behaviour: { does: "refuse", status: 503, reason: "Service Unavailable" } }] },
    ],
    ["a trunk that wants other credentials", { others: [{ weight: 1, behaviour: { does: "auth" } }] }],
    ["no agent", { agentJoinsAfter: null }],
  ])(
    "%s failed the whole list in seconds: the campaign is paused with the reason, the contacts stay pending",
    async (_, script) => {
      await using rig = new Rig();
      rig.script(script);
      const id = await rig.start(30, { delay: "0", concurrency: 5 });
      expect((await rig.run()).tripped).toBe(1);
      const { campaign, progress } = await rig.report(id);
      expect(campaign.status).toBe("paused");
      expect(campaign.statusReason).toMatch(/attempts failed on our side/);
      expect(progress.calls.pending).toBe(30);
      expect(progress.dials).toBe(0);
      expect(rig.world.rooms.list()).toEqual([]);
    },
  );

  test("nobody is rung to hear silence", async () => {
    await using rig = new Rig();
    rig.script({ agentJoinsAfter: null });
    await rig.start(3);
    await rig.run();
    expect(rig.world.dials).toEqual([]);
    const again = await rig.start(3);
    await rig.run({ waitForAgent: false, only: [again] });
    expect([...rig.dials.values()]).toEqual(once(3));
  });

  test("a resume after the breaker makes one test call first", async () => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status: 503, reason: "Service Unavailable", after: 0 });
    const id = await rig.start(30, { delay: "0", concurrency: 10 });
    await rig.run();
    const tried = rig.world.dials.length;
    await rig.campaigns.resume(id);
    await rig.clock.advance(20 * MINUTE);
    await rig.run();
    expect(rig.world.dials.length).toBe(tried + 1);
    expect((await rig.report(id)).campaign.statusReason).toMatch(/test call/);
    rig.script({});
    await rig.campaigns.resume(id);
    await rig.clock.advance(20 * MINUTE);
    await rig.run();
    expect((await rig.report(id)).campaign.status).toBe("completed");
    expect((await rig.report(id)).progress.calls.completed).toBe(30);
  });

  test("a carrier's CPS limit counted as a failed contact: the pace is lowered, and recovers; nobody is charged", async () => {
    await using rig = new Rig();
    rig.script({ trunk: { cps: 1 } });
    const id = await rig.start(40, { delay: "100ms", concurrency: 40 });
    const working = rig.work({ watch: true });
    await rig.clock.advance(5 * SECOND);
    const early = await rig.report(id);
    expect(early.pace.lowered).toBe(true);
    expect(early.pace.interval).toBeGreaterThan(900);
    await rig.clock.advance(HOUR);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("completed");
    expect(progress.calls.completed).toBe(40);
    expect(progress.dials).toBe(40);
    await drained(rig, working);
  });

  test("a channel limit lowers how many calls are up at once", async () => {
    await using rig = new Rig();
    rig.script({
      trunk: { concurrency: 2 },
      others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 60 } }],
    });
    const id = await rig.start(12, { delay: "1s", concurrency: 8 });
    const working = rig.work({ watch: true });
    await rig.clock.advance(30 * SECOND);
    expect((await rig.report(id)).pace.concurrency).toBeLessThan(8);
    await rig.clock.advance(2 * HOUR);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 12, calls: { completed: 12 } });
    await drained(rig, working);
  });

  test("an agent that dies while the callee is on the line ends the call after a short grace, and says so", async () => {
    await using rig = new Rig();
    rig.script({ agentLeavesAfter: 60, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 600 } }] });
    await rig.start(1);
    await rig.run();
    expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
    expect(rig.clock.now() - NOON).toBeLessThan(75 * SECOND);
    expect(rig.said("call_ended")).toMatchObject([{ ending: "completed", detail: "the agent ended the call" }]);
  });

  test("how long the agent took to join is told with the dial", async () => {
    await using rig = new Rig();
    rig.script({ agentJoinsAfter: 1, agentActiveAfter: 0 });
    await rig.start(1);
    await rig.run();
    expect(rig.said("call_dialing")).toMatchObject([{ agentJoinedMs: 1000 }]);
  });

  test("a trunk that is not there is an error with the reason, and no contact is touched", async () => {
    await using rig = new Rig();
    const id = await rig.start(2, { trunk: "ST_gone" });
    expect((await rig.run()).failed).toBe(1);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("error");
    expect(campaign.statusReason).toContain("ST_gone");
    expect(progress.calls.pending).toBe(2);
  });
});
