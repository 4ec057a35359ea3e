import { describe, expect, test } from "vitest";
import { stopped } from "../../../src/domain/calls/stopped.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Claim } from "../../../src/engine/ports/index.ts";
import { NOON } from "../../support/domain.ts";
import { answered, DAY, dialing, ended, identified, number, people, present, type Scene, TOMORROW } from "./scene.ts";

export function dialsContract(scene: () => Scene): void {
  describe("the last door before a phone rings", () => {
    test("stores the dial, and lets it go once", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const change = dialing(await scene().claimed(campaign, await scene().runner()));
      expect(await store.beginDial(change, 0)).toEqual({ say: "go" });
      expect(await store.callHistory(campaign.id, number(0))).toEqual({
        call: change.call,
        attempts: [change.attempt],
      });
      expect(await store.beginDial(change, 0)).toEqual({ say: "no", because: "not_yours" });
      expect(await scene().expectRightCounts(campaign)).toMatchObject({ dials: 1, calls: { calling: 1 } });
    });

    test("lets one of two askers through", async () => {
      const campaign = await scene().running(people(1));
      const change = dialing(await scene().claimed(campaign, await scene().runner()));
      const gates = await Promise.all([1, 2, 3].map(() => scene().store.beginDial(change, 0)));
      expect(gates.filter(({ say }) => say === "go")).toHaveLength(1);
    });

    test("is closed to a runner that was relieved", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const change = dialing(await scene().claimed(campaign, await scene().runner()));
      await store.takeOver(await scene().runner(NOON + HOUR), NOON + HOUR);
      expect(await store.beginDial(change, 0)).toEqual({ say: "no", because: "not_yours" });
    });

    test.each(["pause", "stop", "trip", "fail"] as const)(
      "is closed after a %s between claim and dial",
      async (move) => {
        const { store } = scene();
        const campaign = await scene().running(people(2));
        const claim = await scene().claimed(campaign, await scene().runner());
        await store.moveCampaign(campaign.id, move, { at: NOON });
        expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "not_running" });
        expect(await scene().expectRightCounts(campaign)).toMatchObject({ dials: 0 });
      },
    );

    test("is closed to a number put on the do-not-call list between claim and dial", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const claim = await scene().claimed(campaign, await scene().runner());
      await store.setOutcome(claim.call.id, "do_not_call", null, NOON);
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "do_not_call" });
      const single = await scene().single(await scene().runner());
      expect(await store.beginDial(dialing(single, NOON, null), 0)).toEqual({ say: "no", because: "do_not_call" });
    });

    test("keeps the interval between dials, whatever time lay between claim and dial", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(3));
      const runner = await scene().runner();
      const [first, second] = [await scene().claimed(campaign, runner), await scene().claimed(campaign, runner)];
      expect(await store.beginDial(dialing(first), 2 * SECOND)).toEqual({ say: "go" });
      const early = await store.beginDial(dialing(second, NOON + SECOND), 2 * SECOND);
      expect(early).toEqual({ say: "wait", until: NOON + 2 * SECOND });
      expect(await store.beginDial(dialing(second, NOON + 2 * SECOND), 2 * SECOND)).toEqual({ say: "go" });
    });

    test("took the turn of whoever was overtaken on the way: one dial in ten, on a database that is far away", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(5), { concurrency: 10 });
      const runner = await scene().runner();
      const claims: Claim[] = [];
      for (let n = 0; n < 5; n++) claims.push(await scene().claimed(campaign, runner));
      const dial = (n: number, at: number) => store.beginDial(dialing(present(claims[n]), NOON + at), 20);
      expect(await dial(1, 20)).toEqual({ say: "go" });
      expect(await dial(0, 0)).toEqual({ say: "go" });
      expect(await dial(2, 300)).toEqual({ say: "go" });
      // Between two that are less than twice the pace apart is no room; and what is long over is nobody's turn.
      expect(await dial(3, 281)).toMatchObject({ say: "wait" });
      expect(await dial(3, 319)).toMatchObject({ say: "wait" });
      expect(await dial(3, 199)).toMatchObject({ say: "wait" });
      expect(await dial(3, 280)).toEqual({ say: "go" });
    });

    test("keeps a pace of a second and more from dial to dial, whoever was overtaken", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2), { concurrency: 10 });
      const runner = await scene().runner();
      const [first, second] = [await scene().claimed(campaign, runner), await scene().claimed(campaign, runner)];
      expect(await store.beginDial(dialing(second, NOON + SECOND), SECOND)).toEqual({ say: "go" });
      const overtaken = await store.beginDial(dialing(first, NOON), SECOND);
      expect(overtaken).toMatchObject({ say: "wait" });
    });

    test("keeps the daily cap of the day it is now, not of the day of the claim", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(4), { dailyCap: 1 });
      const runner = await scene().runner();
      const overnight = await scene().claimed(campaign, runner);
      // A second claim is one too many for today as long as the first is undialed.
      expect(await scene().claim(campaign, runner)).toBeNull();
      const tomorrow = await store.beginDial(dialing(overnight, NOON + 24 * HOUR, TOMORROW), 0);
      expect(tomorrow).toEqual({ say: "go" });
      expect(await store.snapshot(campaign, DAY)).toMatchObject({ today: 0 });
      expect(await scene().claim(campaign, runner, { localDay: TOMORROW })).toBeNull();
      // Yesterday's room is of no use to a claim that is dialed today.
      const late = await scene().claimed(campaign, runner, { localDay: DAY });
      const gate = await store.beginDial(dialing(late, NOON + 24 * HOUR, TOMORROW), 0);
      expect(gate).toEqual({ say: "no", because: "daily_cap" });
    });
  });

  describe("a change", () => {
    test("is stored with the call and the counters", async () => {
      const campaign = await scene().running(people(2));
      const dialed = await scene().dialed(campaign, await scene().runner());
      const live = await scene().save(answered(dialed, NOON + SECOND));
      expect(await scene().store.findCall(live.call.id)).toEqual(live.call);
      const over = await scene().save(ended(live, "completed", NOON + 31 * SECOND));
      expect(await scene().store.findCall(over.call.id)).toEqual(over.call);
      const progress = await scene().expectRightCounts(campaign);
      expect(progress).toMatchObject({ dials: 1, pickups: 1, usageSeconds: 30, calls: { completed: 1, pending: 1 } });
      expect(progress.endings).toEqual({ completed: 1 });
    });

    test("that names the carrier's id is kept with the call, which goes on", async () => {
      const campaign = await scene().running(people(1));
      const dialed = await scene().dialed(campaign, await scene().runner());
      const named = await scene().save(await scene().save(identified(dialed)));
      const live = await scene().save(answered(named, NOON + SECOND));
      expect(await scene().store.callHistory(campaign.id, number(0))).toEqual({
        call: { ...live.call, sipCallId: "CA1" },
        attempts: [{ ...live.attempt, sipCallId: "CA1" }],
      });
      expect(await scene().expectRightCounts(campaign)).toMatchObject({ dials: 1, pickups: 1 });
    });

    test("stored twice counts once", async () => {
      const campaign = await scene().running(people(1));
      const dialed = await scene().dialed(campaign, await scene().runner());
      const live = await scene().save(await scene().save(answered(dialed)));
      await scene().save(await scene().save(ended(live, "completed", NOON + SECOND)));
      expect(await scene().expectRightCounts(campaign)).toMatchObject({ dials: 1, pickups: 1, usageSeconds: 1 });
      expect((await scene().store.findCampaigns(campaign.id))[0]?.recent).toBe(".");
    });

    test("that comes late, out of an older state, changes nothing", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const dialed = await scene().dialed(campaign, await scene().runner());
      const busy = await scene().save(ended(dialed, "busy"));
      expect(await store.save(answered(dialed))).toBe("not_yours");
      expect(await store.findCall(busy.call.id)).toEqual(busy.call);
      await scene().expectRightCounts(campaign);
    });

    test("of a runner that was relieved changes nothing", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const dialed = await scene().dialed(campaign, await scene().runner());
      const [taken] = await store.takeOver(await scene().runner(NOON + HOUR), NOON + HOUR);
      expect(taken?.call).toEqual(dialed.call);
      expect(await store.save(answered(dialed))).toBe("not_yours");
      await scene().expectRightCounts(campaign);
    });

    test("after the campaign was stopped leaves no call pending", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const dialed = await scene().dialed(campaign, await scene().runner());
      await store.moveCampaign(campaign.id, "stop", { at: NOON });
      const busy = ended(dialed, "busy", NOON + SECOND);
      expect(busy.call.status).toBe("pending");
      expect(await store.save(busy)).toBe("closed");
      expect((await store.snapshot(campaign, DAY)).live).toBe(1);
      await scene().save({ ...busy, call: stopped(busy.call, "stopped", NOON + SECOND) });
      expect(await scene().expectRightCounts(campaign)).toMatchObject({ calls: { busy: 1, pending: 0 } });
    });

    test("that takes a free dial back takes it from the day it was made", async () => {
      const campaign = await scene().running(people(3), { dailyCap: 1 });
      const runner = await scene().runner();
      const free = await scene().dialed(campaign, runner);
      expect(await scene().claim(campaign, runner)).toBeNull();
      await scene().save(ended(free, "trunk_error", NOON + SECOND));
      expect(await scene().expectRightCounts(campaign)).toMatchObject({ dials: 0 });
      expect(await scene().claim(campaign, runner)).not.toBeNull();
    });

    test("that takes yesterday's dial back leaves today's count alone", async () => {
      const campaign = await scene().running(people(3), { dailyCap: 9 });
      const runner = await scene().runner(NOON, NOON + 30 * HOUR);
      const yesterday = await scene().dialed(campaign, runner, NOON, DAY);
      await scene().dialed(campaign, runner, NOON + 24 * HOUR, TOMORROW);
      await scene().save(ended(yesterday, "trunk_error", NOON + 24 * HOUR + MINUTE));
      await scene().expectRightCounts(campaign, TOMORROW);
    });

    test("says how our own side did, a hundred attempts back", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(105), { concurrency: 200, dailyCap: 200 });
      const runner = await scene().runner();
      for (let n = 0; n < 105; n++) {
        await scene().save(ended(await scene().dialed(campaign, runner), n < 103 ? "declined" : "too_fast"));
      }
      expect((await store.findCampaigns(campaign.id))[0]?.recent).toBe(`${"d".repeat(98)}tt`);
    });
  });
}
