import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Recording, recordingThat } from "../../../src/domain/calls/recording.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import { answered, ended, people, present, type Scene } from "./scene.ts";

const DONE: Recording = {
  status: "complete",
  startedAt: NOON + SECOND,
  endedAt: NOON + MINUTE,
  seconds: 59,
  location: "https://bucket.example/a.ogg",
  detail: null,
};

export function recordingsContract(scene: () => Scene): void {
  describe("a recording", () => {
    test("is shown by its attempt and its call, and heard of until it is settled", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1), { record: { bucket: "calls", prefix: "a/b", required: true } });
      expect((await store.findCampaigns(campaign.id))[0]?.record).toEqual(campaign.record);
      const talk = await scene().save(answered(await scene().dialed(campaign, await scene().runner())));
      const { id } = talk.attempt;
      const shown = async () => {
        const found = present(await store.callHistory(campaign.id, talk.call.contact.phoneNumber));
        return [found.call.recording, found.attempts[0]?.recording];
      };
      expect(await shown()).toEqual([null, null]);
      expect(await store.saveRecording(id, recordingThat("starting"), NOON)).toBe(true);
      // Its call goes on: whoever began it looks.
      expect(await store.openRecordings(10)).toEqual([]);
      const running: Recording = { ...recordingThat("recording"), startedAt: NOON + SECOND };
      await store.saveRecording(id, running, NOON);
      expect(await shown()).toEqual([running, running]);

      await scene().save(ended(talk, "completed", NOON + MINUTE));
      expect(await shown()).toEqual([running, running]);
      expect(await store.openRecordings(10)).toEqual([{ attemptId: id, recording: running, endedAt: NOON + MINUTE }]);
      expect(await store.openRecordings(0)).toEqual([]);
      await store.saveRecording(id, DONE, NOON + MINUTE);
      expect(await store.openRecordings(10)).toEqual([]);
      expect(await shown()).toEqual([DONE, DONE]);
      expect((await store.listCalls({ campaignId: campaign.id, limit: 1 })).calls[0]?.recording).toEqual(DONE);
    });

    test("of an attempt that is not there is none", async () => {
      expect(await scene().store.saveRecording(randomUUID(), DONE, NOON)).toBe(false);
    });

    test("that comes late does not hide that of a later attempt", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const runner = await scene().runner(NOON, NOON + 100 * MINUTE);
      const first = await scene().save(ended(await scene().dialed(campaign, runner), "no_answer", NOON));
      const second = await scene().dialed(campaign, runner, NOON + 60 * MINUTE);
      await store.saveRecording(second.attempt.id, recordingThat("starting"), NOON + 60 * MINUTE);
      await store.saveRecording(first.attempt.id, DONE, NOON + 60 * MINUTE);
      expect(present(await store.findCall(first.call.id)).recording?.status).toBe("starting");
    });
  });
}
