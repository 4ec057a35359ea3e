/** Endings in words that are none of ours, as others write them: they neither keep a campaign from being stopped, nor its counts from being told. */
import { expect, test } from "vitest";
import { NOON } from "../support/domain.ts";
import { people, present, Scene } from "./store/scene.ts";
import type { Outside } from "./strangers.ts";

export function strangersWords(open: () => Promise<Outside>): void {
  test.each(["", "$", "$.busy", 'busy"', "Cancelled"])(
    "a call that had ended in the words %j kept its campaign from being stopped: it ends as stopped",
    async (word) => {
      await using outside = await open();
      const { store } = outside;
      const campaign = await new Scene(store).running(people(3));
      const [odd, busy] = (await store.listCalls({ campaignId: campaign.id, limit: 9 })).calls;
      await outside.update("campaign_calls", present(odd).id, { end_reason: word, attempts_spent: 1 });
      await outside.update("campaign_calls", present(busy).id, { end_reason: "busy", attempts_spent: 1 });
      expect(await store.moveCampaign(campaign.id, "stop", { at: NOON })).toMatchObject({ status: "completed" });
      const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 9 });
      expect(calls.map(({ status, endReason }) => [status, endReason])).toEqual([
        ["failed", "stopped"],
        ["busy", "busy"],
        ["failed", "stopped"],
      ]);
      const { calls: counted, endings } = await store.progress(campaign.id, NOON);
      expect([counted.failed, counted.busy, endings]).toEqual([2, 1, { stopped: 2, busy: 1 }]);
    },
  );

  test("a call that is over in words of its own is counted, and had no way to be told", async () => {
    await using outside = await open();
    const { store } = outside;
    const campaign = await new Scene(store).running(people(2));
    const [over] = (await store.listCalls({ campaignId: campaign.id, limit: 9 })).calls;
    const at = new Date(NOON).toISOString();
    await outside.update("campaign_calls", present(over).id, {
      status: "failed",
      end_reason: "cancelled",
      completed_at: at,
    });
    expect(await store.progress(campaign.id, NOON)).toMatchObject({ calls: { failed: 1, pending: 1 }, endings: {} });
  });
}
