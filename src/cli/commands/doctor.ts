/** campaigns doctor */
import { checksFor } from "../../engine/doctor/checks.ts";
import { type CheckResult, type DoctorContext, examine } from "../../engine/doctor/doctor.ts";
import { machine } from "../machine.ts";
import type { Cli } from "../cli.ts";
import { checkJson, countsOf, examinedText } from "../render/doctor.ts";
import type { Session } from "../session.ts";

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
        const results = await examination(session.findsDatabase(), options.sandbox);
        const counts = countsOf(results);
        session.out.result({ ...counts, checks: results.map(checkJson) }, (chalk) => examinedText(results, chalk));
        return counts.failed > 0 ? 1 : 0;
      }),
    );
}

export async function examination(session: Session, sandbox = false): Promise<readonly CheckResult[]> {
  const { config, clock } = session;
  const livekit = sandbox ? await session.sandbox() : null;
  const context: DoctorContext = {
    machine: machine(config, sandbox),
    clock,
    agentName: config.agentName,
    store: () => session.store(),
    project: () => session.project(),
    campaigns: () => session.campaigns(),
    trunks: () => session.trunkAdmin(livekit ?? undefined),
    probe: () => session.probe(livekit ?? undefined),
    carrier: async () => (config.twilio() === null ? null : (await session.carrier()).carrier),
  };
  return examine(checksFor(context.machine), context);
}
