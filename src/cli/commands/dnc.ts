/** campaigns dnc add, remove, check; import, sources, list and export are in dnc-lists.ts */
import type { DoNotCallEntry } from "../../engine/ports/index.ts";
import { Misused } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import { numberOrPrefix } from "../../engine/manage/phone-argument.ts";
import { numbersFrom, PRIVATE_HELP } from "../private.ts";
import { count } from "../render/contacts.ts";
import { entryJson } from "../../json/do-not-call.ts";
import { iso } from "../../json/calls.ts";
import { dncListCommands } from "./dnc-lists.ts";

export function dncCommand(cli: Cli): void {
  const dnc = cli.group("dnc", "the do-not-call list: numbers that no campaign may dial");

  cli
    .command(
      "add <number...>",
      "suppress numbers, in every campaign, at once; +1900* is every number that begins so",
      "campaigns dnc add +12025550123 --reason 'asked on the phone' --expires 365d",
      dnc,
    )
    .option("--reason <text>", "kept with the number")
    .option("--source <list>", "the list it is on (default operator)")
    .option("--expires <when>", "a date, or a duration such as 90d, after which it may be called again (default never)")
    .addHelpText("after", PRIVATE_HELP)
    .action(
      cli.action(async (session, texts: string[], options: { reason?: string; source?: string; expires?: string }) => {
        const numbers = await numbersFrom(texts, session, numberOrPrefix);
        const added = await (await session.doNotCallList()).add(numbers, options);
        session.out.result({ added, already: numbers.length - added }, () =>
          added === numbers.length
            ? `${count(added, "number")} added: no campaign dials ${added === 1 ? "it" : "them"} from now on`
            : `${count(added, "number")} added, ${numbers.length - added} on the list already`,
        );
      }),
    );

  cli
    .command(
      "remove [number...]",
      "let campaigns call numbers again; with --source alone: all numbers of that list",
      "campaigns dnc remove +12025550123\ncampaigns dnc remove --source old-list",
      dnc,
    )
    .option("--source <list>", "only from this list; a number on another one stays suppressed")
    .addHelpText("after", PRIVATE_HELP)
    .action(
      cli.action(async (session, texts: string[], { source }: { source?: string }) => {
        const list = await session.findsDatabase().doNotCallList();
        if (texts.length === 0) {
          if (source === undefined) throw new Misused("number", "expected numbers, --source, or both, got neither");
          const removed = await list.drop(source);
          session.out.result({ removed, unknown: 0 }, () => `${count(removed, "number")} removed from ${source}`);
          return 0;
        }
        const numbers = await numbersFrom(texts, session, numberOrPrefix);
        const removed = await list.remove(numbers, source);
        session.out.result({ removed, unknown: numbers.length - removed }, () =>
          [
            `${count(removed, "number")} removed`,
            ...(removed < numbers.length ? [`${numbers.length - removed} not on the list`] : []),
          ].join(", "),
        );
        return removed === numbers.length ? 0 : 1;
      }),
    );

  cli
    .command(
      "check <number...>",
      "are they on the list? exit code 0 all of them, 1 not all",
      "campaigns dnc check +12025550123",
      dnc,
    )
    .addHelpText("after", PRIVATE_HELP)
    .action(
      cli.action(async (session, texts: string[]) => {
        const list = await session.findsDatabase().doNotCallList();
        const found: { text: string; entries: readonly DoNotCallEntry[] }[] = [];
        for (const number of await numbersFrom(texts, session))
          found.push({ text: number, entries: await list.check(number) });
        const all = found.every(({ entries }) => entries.length > 0);
        const [first] = found[0]?.entries ?? [];
        const numbers = found.map(({ text, entries }) => ({
          phone_number: text,
          do_not_call: entries.length > 0,
          entries: entries.map(entryJson),
        }));
        session.out.result({ do_not_call: all, entry: first === undefined ? null : entryJson(first), numbers }, () =>
          found.map(({ text, entries }) => `${found.length > 1 ? `${text}  ` : ""}${onList(entries)}`),
        );
        return all ? 0 : 1;
      }),
    );

  dncListCommands(cli, dnc);
}

const onList = (entries: readonly DoNotCallEntry[]): string =>
  entries.length === 0 ? "not on the do-not-call list" : `on the do-not-call list ${entries.map(why).join("; and ")}`;

const why = ({ addedAt, addedBy, source, reason, expiresAt }: DoNotCallEntry): string =>
  [
    `since ${iso(addedAt)}`,
    ...(expiresAt === undefined ? [] : [`until ${iso(expiresAt)}`]),
    ...(addedBy === undefined || addedBy === source ? [] : [`added by ${addedBy}`]),
    `from ${source}${reason === null ? "" : ` (${reason})`}`,
  ].join(", ");
