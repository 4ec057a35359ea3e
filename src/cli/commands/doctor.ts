/** campaigns doctor */
import { checksFor } from "../../engine/checks.ts";
import { type CheckResult, type DoctorContext, examine, type Health } from "../../engine/doctor.ts";
import type { ChalkInstance } from "chalk";
import { machine } from "../machine.ts";
import type { Cli } from "../program.ts";

export function doctorCommand(cli: Cli): void {
  cli
    .command(
      "doctor",
      "find what is wrong with settings, database, LiveKit, trunks, agent, campaigns, and say what to do",
      "campaigns doctor --json",
    )
    .option("--sandbox", "examine a LiveKit of its own on loopback")
    .action(
      cli.action(async (session, options: { sandbox?: boolean }) => {
        const { config, clock, out } = session;
        const livekit = options.sandbox === true ? await session.sandbox() : null;
        const context: DoctorContext = {
          machine: machine(config),
          clock,
          agentName: config.agentName,
          store: () => session.store(),
          project: () => session.project(),
          campaigns: () => session.campaigns(),
          trunks: () => session.trunkAdmin(livekit ?? undefined),
          probe: () => session.probe(livekit ?? undefined),
          carrier: async () => (config.twilio() === null ? null : (await session.carrier()).carrier),
        };
        const results = await examine(checksFor(context.machine), context);
        const counts = { ok: 0, warning: 0, failed: 0 } satisfies Record<Health, number>;
        for (const { health } of results) counts[health]++;
        out.result({ ...counts, checks: results }, (chalk) =>
          [...results.map((result) => line(result, chalk)), "", summary(counts)].join("\n"),
        );
        return counts.failed > 0 ? 1 : 0;
      }),
    );
}

const MARKS = { ok: "green", warning: "yellow", failed: "red" } as const satisfies Record<Health, string>;
const WIDTH = 11;

function line({ check, health, found, todo }: CheckResult, chalk: ChalkInstance): string {
  const head = `${chalk[MARKS[health]](health.padEnd(7))}  ${check.padEnd(WIDTH)}  ${found}`;
  return todo === null ? head : `${head}\n${" ".repeat(WIDTH)}            → ${todo}`;
}

const summary = ({ ok, warning, failed }: Record<Health, number>): string =>
  `${ok} ok, ${warning} warning${warning === 1 ? "" : "s"}, ${failed} failed`;
