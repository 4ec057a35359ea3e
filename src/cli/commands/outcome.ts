/** campaigns outcome */
import { Argument } from "commander";
import type { Wish } from "../../domain/calls/callback-wish.ts";
import { type Outcome, OUTCOMES } from "../../domain/calls/outcome.ts";
import { when } from "../../domain/time/when.ts";
import { Misused } from "../../engine/errors.ts";
import { callJson } from "../../json/calls.ts";
import { choice } from "../choice.ts";
import type { Cli } from "../cli.ts";
import type { Session } from "../session.ts";

interface Options {
  notes?: string;
  at?: string;
  zone?: string;
}

export function outcomeCommand(cli: Cli): void {
  cli
    .command(
      "outcome <call>",
      "record the outcome of a conversation; do_not_call also adds the number to the do-not-call list",
      'campaigns outcome 3f0c… callback --at "tue 15:00"',
    )
    .addArgument(choice(new Argument("<outcome>"), OUTCOMES))
    .option("--notes <text>", "kept with the call")
    .option("--at <time>", "with callback: call again then, such as tue 15:00, tomorrow 9:30, in 2h, 2026-11-26T15:00")
    .option("--zone <zone>", "the time zone of --at (default the contact's)")
    .action(
      cli.action(async (session, callId: string, outcome: Outcome, { notes, at, zone }: Options) => {
        if (at === undefined ? zone !== undefined : outcome !== "callback") {
          throw new Misused("callback_options", ["expected --at with the outcome callback, and --zone with --at"]);
        }
        const wish = at === undefined ? null : { said: at, zone: zone ?? null };
        if (wish !== null) await assertRead(wish, session);
        const campaigns = await session.findsDatabase().campaigns();
        if (wish === null) {
          const call = await campaigns.setOutcome(callId, outcome, notes ?? null);
          return session.out.result(callJson(call), () => `recorded ${outcome} for call ${call.id}`);
        }
        const { call, callback, unsure } = await campaigns.promiseCallback(callId, wish, notes ?? null);
        const maybe = unsure.length === 0 ? "" : ` (the contact may also live in ${unsure.join(", ")})`;
        session.out.result(
          callJson(call),
          () => `recorded callback for call ${call.id}: called again ${when(callback.at, callback.zone)}${maybe}`,
        );
      }),
    );
}

async function assertRead(wish: Wish, { clock }: Session): Promise<void> {
  const { misread } = await import("../../domain/calls/callback-wish.ts");
  const wrong = misread(wish, clock.now());
  if (wrong !== null) throw new Misused(wrong.of, `--${wrong.of}: ${wrong.because}`);
}
