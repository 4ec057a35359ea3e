import { describe, expect, test } from "vitest";
import type { Call } from "../../../src/domain/calls/call.ts";
import { TOLERANCE } from "../../../src/domain/calls/callback.ts";
import { type Campaign, STOPPED } from "../../../src/domain/calls/campaign.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Claim } from "../../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { answered, DAY as TODAY, dialing, ended, number, people, present, type Scene } from "./scene.ts";

const ZONE = "America/New_York";
const AT = NOON + HOUR;
const promise = (at = AT) => ({ at, zone: ZONE });

export function callbacksContract(scene: () => Scene): void {
  const callOf = async (campaign: Campaign, n = 0): Promise<Call> =>
    present(await scene().store.callHistory(campaign.id, number(n))).call;
  const promised = (call: Pick<Call, "id">, at = AT): Promise<Call | null> =>
    scene().store.setOutcome(call.id, "callback", null, NOON, promise(at));
  /** Answered and over. */
  const talked = async (campaign: Campaign, runner: string): Promise<Call> =>
    (await scene().save(ended(await scene().save(answered(await scene().dialed(campaign, runner))), "completed"))).call;
  const forever = (): Promise<string> => scene().runner(NOON, NOON + 30 * DAY);

  describe("callbacks", () => {
    test("wait for their instant, go first then, and say which promise they keep", async () => {
      const campaign = await scene().running(people(3));
      const runner = await forever();
      const call = await talked(campaign, runner);
      const waits = present(await promised(call));
      expect(waits).toMatchObject({ status: "pending", nextAttemptAt: AT, completedAt: null, outcome: "callback" });
      expect(waits).toMatchObject({ callback: promise(), endReason: "completed", attemptsSpent: 1 });

      const first = await scene().claimed(campaign, runner, { at: AT - 1 });
      expect(first.call.contact.phoneNumber).toBe(number(1));
      expect(first.attempt.callbackAt).toBeNull();
      const second = await scene().claimed(campaign, runner, { at: AT });
      expect(second.call).toMatchObject({ id: call.id, callback: promise() });
      expect(second.attempt.callbackAt).toBe(AT);
      expect(await scene().store.beginDial(dialing(second, AT), 0)).toEqual({ say: "go" });
    });

    test("are shown to the plan, the earliest first, and counted", async () => {
      const campaign = await scene().running(people(3));
      await promised(await callOf(campaign, 0), AT + 1);
      await promised(await callOf(campaign, 1), AT);
      const { callbacks } = await scene().store.snapshot(campaign, TODAY);
      expect(callbacks).toEqual([
        { callId: (await callOf(campaign, 1)).id, place: PLACE, callback: promise(), nextDue: AT },
        { callId: (await callOf(campaign, 0)).id, place: PLACE, callback: promise(AT + 1), nextDue: AT + 1 },
      ]);
      expect((await scene().store.progress(campaign.id, NOON)).callbacks).toEqual({ open: 2, missed: 0 });
      const [listed] = await scene().store.listCampaigns("running");
      expect(listed?.nextCallbackAt).toBe(AT);
      await scene().expectRightCounts(campaign);
    });

    test("go by the earliest promise, whatever else is due", async () => {
      const campaign = await scene().running(people(4));
      const runner = await forever();
      for (const [n, at] of [AT + 2, AT + 1, AT].entries()) await promised(await callOf(campaign, n + 1), at);
      const order = [];
      for (let n = 0; n < 4; n++) order.push((await scene().claimed(campaign, runner, { at: AT + MINUTE })).call);
      expect(order.map(({ contact }) => contact.phoneNumber)).toEqual([number(3), number(2), number(1), number(0)]);
    });

    test("are not held by the daily cap, which they count for, nor asked how many attempts are left", async () => {
      const campaign = await scene().running(people(3), { dailyCap: 1, retry: { maxAttempts: 1, after: [MINUTE] } });
      const runner = await forever();
      await promised(await talked(campaign, runner));
      expect(await scene().claim(campaign, runner)).toBeNull();
      const claim = await scene().claimed(campaign, runner, { at: AT });
      expect(claim.call.contact.phoneNumber).toBe(number(0));
      expect(await scene().store.beginDial(dialing(claim, AT), 0)).toEqual({ say: "go" });
      expect(await scene().store.snapshot(campaign, TODAY)).toMatchObject({ today: 2 });
      await scene().expectRightCounts(campaign);
      expect(await scene().claim(campaign, runner, { at: AT + HOUR })).toBeNull();
    });

    test("alone are handed out when it is another campaign's turn", async () => {
      const campaign = await scene().running(people(2));
      const runner = await forever();
      await promised(await callOf(campaign, 1));
      expect(await scene().claim(campaign, runner, { callbacksOnly: true })).toBeNull();
      expect((await scene().claimed(campaign, runner, { at: AT, callbacksOnly: true })).attempt.callbackAt).toBe(AT);
      expect(await scene().claim(campaign, runner, { at: AT, callbacksOnly: true })).toBeNull();
    });

    test("are handed out at open places only, and once", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      await promised(await callOf(campaign));
      const elsewhere = [{ place: "GB Europe/London", caps: [] }];
      expect(await scene().claim(campaign, runner, { at: AT, open: elsewhere })).toBeNull();
      const claims = await Promise.all([1, 2, 3].map(() => scene().claim(campaign, runner, { at: AT })));
      expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    });

    test.each(["busy", "completed", "lost"] as const)("are kept by an attempt that ends as %s", async (ending) => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      await promised(await talked(campaign, runner));
      const rang = await scene().dialed(campaign, runner, AT);
      await scene().save(ended(rang, ending, AT + MINUTE));
      const call = await callOf(campaign);
      expect(call).toMatchObject({ callback: null, callbackMissedAt: null, attemptsSpent: 2 });
      expect((await scene().store.progress(campaign.id, NOON)).callbacks).toEqual({ open: 0, missed: 0 });
    });

    test("stand when the attempt rang nobody", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      await promised(await callOf(campaign));
      const rang = await scene().dialed(campaign, runner, AT);
      await scene().save(ended(rang, "trunk_error", AT + SECOND));
      expect(await callOf(campaign)).toMatchObject({ status: "pending", callback: promise(), attemptsSpent: 0 });
      const again = await scene().claimed(campaign, runner, { at: AT + MINUTE });
      expect(again.attempt.callbackAt).toBe(AT);
    });

    test("made in a call under way wait for its end", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      const live = await scene().save(answered(await scene().dialed(campaign, runner)));
      const noted = present(await promised(live.call));
      expect(noted).toMatchObject({ status: "answered", attemptId: live.attempt.id, callback: promise() });
      expect((await scene().store.snapshot(campaign, TODAY)).callbacks).toEqual([]);
      expect(await scene().store.moveCampaign(campaign.id, "finish", { at: NOON })).toBeNull();
      expect(await scene().store.save(ended(live, "completed", NOON + SECOND))).toBe("saved");
      const call = await callOf(campaign);
      expect(call).toMatchObject({ status: "pending", nextAttemptAt: AT, callback: promise(), endReason: "completed" });
      expect(call).toMatchObject({ completedAt: null, attemptId: null, durationSeconds: 1 });
    });

    test("made anew in the callback itself are a promise of their own", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      await promised(await talked(campaign, runner));
      const live = await scene().save(answered(await scene().dialed(campaign, runner, AT), AT + SECOND));
      await promised(live.call, AT + HOUR);
      await scene().save(ended(live, "completed", AT + MINUTE));
      expect(await callOf(campaign)).toMatchObject({
        status: "pending",
        nextAttemptAt: AT + HOUR,
        callback: promise(AT + HOUR),
      });
    });

    test("are replaced by the next promise, also between hand-out and dial", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      const call = await callOf(campaign);
      await promised(call);
      await promised(call, AT + MINUTE);
      expect(await scene().claim(campaign, runner, { at: AT })).toBeNull();
      const claim = await scene().claimed(campaign, runner, { at: AT + MINUTE });
      await promised(call, AT + HOUR);
      const gate = await scene().store.beginDial(dialing(claim, AT + MINUTE), 0);
      expect(gate).toEqual({ say: "no", because: "changed" });
      await scene().save(ended(claim, "released", AT + MINUTE));
      expect(await callOf(campaign)).toMatchObject({
        nextAttemptAt: AT + HOUR,
        callback: promise(AT + HOUR),
        attemptsSpent: 0,
      });
    });

    test("are left alone by the label without a time", async () => {
      const campaign = await scene().running(people(1));
      const call = await callOf(campaign);
      await scene().store.setOutcome(call.id, "callback", null, NOON);
      expect(await callOf(campaign)).toEqual({ ...call, outcome: "callback" });
      await promised(call);
      await scene().store.setOutcome(call.id, "callback", "said so", NOON);
      expect(await callOf(campaign)).toMatchObject({ callback: promise(), notes: "said so" });
    });

    test("are taken back by another outcome: the call ends as it went, or waits in line", async () => {
      const campaign = await scene().running(people(2));
      const call = await talked(campaign, await forever());
      await promised(call);
      const over = present(await scene().store.setOutcome(call.id, "not_interested", null, NOON + SECOND));
      expect(over).toMatchObject({
        status: "completed",
        callback: null,
        nextAttemptAt: null,
        completedAt: NOON + SECOND,
      });
      const untried = await callOf(campaign, 1);
      await promised(untried);
      const inLine = present(await scene().store.setOutcome(untried.id, "interested", null, NOON + SECOND));
      expect(inLine).toMatchObject({ status: "pending", callback: null, nextAttemptAt: NOON + SECOND });
    });

    test("that are taken back between hand-out and dial ring nobody", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      const call = await talked(campaign, runner);
      await promised(call);
      const claim = await scene().claimed(campaign, runner, { at: AT });
      await scene().store.setOutcome(call.id, "not_interested", null, AT);
      expect(await scene().store.beginDial(dialing(claim, AT), 0)).toEqual({ say: "no", because: "changed" });
      await scene().save(ended(claim, "released", AT));
      expect(await callOf(campaign)).toMatchObject({
        status: "completed",
        endReason: "completed",
        callback: null,
        nextAttemptAt: null,
      });
    });

    test("end on the way when the number is on the do-not-call list meanwhile", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      await promised(await talked(campaign, runner));
      await scene().store.addDoNotCall([{ phoneNumber: number(0), source: "operator", reason: null, addedAt: NOON }]);
      expect(await scene().claim(campaign, runner, { at: AT })).toBeNull();
      expect(await callOf(campaign)).toMatchObject({ status: "failed", endReason: "do_not_call", callback: null });
    });

    test("are held by a rule's cap, and stay promised", async () => {
      const campaign = await scene().running(people(1));
      const runner = await forever();
      await promised(await talked(campaign, runner));
      const open = [{ place: PLACE, caps: [{ rule: "X", max: 1, within: DAY, after: "any" as const }] }];
      expect(await scene().claim(campaign, runner, { at: AT, open })).toBeNull();
      expect(await callOf(campaign)).toMatchObject({ callback: promise(), nextAttemptAt: NOON + DAY });
    });

    test("set a campaign going again that had run out of calls, but none that was stopped", async () => {
      const { store } = scene();
      const done = await scene().running(people(1), { name: "done" });
      const call = await talked(done, await forever());
      await store.moveCampaign(done.id, "finish", { at: NOON });
      expect(await promised(call)).toMatchObject({ status: "pending", callback: promise() });
      const [reopened] = await store.findCampaigns(done.id);
      expect(reopened).toMatchObject({ status: "running", statusReason: null });

      await store.moveCampaign(done.id, "stop", { at: NOON, reason: STOPPED });
      expect(await callOf(done)).toMatchObject({ status: "completed", callback: null });
      expect(await promised(call)).toMatchObject({ status: "completed", callback: null, outcome: "callback" });
      expect((await store.findCampaigns(done.id))[0]?.status).toBe("completed");
    });

    test("of calls under way are taken back by a stop", async () => {
      const campaign = await scene().running(people(1));
      const live: Claim = await scene().save(answered(await scene().dialed(campaign, await forever())));
      await promised(live.call);
      await scene().store.moveCampaign(campaign.id, "stop", { at: NOON, reason: STOPPED });
      expect(await scene().store.save(ended(live, "completed", NOON + SECOND))).toBe("saved");
      expect(await callOf(campaign)).toMatchObject({ status: "completed", callback: null });
    });

    test("are not handed out once they are missed; they are promised again, or end the call", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const runner = await forever();
      const call = await talked(campaign, runner);
      await promised(call);
      await promised(await callOf(campaign, 1));
      const late = AT + TOLERANCE + 1;
      expect(await scene().claim(campaign, runner, { at: late })).toBeNull();
      expect(await store.missCallback(call.id, AT, promise(AT + DAY), late)).toBe(true);
      expect(await store.missCallback(call.id, AT + 1, null, late)).toBe(false);
      expect(await callOf(campaign)).toMatchObject({
        callback: promise(AT + DAY),
        nextAttemptAt: AT + DAY,
        callbackMissedAt: AT,
      });
      const other = await callOf(campaign, 1);
      expect(await store.missCallback(other.id, AT, null, late)).toBe(true);
      expect(await callOf(campaign, 1)).toMatchObject({
        status: "failed",
        endReason: "callback_missed",
        callback: null,
      });
      expect((await store.progress(campaign.id, late)).callbacks).toEqual({ open: 1, missed: 2 });
      expect(await store.missCallback(call.id, AT + DAY, null, late + DAY)).toBe(true);
      expect(await callOf(campaign)).toMatchObject({ status: "completed", endReason: "completed", callback: null });
    });
  });
}
