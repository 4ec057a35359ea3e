/** campaigns report */
import { resolve } from "node:path";
import { resultsJson } from "../../json/results.ts";
import type { Cli } from "../cli.ts";
import { WIDE } from "../count.ts";
import { about } from "../together.ts";

interface Options {
  readonly html?: string;
  readonly force?: boolean;
}

export function reportCommand(cli: Cli): void {
  cli
    .command(
      "report <campaign>",
      "show what a campaign came to: from dial to outcome, answers by hour, endings, cost",
      "campaigns report spring\ncampaigns report spring --html spring.html",
    )
    .option("--html <file>", "write it to a new file, as a page to be read in a browser, printed and passed on")
    .addOption(about("html", "--force", "with --html: overwrite the file"))
    .option(...WIDE)
    .addHelpText(
      "after",
      `
Hours and weekdays are the callee's: those of the place where the contact is, or where it may be in several time zones the
first of them, and of the campaign's own zone where the place is not known. A dial that rang nobody is only among the endings.
Costs are there once calls sync has fetched them. No phone number and no contact's name is in it, nor in the page, which
loads nothing from elsewhere. It only reads.`,
    )
    .action(
      cli.action(async (session, ref: string, { html, force = false }: Options) => {
        const { resultsOf } = await import("../../engine/manage/results.ts");
        const { resultsText } = await import("../render/results.ts");
        const campaigns = await session.findsDatabase().campaigns();
        const results = await resultsOf(campaigns, await session.store(), ref);
        if (html !== undefined) {
          const { resultsPage } = await import("../render/results-page.ts");
          const { writeWhole } = await import("../whole-file.ts");
          const path = resolve(session.io.cwd(), html);
          writeWhole({ path, name: html, option: "html", force }, resultsPage(results));
          const { id, name } = results.report.campaign;
          session.out.result({ id, name, html }, () => `wrote ${html}`);
          return;
        }
        await session.out.pages(resultsJson(results), (chalk, width) => resultsText(results, chalk, width));
      }),
    );
}
