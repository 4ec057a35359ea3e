/** campaigns status */
import { SECOND } from "../../domain/time/instant.ts";
import { WIDE } from "../count.ts";
import type { Cli } from "../cli.ts";
import { costJson } from "../../json/cost.ts";
import { costText } from "../render/cost.ts";
import { campaignJson } from "../../json/calls.ts";
import { listText, statusText } from "../render/text.ts";
import { listenForSignals } from "../signals.ts";

const REFRESH = SECOND;
const CLEAR_SCREEN = "\u001b[H\u001b[J";

export function statusCommand(cli: Cli): void {
  cli
    .command("status [campaign]", "progress, counts, pace, and what it waits for", "campaigns status spring --watch")
    .option("--watch", "refresh every second until the campaign is completed or you press Ctrl-C")
    .option(...WIDE)
    .action(
      cli.action(async (session, ref: string | undefined, options: { watch?: boolean }) => {
        const campaigns = await session.findsDatabase().campaigns();
        const { out, clock, io } = session;
        const id = ref === undefined ? null : (await campaigns.look(ref)).id;
        const clear = (): void => void (options.watch === true && out.live && out.raw(CLEAR_SCREEN));
        const show = async (): Promise<boolean> => {
          if (id === null) {
            const reports = await Promise.all((await campaigns.list()).map(({ id }) => campaigns.report(id)));
            clear();
            const shown = { campaigns: reports.map(campaignJson) };
            const text: Parameters<typeof out.result>[1] = (chalk, width) => listText(reports, chalk, width);
            if (options.watch === true) out.result(shown, text);
            else await out.pages(shown, text);
            return reports.every(({ campaign }) => campaign.status === "completed");
          }
          const report = await campaigns.report(id);
          const costs = await (await session.store()).costs(report.campaign.id);
          const cost = costs.length === 0 ? [] : ["", `cost      ${costText(costs)}`];
          clear();
          out.result({ ...campaignJson(report), costs: costs.map(costJson) }, (chalk) => [
            ...statusText(report, chalk),
            ...cost,
          ]);
          return report.campaign.status === "completed" && report.live === 0;
        };
        if (options.watch !== true) return void (await show());
        using signals = listenForSignals(io);
        while (!(await show()) && !out.isLost) {
          await clock.sleep(REFRESH, signals.drain);
          if (signals.drain.aborted) return signals.exitCode() ?? 0;
        }
        return 0;
      }),
    );
}
