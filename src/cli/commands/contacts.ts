/** campaigns contacts import, lists, show */
import { consentCommand } from "./consent.ts";
import { WIDE } from "../count.ts";
import type { Cli } from "../cli.ts";
import { importing } from "../import.ts";
import { importOptions, type ImportOptions } from "../import-options.ts";
import { numberFrom, PRIVATE_HELP } from "../private.ts";
import { contactJson, listJson } from "../../json/contacts.ts";
import { contactText, count, listsText } from "../render/contacts.ts";

export function contactsCommand(cli: Cli): void {
  const contacts = cli.group("contacts", "contact lists: import files into them, and look somebody up");

  importOptions(
    cli
      .command(
        "import <file>",
        "add the contacts of a CSV file to a list; - reads stdin",
        "campaigns contacts import members.csv --list members --rejects rejects.csv",
        contacts,
      )
      .requiredOption("--list <list>", "name or id of the list; it is made when there is none of that name"),
  ).action(
    cli.action(async (session, path: string, options: ImportOptions & { list: string }) => {
      const use = await session.contacts();
      await importing(path, session, options, async (feed) => {
        const { list, created } = await use.importInto(options.list, feed);
        session.out.result({ list: listJson(list), created, import: feed.report }, () => [
          ...(created ? [`made the list "${list.name}" (${list.id})`] : []),
          `added ${count(feed.report.kept, "contact")} to "${list.name}"; it has ${list.contacts.toLocaleString("en")} now`,
        ]);
      });
    }),
  );

  cli
    .command("lists", "all contact lists, one line each", "campaigns contacts lists --json", contacts)
    .option(...WIDE)
    .action(
      cli.action(async (session) => {
        const lists = await (await session.findsDatabase().contacts()).lists();
        const now = session.clock.now();
        await session.out.pages({ lists: lists.map(listJson) }, (_, width) => listsText(lists, now, width));
      }),
    );

  cli
    .command(
      "show <number>",
      "all that is known of a number: lists, campaigns, calls, do-not-call, consent",
      "campaigns contacts show +12025550123",
      contacts,
    )
    .addHelpText("after", PRIVATE_HELP)
    .action(
      cli.action(async (session, text: string) => {
        const known = await (await session.findsDatabase().contacts()).show(await numberFrom(text, session));
        await session.out.pages(contactJson(known), () => contactText(known));
      }),
    );

  consentCommand(cli, contacts);
}
