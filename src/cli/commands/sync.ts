/** campaigns calls sync */
import type { Command } from "commander";
import { budgetText } from "../../domain/calls/budget.ts";
import type { Cost } from "../../engine/ports/carrier.ts";
import { syncCalls } from "../../engine/manage/sync-calls.ts";
import type { Cli } from "../cli.ts";
import { costJson } from "../../json/cost.ts";
import { costText } from "../render/cost.ts";
import { listenForSignals } from "../signals.ts";

export function syncCommand(cli: Cli, calls: Command): void {
  cli
    .command(
      "sync <campaign>",
      "fetch final status, duration and price of ended calls from Twilio's records",
      "campaigns calls sync spring",
      calls,
    )
    .action(
      cli.action(async (session, ref: string) => {
        const { out, clock, io } = session;
        const campaigns = await session.findsDatabase().campaigns();
        const { id } = await campaigns.find(ref);
        const { records } = await session.carrier();
        const store = await session.store();
        using signals = listenForSignals(io);
        const synced = await syncCalls(id, records, { store, clock }, signals.drain);
        const costs: readonly Cost[] = await store.costs(id);
        const { campaign, spending } = await campaigns.report(id);
        out.result({ ...synced, costs: costs.map(costJson) }, () =>
          [
            `${synced.found} of ${synced.asked} calls found in Twilio's records` +
              (synced.unpriced === 0 ? "" : `, ${synced.unpriced} without a price yet`),
            synced.missing === 0 ? null : `${synced.missing} are not there: they never reached Twilio`,
            synced.ambiguous === 0 ? null : `${synced.ambiguous} could be one of several, and were left alone`,
            costs.length === 0 ? null : `cost so far: ${costText(costs)}`,
            campaign.budget && spending ? `budget of ${budgetText(campaign.budget, spending)}` : null,
          ].filter((line) => line !== null),
        );
        return signals.exitCode() ?? 0;
      }),
    );
}
