import { describe, expect, test } from "vitest";
import type { CampaignSettings } from "../../../src/domain/calls/campaign.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Claim } from "../../../src/engine/ports/index.ts";
import { plan } from "../../../src/domain/calls/plan.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { answered, DAY, dialing, ended, number, people, person, present, type Scene } from "./scene.ts";

/** A call of 45 s of ringing and 10 minutes costs 11 minutes at most: 1.10. */
const MOST = 1_100_000;
const TERMS = { ringSeconds: 45, maxDurationSeconds: 600, concurrency: 100, dailyCap: 1000 };
const under = (micros: number): Partial<CampaignSettings> => ({
  ...TERMS,
  budget: { micros, currency: "USD", prices: { "1": [100_000, 0, 0, 60, 60], "447": [200_000, 10_000, 5_000, 30, 6] } },
});

const ELSEWHERE = "GB Europe/London";
const ALWAYS = { next: (_: string, from: number) => from, isOpen: () => true, knows: () => true };

const record = (id: string, micros: number | null, unit = "USD") => ({
  id,
  status: "completed" as const,
  durationSeconds: 10,
  price: micros === null ? null : { micros, unit },
  startedAt: NOON,
  endedAt: NOON,
});

export function budgetContract(scene: () => Scene): void {
  const spending = async (id: string) => {
    const [campaign] = await scene().store.findCampaigns(id);
    return (await scene().store.snapshot(present(campaign), DAY)).spending;
  };

  describe("a budget", () => {
    test("is kept with the campaign, its prices too", async () => {
      const created = await scene().idle(people(1), under(3 * MOST));
      expect(created).toMatchObject(under(3 * MOST));
      expect(await scene().store.findCampaigns(created.id)).toEqual([created]);
      expect((await scene().idle(people(1))).budget).toBeUndefined();
    });

    test("lets nobody be handed out without the most that the call can cost, reserved with it", async () => {
      const campaign = await scene().running(people(5), under(3 * MOST - 1));
      const runner = await scene().runner();
      expect(await spending(campaign.id)).toEqual({ spent: 0, reserved: 0 });
      const { attempt } = await scene().claimed(campaign, runner);
      expect(attempt.charge).toEqual({ micros: MOST, rate: [100_000, 0, 0, 60, 60] });
      await scene().dialed(campaign, runner);
      expect(await spending(campaign.id)).toEqual({ spent: 0, reserved: 2 * MOST });
      expect(await scene().claim(campaign, runner)).toBeNull();
    });

    test("is not passed by many who claim and dial at once", async () => {
      const campaign = await scene().running(people(30), under(7 * MOST + MOST / 2));
      const runners = await Promise.all([1, 2, 3, 4].map(() => scene().runner()));
      const claims = await Promise.all(
        Array.from({ length: 40 }, (_, n) => scene().claim(campaign, present(runners[n % 4]))),
      );
      const held = claims.filter((claim) => claim !== null);
      expect(held).toHaveLength(7);
      const gates = await Promise.all(held.map((claim) => scene().store.beginDial(dialing(claim), 0)));
      expect(gates).toEqual(held.map(() => ({ say: "go" })));
      expect(await spending(campaign.id)).toEqual({ spent: 0, reserved: 7 * MOST });
    });

    test("counts what an ended call cost instead of its reserve, by how long was talked", async () => {
      const campaign = await scene().running(people(9), under(5 * MOST));
      const runner = await scene().runner();
      const talked = await scene().save(answered(await scene().dialed(campaign, runner)));
      await scene().save(ended(talked, "completed", NOON + 90 * SECOND));
      expect(await spending(campaign.id)).toEqual({ spent: 200_000, reserved: 0 });
      await scene().save(ended(await scene().dialed(campaign, runner), "no_answer", NOON + MINUTE));
      await scene().save(ended(await scene().claimed(campaign, runner), "released", NOON + MINUTE));
      expect(await spending(campaign.id)).toEqual({ spent: 200_000, reserved: 0 });
      await scene().save(ended(await scene().dialed(campaign, runner), "lost", NOON + MINUTE));
      expect(await spending(campaign.id)).toEqual({ spent: 200_000, reserved: MOST });
    });

    test("holds by the terms of whoever dials, where those are known", async () => {
      const campaign = await scene().running(people(1), under(MOST));
      const runner = await scene().runner();
      expect(await scene().claim(campaign, runner, { longest: 659 })).toBeNull();
      expect((await scene().claimed(campaign, runner, { longest: 58 })).attempt.charge?.micros).toBe(100_000);
    });

    test("is corrected by what the carrier asks for, whenever that comes", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(9), under(9 * MOST));
      const runner = await scene().runner();
      const lost = await scene().save(ended(await scene().dialed(campaign, runner), "lost"));
      expect(await store.saveCarrierCall(lost.attempt.id, record("CA1", null), NOON)).toBe(true);
      expect(await spending(campaign.id)).toEqual({ spent: 0, reserved: MOST });
      await store.saveCarrierCall(lost.attempt.id, record("CA1", 130_000, "usd"), NOON);
      expect(await spending(campaign.id)).toEqual({ spent: 130_000, reserved: 0 });
      // Another currency says nothing of this one; but it is no reserve any more.
      const other = await scene().save(ended(await scene().dialed(campaign, runner), "lost"));
      await store.saveCarrierCall(other.attempt.id, record("CA2", 1, "EUR"), NOON);
      expect(await spending(campaign.id)).toEqual({ spent: 130_000 + MOST, reserved: 0 });
      // Recovery has the record before the attempt has its end.
      const early = await scene().dialed(campaign, runner);
      await store.saveCarrierCall(early.attempt.id, record("CA3", 20_000), NOON);
      await scene().save(ended(early, "lost"));
      expect(await spending(campaign.id)).toEqual({ spent: 150_000 + MOST, reserved: 0 });
      expect((await store.endedAttempts([early.attempt.id]))[0]?.attempt.charge?.micros).toBe(20_000);
    });

    test("that is made smaller, or that the carrier has passed, lets no dial go that was handed out", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(4), under(3 * MOST));
      const runner = await scene().runner();
      const [first, second] = [await scene().claimed(campaign, runner), await scene().claimed(campaign, runner)];
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
      const paused = present((await store.findCampaigns(campaign.id))[0]);
      const smaller = { ...paused, ...under(2 * MOST - 1) };
      expect(present(await store.changeCampaign(paused, smaller, NOON)).budget?.micros).toBe(2 * MOST - 1);
      await store.moveCampaign(campaign.id, "resume", { at: NOON });
      expect(await store.beginDial(dialing(first), 0)).toEqual({ say: "no", because: "budget" });
      await scene().save(ended(first, "released"));
      expect(await store.beginDial(dialing(second), 0)).toEqual({ say: "go" });
    });

    test("that comes later lets no dial go that was handed out without it", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2), TERMS);
      const claim = await scene().claimed(campaign, await scene().runner());
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
      const paused = present((await store.findCampaigns(campaign.id))[0]);
      await store.changeCampaign(paused, { ...paused, ...under(9 * MOST) }, NOON);
      await store.moveCampaign(campaign.id, "resume", { at: NOON });
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "changed" });
    });

    test("holds who has no price for an hour, and calls the others", async () => {
      const { store } = scene();
      const landline = "+442079460123";
      const campaign = await scene().running([person(1, { phoneNumber: landline }), person(2)], under(9 * MOST));
      const runner = await scene().runner();
      const open = [ELSEWHERE, PLACE].map((place) => ({ place, caps: [] }));
      expect((await scene().claimed(campaign, runner, { open })).call.contact.phoneNumber).toBe(number(2));
      const call = present(await store.callHistory(campaign.id, landline)).call;
      expect(call).toMatchObject({ status: "pending", nextAttemptAt: NOON + HOUR, heldBy: "its number has no price" });
      expect((await store.progress(campaign.id, NOON)).held).toEqual({ "its number has no price": 1 });
    });

    test("that is too small for the first in line holds up the place, not the others, and the plan says so", async () => {
      const { store } = scene();
      const mobile = "+447700900123";
      const [dear, cheap] = [person(1, { phoneNumber: mobile }), person(2)];
      // 647 s: 30 and 103 times 6, of 0.20 a minute, with 0.015 besides.
      const most = 2_175_000;
      const campaign = await scene().running([dear, cheap], under(most - 1));
      const runner = await scene().runner();
      const open = [ELSEWHERE, PLACE].map((place) => ({ place, caps: [] }));
      const before = await store.snapshot(campaign, DAY);
      expect(before.waiting.map(({ place, most }) => [place, most])).toEqual([
        [ELSEWHERE, most],
        [PLACE, MOST],
      ]);
      expect(plan(before, ALWAYS, NOON)).toMatchObject({ do: "dial" });
      const claim: Claim = await scene().claimed(campaign, runner, { open });
      expect(claim.call.contact.phoneNumber).toBe(number(2));
      const after = await store.snapshot(campaign, DAY);
      expect(plan(after, ALWAYS, NOON)).toEqual({ do: "wait", because: "budget", until: null, most, passes: true });
      expect(await scene().claim(campaign, runner, { open })).toBeNull();
      expect(present(await store.callHistory(campaign.id, mobile)).call).toMatchObject({
        nextAttemptAt: NOON,
        heldBy: null,
      });
    });

    test("says how many contacts have which price, before the start and after it", async () => {
      const { store } = scene();
      const contacts = [
        ...people(3),
        person(4, { phoneNumber: "+447700900123" }),
        person(5, { phoneNumber: "+442079460123" }),
      ];
      const { id } = await scene().idle(contacts, under(9 * MOST));
      const counts = { "1": 3, "447": 1, "": 1 };
      expect(Object.fromEntries(await store.contactsByPrefix(id, NOON))).toEqual(counts);
      await store.addDoNotCall([{ phoneNumber: number(0), source: "operator", reason: null, addedAt: NOON }]);
      expect(Object.fromEntries(await store.contactsByPrefix(id, NOON))).toEqual({ ...counts, "1": 2 });
      await store.moveCampaign(id, "start", { at: NOON });
      expect(Object.fromEntries(await store.contactsByPrefix(id, NOON))).toEqual({ ...counts, "1": 2 });
      expect((await store.contactsByPrefix((await scene().idle(people(1))).id, NOON)).size).toBe(0);
    });
  });
}
