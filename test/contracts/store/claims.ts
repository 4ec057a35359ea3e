import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { claimedAttempt } from "../../../src/domain/calls/call.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { DAY, dialing, ended, number, people, present, type Scene, TOMORROW, TRUNK } from "./scene.ts";

export function claimsContract(scene: () => Scene): void {
  describe("a claim", () => {
    test("hands out the call that waits longest, with its attempt stored before anything rings", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(3));
      const runner = await scene().runner();
      const attemptId = randomUUID();
      const { call, attempt } = await scene().claimed(campaign, runner, { attemptId });
      expect(call).toMatchObject({ attemptId, status: "pending", contact: { phoneNumber: number(0) } });
      expect(attempt).toEqual(claimedAttempt(attemptId, call, runner, TRUNK, NOON));
      expect(await store.callHistory(campaign.id, number(0))).toEqual({ call, attempts: [attempt] });
      expect(await store.snapshot(campaign, DAY)).toMatchObject({ live: 1, today: 1, lastHandOut: NOON });
    });

    test("asked again with the same id is the same claim, not a second call", async () => {
      const campaign = await scene().running(people(3));
      const runner = await scene().runner();
      const attemptId = randomUUID();
      const first = await scene().claim(campaign, runner, { attemptId });
      expect(await scene().claim(campaign, runner, { attemptId, at: NOON + SECOND })).toEqual(first);
      expect((await scene().store.snapshot(campaign, DAY)).live).toBe(1);
      // Nobody else gets it by asking with its id.
      expect(await scene().claim(campaign, await scene().runner(), { attemptId })).toBeNull();
    });

    test("never hands a call out twice, however many runners ask at once", async () => {
      const campaign = await scene().running(people(12), { concurrency: 100 });
      const runners = await Promise.all([1, 2, 3, 4].map(() => scene().runner()));
      const asked = Array.from({ length: 40 }, (_, n) => scene().claim(campaign, present(runners[n % 4])));
      const claims = (await Promise.all(asked)).filter((claim) => claim !== null);
      expect(claims).toHaveLength(12);
      expect(new Set(claims.map(({ call }) => call.id)).size).toBe(12);
      await scene().expectRightCounts(campaign);
    });

    test("goes to nobody whose lease has run out or never was", async () => {
      const campaign = await scene().running(people(1));
      const runner = await scene().runner(NOON, NOON + MINUTE);
      expect(await scene().claim(campaign, randomUUID())).toBeNull();
      expect(await scene().claim(campaign, runner, { at: NOON + MINUTE })).toBeNull();
      expect(await scene().claim(campaign, runner, { at: NOON + MINUTE - 1 })).not.toBeNull();
    });

    test("is made of running campaigns only", async () => {
      const { store } = scene();
      const runner = await scene().runner();
      const idle = await scene().idle(people(1), { name: "idle" });
      const paused = await scene().running(people(1), { name: "paused" });
      await store.moveCampaign(paused.id, "pause", { at: NOON });
      const stopped = await scene().running(people(1), { name: "stopped" });
      await store.moveCampaign(stopped.id, "stop", { at: NOON });
      for (const campaign of [idle, paused, stopped]) expect(await scene().claim(campaign, runner)).toBeNull();
      expect(await scene().claim({ ...idle, id: randomUUID() }, runner)).toBeNull();
      await store.moveCampaign(paused.id, "resume", { at: NOON });
      expect(await scene().claim(paused, runner)).not.toBeNull();
    });

    test("keeps the concurrency, the lower of campaign and request, until an attempt ends", async () => {
      const campaign = await scene().running(people(5), { concurrency: 2 });
      const runner = await scene().runner();
      const first = await scene().dialed(campaign, runner);
      expect(await scene().claim(campaign, runner, { concurrency: 1 })).toBeNull();
      await scene().claimed(campaign, runner, { concurrency: 99 });
      expect(await scene().claim(campaign, runner, { concurrency: 99 })).toBeNull();
      await scene().save(ended(first, "declined", NOON + SECOND));
      expect(await scene().claim(campaign, runner)).not.toBeNull();
    });

    test("keeps the pace across runners", async () => {
      const campaign = await scene().running(people(5), { delay: 2 * SECOND });
      const [one, other] = [await scene().runner(), await scene().runner()];
      expect(await scene().claim(campaign, one)).not.toBeNull();
      expect(await scene().claim(campaign, other, { at: NOON + 2 * SECOND - 1 })).toBeNull();
      expect(await scene().claim(campaign, other, { at: NOON + 2 * SECOND })).not.toBeNull();
      expect(await scene().claim(campaign, one, { at: NOON + 3 * SECOND, interval: 0 })).not.toBeNull();
    });

    test("keeps the daily cap of the local day, those handed out and not yet dialed included", async () => {
      const campaign = await scene().running(people(6), { dailyCap: 2 });
      const runner = await scene().runner();
      await scene().save(ended(await scene().dialed(campaign, runner), "declined"));
      const undialed = await scene().claimed(campaign, runner);
      expect(await scene().claim(campaign, runner)).toBeNull();
      // It was never dialed, so it counts for no day.
      await scene().save(ended(undialed, "released"));
      await scene().save(ended(await scene().dialed(campaign, runner), "declined"));
      expect(await scene().claim(campaign, runner)).toBeNull();
      expect(await scene().claim(campaign, runner, { localDay: TOMORROW })).not.toBeNull();
      await scene().expectRightCounts(campaign);
    });

    test("waits for the time of the next attempt", async () => {
      const campaign = await scene().running(people(1), { retry: { maxAttempts: 3, after: [MINUTE] } });
      const runner = await scene().runner(NOON, NOON + 100 * MINUTE);
      const { call } = await scene().save(ended(await scene().dialed(campaign, runner), "busy"));
      const due = present(call.nextAttemptAt);
      expect((await scene().store.snapshot(campaign, DAY)).waiting).toEqual([{ place: PLACE, nextDue: due }]);
      expect(await scene().claim(campaign, runner, { at: due - 1 })).toBeNull();
      expect((await scene().claim(campaign, runner, { at: due }))?.call).toMatchObject({
        id: call.id,
        attemptsSpent: 1,
      });
    });

    test("passes over numbers put on the do-not-call list meanwhile, and ends their calls", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(3), { name: "one" });
      const elsewhere = await scene().running(people(2), { name: "two" });
      for (const call of (await store.listCalls({ campaignId: elsewhere.id, limit: 2 })).calls) {
        await store.setOutcome(call.id, "do_not_call", null, NOON);
      }
      const claim = await scene().claimed(campaign, await scene().runner());
      expect(claim.call.contact.phoneNumber).toBe(number(2));
      const progress = await store.progress(campaign.id, NOON);
      expect(progress).toMatchObject({ total: 3, calls: { failed: 2, pending: 1 }, endings: { do_not_call: 2 } });
      expect((await store.callHistory(campaign.id, number(0)))?.call).toMatchObject({ completedAt: NOON });
    });
  });

  describe("a single call", () => {
    test("is stored outside any campaign with its attempt, and dialed like any other", async () => {
      const { store } = scene();
      const runner = await scene().runner();
      const { call, attempt } = await scene().single(runner);
      expect(await store.findCall(call.id)).toEqual(call);
      const dialed = dialing({ call, attempt }, NOON, null);
      expect(await store.beginDial(dialed, 0)).toEqual({ say: "go" });
      await scene().save(ended(dialed, "busy", NOON + SECOND));
      expect(await store.findCall(call.id)).toMatchObject({ status: "busy", attemptId: null, campaignId: null });
      expect(await store.endedAttempts([attempt.id, randomUUID()])).toMatchObject([
        { attempt: { id: attempt.id, endedByUs: false } },
      ]);
    });

    test("is taken over when its runner dies", async () => {
      const single = await scene().single(await scene().runner());
      const other = await scene().runner(NOON + 2 * MINUTE);
      const taken = await scene().store.takeOver(other, NOON + 2 * MINUTE);
      expect(taken).toEqual([{ call: single.call, attempt: { ...single.attempt, runnerId: other } }]);
    });
  });
}
