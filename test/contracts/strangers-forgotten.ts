/** What a row of somebody else's said that could not be read: it is no way to keep a person who was erased. */
import { expect, test } from "vitest";
import { HOUR } from "../../src/domain/time/instant.ts";
import { NOON } from "../support/domain.ts";
import { DAY, number, people, present, Scene } from "./store/scene.ts";
import type { Outside } from "./strangers.ts";

export function strangersForgotten(open: () => Promise<Outside>): void {
  test("odd variables are shown to nobody, and what a call is held by goes with its person", async () => {
    await using outside = await open();
    const { store } = outside;
    const scene = new Scene(store);
    const campaign = await scene.running(people(3));
    const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 9 });
    const idOf = (n: number) => present(calls.find(({ contact }) => contact.phoneNumber === number(n))).id;
    const held = async (id: string) => (await store.findCall(id))?.heldBy;
    const odd = idOf(0);
    await outside.update("campaign_calls", odd, { variables: { said: ["ask for Ann Lee"] } }, "past");
    await store.snapshot(campaign, DAY);
    await scene.claimed(campaign, await scene.runner());
    expect(await held(odd)).toMatch(/^column variables: expected/);
    expect(await held(odd)).not.toContain("Ann Lee");

    // As it was written before.
    const over = { status: "failed", completed_at: new Date(NOON).toISOString() };
    const told = { ...over, held_by: 'column outcome: expected one, found "ask for Ann Lee"' };
    for (const id of [odd, idOf(2)]) await outside.update("campaign_calls", id, told);
    await store.erase(number(0), NOON);
    await store.purge("variables", NOON + HOUR, 10);
    expect([await held(odd), await held(idOf(2))]).toEqual([null, null]);
  });
}
