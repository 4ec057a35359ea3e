/** campaigns report */
import { resultsJson } from "../../json/results.ts";
import type { Cli } from "../cli.ts";
import { WIDE } from "../count.ts";

export function reportCommand(cli: Cli): void {
  cli
    .command(
      "report <campaign>",
      "show what a campaign came to: from dial to outcome, answers by hour, endings, cost",
      "campaigns report spring",
    )
    .option(...WIDE)
    .addHelpText(
      "after",
      `
Hours and weekdays are the callee's: those of the place where the contact is, or where it may be in several time zones the
first of them, and of the campaign's own zone where the place is not known. A dial that rang nobody is only among the endings.
Costs are there once calls sync has fetched them. It only reads.`,
    )
    .action(
      cli.action(async (session, ref: string) => {
        const { resultsOf } = await import("../../engine/manage/results.ts");
        const { resultsText } = await import("../render/results.ts");
        const campaigns = await session.findsDatabase().campaigns();
        const results = await resultsOf(campaigns, await session.store(), ref);
        await session.out.pages(resultsJson(results), (chalk, width) => resultsText(results, chalk, width));
      }),
    );
}
