/** The use-cases of whoever asks. */
import { CampaignChanges } from "../engine/manage/campaign-changes.ts";
import { Campaigns } from "../engine/manage/campaigns.ts";
import { Contacts } from "../engine/manage/contacts.ts";
import { DoNotCallList } from "../engine/manage/do-not-call.ts";
import { OutboundTrunks } from "../engine/manage/outbound-trunks.ts";
import { campaignJson } from "../json/calls.ts";
import { settingsJson } from "../json/settings.ts";
import type { CampaignReport } from "../engine/manage/campaigns.ts";
import { CampaignsError } from "../engine/errors.ts";
import type { ApiContext, Context } from "./context.ts";

export function useCases(api: ApiContext) {
  const { clock, newId } = api;
  const campaigns = (c: Context): Campaigns => new Campaigns(c.var.store, clock, newId);
  const trunks = async (c: Context): Promise<OutboundTrunks> =>
    new OutboundTrunks(c.var.store, await api.trunkAdmin(), clock, newId);
  return {
    campaigns,
    changes: (c: Context) => new CampaignChanges(campaigns(c), c.var.store, clock),
    contacts: (c: Context) => new Contacts(c.var.store, clock, newId),
    doNotCallList: (c: Context) => new DoNotCallList(c.var.store, clock, newId),
    trunks,
    /** The id of a trunk that is named; where LiveKit cannot be asked, what was said: the run looks again. */
    trunkId: async (c: Context, ref: string): Promise<string> => {
      try {
        return await (await trunks(c)).idOf(ref);
      } catch (error) {
        if (error instanceof CampaignsError && error.code.startsWith("livekit")) return ref;
        throw error;
      }
    },
  };
}

export type UseCases = ReturnType<typeof useCases>;

export const wholeCampaign = (report: CampaignReport) => ({
  ...campaignJson(report),
  settings: settingsJson(report.campaign),
});
