import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { OUTCOMES } from "../../../src/domain/calls/call.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import { answered, ended, number, people, present, type Scene } from "./scene.ts";

export function callsContract(scene: () => Scene): void {
  describe("calls", () => {
    test("are listed page by page, each once, whatever changes in between", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(10));
      const seen: string[] = [];
      const pages: number[] = [];
      let after: string | undefined;
      do {
        const page = await store.listCalls({
          campaignId: campaign.id,
          limit: 4,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.calls.map(({ contact }) => contact.phoneNumber));
        pages.push(page.calls.length);
        await store.setOutcome(present(page.calls[0]).id, "voicemail", null, NOON);
        after = page.next ?? undefined;
      } while (after !== undefined);
      expect(seen).toEqual(people(10).map(({ phoneNumber }) => phoneNumber));
      expect(pages).toEqual([4, 4, 2]);
    });

    test("have no next page when the last one is full", async () => {
      const campaign = await scene().running(people(4));
      expect((await scene().store.listCalls({ campaignId: campaign.id, limit: 4 })).next).toBeNull();
      expect(await scene().store.listCalls({ campaignId: randomUUID(), limit: 4 })).toEqual({ calls: [], next: null });
    });

    test("are listed by status", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(3));
      const { call } = await scene().dialed(campaign, await scene().runner());
      const { calls } = await store.listCalls({ campaignId: campaign.id, status: "calling", limit: 10 });
      expect(calls).toEqual([call]);
      expect((await store.listCalls({ campaignId: campaign.id, status: "pending", limit: 10 })).calls).toHaveLength(2);
    });

    test("are found by id, and by number with all their attempts, oldest first", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1), { name: "one" });
      const other = await scene().running(people(2), { name: "two" });
      const runner = await scene().runner(NOON, NOON + 100 * MINUTE);
      const first = await scene().save(ended(await scene().dialed(campaign, runner), "busy", NOON + SECOND));
      const second = await scene().dialed(campaign, runner, NOON + 40 * MINUTE);
      expect(await store.findCall(second.call.id)).toEqual(second.call);
      expect(await store.callHistory(campaign.id, number(0))).toEqual({
        call: second.call,
        attempts: [first.attempt, second.attempt],
      });
      expect((await store.callHistory(other.id, number(0)))?.attempts).toEqual([]);
      expect(await store.callHistory(campaign.id, number(1))).toBeNull();
      expect(await store.findCall(randomUUID())).toBeNull();
    });

    test.each(OUTCOMES)("take the outcome %s, and count it once", async (outcome) => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const [first, second] = (await store.listCalls({ campaignId: campaign.id, limit: 2 })).calls;
      const id = present(first).id;
      await store.setOutcome(id, outcome, "said so", NOON);
      await store.setOutcome(id, outcome, null, NOON + 1);
      expect(await store.findCall(id)).toMatchObject({ outcome, notes: "said so" });
      expect((await store.progress(campaign.id, NOON)).outcomes).toEqual({ [outcome]: 1 });
      await store.setOutcome(id, outcome === "callback" ? "interested" : "callback", "changed", NOON + 2);
      await store.setOutcome(present(second).id, "voicemail", null, NOON);
      const { outcomes } = await store.progress(campaign.id, NOON);
      expect(outcomes).toEqual({ [outcome === "callback" ? "interested" : "callback"]: 1, voicemail: 1 });
      expect((await store.doNotCall(number(0), NOON)).length > 0).toBe(outcome === "do_not_call");
    });

    test("an outcome of a call under way does not disturb it", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const live = await scene().save(answered(await scene().dialed(campaign, await scene().runner())));
      const noted = await store.setOutcome(live.call.id, "interested", "keen", NOON);
      expect(noted).toEqual({ ...live.call, outcome: "interested", notes: "keen" });
      // The engine knows nothing of the outcome, and must not take it away.
      await scene().save(ended(live, "completed", NOON + 5 * SECOND));
      expect(await store.findCall(live.call.id)).toMatchObject({ status: "completed", outcome: "interested" });
    });

    test("an outcome of an unknown call is none", async () => {
      expect(await scene().store.setOutcome(randomUUID(), "interested", null, NOON)).toBeNull();
      expect(await scene().store.setOutcome("no id at all", "interested", null, NOON)).toBeNull();
      expect(await scene().store.findCall("no id at all")).toBeNull();
    });
  });
}
