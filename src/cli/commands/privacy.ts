/** campaigns erase, purge */
import type { PurgeReport, RowCounts } from "../../engine/manage/privacy.ts";
import { formatDuration } from "../../domain/time/duration.ts";
import type { Cli } from "../cli.ts";
import { agreed } from "../confirm.ts";
import { numberFrom, PRIVATE_HELP } from "../private.ts";
import { count } from "../render/contacts.ts";
import { copiesText } from "../render/copies.ts";

interface Options {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function privacyCommands(cli: Cli): void {
  cli
    .command(
      "erase <number>",
      "remove a person: from lists, files, calls and consents",
      "campaigns erase +12025550123 --dry-run",
    )
    .option("--dry-run", "print what would be removed; change nothing")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Calls stay as records of nobody, so that counts stay right. The number stays on the do-not-call list, so that nobody calls it.
A backup made before still holds the person: campaigns restore erases them again. What the carrier and LiveKit have stored is theirs to remove.
Recordings are files in your bucket: it prints where they are, for you to remove.
${PRIVATE_HELP}`,
    )
    .action(
      cli.action(async (session, text: string, options: Options) => {
        const privacy = await session.findsDatabase().privacy();
        const number = await numberFrom(text, session);
        let { rows: found, recordings } = await privacy.erase(number, true);
        const copies = await session.copies();
        let isRead = false;
        if (options.dryRun !== true) {
          await agreed(session.io, options.yes === true, [`${foundText(found)} will be removed, for good.`], REMOVING);
          ({ rows: found, recordings, isRead } = await privacy.erase(number, false));
        }
        const result = { dry_run: options.dryRun === true, rows: found, recordings, copies, still_read: isRead };
        session.out.result(result, () => [
          options.dryRun === true
            ? `would remove ${foundText(found)}`
            : `removed ${foundText(found)}; the number stays on the do-not-call list`,
          ...recordingsText(recordings),
          ...copiesText(copies, STILL_IN),
          ...readText(isRead),
        ]);
      }),
    );

  cli
    .command(
      "purge",
      "remove old data: imported contacts, names and variables, and who was called",
      "campaigns purge --older-than 90d --dry-run",
    )
    .requiredOption("--older-than <duration>", "such as 90d, since the campaign was completed or the call ended")
    .option("--what <kinds>", "contacts, variables, recordings, calls, or several with commas (default all)")
    .option("--dry-run", "print what would be removed; change nothing")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
contacts   rows of files and lists that no unfinished campaign uses
variables  names, e-mail addresses, variables and notes of calls that ended
recordings where recordings lie; the files are in your bucket, and --json lists them for you to remove
calls      the number and recordings too, of calls of completed campaigns; calls stay as records of nobody, so that counts stay right

A call whose recording no run has seen to stays a day longer. Then nobody will hear where its file lies, if there is one:
it is in the campaign's folder of your bucket, named after the attempt.

Some laws ask for call records for years: see to that before you purge calls.`,
    )
    .action(
      cli.action(async (session, options: Options & { olderThan: string; what?: string }) => {
        const privacy = await session.findsDatabase().privacy();
        const copies = await session.copies();
        const kinds = options.what?.split(",").map((kind) => kind.trim()) ?? [];
        let report = await privacy.purge(options.olderThan, kinds, true);
        if (options.dryRun !== true) {
          await agreed(
            session.io,
            options.yes === true,
            [`${purgeText(report)}: will be removed, for good.`],
            REMOVING,
          );
          report = await privacy.purge(options.olderThan, kinds, false);
        }
        session.out.result(
          {
            dry_run: options.dryRun === true,
            older_than_ms: report.olderThan,
            rows: report.removed,
            recordings: report.recordings,
            copies,
            still_read: report.isRead,
          },
          () => [
            `${options.dryRun === true ? "would remove" : "removed"} what is older than ${formatDuration(report.olderThan)}: ${purgeText(report)}`,
            ...recordingsText(report.recordings),
            ...copiesText(copies, STILL_IN),
            ...readText(report.isRead),
          ],
        );
      }),
    );
}

const STILL_IN = "what was stored before an earlier restore is still in";
const REMOVING = { no: "nothing was removed", hint: "try --dry-run first" };

const WORDS: Readonly<Record<keyof RowCounts, readonly [string, string]>> = {
  contacts: ["contact of a list", "contacts of lists"],
  csv_contacts: ["row of a file", "rows of files"],
  campaign_calls: ["call", "calls"],
  call_attempts: ["attempt", "attempts"],
  carrier_calls: ["record of the carrier", "records of the carrier"],
  webhooks_heard: ["webhook", "webhooks"],
  consents: ["consent", "consents"],
  do_not_call_numbers: ["do-not-call entry", "do-not-call entries"],
  audit_log: ["entry of the audit log", "entries of the audit log"],
};

export const foundText = (found: RowCounts): string =>
  (Object.keys(WORDS) as (keyof RowCounts)[])
    .filter((table) => table !== "do_not_call_numbers" && table !== "audit_log" && found[table] > 0)
    .map((table) => `${found[table]} ${WORDS[table][found[table] === 1 ? 0 : 1]}`)
    .join(", ") || "nothing";

/** Of more than these the terminal shows the number alone. */
const MOST_PLACES = 10;

const recordingsText = (places: readonly string[]): readonly string[] =>
  places.length === 0
    ? []
    : [
        `${count(places.length, "recording")} left for you to remove:`,
        ...(places.length > MOST_PLACES ? ["  --json lists them all"] : places.map((place) => `  ${place}`)),
      ];

const readText = (isRead: boolean): readonly string[] =>
  isRead
    ? [
        "another program is reading the database, and what was removed stays in the journal beside it: run this again when it has ended",
      ]
    : [];

const purgeText = ({ removed }: PurgeReport): string =>
  Object.entries(removed)
    .map(([kind, n]) => `${kind} ${n.toLocaleString("en")}`)
    .join(", ");
