/** campaigns explain */
import type { Cli } from "../cli.ts";
import { explainText } from "../render/explain.ts";
import { attemptJson, callJson, campaignJson, iso } from "../render/json.ts";
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
        const explanation = await (
          await session.findsDatabase().campaigns()
        ).explain(ref, await numberFrom(text, session));
        const { call, attempts, report, onDoNotCallList, closed, runner } = explanation;
        session.out.result(
          {
            call: callJson(call),
            attempts: attempts.map(attemptJson),
            do_not_call: onDoNotCallList,
            held_by: call.heldBy,
            closed_now: closed?.reasons ?? [],
            opens_at: iso(closed?.opensAt ?? null),
            runner,
            campaign: campaignJson(report),
          },
          () => explainText(explanation),
        );
      }),
    );
}
