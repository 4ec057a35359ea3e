/** campaigns start, pause, resume, stop */
import type { Campaign } from "../../domain/calls/campaign.ts";
import { shippedRules } from "../../domain/hours/rules.ts";
import type { Campaigns } from "../../engine/manage/campaigns.ts";
import type { Cli } from "../cli.ts";
import { campaignJson } from "../../json/calls.ts";
import { preflightJson } from "../../json/preflight.ts";
import { preflightText, staleRules } from "../render/preflight.ts";
import { moveText } from "../render/text.ts";
import { trunkNamed } from "../trunk.ts";
import type { Session } from "../session.ts";

interface Options {
  readonly now?: boolean;
  readonly accept?: boolean;
}

const move =
  (verb: (campaigns: Campaigns, ref: string, options: Options) => Promise<Campaign>) =>
  async (session: Session, ref: string, options: Options): Promise<void> => {
    const campaigns = await session.findsDatabase().campaigns();
    const { id } = await verb(campaigns, ref, options);
    const report = await campaigns.report(id);
    session.out.result(campaignJson(report), (chalk) => moveText(report, chalk));
  };

export function moveCommands(cli: Cli): void {
  cli
    .command("start <campaign>", "make a campaign's contacts due; runners then dial them", "campaigns start spring")
    .option("--dry-run", "print who would be called, who is left out and why, and the estimated finish; change nothing")
    .action(
      cli.action(async (session, ref: string, { dryRun }: { dryRun?: boolean }) => {
        const campaigns = await session.findsDatabase().campaigns();
        const expected = await campaigns.preflight(ref);
        const { trunkId } = expected.campaign;
        if (trunkId !== null) await trunkNamed(trunkId, session);
        const stale = expected.campaign.rulesTable === null ? staleRules(shippedRules(), session.clock.now()) : null;
        if (stale !== null) session.out.note(stale);
        if (dryRun === true) return session.out.result(preflightJson(expected), () => preflightText(expected));
        const { id } = await campaigns.start(ref);
        const report = await campaigns.report(id);
        return session.out.result({ ...campaignJson(report), preflight: preflightJson(expected) }, (chalk) => [
          moveText(report, chalk),
          ...preflightText(expected),
        ]);
      }),
    );
  cli
    .command("pause <campaign>", "no further dials; live calls go on", "campaigns pause spring")
    .action(cli.action(move((campaigns, ref) => campaigns.pause(ref))));
  cli
    .command("resume <campaign>", "continue after a pause or an error", "campaigns resume spring")
    .option(
      "--accept",
      "callees were heard to be well: take their early hang-ups or late first words as usual from now on",
    )
    .action(cli.action(move((campaigns, ref, options) => campaigns.resume(ref, options.accept))));
  cli
    .command("stop <campaign>", "end a campaign: no further dials", "campaigns stop spring --now")
    .option("--now", "also hang up live calls, instead of letting them finish")
    .action(cli.action(move((campaigns, ref, options) => campaigns.stop(ref, options.now ?? false))));
}
