/** The tools that make phones ring, or keep them from it: there only with --allow-dial. */
import { z } from "zod";
import { campaignSaid } from "../../http/campaign-said.ts";
import { campaignInput } from "../../http/schemas/campaigns.ts";
import { campaignJson } from "../../json/calls.ts";
import { settingsJson } from "../../json/settings.ts";
import type { Session } from "../session.ts";
import { trunkNamed } from "../trunk.ts";
import type { Plans } from "./plans.ts";
import { campaignRef, type Tool, tool } from "./tools.ts";

export function dialingTools(session: Session, plans: Plans): Tool[] {
  const now = async (id: string) => campaignJson(await (await session.campaigns()).report(id));
  return [
    tool({
      name: "create_campaign",
      description: "Creates a campaign on a contact list; it calls nobody before it is started.",
      changes: "adds",
      input: campaignInput,
      act: async ({ contact_list_id: list, name, assistant_id: assistant, ...rest }) => {
        const said = campaignSaid(rest);
        const trunk = said.trunk === undefined ? {} : { trunk: await trunkNamed(said.trunk, session) };
        const notes: string[] = [];
        const campaigns = await session.campaigns();
        const input = { ...said, ...trunk, name, assistant };
        const campaign = await campaigns.create(input, { list, notes }, session.config.machineZone);
        return { ...(await now(campaign.id)), settings: settingsJson(campaign), notes };
      },
    }),
    tool({
      name: "start_campaign",
      description:
        "Makes a campaign's contacts due: a runner (campaigns run) then calls real people. Takes the plan that plan_campaign " +
        "has shown; where anything has changed since, it is refused, and says what.",
      changes: "moves",
      input: z.strictObject({ campaign: campaignRef, plan: z.string().max(100).describe("from plan_campaign") }),
      act: async ({ campaign, plan }) => {
        const id = await plans.confirm(campaign, plan);
        await (await session.campaigns()).start(id);
        return now(id);
      },
    }),
    tool({
      name: "pause_campaign",
      description: "No further dials; live calls go on. The operator resumes it: campaigns resume.",
      changes: "moves",
      input: z.strictObject({ campaign: campaignRef }),
      act: async ({ campaign }) => now((await (await session.campaigns()).pause(campaign)).id),
    }),
    tool({
      name: "stop_campaign",
      description: "Ends a campaign for good: no further dials.",
      changes: "moves",
      input: z.strictObject({
        campaign: campaignRef,
        hang_up: z.boolean().default(false).describe("also hang up live calls, instead of letting them finish"),
      }),
      act: async ({ campaign, hang_up: hangUp }) => now((await (await session.campaigns()).stop(campaign, hangUp)).id),
    }),
  ];
}
