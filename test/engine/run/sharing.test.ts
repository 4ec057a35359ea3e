/** Several runners on one campaign, several campaigns on one runner, and who ends them. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { SANDBOX_TRUNK } from "../../../src/sandbox/trunks.ts";
import { NOON } from "../../support/domain.ts";
import { drained, once, Rig } from "../../support/engine.ts";
import { altered } from "../../support/troubled.ts";

describe("several at once", () => {
  test("two runners share a campaign: each number once, and the pace holds across them", async () => {
    await using rig = new Rig();
    await rig.start(20, { delay: "2s", concurrency: 20 });
    const [first, second] = [rig.work(), rig.work()];
    await rig.clock.finish(Promise.all([first.done, second.done]), HOUR);
    expect([...rig.dials.values()]).toEqual(once(20));
    const dialed = rig.world.dials.map(({ at }) => at);
    for (const [n, at] of dialed.slice(1).entries()) expect(at - (dialed[n] ?? 0)).toBeGreaterThanOrEqual(2 * SECOND);
    const runners = new Set(
      rig.said("run_started").map((event) => (event.type === "run_started" ? event.runnerId : "")),
    );
    expect(runners.size).toBe(2);
  });

  test("a last call that ended while the runner looked around left its campaign running", async () => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status: 486, reason: "Busy Here", after: 1 });
    const id = await rig.start(1, { delay: "0" });
    const slow = altered(rig.store, "snapshot", (look) => async (...asked) => {
      const seen = await look(...asked);
      await rig.clock.sleep(5 * SECOND);
      return seen;
    });
    await rig.clock.finish(rig.work({}, slow).done, HOUR);
    expect((await rig.report(id)).campaign.status).toBe("completed");
  });

  test("a campaign whose last call ended while another was dialed stayed running until that had to wait", async () => {
    await using rig = new Rig();
    const first = await rig.start(1, { delay: "1s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(2 * SECOND);
    const second = await rig.start(60, { delay: "1s" }, 10);
    await rig.clock.advance(30 * SECOND);
    expect((await rig.report(second)).campaign.status).toBe("running");
    expect((await rig.report(first)).campaign.status).toBe("completed");
    await drained(rig, working);
  });

  test("49 campaigns starved in silence behind one: they say that they wait for their turn, and behind whom", async () => {
    await using rig = new Rig();
    const first = await rig.start(100, { delay: "1s", name: "first" });
    const second = await rig.start(5, { delay: "1s", name: "second" }, 200);
    const working = rig.work({ watch: true, poll: 10 * SECOND });
    await rig.clock.advance(30 * SECOND);
    expect(await rig.report(second)).toMatchObject({ behind: "first", because: 'waits for its turn behind "first"' });
    expect((await rig.report(first)).behind).toBeNull();
    const told = rig.events.filter((event) => event.type === "campaign_waiting" && event.because.includes("turn"));
    expect(told).toMatchObject([{ campaign: "second" }]);
    await drained(rig, working);

    const both = rig.work({ watch: true, parallel: Infinity });
    await rig.clock.advance(30 * SECOND);
    expect((await rig.report(second)).behind).toBeNull();
    expect((await rig.report(second)).progress.calls.completed).toBe(5);
    await drained(rig, both);
  });

  test("one campaign at a time by default, in the order of next_call_at; --parallel interleaves them", async () => {
    for (const [parallel, switches] of [
      [1, 1],
      [2, 3],
    ] as const) {
      await using rig = new Rig();
      const first = await rig.start(4, { delay: "2s" });
      await rig.clock.advance(1);
      await rig.start(4, { delay: "2s" }, 10);
      await rig.run({ parallel });
      const campaigns = rig.said("call_dialing").map((event) => "campaignId" in event && event.campaignId === first);
      expect(campaigns[0]).toBe(true);
      const changes = campaigns.filter((own, n) => n > 0 && own !== campaigns[n - 1]).length;
      if (parallel === 1) expect(changes).toBe(switches);
      else expect(changes).toBeGreaterThanOrEqual(switches);
    }
  });

  test("two campaigns at once rang the same phone: the second waits until the first call is over", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 5, talks: 90 });
    const ids = [await rig.start(1), await rig.start(1)];
    const working = rig.work({ watch: true, parallel: 2 });
    await rig.clock.advance(30 * SECOND);
    expect(rig.world.dials).toHaveLength(1);
    await rig.clock.advance(10 * MINUTE);
    await drained(rig, working);
    expect([...rig.dials.values()]).toEqual([2]);
    const [first, second] = rig.world.dials;
    expect(second?.at).toBeGreaterThan(first?.endedAt ?? Infinity);
    for (const id of ids) expect((await rig.report(id)).campaign.status).toBe("completed");
  });

  test("with --parallel all the first of two took every turn of the trunk that they share", async () => {
    for (const limit of [
      { interval: SECOND, concurrency: null },
      { interval: 0, concurrency: 2 },
    ]) {
      await using rig = new Rig();
      rig.behave({ does: "answer", rings: 1, talks: 3 });
      await rig.store.setTrunkLimit({ trunkId: SANDBOX_TRUNK.sipTrunkId, ...limit }, NOON);
      const ids = [await rig.start(40, { delay: "0s" }), await rig.start(40, { delay: "0s" }, 40)];
      const working = rig.work({ watch: true, parallel: Infinity });
      await rig.clock.advance(20 * SECOND);
      const dials = await Promise.all(ids.map(async (id) => (await rig.report(id)).progress.dials));
      expect(Math.min(...dials), String(dials)).toBeGreaterThanOrEqual(Math.max(...dials) - 2);
      expect(Math.min(...dials)).toBeGreaterThan(2);
      await drained(rig, working);
    }
  });

  test("a campaign whose trunk others have filled held up one whose trunk was free", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 600 });
    await rig.store.setTrunkLimit({ trunkId: SANDBOX_TRUNK.sipTrunkId, interval: 0, concurrency: 1 }, NOON);
    const other = rig.world.trunks.create({ ...SANDBOX_TRUNK, sipTrunkId: "", name: "other" }).sipTrunkId;
    const trunk = SANDBOX_TRUNK.sipTrunkId;
    const filling = await rig.start(1, { trunk });
    const elsewhere = rig.work({ only: [filling] });
    await rig.clock.advance(5 * SECOND);
    const full = await rig.start(3, { trunk }, 10);
    const free = await rig.start(3, { trunk: other, delay: "1s" }, 20);
    const working = rig.work({ only: [full, free], watch: true });
    await rig.clock.advance(30 * SECOND);
    expect((await rig.report(full)).progress.dials).toBe(0);
    expect((await rig.report(free)).progress.dials).toBe(3);
    for (const each of [elsewhere, working]) {
      each.drain.abort();
      each.leave.abort();
    }
    await rig.clock.advance(SECOND);
  });

  test("a campaign that has to wait does not hold up the next one", async () => {
    await using rig = new Rig();
    await rig.start(3, { dailyCap: 1, delay: "1s" });
    const other = await rig.start(3, { delay: "1s" }, 10);
    await rig.run();
    expect((await rig.report(other)).campaign.status).toBe("completed");
  });
});
