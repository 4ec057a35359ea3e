/** campaigns explain */
import type { Cli } from "../cli.ts";
import { explainText } from "../render/explain.ts";
import { explanationJson } from "../../json/calls.ts";
import { numberFrom, PRIVATE_HELP } from "../private.ts";

export function explainCommand(cli: Cli): void {
  cli
    .command(
      "explain <campaign> <number>",
      "why a contact is, or is not, called now",
      "campaigns explain spring +12025550123",
    )
    .addHelpText("after", PRIVATE_HELP)
    .action(
      cli.action(async (session, ref: string, text: string) => {
        const campaigns = await session.findsDatabase().campaigns();
        const { id } = await campaigns.look(ref);
        const explanation = await campaigns.explain(id, await numberFrom(text, session));
        session.out.result(explanationJson(explanation), () => explainText(explanation));
      }),
    );
}
