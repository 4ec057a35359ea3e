/** campaigns list */
import { Option } from "commander";
import { CAMPAIGN_STATUSES, type CampaignStatus } from "../../domain/calls/campaign.ts";
import { choice } from "../choice.ts";
import { WIDE } from "../count.ts";
import type { Cli } from "../cli.ts";
import { campaignJson } from "../../json/calls.ts";
import { listText } from "../render/text.ts";

export function listCommand(cli: Cli): void {
  cli
    .command("list", "all campaigns, one line each", "campaigns list --status running")
    .addOption(choice(new Option("--status <status>", "only those with this status"), CAMPAIGN_STATUSES))
    .option(...WIDE)
    .action(
      cli.action(async (session, options: { status?: CampaignStatus }) => {
        const campaigns = await session.findsDatabase().campaigns();
        const reports = await Promise.all((await campaigns.list(options.status)).map(({ id }) => campaigns.report(id)));
        await session.out.pages({ campaigns: reports.map(campaignJson) }, (chalk, width) =>
          listText(reports, chalk, width),
        );
      }),
    );
}
