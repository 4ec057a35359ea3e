/** campaigns calls */
import { Option } from "commander";
import { csvText } from "../../adapters/csv/write.ts";
import { type Call, CALL_STATUSES, type CallStatus } from "../../domain/calls/call.ts";
import type { CallPage } from "../../engine/ports/index.ts";
import { choice } from "../choice.ts";
import { countOption, WIDE } from "../count.ts";
import type { Output } from "../output.ts";
import type { Cli } from "../cli.ts";
import { callJson } from "../../json/calls.ts";
import { about } from "../together.ts";
import { syncCommand } from "./sync.ts";
import { table } from "../render/table.ts";
import { CALL_COLUMNS, callCells } from "../render/text.ts";

interface Options {
  status?: CallStatus;
  limit?: string;
  after?: string;
  csv?: boolean;
  escapeFormulas?: boolean;
}

export function callsCommand(cli: Cli): void {
  const calls = cli
    .command("calls <campaign>", "show call records, in list order", "campaigns calls spring --status no_answer --csv")
    .addOption(choice(new Option("--status <status>", "only those with this status"), CALL_STATUSES))
    .option("--limit <n>", "print at most this many (default 100; with --csv, all)")
    .option("--after <cursor>", "continue after an earlier page")
    .addOption(new Option("--csv", "print CSV").conflicts("json"))
    .addOption(
      about(
        "csv",
        "--escape-formulas",
        "with --csv: put ' before =, +, - and @ at the start of a cell, for spreadsheets",
      ),
    )
    .option(...WIDE)
    .action(
      cli.action(
        async (session, ref: string, { status, limit, after, csv = false, escapeFormulas = false }: Options) => {
          const { out } = session;
          const most = limit === undefined ? (csv ? Infinity : SHOWN) : countOption("limit", limit);
          const filter = status === undefined ? {} : { status };
          const campaigns = await session.findsDatabase().campaigns();
          const { id } = await campaigns.look(ref);
          const pageAfter: Pages = (cursor, limit) =>
            campaigns.calls(id, { ...filter, limit, ...(cursor === undefined ? {} : { after: cursor }) });
          // A table is looked at; what a program reads is taken along.
          if (csv || out.json) await session.recordExport({ campaignId: id, after: { what: "calls" } });
          const next = csv
            ? await writeCsv(out, pageAfter, after, most, escapeFormulas)
            : await show(out, await pageAfter(after, most));
          if (next !== null && !out.json && !out.isLost) out.note(`there are more: --after ${next}`);
        },
      ),
    );
  syncCommand(cli, calls);
}

/** A screenful; whoever wants more says so, or asks for CSV. */
const SHOWN = 100;
/** Calls read at once. */
const PAGE = 1000;

type Pages = (after: string | undefined, limit: number) => Promise<CallPage>;

/** Returns the cursor behind it; null: that is all. */
async function show(out: Output, { calls, next }: CallPage): Promise<string | null> {
  await out.pages({ calls: calls.map(callJson), next }, (_, width) =>
    calls.length === 0 ? "no calls" : table([CALL_COLUMNS, ...calls.map(callCells)], width),
  );
  return next;
}

/** As show(), in CSV, page by page. */
async function writeCsv(
  out: Output,
  pageAfter: Pages,
  after: string | undefined,
  most: number,
  escapeFormulas: boolean,
): Promise<string | null> {
  for (let [cursor, left] = [after, most]; ;) {
    const { calls, next } = await pageAfter(cursor, Math.min(left, PAGE));
    if (cursor === after) out.csv(csvText(calls.slice(0, 1).map((call) => Object.keys(callJson(call)))));
    out.csv(csvText(calls.map(csvRow), escapeFormulas));
    left -= calls.length;
    if (next === null || left <= 0 || out.isLost) return next;
    cursor = next;
  }
}

const csvRow = (call: Call): string[] => Object.values(callJson(call)).map(cell);

/** Text as it is, everything else as JSON spells it. */
const cell = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
