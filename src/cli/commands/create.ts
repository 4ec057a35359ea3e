/** campaigns create */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, Misused, Refused } from "../../engine/errors.ts";
import { Option } from "commander";
import type { Campaign } from "../../domain/calls/campaign.ts";
import { formatWindows, nightHours } from "../../domain/hours/local-hours.ts";
import type { Campaigns } from "../../engine/manage/campaigns.ts";
import type { CampaignInput } from "../../engine/manage/campaign-settings.ts";
import { importing } from "../import.ts";
import { type ImportOptions, importOptions } from "../import-options.ts";
import type { Cli } from "../cli.ts";
import type { Session } from "../session.ts";
import { assertReceiver } from "../receiver.ts";
import { trunkNamed } from "../trunk.ts";
import { campaignJson } from "../../json/calls.ts";
import { preflightJson } from "../../json/preflight.ts";
import { preflightText } from "../render/preflight.ts";

interface Options extends Omit<CampaignInput, "name" | "assistant">, ImportOptions {
  readonly name: string;
  readonly assistant: string;
  readonly csv?: string;
  readonly list?: string;
  readonly promptFile?: string;
  readonly rulesFile?: string;
  readonly start?: boolean;
  readonly ifAbsent?: boolean;
}

export function createCommand(cli: Cli): void {
  const command = cli
    .command(
      "create",
      "create a campaign from a CSV file or a contact list",
      "campaigns create --name spring --csv contacts.csv --assistant 7c9… --hours 9-17 --days mon-fri --timezone Europe/London",
    )
    .requiredOption("--name <name>", "campaign name; must be unique")
    .option("--csv <file>", "CSV file of contacts; - reads standard input")
    .option("--list <list>", "use this list's contacts, as they are when the campaign starts")
    .requiredOption("--assistant <id>", "the AI agent's configuration")
    .option("--assistant-name <name>", "its name")
    .option("--prompt <text>", "instructions for the agent")
    .addOption(new Option("--prompt-file <file>", "read the prompt from a file").conflicts("prompt"))
    .option("--daily-cap <n>", "dials per local day (default 100)")
    .option("--days <days>", "calling days, such as mon-fri or mon,wed (default mon-fri)")
    .option(
      "--hours <hours>",
      "calling hours, such as 9-17, 9am-5pm, 9:30-17:15 or 9-12,14-18; 22-6 goes over midnight (default 9-17)",
    )
    .option("--timezone <zone>", "time zone of days, hours and daily cap (default: this machine's)")
    .option(
      "--hours-in <whose>",
      "whose clock the hours apply to: contact (default: the contact's and the campaign's) or campaign",
    )
    .option(
      "--rules <rules>",
      "local calling rules: us, us-strict, gb, fr … or none (default the contact's national rule)",
    )
    .option(
      "--rules-file <file>",
      "use this rules table instead of the built-in one (campaigns rules --json prints the format)",
    )
    .option("--require-consent", "call only those with a proven, unexpired, unrevoked consent")
    .option("--purpose <text>", "what the calls are for; only consents to that count (default marketing)")
    .option(
      "--max-per-contact <limit>",
      "dials of one number by all campaigns of the owner, such as 3/7d (default: as the rules say)",
    )
    .option(
      "--needs-dnc <lists>",
      "call nobody without these do-not-call lists, such as ftc (see campaigns dnc sources)",
    )
    .option("--max-age <duration>", "how old they may be (default 31d)")
    .option("--concurrency <n>", "concurrent calls (default 10)")
    .option("--delay <duration>", "least time between two dials (default 2s)")
    .option("--cps <n>", "dials per second, instead of --delay")
    .option("--max-attempts <n>", "attempts per contact (default 1)")
    .option("--retry-after <durations>", "wait before the next attempt; a list is one wait each (default 30m)")
    .option("--ring <duration>", "how long a phone rings, 5s to 60s (default 45s)")
    .option("--max-duration <duration>", "longest call, from the answer (default 30m)")
    .option("--min-talk <duration>", "an agent that leaves sooner after the answer is lost (default 15s)")
    .option(
      "--expect-answers <many>",
      "normal, or low for a list of many bad numbers: lets a longer run of refusals pass (default normal)",
    )
    .option(
      "--usual-hang-ups <percent>",
      "pause when many more answered calls than this are ended by the callee within 6 s (default 25%)",
    )
    .addOption(
      new Option(
        "--on-voicemail <what>",
        "retry: hang up, and call again; message: leave --voicemail-message once, and call again; hang-up: never again (default retry)",
      ).choices(["retry", "message", "hang-up"]),
    )
    .option("--voicemail-message <text>", "what the agent says to a voicemail, once per contact")
    .option("--voicemail-after <duration>", "wait before the next attempt after a voicemail (default as --retry-after)")
    .option(
      "--missed-callback <what>",
      "a callback that is 15 minutes late: next-day (at the same local time), retry (as soon as possible) or close (default next-day)",
    )
    .option("--retry-agent-lost", "also retry calls whose agent was lost (default: no, they heard silence once)")
    .option(
      "--trunk <trunk>",
      "LiveKit outbound trunk, by id or name (default the one of the assistant's numbers, else the only one)",
    )
    .option("--from <numbers>", "use only these caller IDs, separated by commas (default: all of the assistant's)")
    .option(
      "--display-name <name>",
      'caller name for the carrier; "" sends none (default: LiveKit sends the caller ID)',
    )
    .option(
      "--record <how...>",
      "record calls: file or file:PREFIX in LiveKit's own storage, or s3://BUCKET/PREFIX; required: dial nobody before it runs",
    )
    .option("--budget <amount>", "what its calls may cost, such as 50 or '50 EUR' (default USD); needs --prices")
    .option("--prices <file>", "CSV of prefix, per_minute; also per_call, per_dial, increment (60, 1 or 30/6)")
    .option(
      "--retention <duration>",
      "forget whom it called this long after it ends, 60d or more (default: keep until campaigns purge)",
    )
    .option("--notify <url>", "tell this https address what happens, by signed webhooks (see CAMPAIGNS_WEBHOOK_SECRET)")
    .option("--header <name=value...>", "SIP header for the carrier, such as X-Account=spring; may be repeated")
    .option("--start", "start it immediately")
    .option("--if-absent", "exit 0 also when there is a campaign of that name; leave it as it is");
  importOptions(command).action(
    cli.action(async (session, options: Options) => {
      const campaigns = await session.campaigns();
      if (options.ifAbsent === true && (await isThere(options.name, campaigns, session))) return;
      const prompt =
        options.promptFile === undefined ? options.prompt : readText(options.promptFile, "--prompt-file", session);
      const rulesTable =
        options.rulesFile === undefined ? undefined : readText(options.rulesFile, "--rules-file", session);
      const prices = options.prices === undefined ? undefined : readText(options.prices, "--prices", session);
      const trunk = options.trunk === undefined ? undefined : await trunkNamed(options.trunk, session);
      if (options.notify !== undefined) await assertReceiver(options.notify, session);
      const input = { ...options, prompt, rulesTable, prices, trunk };
      const { machineZone } = session.config;
      const show = async (campaign: Campaign, contacts: string, beside: object): Promise<void> => {
        const { id, name, timeZone, window, moreWindows = [] } = campaign;
        if (options.timezone === undefined && timeZone === "UTC") {
          const hours = formatWindows(window, moreWindows);
          if (hours !== ROUND_THE_CLOCK)
            session.out.note(`note: this machine's clock is UTC, so ${hours} is in UTC; --timezone names another`);
        }
        const night = nightHours([window, ...moreWindows]);
        if (night !== null) session.out.note(`note: ${night}`);
        for (const warning of await campaigns.callerWarnings(id)) session.out.note(`warning: ${warning}`);
        const expected = options.start === true ? await campaigns.preflight(id) : null;
        if (expected !== null) await campaigns.start(id);
        // It looks at every contact.
        const data = session.out.json && {
          ...campaignJson(await campaigns.report(id)),
          created: true,
          ...beside,
          ...(expected !== null && { preflight: preflightJson(expected) }),
        };
        session.out.result(data, () => [
          `created "${name}" (${id}) ${contacts}`,
          ...(expected === null
            ? [`campaigns start ${quoted(name)} starts it`]
            : [
                expected.callable > 0 ? "it is running; campaigns run dials it" : "it is running, with nobody to call",
                ...preflightText(expected),
              ]),
        ]);
      };
      const source = sourceOf(options);
      const make = async (): Promise<void> => {
        if ("csv" in source) {
          return importing(source.csv, session, options, async (feed) => {
            const campaign = await campaigns.create(input, feed, machineZone);
            await show(campaign, `with ${feed.report.kept} contact${feed.report.kept === 1 ? "" : "s"}`, {
              import: feed.report,
            });
          });
        }
        const notes: string[] = [];
        const campaign = await campaigns.create(input, { ...source, notes }, machineZone);
        for (const note of notes) session.out.note(note);
        return show(campaign, `on list "${source.list}"`, {});
      };
      try {
        await make();
      } catch (error) {
        // Somebody else was quicker.
        const isTaken = error instanceof Refused && error.code === "name_taken";
        if (options.ifAbsent !== true || !isTaken || !(await isThere(options.name, campaigns, session))) throw error;
      }
    }),
  );
}

