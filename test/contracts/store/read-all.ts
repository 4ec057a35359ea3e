/** Before and after the key of a store is changed, the same is read of it. */
import type { Store } from "../../../src/engine/ports/index.ts";
import { NOON } from "../../support/domain.ts";
import { number, present } from "./scene.ts";

/** All that can be read of the first people, a campaign and a list, in any spelling of the store. */
export async function readAll(store: Store, campaign: string, list: string): Promise<unknown> {
  const people = await Promise.all([0, 1, 2, 3, 4].map((n) => store.personalData(number(n))));
  const forbidden = await Promise.all([0, 1, 2, 3, 4].map((n) => store.doNotCall(number(n), NOON)));
  const records = await Promise.all([0, 1].map((n) => store.contactRecord(number(n))));
  const { prompt } = present((await store.findCampaigns(campaign))[0]);
  const calls = await store.listCalls({ campaignId: campaign, limit: 9 });
  const history = await store.callHistory(campaign, number(0));
  return { people, forbidden, records, prompt, calls, history, variables: [...(await store.listVariables(list))] };
}
