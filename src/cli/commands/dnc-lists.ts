/** campaigns dnc import, sources, list, export: the do-not-call list as a whole, and the lists it is made of. */
import { type Command, Option } from "commander";
import type { EntryInput } from "../../engine/manage/do-not-call.ts";
import type { Cli } from "../cli.ts";
import { countOption, WIDE } from "../count.ts";
import { importingNumbers } from "../import.ts";
import { type FileOptions, numbersOptions } from "../import-options.ts";
import { count } from "../render/contacts.ts";
import { csvText } from "../../adapters/csv/write.ts";
import { daysSince, entryJson, sourceJson } from "../../json/do-not-call.ts";
import { table } from "../render/table.ts";

type ImportFlags = FileOptions & EntryInput & { readonly replace?: boolean };

export function dncListCommands(cli: Cli, dnc: Command): void {
  numbersOptions(
    cli
      .command(
        "import <file>",
        "suppress every number of a file: one a line, area code and number, or columns; - reads stdin",
        "campaigns dnc import ftc.csv --source ftc --replace --rejects rejects.csv",
        dnc,
      )
      .option("--reason <text>", "kept with the numbers")
      .option("--source <list>", "the name of the list (default the name of the file)")
      .option("--expires <when>", "a date, or a duration such as 90d, after which they may be called again")
      .option("--replace", "the list has these numbers then, and no others; at once, when all rows are read"),
  ).action(
    cli.action(async (session, path: string, options: ImportFlags) => {
      const list = await session.doNotCallList();
      return importingNumbers(path, session, options, async (feed) => {
        const replace = options.replace === true;
        const { added, removed } = await list.import(feed, options, replace);
        const rejected = feed.rejected();
        session.out.result({ added, removed: removed ?? 0, import: feed.report }, () => [
          replace && removed !== null
            ? `${count(added, "number")} on the list now, in place of ${removed.toLocaleString("en")}`
            : `${count(added, "number")} added to the do-not-call list`,
          ...(rejected > 0
            ? [
                `${count(rejected, "row")} could not be read: whoever is meant by them may still be called, and the list is no newer than before`,
              ]
            : []),
          ...(replace && removed === null
            ? ["the numbers of before stay on the list, until every row can be read"]
            : []),
        ]);
        // A row that forbids, and was not understood, is no success.
        return rejected > 0 ? 1 : 0;
      });
    }),
  );

  cli
    .command("sources", "the lists that numbers are on, how many, and how old", "campaigns dnc sources", dnc)
    .option(...WIDE)
    .action(
      cli.action(async (session) => {
        const [sources, now] = [await (await session.findsDatabase().doNotCallList()).sources(), session.clock.now()];
        await session.out.pages({ sources: sources.map((source) => sourceJson(source, now)) }, (_, width) =>
          sources.length === 0
            ? "nobody is on the do-not-call list"
            : table(
                [
                  ["SOURCE", "NUMBERS", "REFRESHED"],
                  ...sources.map(({ source, entries, refreshedAt }) => [
                    source,
                    entries.toLocaleString("en"),
                    `${count(daysSince(refreshedAt, now), "day")} ago`,
                  ]),
                ],
                width,
              ),
        );
      }),
    );

  cli
    .command("list", "the numbers on the list, page by page", "campaigns dnc list --limit 50", dnc)
    .option("--source <list>", "only those of this list")
    .option("--limit <n>", "at most this many numbers (default 100)")
    .option("--after <number>", "go on behind this number")
    .option(...WIDE)
    .action(
      cli.action(async (session, options: { source?: string; limit?: string; after?: string }) => {
        const { source = null, limit = "100", after = null } = options;
        session.findsDatabase();
        if (session.out.json) await session.recordExport(exported(source));
        const entries = await (await session.doNotCallList()).list(countOption("limit", limit), after, source);
        await session.out.pages({ numbers: entries.map(entryJson) }, (_, width) =>
          entries.length === 0
            ? "nobody is on the do-not-call list"
            : table(
                [
                  ["NUMBER", "SOURCE", "SINCE", "UNTIL", "REASON"],
                  ...entries
                    .map(entryJson)
                    .map((entry) => [
                      entry["phone_number"] ?? "",
                      entry["source"] ?? "",
                      entry["added_at"] ?? "",
                      entry["expires_at"] ?? "",
                      entry["reason"] ?? "",
                    ]),
                ],
                width,
              ),
        );
      }),
    );

  cli
    .command(
      "export",
      "the whole list, as CSV; with --json one object a line",
      "campaigns dnc export --csv > dnc.csv",
      dnc,
    )
    .addOption(new Option("--csv", "print CSV (the default)").conflicts("json"))
    .addOption(
      new Option("--escape-formulas", "put ' before =, +, - and @ at the start of a cell, for spreadsheets").conflicts(
        "json",
      ),
    )
    .option("--source <list>", "only this list")
    .action(
      cli.action(async (session, { source, escapeFormulas }: { source?: string; escapeFormulas?: boolean }) => {
        const { out } = session;
        await session.findsDatabase().recordExport(exported(source ?? null));
        if (!out.json) out.csv(csvText([["phone_number", "source", "reason", "added_at", "expires_at", "added_by"]]));
        for await (const page of (await session.doNotCallList()).all(source ?? null)) {
          if (out.json) for (const entry of page) out.event(entryJson(entry), null);
          else
            out.csv(
              csvText(
                page.map((entry) => Object.values(entryJson(entry)).map((cell) => cell ?? "")),
                escapeFormulas,
              ),
            );
          if (out.isLost) return;
        }
      }),
    );
}

/** A source is a list's name, and nobody's. */
const exported = (source: string | null) => ({ after: { what: "do-not-call list", source } });
