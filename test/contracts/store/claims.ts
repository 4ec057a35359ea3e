import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { claimedAttempt } from "../../../src/domain/calls/call.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { DAY, dialing, ended, number, people, person, present, type Scene, TOMORROW, TRUNK } from "./scene.ts";

const ten = (): string[] => Array.from({ length: 10 }, () => randomUUID());

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

    test("several at once are the next in line, each with its own attempt and its own turn", async () => {
      const campaign = await scene().running(people(5), { concurrency: 100, delay: 20 });
      const runner = await scene().runner();
      const attemptIds = [randomUUID(), randomUUID(), randomUUID()];
      const claims = await scene().claims(campaign, runner, { attemptIds });
      expect(claims.map(({ call, attempt }) => [call.contact.phoneNumber, attempt.id, attempt.claimedAt])).toEqual(
        attemptIds.map((id, n) => [number(n), id, NOON + n * 20]),
      );
      expect(claims.map(({ call }) => call.attemptId)).toEqual(attemptIds);
      // Another comes the pace after the last of them.
      expect(await scene().claim(campaign, runner, { at: NOON + 59 })).toBeNull();
      expect(await scene().claims(campaign, runner, { attemptIds, at: NOON + 59 })).toEqual(claims);
      expect(
        await scene().claims(campaign, runner, { attemptIds: people(4).map(({ id }) => present(id)), at: NOON + 60 }),
      ).toHaveLength(2);
      expect(await scene().store.snapshot(campaign, DAY)).toMatchObject({ live: 5, today: 5, lastHandOut: NOON + 80 });
      await scene().expectRightCounts(campaign);
    });

    test("several at once are no more than are under way at most, than the day has left, and than the trunk carries", async () => {
      const runner = await scene().runner();
      const few = await scene().running(people(9), { concurrency: 3 });
      expect(await scene().claims(few, runner, { attemptIds: ten() })).toHaveLength(3);
      expect(await scene().claims(few, runner, { attemptIds: ten() })).toEqual([]);
      const capped = await scene().running(
        people(9).map((_, n) => person(20 + n)),
        { concurrency: 9, dailyCap: 4 },
      );
      expect(await scene().claims(capped, runner, { attemptIds: ten() })).toHaveLength(4);
      const carried = await scene().running(
        people(9).map((_, n) => person(40 + n)),
        { concurrency: 9 },
      );
      const limit = { trunkId: "ST_2", interval: 0, concurrency: 2 };
      await scene().store.setTrunkLimit(limit, NOON);
      expect(await scene().claims(carried, runner, { attemptIds: ten(), trunkId: "ST_2" })).toHaveLength(2);
    });

    test("several runners that ask for several at once never get one call twice, nor one number from two campaigns", async () => {
      const campaigns = [
        await scene().running(people(12), { concurrency: 100 }),
        await scene().running(people(12), { concurrency: 100 }),
      ];
      const runners = await Promise.all([1, 2, 3, 4].map(() => scene().runner()));
      const asked = Array.from({ length: 24 }, (_, n) =>
        scene().claims(present(campaigns[n % 2]), present(runners[n % 4]), {
          attemptIds: [randomUUID(), randomUUID(), randomUUID()],
        }),
      );
      const claims = (await Promise.all(asked)).flat();
      const numbers = claims.map(({ call }) => call.contact.phoneNumber);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(new Set(claims.map(({ call }) => call.id)).size).toBe(claims.length);
      expect(claims.length).toBeGreaterThan(0);
      for (const campaign of campaigns) await scene().expectRightCounts(campaign);
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
