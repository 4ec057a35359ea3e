/** campaigns trunks provision */
import type { Command } from "commander";
import { provision } from "../../engine/manage/provision.ts";
import type { ProvisionStep } from "../../engine/manage/provision-steps.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import type { Cli } from "../cli.ts";

interface Options {
  readonly assistant: string;
  readonly number: string;
  readonly dryRun?: boolean;
}

const WAS = { there: "there already", made: "made", would_make: "missing; would be made" } as const;
const stepText = ({ step, was }: ProvisionStep): string => `${step}: ${WAS[was]}`;

export function provisionCommand(cli: Cli, trunks: Command): void {
  cli
    .command(
      "provision",
      "with Twilio credentials set, make everything that a working outbound trunk needs; safe to run again after a failure",
      "campaigns trunks provision --assistant 7c9… --number +12025550100 --dry-run",
      trunks,
    )
    .requiredOption("--assistant <id>", "the AI agent's configuration")
    .requiredOption("--number <number>", "a number of the Twilio account, E.164; calls to it then go to the trunk")
    .option("--dry-run", "print what exists and what would be made; change nothing")
    .action(
      cli.action(async (session, options: Options) => {
        const { out, clock, newId } = session;
        const number = phoneArgument(options.number);
        const { carrier } = await session.carrier();
        const { passwordMaker } = await import("../../adapters/twilio/password.ts");
        const passwordFor = passwordMaker(session.config.twilio()?.authToken ?? "");
        const admin = await session.trunkAdmin();
        const store = await session.store();
        const onStep = (step: ProvisionStep): void => out.note(stepText(step));
        const dryRun = options.dryRun ?? false;
        const context = { carrier, admin, store, clock, newId, passwordFor, onStep };
        const made = await provision(options.assistant, number, dryRun, context);
        if (made.trial) out.note("this is a trial account: it calls verified numbers only, few at a time");
        out.result(
          {
            assistant_id: made.assistantId,
            number: made.number,
            address: made.domain,
            outbound_trunk_id: made.trunkId,
            trial: made.trial,
            dry_run: dryRun,
            steps: made.steps,
          },
          () =>
            dryRun
              ? `nothing was made; without --dry-run, ${missing(made.steps)} of ${made.steps.length} steps would be`
              : `assistant ${made.assistantId} calls with this number through trunk ${made.trunkId} (${made.domain})`,
        );
      }),
    );
}

const missing = (steps: readonly ProvisionStep[]): number => steps.filter(({ was }) => was === "would_make").length;
