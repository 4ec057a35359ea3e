/** campaigns outcome */
import { Argument } from "commander";
import { type Outcome, OUTCOMES } from "../../domain/calls/call.ts";
import type { Cli } from "../cli.ts";
import { callJson } from "../../json/calls.ts";

export function outcomeCommand(cli: Cli): void {
  cli
    .command(
      "outcome <call>",
      "record the outcome of a conversation; do_not_call also adds the number to the do-not-call list",
      'campaigns outcome 3f0c… interested --notes "wants the brochure"',
    )
    .addArgument(new Argument("<outcome>").choices(OUTCOMES))
    .option("--notes <text>", "kept with the call")
    .action(
      cli.action(async (session, callId: string, outcome: Outcome, options: { notes?: string }) => {
        const call = await (
          await session.findsDatabase().campaigns()
        ).setOutcome(callId, outcome, options.notes ?? null);
        session.out.result(callJson(call), () => `recorded ${outcome} for call ${call.id}`);
      }),
    );
}
