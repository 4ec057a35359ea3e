import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import { ended, number, people, type Scene } from "./scene.ts";

export function changesContract(scene: () => Scene): void {
  describe("a change of settings", () => {
    test("stores what was changed and nothing else, and says what it is then", async () => {
      const { store } = scene();
      const before = await scene().idle(people(2), {
        prompt: "Hello",
        retry: { maxAttempts: 2, after: [MINUTE, HOUR] },
      });
      const wanted = {
        ...before,
        name: "summer",
        prompt: null,
        dailyCap: 3,
        delay: 5 * SECOND,
        window: { days: ["sat"], start: 10 * 60 + 30, end: 15 * 60 },
        callerIds: ["+12025550190"],
      } as const;
      expect(await store.changeCampaign(before, wanted, NOON + MINUTE)).toEqual(wanted);
      expect(await store.findCampaigns("summer")).toEqual([wanted]);
    });

    test("keeps the campaign's course and its contacts, whatever is said", async () => {
      const { store } = scene();
      const before = await scene().running(people(2));
      const paused = await store.moveCampaign(before.id, "pause", { at: NOON, reason: "why" });
      const said = {
        ...before,
        source: { kind: "csv_file", id: randomUUID() },
        status: "completed",
        concurrency: 3,
      } as const;
      expect(await store.changeCampaign(before, said, NOON)).toEqual({ ...paused, concurrency: 3 });
    });

    test("is not made while it is dialed, nor once it is over", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      expect(await store.changeCampaign(campaign, { ...campaign, dailyCap: 3 }, NOON)).toBeNull();
      await store.moveCampaign(campaign.id, "stop", { at: NOON });
      expect(await store.changeCampaign(campaign, { ...campaign, dailyCap: 3 }, NOON)).toBeNull();
      expect(await store.findCampaigns(campaign.id)).toMatchObject([{ dailyCap: campaign.dailyCap }]);
      const nobodys = { ...campaign, id: randomUUID() };
      expect(await store.changeCampaign(nobodys, nobodys, NOON)).toBeNull();
    });
  });

  describe("a campaign that is deleted", () => {
    test("is gone with its calls and its file, where it never dialed", async () => {
      const { store } = scene();
      const idle = await scene().idle(people(2));
      expect(await store.deleteCampaign(idle.id)).toBe(true);
      expect(await store.findCampaigns(idle.id)).toEqual([]);
      await expect(store.createCampaign(randomUUID(), idle, NOON)).rejects.toMatchObject({ code: "unknown_source" });
      const stopped = await scene().running(people(2));
      await store.moveCampaign(stopped.id, "stop", { at: NOON });
      expect(await store.deleteCampaign(stopped.id)).toBe(true);
      expect(await store.deleteCampaign(stopped.id)).toBe(false);
      expect((await store.listCalls({ campaignId: stopped.id, limit: 9 })).calls).toEqual([]);
    });

    test("leaves a file that another campaign calls from", async () => {
      const { store } = scene();
      const [one, other] = [await scene().idle(people(2)), await scene().idle(people(1))];
      const both = await store.createCampaign(randomUUID(), { ...other, source: one.source, name: "both" }, NOON);
      expect(await store.deleteCampaign(one.id)).toBe(true);
      await store.moveCampaign(both.id, "start", { at: NOON });
      expect((await store.progress(both.id, NOON)).total).toBe(2);
    });

    test("stays while it is running, and once it has dialed: limits on dials count its records", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      expect(await store.deleteCampaign(campaign.id)).toBe(false);
      const claim = await scene().claimed(campaign, await scene().runner());
      await store.moveCampaign(campaign.id, "stop", { at: NOON });
      expect(await store.deleteCampaign(campaign.id)).toBe(false);
      await store.save(ended(claim, "no_answer", NOON + SECOND));
      expect(await store.deleteCampaign(campaign.id)).toBe(false);
      expect(await store.deleteCampaign(randomUUID())).toBe(false);
    });
  });

  describe("a request's key", () => {
    const answer = { request: "post /x 1", status: 201, body: '{"success":true}' };

    test("is the first one's, who may ask again; everybody else waits for the answer, and gets the same", async () => {
      const { store } = scene();
      const asked = await Promise.all(["a", "b", "c"].map((claim) => store.claimKey("key", claim, NOON)));
      expect(asked.map(({ is }) => is).toSorted()).toEqual(["taken", "taken", "yours"]);
      const first = ["a", "b", "c"][asked.findIndex(({ is }) => is === "yours")] ?? "";
      expect(await store.claimKey("key", first, NOON)).toEqual({ is: "yours" });
      await store.answerKey("key", "somebody else", { ...answer, status: 500 });
      expect(await store.claimKey("key", "d", NOON)).toEqual({ is: "taken" });
      await store.answerKey("key", first, answer);
      expect(await store.claimKey("key", "d", NOON + 23 * HOUR)).toEqual({ is: "answered", answer });
      expect(await store.claimKey("other", "d", NOON)).toEqual({ is: "yours" });
    });

    test("stays taken when its answer told of somebody who was erased, and the answer tells of them no more", async () => {
      const { store } = scene();
      await store.claimKey("key", "a", NOON);
      await store.answerKey("key", "a", { ...answer, body: JSON.stringify({ phone_number: number(7), name: "Ada" }) });
      await store.erase(number(7), NOON);
      const kept = { request: answer.request, status: 409, body: expect.not.stringMatching(/Ada|202555/) as string };
      expect(await store.claimKey("key", "b", NOON)).toEqual({ is: "answered", answer: kept });
    });

    test("goes with what is purged, a day after its answer: nobody may have sent one since", async () => {
      const { store } = scene();
      await store.claimKey("key", "a", NOON);
      await store.answerKey("key", "a", answer);
      await store.purge("calls", NOON + 24 * HOUR, null);
      await store.purge("calls", NOON + 24 * HOUR, 10);
      expect(await store.claimKey("key", "b", NOON)).toEqual({ is: "answered", answer });
      await store.purge("calls", NOON + 25 * HOUR, 10);
      expect(await store.claimKey("key", "b", NOON)).toEqual({ is: "yours" });
    });

    test("is free again after a day, answered or not", async () => {
      const { store } = scene();
      await store.claimKey("key", "a", NOON);
      expect(await store.claimKey("key", "b", NOON + 24 * HOUR)).toEqual({ is: "taken" });
      expect(await store.claimKey("key", "b", NOON + 25 * HOUR)).toEqual({ is: "yours" });
    });
  });
}
