/** campaigns trunks: show, create, delete, assign, unassign, limit; provision has a file of its own */
import type { Command } from "commander";
import { Misused } from "../../engine/errors.ts";
import { unassign } from "../../engine/manage/outbound-trunks.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import { WIDE } from "../count.ts";
import type { Cli } from "../cli.ts";
import { assistantJson, numberJson, trunkJson } from "../../json/trunks.ts";
import { assistantText, limitText, trunksText } from "../render/trunks.ts";
import { provisionCommand } from "./provision.ts";
import { secretFromStdin } from "../secret.ts";

interface CreateOptions {
  readonly name: string;
  readonly address: string;
  readonly number: string;
  readonly transport?: string;
  readonly authUsername?: string;
  readonly authPasswordStdin?: boolean;
  readonly country?: string;
  readonly header?: readonly string[];
}

interface AssignOptions {
  readonly assistant: string;
  readonly trunk: string;
  readonly label?: string;
  readonly cps?: string;
  readonly shared?: boolean;
}

export function trunksCommand(cli: Cli): void {
  const trunks = cli
    .command(
      "trunks",
      "list LiveKit's outbound trunks, and which assistant calls through each",
      "campaigns trunks --json",
    )
    .allowExcessArguments()
    .option(...WIDE)
    .action(
      cli.action(async (session, _options: object, { args: [unknown] }: Command) => {
        if (unknown !== undefined) {
          throw new Misused("usage", `unknown command '${unknown}'`, {
            hint: "campaigns trunks --help shows what there is",
          });
        }
        const reports = await (await session.findsDatabase().outboundTrunks()).list();
        await session.out.pages({ trunks: reports.map(trunkJson) }, (chalk, width) =>
          trunksText(reports, chalk, width),
        );
      }),
    );

  cli
    .command("show <assistant>", "show the trunk and caller IDs of an assistant", "campaigns trunks show 7c9…", trunks)
    .action(
      cli.action(async (session, assistant: string) => {
        const report = await (await session.findsDatabase().outboundTrunks()).show(assistant);
        const now = session.clock.now();
        await session.out.pages(assistantJson(report), (chalk, width) => assistantText(report, now, chalk, width));
      }),
    );

  cli
    .command(
      "create",
      "create an outbound trunk in LiveKit",
      'printf %s "$SIP_PASSWORD" | campaigns trunks create --name london --address sip.example.com --number +442079460100 \\\n' +
        "  --transport tls --auth-username alice --auth-password-stdin",
      trunks,
    )
    .requiredOption("--name <name>", "trunk name")
    .requiredOption("--address <host>", "the carrier's SIP host, with a port or without")
    .requiredOption("--number <numbers>", "caller IDs in E.164, separated by commas")
    .option("--transport <transport>", "udp, tcp or tls (default: LiveKit chooses)")
    .option("--auth-username <name>", "user name at the carrier")
    .option("--auth-password-stdin", "read the password from standard input")
    .option("--country <country>", "where the callees are, such as US")
    .option("--header <name=value...>", "SIP header for each call, such as X-Account=spring; may be repeated")
    .action(
      cli.action(async (session, options: CreateOptions) => {
        const numbers = options.number.split(",").map(phoneArgument);
        const credentials = await secretFromStdin(options, session);
        const report = await (await session.outboundTrunks()).create({ ...options, numbers, credentials });
        session.out.result(trunkJson(report), () => [
          `created trunk ${report.trunk.id}`,
          `campaigns trunks assign ${report.trunk.numbers[0]} --assistant ID --trunk ${report.trunk.id} lets an assistant call through it`,
        ]);
      }),
    );

  cli
    .command(
      "delete <trunk>",
      "delete a trunk from LiveKit; refused while it is in use",
      "campaigns trunks delete ST_4f…",
      trunks,
    )
    .action(
      cli.action(async (session, ref: string) => {
        const { id } = await (await session.outboundTrunks()).delete(ref);
        session.out.result({ deleted: id }, () => `deleted trunk ${id}`);
      }),
    );

  cli
    .command(
      "assign <number>",
      "assign a caller ID to an assistant and a trunk",
      "campaigns trunks assign +442079460100 --assistant 7c9… --trunk ST_4f…",
      trunks,
    )
    .requiredOption("--assistant <id>", "the AI agent's configuration")
    .requiredOption("--trunk <trunk>", "id or name of the trunk")
    .option("--label <text>", "label for the number")
    .option("--cps <n>", "dials per second with this number (default: no limit of its own)")
    .option("--shared", "the trunk may carry other owners' numbers too")
    .action(
      cli.action(async (session, text: string, options: AssignOptions) => {
        const number = phoneArgument(text);
        const assigned = await (await session.outboundTrunks()).assign({ number, ...options });
        if (assigned.warning !== null) session.out.note(`warning: ${assigned.warning}`);
        session.out.result(
          { ...numberJson(assigned.number), warning: assigned.warning },
          () =>
            `assistant ${assigned.number.assistantId} calls with this number through trunk ${assigned.number.trunkId}`,
        );
      }),
    );

  cli
    .command(
      "unassign <number>",
      "remove a caller ID from its assistant and trunk",
      "campaigns trunks unassign +442079460100",
      trunks,
    )
    .action(
      cli.action(async (session, text: string) => {
        const number = await unassign(await session.findsDatabase().store(), phoneArgument(text));
        session.out.result(
          { unassigned: number.number, was: numberJson(number) },
          () => `the number was assistant ${number.assistantId}'s on trunk ${number.trunkId}; now it is free`,
        );
      }),
    );

  cli
    .command(
      "limit <trunk>",
      "limit the dials per second and concurrent calls of a trunk, across all campaigns and runners",
      "campaigns trunks limit ST_4f… --cps 5 --concurrency 20",
      trunks,
    )
    .option("--cps <n>", "dials per second (default: 1 for Twilio, else no limit)")
    .option("--concurrency <n>", "concurrent calls (default: no limit)")
    .action(
      cli.action(async (session, ref: string, { cps, concurrency }: { cps?: string; concurrency?: string }) => {
        const report = await (await session.outboundTrunks()).limit(ref, cps, concurrency);
        session.out.result(trunkJson(report), () => `trunk ${report.trunk.id}: ${limitText(report.limit)}`);
      }),
    );

  provisionCommand(cli, trunks);
}
