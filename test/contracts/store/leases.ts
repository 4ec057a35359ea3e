import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import { advance } from "../../../src/domain/calls/call.ts";
import { answered, ended, people, present, type Scene } from "./scene.ts";

export function leasesContract(scene: () => Scene): void {
  describe("a lease", () => {
    test("protects a runner's attempts while it is renewed, to the millisecond", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const runner = await scene().runner(NOON, NOON + MINUTE);
      const { attempt } = await scene().dialed(campaign, runner);
      await store.renewLease({ runnerId: runner, until: NOON + 2 * MINUTE }, NOON + SECOND);
      const other = await scene().runner(NOON, NOON + HOUR);
      expect(await store.takeOver(other, NOON + 2 * MINUTE - 1)).toEqual([]);
      expect(await store.takeOver(other, NOON + 2 * MINUTE)).toMatchObject([{ attempt: { id: attempt.id } }]);
    });

    test("says how many calls its runner's agents take at once, as long as it holds", async () => {
      const { store } = scene();
      const { id } = await scene().running(people(1));
      const agents = async (at = NOON): Promise<number | null> => (await store.progress(id, at)).agents;
      await scene().runner(NOON, NOON + HOUR);
      expect(await agents()).toBeNull();
      const lease = { runnerId: randomUUID(), until: NOON + MINUTE };
      await store.renewLease({ ...lease, agents: 5 }, NOON);
      await store.renewLease({ ...lease, agents: 3 }, NOON);
      await store.renewLease({ ...lease, runnerId: randomUUID(), agents: 2 }, NOON);
      expect(await agents()).toBe(5);
      expect(await agents(NOON + MINUTE)).toBeNull();
      await store.renewLease({ ...lease, until: NOON + HOUR }, NOON);
      expect(await agents(NOON + MINUTE)).toBeNull();
    });

    test("says why its runner dials nothing new, as long as that is so and it holds", async () => {
      const { store } = scene();
      const { id } = await scene().running(people(1));
      const heldUp = async (at = NOON): Promise<readonly string[]> => (await store.progress(id, at)).heldUp;
      await scene().runner(NOON, NOON + HOUR);
      expect(await heldUp()).toEqual([]);
      const [one, two] = ["1", "2"].map((n) => ({ runnerId: `${n}-${randomUUID()}`, until: NOON + MINUTE }));
      if (one === undefined || two === undefined) throw new Error("expected two");
      await store.renewLease({ ...one, heldUp: "the runner on box drains: nothing new is dialed" }, NOON);
      await store.renewLease({ ...two, until: NOON + 2 * MINUTE, heldUp: "x" }, NOON);
      expect((await heldUp()).toSorted()).toEqual(["the runner on box drains: nothing new is dialed", "x"]);
      expect(await heldUp(NOON + MINUTE)).toEqual(["x"]);
      await store.renewLease({ ...two, until: NOON + HOUR }, NOON);
      expect(await heldUp(NOON + MINUTE)).toEqual([]);
    });

    test("that ran out gives every open attempt, and no ended one, to one other runner", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(5));
      const runner = await scene().runner();
      const claimed = await scene().claimed(campaign, runner);
      const dialed = await scene().dialed(campaign, runner);
      await scene().save(ended(await scene().dialed(campaign, runner), "declined"));
      const others = await Promise.all([1, 2].map(() => scene().runner(NOON + MINUTE)));
      const taken = await Promise.all(others.map((other) => store.takeOver(other, NOON + MINUTE)));
      const all = taken.flat();
      expect(all.map(({ call }) => call.id).toSorted()).toEqual([claimed.call.id, dialed.call.id].toSorted());
      for (const [n, claims] of taken.entries()) {
        for (const { attempt } of claims) expect(attempt.runnerId).toBe(others[n]);
      }
      await scene().expectRightCounts(campaign);
    });

    test("taken or not: a runner is told of all it holds, so that no answer lost on the way leaves one unknown", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(4));
      const [dead, me] = [await scene().runner(), await scene().runner(NOON, NOON + HOUR)];
      const orphan = await scene().claimed(campaign, dead);
      const mine = await scene().dialed(campaign, me);
      await scene().save(ended(await scene().dialed(campaign, me), "declined"));
      const ids = [orphan.attempt.id, mine.attempt.id].toSorted();
      for (const at of [NOON + MINUTE, NOON + MINUTE, NOON + 2 * MINUTE]) {
        const held = await store.takeOver(me, at);
        expect(held.map(({ attempt }) => attempt.id).toSorted()).toEqual(ids);
      }
      expect(await store.takeOver(await scene().runner(), NOON + MINUTE)).toEqual([]);
    });

    test("ended by its runner frees the attempts it still holds at once", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const runner = await scene().runner();
      const { call } = await scene().claimed(campaign, runner);
      const other = await scene().runner();
      expect(await store.takeOver(other, NOON)).toEqual([]);
      await store.endLease(runner);
      await store.endLease(runner);
      expect(await store.takeOver(other, NOON)).toMatchObject([{ call: { id: call.id } }]);
    });

    test("of others that hold attempts can be seen, run out or not", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const busy = await scene().runner(NOON, NOON + MINUTE);
      const [me] = [await scene().runner(), await scene().runner()];
      const { attempt, call } = await scene().claimed(campaign, busy);
      expect(await store.othersLeases(me)).toEqual([{ runnerId: busy, until: NOON + MINUTE }]);
      expect(await store.othersLeases(busy)).toEqual([]);
      await scene().save(ended({ attempt, call }, "released"));
      expect(await store.othersLeases(me)).toEqual([]);
    });

    test("counts its runner as up while it lasts", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      await scene().runner(NOON, NOON + MINUTE);
      await scene().runner(NOON, NOON + HOUR);
      expect((await store.progress(campaign.id, NOON)).runners).toBe(2);
      expect((await store.progress(campaign.id, NOON + MINUTE)).runners).toBe(1);
    });

    test("an attempt is known as ended once it has, and not before", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const runner = await scene().runner();
      const [open, over] = [await scene().claimed(campaign, runner), await scene().dialed(campaign, runner)];
      await scene().save(ended(over, "busy"));
      const asked = [open.attempt.id, over.attempt.id, randomUUID(), "not-even-an-id"];
      expect((await store.endedAttempts(asked)).map(({ attempt }) => attempt.id)).toEqual([present(over).attempt.id]);
      expect(await store.endedAttempts([])).toEqual([]);
    });

    test("a call that we hung up is known as that, and what is uncertain about its times is kept", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const talking = await scene().save(answered(await scene().dialed(campaign, await scene().runner())));
      const end = { type: "ended", at: NOON + MINUTE, ending: "agent_lost", byUs: true, uncertain: 2500 } as const;
      await scene().save(present(advance(talking.call, talking.attempt, end, campaign.retry)));
      expect(await store.endedAttempts([talking.attempt.id])).toMatchObject([
        { attempt: { id: talking.attempt.id, endedByUs: true } },
      ]);
      const history = await store.callHistory(campaign.id, talking.call.contact.phoneNumber);
      expect(history?.call).toMatchObject({ status: "failed", endReason: "agent_lost", durationUncertainty: 2.5 });
      expect(history?.attempts).toMatchObject([{ uncertainSeconds: 2.5, endedByUs: true }]);
    });
  });
}
