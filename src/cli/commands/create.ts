/** campaigns create */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { type ImportReport, newReport, readContacts } from "../../adapters/csv/contacts.ts";
import { messageOf, Misused } from "../../engine/errors.ts";
import type { ContactFeed } from "../../engine/campaigns.ts";
import type { CampaignInput } from "../../engine/settings.ts";
import type { Cli } from "../program.ts";
import { campaignJson } from "../render/json.ts";
import type { Session } from "../session.ts";

interface Options extends Omit<CampaignInput, "name" | "assistant"> {
  readonly name: string;
  readonly assistant: string;
  readonly csv: string;
  readonly promptFile?: string;
  readonly defaultRegion?: string;
  readonly start?: boolean;
}

export function createCommand(cli: Cli): void {
  cli
    .command(
      "create",
      "import contacts and create a campaign",
      "campaigns create --name spring --csv contacts.csv --assistant 7c9… --hours 9-17 --days mon-fri --timezone Europe/London",
    )
    .requiredOption("--name <name>", "what to call it; unique")
    .requiredOption("--csv <file>", "contacts, with a column phone_number; - reads standard input")
    .requiredOption("--assistant <id>", "the AI agent's configuration")
    .option("--assistant-name <name>", "its name")
    .option("--prompt <text>", "what the agent is told")
    .option("--prompt-file <file>", "the same, from a file")
    .option("--daily-cap <n>", "dials per local day (default 100)")
    .option("--days <days>", "calling days, such as mon-fri or mon,wed (default mon-fri)")
    .option("--hours <hours>", "calling hours, such as 9-17; 22-6 goes over midnight (default 9-17)")
    .option("--timezone <zone>", "the clock of days, hours and cap (default the machine's)")
    .option("--concurrency <n>", "calls at once (default 10)")
    .option("--delay <duration>", "from one dial to the next (default 2s)")
    .option("--cps <n>", "dials per second, instead of --delay")
    .option("--max-attempts <n>", "attempts per contact, whatever their endings (default 1)")
    .option("--retry-after <durations>", "wait before the next attempt; a list is one wait each (default 30m)")
    .option("--ring <duration>", "how long a phone rings, 5s to 60s (default 45s)")
    .option("--max-duration <duration>", "longest call, ringing included (default 30m)")
    .option("--trunk <id>", "LiveKit outbound trunk (default the only one there is)")
    .option("--default-region <country>", "country of numbers written without one, such as US")
    .option("--start", "start it at once")
    .action(
      cli.action(async (session, options: Options) => {
        const campaigns = await session.campaigns();
        const report = newReport();
        const prompt = options.promptFile === undefined ? options.prompt : readPrompt(options.promptFile);
        try {
          const feed = feedOf(options.csv, session, report, options.defaultRegion);
          const { id } = await campaigns.create({ ...options, prompt }, feed, session.config.machineZone);
          if (options.start === true) await campaigns.start(id);
          const created = await campaigns.report(id);
          session.out.result({ ...campaignJson(created), import: report }, () =>
            [
              `created "${created.campaign.name}" (${id}) with ${report.kept} contacts`,
              options.start === true
                ? "it is running; campaigns run dials it"
                : `campaigns start ${quoted(options.name)} starts it`,
            ].join("\n"),
          );
        } finally {
          sayReport(report, session);
        }
      }),
    );
}

const quoted = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

function feedOf(path: string, { io }: Session, report: ImportReport, defaultRegion?: string): ContactFeed {
  if (path === "-") return { filename: "stdin", size: 0, batches: readContacts(io.stdin, report, defaultRegion) };
  try {
    const { size } = statSync(path);
    const input = createReadStream(path);
    return { filename: basename(path), size, batches: readContacts(input, report, defaultRegion) };
  } catch (error) {
    throw new Misused("csv", `expected a readable CSV file: ${messageOf(error)}`, { hint: "check --csv" });
  }
}

function readPrompt(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Misused("prompt_file", `expected a readable file: ${messageOf(error)}`, { hint: "check --prompt-file" });
  }
}

/** What became of the rows that are not in the campaign; nothing vanishes in silence. */
function sayReport(report: ImportReport, { out }: Session): void {
  if (report.duplicates > 0) out.note(`${report.duplicates} rows left out: the number came twice`);
  if (report.suppressed > 0) out.note(`${report.suppressed} rows left out: marked do-not-call`);
  for (const [reason, n] of Object.entries(report.rejected)) out.note(`${n} rows rejected: ${reason}`);
  for (const { line, reason } of report.examples) out.note(`  line ${line}: ${reason}`);
}
