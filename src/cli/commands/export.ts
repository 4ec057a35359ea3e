/** campaigns export */
import { inputOf } from "../../engine/manage/campaign-input.ts";
import { Misused, Refused } from "../../engine/errors.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import type { Cli } from "../cli.ts";
import { numberFrom } from "../private.ts";
import type { Session } from "../session.ts";
import { foundText } from "./privacy.ts";

export function exportCommand(cli: Cli): void {
  cli
    .command(
      "export <what>",
      "print a campaign as a file for apply, or everything that is stored about a number",
      "campaigns export spring > spring.yaml\necho +12025550123 | campaigns export - > person.json",
    )
    .option("--dry-run", "of a number, print how many rows there are of each table, and none of them")
    .addHelpText(
      "after",
      `
What begins with + is a number, and so is what - reads from standard input and @FILE from a file: everything that is stored
about it is printed as JSON. Anything else is a campaign, printed as YAML, or with --json as JSON; apply reads both.
A number on the command line can be read by every user of this machine, and stays in the shell's history.`,
    )
    .action(
      cli.action((session, what: string, { dryRun = false }: { dryRun?: boolean }) => {
        if (isNumber(what)) return person(what, session, dryRun);
        if (!dryRun) return campaign(what, session);
        throw new Misused("dry_run", "--dry-run: expected a number, got a campaign", { hint: "leave it out" });
      }),
    );
}

async function person(text: string, session: Session, dryRun: boolean): Promise<void> {
  const number = await numberFrom(text, session);
  const privacy = await session.findsDatabase().privacy();
  if (dryRun) {
    const rows = await privacy.count(number);
    session.out.result({ dry_run: true, rows }, () => `would print ${foundText(rows)}`);
    return;
  }
  const data = await privacy.export(number);
  const all = { phone_number: number, ...data };
  session.out.result(all, () => JSON.stringify(all, null, 2).split("\n"));
}

const isNumber = (what: string): boolean => /^\s*\+|^-$|^@/.test(what);

async function campaign(ref: string, session: Session): Promise<void> {
  const campaigns = await session.findsDatabase().campaigns();
  const found = await campaigns.find(ref).catch((error: unknown) => {
    // What is meant as a number is not said again.
    if (error instanceof Refused && /^[\d\s().-]{7,}$/.test(ref)) phoneArgument(ref);
    throw error;
  });
  const { fileOf } = await import("../../json/campaign-file.ts");
  const { writeCampaignFile } = await import("../../adapters/yaml/campaign-file.ts");
  const { kind, id } = found.source;
  const [list] = kind === "contact_list" ? await (await session.store()).findContactLists(id) : [];
  const file = { ...fileOf(inputOf(found)), ...(kind === "contact_list" && { contacts: { list: list?.name ?? id } }) };
  session.out.result(file, () => [
    ...writeCampaignFile(file).trimEnd().split("\n"),
    ...(kind === "csv_file" ? OWN_CONTACTS : []),
  ]);
}

const OWN_CONTACTS = [
  "# Its contacts came from a file, and stay as they are. To add some, or to create it elsewhere:",
  "# contacts:",
  "#   csv: contacts.csv",
];
