/** campaigns calls */
import { Option } from "commander";
import { stringify } from "../render/csv.ts";
import { CALL_STATUSES, type CallStatus } from "../../domain/call.ts";
import { countOption } from "../count.ts";
import type { Cli } from "../program.ts";
import { callJson } from "../render/json.ts";
import { syncCommand } from "./sync.ts";
import { CALL_COLUMNS, callCells, table } from "../render/text.ts";

interface Options {
  status?: CallStatus;
  limit?: string;
  after?: string;
  csv?: boolean;
}

export function callsCommand(cli: Cli): void {
  const calls = cli
    .command(
      "calls <campaign>",
      "call records, in the order of the list",
      "campaigns calls spring --status no_answer --csv",
    )
    .addOption(new Option("--status <status>", "only those with this status").choices(CALL_STATUSES))
    .option("--limit <n>", "at most this many (default 100)")
    .option("--after <cursor>", "go on behind an earlier page")
    .option("--csv", "print CSV")
    .action(
      cli.action(async (session, ref: string, { status, limit = "100", after, csv }: Options) => {
        const page = await (
          await session.campaigns()
        ).calls(ref, {
          limit: countOption("limit", limit),
          ...(status === undefined ? {} : { status }),
          ...(after === undefined ? {} : { after }),
        });
        const { out } = session;
        if (csv === true) {
          const rows = page.calls.map((call) => Object.values(callJson(call)).map(cell));
          const header = page.calls.slice(0, 1).map((call) => Object.keys(callJson(call)));
          out.raw(stringify([...header, ...rows]));
        } else {
          out.result({ calls: page.calls.map(callJson), next: page.next }, () =>
            page.calls.length === 0 ? "no calls" : table([CALL_COLUMNS, ...page.calls.map(callCells)]),
          );
        }
        if (page.next !== null && !out.json) out.note(`there are more: --after ${page.next}`);
      }),
    );
  syncCommand(cli, calls);
}

/** Text as it is, everything else as JSON spells it. */
const cell = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
