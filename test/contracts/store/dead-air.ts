import { describe, expect, test } from "vitest";
import type { Guard } from "../../../src/domain/calls/dead-air.ts";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { NOON, verdict } from "../../support/domain.ts";
import { answered, DAY, dialing, happened, people, present, type Scene } from "./scene.ts";

export function deadAirContract(scene: () => Scene): void {
  describe("what the guard against dead air goes by", () => {
    test("the newest answered attempts since then, the oldest of them first, with what the agent said", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(5));
      const runner = await scene().runner();
      const ids: string[] = [];
      for (const n of [0, 1, 2, 3]) {
        const at = NOON + n * SECOND;
        const claim = await scene().claimed(campaign, runner, { at });
        const from = dialing(claim, at, DAY, `+1202555019${n}`);
        expect(await store.beginDial(from, 0)).toEqual({ say: "go" });
        const talk = await scene().save(answered(from, at));
        ids.push(talk.call.id);
        const said = verdict({ answeredBy: "human", firstAudioMs: 1999 + n, endedBy: "callee" });
        if (n < 3)
          await store.saveVerdict({ attemptId: talk.attempt.id, verdict: said, callback: null, mended: null, at });
        const end = { type: "ended", at: at + 3 * SECOND, ending: "completed", uncertain: 1200 } as const;
        if (n === 2) await scene().save(happened(talk, { ...end, byUs: true }));
      }
      // Never answered.
      await scene().dialed(campaign, runner, NOON + 10 * SECOND);
      const [, , third, fourth] = await store.talks(campaign.id, NOON, 10);
      expect(third).toEqual({
        callId: ids[2],
        callerId: "+12025550192",
        answeredAt: NOON + 2 * SECOND,
        endedAt: NOON + 5 * SECOND,
        uncertainSeconds: 1.2,
        endedByUs: true,
        said: { answeredBy: "human", firstAudioMs: 2001, endedBy: "callee" },
      });
      const nothing = { answeredBy: null, firstAudioMs: null, endedBy: null };
      expect(fourth).toMatchObject({ callId: ids[3], endedAt: null, said: nothing });
      const callsOf = async (since: number, limit: number) =>
        (await store.talks(campaign.id, since, limit)).map(({ callId }) => callId);
      expect(await callsOf(NOON, 2)).toEqual(ids.slice(2));
      expect(await callsOf(NOON + SECOND, 10)).toEqual(ids.slice(1));
      expect((await store.progress(campaign.id, NOON)).firstWords).toEqual({ told: 3, late: 1 });
    });

    test("what it holds a campaign for stays until it is told otherwise", async () => {
      const { store } = scene();
      const { id } = await scene().running(people(1));
      const held = { sickness: "late_words", share: 0.625, callerIds: ["+12025550190"], calls: ["c1", "c2"] } as const;
      const guard: Guard = { held, accepted: { early_hang_ups: 0.4 } };
      const tripped = present(await store.moveCampaign(id, "trip", { at: NOON, reason: "silence", guard }));
      expect(tripped).toMatchObject({ status: "paused", statusReason: "silence", guard });
      const accepted: Guard = { held: null, accepted: { early_hang_ups: 0.4, late_words: 0.625 } };
      const resumed = present(await store.moveCampaign(id, "resume", { at: NOON, guard: accepted }));
      expect(resumed.guard).toEqual(accepted);
      expect(present(await store.moveCampaign(id, "pause", { at: NOON })).guard).toEqual(accepted);
      expect((await store.findCampaigns(id))[0]?.guard).toEqual(accepted);
    });

    test("what is usual is kept from the start", async () => {
      const guard: Guard = { held: null, accepted: { early_hang_ups: 1 } };
      expect((await scene().idle(people(1), { guard })).guard).toEqual(guard);
      expect((await scene().idle(people(1), { name: "plain" })).guard).toBeUndefined();
    });
  });
}
