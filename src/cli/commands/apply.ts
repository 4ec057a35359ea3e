/** campaigns apply */
import { open } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { nightHours, parseWindows } from "../../domain/hours/local-hours.ts";
import type { ImportReport } from "../../domain/calls/contact.ts";
import type { Applied, WrittenContacts } from "../../engine/manage/campaign-apply.ts";
import { messageOf, Misused } from "../../engine/errors.ts";
import type { JoinedFile } from "../../engine/ports/index.ts";
import type { FileContacts } from "../../json/campaign-file.ts";
import type { Cli } from "../cli.ts";
import { importing } from "../import.ts";
import type { ImportOptions } from "../import-options.ts";
import type { Session } from "../session.ts";
import { assertReceiver } from "../receiver.ts";
import { trunkNamed } from "../trunk.ts";

interface Options {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly detailedExitcode?: boolean;
}

interface Reported {
  report: ImportReport | null;
}

/** 1, 2 and 3 say what went wrong. */
const CHANGED = 4;

export function applyCommand(cli: Cli): void {
  cli
    .command(
      "apply",
      "create a campaign from a file, or change it until it is as the file says",
      "campaigns apply -f spring.yaml --dry-run",
    )
    .requiredOption("-f, --file <file>", "the campaign, in YAML or JSON; - reads standard input")
    .option("--dry-run", "print what would be done; change nothing")
    .option("--detailed-exitcode", `exit ${CHANGED} instead of 0 when something was, or would be, created or changed`)
    .addHelpText(
      "after",
      `
The file says what create takes, in the names of its options (daily_cap for --daily-cap), and under contacts whom to call.
What it leaves out is as create would have it. Rows that are new in the contacts' file are added; none is ever taken away.
A running campaign takes new contacts; for other changes, pause it. It starts nothing: campaigns start does.
campaigns export CAMPAIGN writes such a file; examples/campaign.yaml explains one.`,
    )
    .action(
      cli.action(async (session, options: Options) => {
        const dry = options.dryRun === true;
        session.waitsLong();
        if (dry) session.findsDatabase();
        const { readCampaignFile } = await import("../../adapters/yaml/campaign-file.ts");
        const { inputOfFile } = await import("../../json/campaign-file.ts");
        const { bytes, name, folder } = await bytesOf(options.file, session);
        const { file, at } = readCampaignFile(bytes, name);
        const { contacts: said } = file;
        const [contacts, reported] =
          said === undefined ? [null, undefined] : contactsOf(said, folder, at(["contacts"]), session);
        if (file.notify !== undefined) await assertReceiver(file.notify, session);
        const input = {
          ...inputOfFile(file),
          ...(file.trunk !== undefined && { trunk: await trunkNamed(file.trunk, session) }),
        };
        const applied = await placed(at, async () =>
          (await session.apply()).apply(input, contacts, session.config.machineZone, dry),
        );
        const night = nightHours(parseWindows(input.hours ?? "9-17"));
        if (night !== null) session.out.note(`note: ${night}`);
        for (const note of contacts !== null && "list" in contacts ? (contacts.notes ?? []) : [])
          session.out.note(note);
        const { snake } = await import("../../json/campaign-file.ts");
        const { differenceText } = await import("../../engine/manage/campaign-apply.ts");
        const report = reported?.report ?? null;
        const changes = Object.entries(applied.differs).map(([key, pair]) => [snake(key), pair] as const);
        session.out.result(
          {
            result: applied.did,
            dry_run: dry,
            id: applied.campaign?.id ?? null,
            name: file.name.trim(),
            changes: Object.fromEntries(changes.map(([key, [is, wanted]]) => [key, [is ?? null, wanted ?? null]])),
            contacts: applied.contacts,
            ...(report !== null && { import: report }),
          },
          () => [
            headline(applied, input.name.trim(), dry, report),
            ...changes.map(([key, [is, wanted]]) => differenceText(key, is, wanted)),
            ...(applied.contacts === null ? [] : contactsText(applied.contacts)),
            ...(applied.did === "created" && !dry
              ? [`campaigns start ${JSON.stringify(input.name.trim())} starts it`]
              : []),
          ],
        );
        return options.detailedExitcode === true && applied.did !== "unchanged" ? CHANGED : 0;
      }),
    );
}

