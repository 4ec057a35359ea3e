/** campaigns doctor */
import { checksFor } from "../../engine/doctor/checks.ts";
import { type DoctorContext, examine } from "../../engine/doctor/doctor.ts";
import { machine } from "../machine.ts";
import type { Cli } from "../cli.ts";
import { checkJson, countsOf, examinedText } from "../render/doctor.ts";

export function doctorCommand(cli: Cli): void {
  cli
    .command(
      "doctor",
      "check settings, database, LiveKit, trunks, agent and campaigns, and say how to fix what is wrong",
      "campaigns doctor --json",
    )
    .option("--sandbox", "check the sandbox instead of your LiveKit")
    .action(
      cli.action(async (session, options: { sandbox?: boolean }) => {
        const { config, clock, out } = session;
        const livekit = options.sandbox === true ? await session.sandbox() : null;
        const context: DoctorContext = {
          machine: machine(config, options.sandbox === true),
          clock,
          agentName: config.agentName,
          store: () => session.findsDatabase().store(),
          project: () => session.project(),
          campaigns: () => session.campaigns(),
          trunks: () => session.trunkAdmin(livekit ?? undefined),
          probe: () => session.probe(livekit ?? undefined),
          carrier: async () => (config.twilio() === null ? null : (await session.carrier()).carrier),
        };
        const results = await examine(checksFor(context.machine), context);
        const counts = countsOf(results);
        out.result({ ...counts, checks: results.map(checkJson) }, (chalk) => examinedText(results, chalk));
        return counts.failed > 0 ? 1 : 0;
      }),
    );
}
