/** campaigns dnc add, remove, check, import, list */
import type { DoNotCallEntry } from "../../engine/ports/index.ts";
import { countOption } from "../count.ts";
import { importingNumbers } from "../import.ts";
import { fileOptions, type FileOptions } from "../import-options.ts";
import { phoneArgument } from "../phone.ts";
import type { Cli } from "../cli.ts";
import { iso } from "../render/json.ts";
import { count } from "../render/contacts.ts";
import { table } from "../render/table.ts";

export function dncCommand(cli: Cli): void {
  const dnc = cli.group("dnc", "the do-not-call list: numbers that no campaign may dial");

  cli
    .command("add <number...>", "suppress numbers, in every campaign, at once", "campaigns dnc add +12025550123", dnc)
    .option("--reason <text>", "kept with the number")
    .action(
      cli.action(async (session, texts: string[], { reason }: { reason?: string }) => {
        const added = await (await session.suppression()).add(texts.map(phoneArgument), reason ?? null);
        session.out.result({ added, already: texts.length - added }, () =>
          added === texts.length
            ? `${count(added, "number")} added: no campaign dials ${added === 1 ? "it" : "them"} from now on`
            : `${count(added, "number")} added, ${texts.length - added} on the list already`,
        );
      }),
    );

  cli
    .command("remove <number...>", "let campaigns call numbers again", "campaigns dnc remove +12025550123", dnc)
    .action(
      cli.action(async (session, texts: string[]) => {
        const removed = await (await session.findsDatabase().suppression()).remove(texts.map(phoneArgument));
        session.out.result({ removed, unknown: texts.length - removed }, () =>
          [
            `${count(removed, "number")} removed`,
            ...(removed < texts.length ? [`${texts.length - removed} not on the list`] : []),
          ].join(", "),
        );
        return removed === texts.length ? 0 : 1;
      }),
    );

  cli
    .command("check <number>", "is it on the list? exit code 0 yes, 1 no", "campaigns dnc check +12025550123", dnc)
    .action(
      cli.action(async (session, text: string) => {
        const entry = await (await session.findsDatabase().suppression()).check(phoneArgument(text));
        session.out.result({ do_not_call: entry !== null, entry: entry === null ? null : entryJson(entry) }, () =>
          entry === null ? "not on the do-not-call list" : `on the do-not-call list ${why(entry)}`,
        );
        return entry === null ? 1 : 0;
      }),
    );

  fileOptions(
    cli
      .command(
        "import <file>",
        "suppress every number of a file: one a line, area code and number, or columns; - reads stdin",
        "campaigns dnc import dnc.csv --default-region US --rejects rejects.csv",
        dnc,
      )
      .option("--reason <text>", "kept with the numbers"),
  ).action(
    cli.action(async (session, path: string, options: FileOptions & { reason?: string }) => {
      const suppression = await session.suppression();
      return importingNumbers(path, session, options, async (feed) => {
        const added = await suppression.import(feed, options.reason ?? null);
        const { report } = feed;
        const rejected = report.read - report.kept;
        session.out.result({ added, import: report }, () => [
          `${count(added, "number")} added to the do-not-call list`,
          ...(rejected > 0
            ? [`${count(rejected, "row")} could not be read: whoever is meant by them may still be called`]
            : []),
        ]);
        // A row that forbids, and was not understood, is no success.
        return rejected > 0 ? 1 : 0;
      });
    }),
  );

  cli
    .command("list", "the numbers on the list, page by page", "campaigns dnc list --limit 50", dnc)
    .option("--limit <n>", "at most this many (default 100)")
    .option("--after <number>", "go on behind this number")
    .action(
      cli.action(async (session, { limit = "100", after }: { limit?: string; after?: string }) => {
        const entries = await (
          await session.findsDatabase().suppression()
        ).list(countOption("limit", limit), after ?? null);
        session.out.result({ numbers: entries.map(entryJson) }, () =>
          entries.length === 0
            ? "nobody is on the do-not-call list"
            : table([
                ["NUMBER", "SINCE", "SOURCE", "REASON"],
                ...entries.map(({ phoneNumber, addedAt, source, reason }) => [
                  phoneNumber,
                  iso(addedAt) ?? "",
                  source,
                  reason ?? "",
                ]),
              ]),
        );
      }),
    );
}

const why = ({ addedAt, source, reason }: DoNotCallEntry): string =>
  `since ${iso(addedAt)}, from ${source}${reason === null ? "" : ` (${reason})`}`;

const entryJson = ({ phoneNumber, source, reason, addedAt }: DoNotCallEntry): Record<string, unknown> => ({
  phone_number: phoneNumber,
  source,
  reason,
  added_at: iso(addedAt),
});