function headline({ did, campaign }: Applied, name: string, dry: boolean, report: ImportReport | null): string {
  const whom = `"${name}"${campaign === null ? "" : ` (${campaign.id})`}`;
  if (did === "unchanged") return `${whom} is as the file says`;
  const contacts =
    did === "created" && report !== null ? ` with ${report.kept} contact${report.kept === 1 ? "" : "s"}` : "";
  return dry ? `would ${did === "created" ? "create" : "change"} ${whom}${contacts}` : `${did} ${whom}${contacts}`;
}

function contactsText({ added, known, differing, marked, missing }: JoinedFile): string[] {
  const parts = [
    added > 0 ? `${added} new` : "",
    `${known} known`,
    differing > 0 ? `${differing} of them with other data in the file, kept as they were` : "",
    marked > 0 ? `${marked} now marked do-not-call` : "",
    missing > 0 ? `${missing} not in the file any more, kept: campaigns dnc add stops calls to a number` : "",
  ];
  return [`  contacts: ${parts.filter(Boolean).join(", ")}`];
}

/** Problems of settings, where they stand in the file. */
async function placed<T>(at: (spot: readonly string[]) => string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Misused) || error.code !== "settings") throw error;
    const lines = error.lines.map(
      (line) => `${at([(/^[a-z ]+/.exec(line)?.[0] ?? "").replaceAll(" ", "_")])}: ${line}`,
    );
    throw new Misused(error.code, lines, { hint: "campaigns create --help says what each setting takes" });
  }
}

const several = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);

function contactsOf(
  { csv, list, map, ignore, ...said }: FileContacts,
  folder: string,
  where: string,
  session: Session,
): [WrittenContacts, Reported | undefined] {
  if ((csv === undefined) === (list === undefined)) {
    throw new Misused(
      "contacts",
      `${where}: contacts: expected one of csv and list, got ${csv === undefined ? "neither" : "both"}`,
    );
  }
  if (list !== undefined) {
    const idle = [
      ...(map === undefined ? [] : ["map"]),
      ...(ignore === undefined ? [] : ["ignore"]),
      ...Object.keys(said),
    ];
    if (idle[0] !== undefined)
      throw new Misused("contacts", `${where}: contacts.${idle[0]} is about a file, and a list has none`);
    return [{ list, notes: [] }, undefined];
  }
  const file = csv ?? "";
  const options: ImportOptions = {
    ...(map !== undefined && { map: several(map) }),
    ...(ignore !== undefined && { ignore: several(ignore) }),
    ...(said.default_region !== undefined && { defaultRegion: said.default_region }),
    ...(said.delimiter !== undefined && { delimiter: said.delimiter }),
    ...(said.encoding !== undefined && { encoding: said.encoding }),
    ...(said.date_format !== undefined && { dateFormat: said.date_format }),
  };
  const reported: Reported = { report: null };
  const path = isAbsolute(file) ? file : join(folder, file);
  return [
    {
      file: basename(file),
      read: (act) =>
        importing(path, session, options, (feed) => {
          reported.report = feed.report;
          return act(feed);
        }),
    },
    reported,
  ];
}

/** At most as much as is read at all: nobody's campaign is a gigabyte. */
async function bytesOf(path: string, { io }: Session): Promise<{ bytes: Uint8Array; name: string; folder: string }> {
  const { MOST_BYTES } = await import("../../adapters/yaml/document.ts");
  const parts: Uint8Array[] = [];
  let size = 0;
  const take = (part: Uint8Array): void => {
    parts.push(part);
    size += part.length;
    if (size > MOST_BYTES) {
      throw new Misused("campaign_file", `${path}: expected at most ${MOST_BYTES / 1024} KB, got more`, {
        hint: "contacts are in a file of their own: contacts: { csv: contacts.csv }",
      });
    }
  };
  if (path === "-") {
    for await (const part of io.stdin) take(Buffer.from(part as Uint8Array | string));
    return { bytes: Buffer.concat(parts), name: "stdin", folder: io.cwd() };
  }
  const full = resolve(io.cwd(), path);
  try {
    await using file = await open(full);
    for await (const part of file.createReadStream({ autoClose: false })) take(part as Uint8Array);
  } catch (error) {
    if (error instanceof Misused) throw error;
    throw new Misused("campaign_file", `-f: expected a readable file: ${messageOf(error)}`, { hint: "check -f" });
  }
  return { bytes: Buffer.concat(parts), name: basename(path), folder: dirname(full) };
}