/** Says so, if there is a campaign of that name. */
async function isThere(name: string, campaigns: Campaigns, { out }: Session): Promise<boolean> {
  const found = await campaigns.named(name.trim());
  if (found === null) return false;
  const report = await campaigns.report(found.id);
  out.result(
    { ...campaignJson(report), created: false },
    () => `"${found.name}" is there already (${found.id}), ${found.status}`,
  );
  return true;
}

const ROUND_THE_CLOCK = "all 0:00-24:00";

/** Exactly one of --csv and --list, and nothing about files beside a list. */
function sourceOf({ csv, list, ...rest }: Options): { readonly csv: string } | { readonly list: string } {
  if (csv !== undefined && list === undefined) return { csv };
  if (list === undefined || csv !== undefined) {
    throw new Misused("source", `expected one of --csv and --list, got ${csv === undefined ? "neither" : "both"}`, {
      hint: "campaigns create --help shows an example",
    });
  }
  const idle = ["map", "ignore", "rejects", "defaultRegion", "delimiter", "encoding", "dateFormat"].find(
    (name) => name in rest,
  );
  if (idle === undefined) return { list };
  const flag = idle.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
  throw new Misused("source", `--${flag} is about a file, and --list has none`, {
    hint: "campaigns contacts import takes it",
  });
}

const quoted = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

function readText(path: string, flag: string, { io }: Session): string {
  try {
    return readFileSync(resolve(io.cwd(), path), "utf8");
  } catch (error) {
    throw new Misused("file", `${flag}: expected a readable file: ${messageOf(error)}`, { hint: `check ${flag}` });
  }
}
