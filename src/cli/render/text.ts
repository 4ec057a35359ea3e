/** Domain types → text for people. */
import type { ChalkInstance } from "chalk";
import { type Call, CALL_STATUSES } from "../../domain/call.ts";
import type { CampaignStatus } from "../../domain/campaign.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { RunEvent } from "../../domain/events.ts";
import { formatWindow } from "../../domain/hours.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Ending, ENDINGS } from "../../domain/outcome.ts";
import { when } from "../../domain/when.ts";
import type { CampaignReport } from "../../engine/campaigns.ts";

/** Columns padded to their widest cell; the last one is left alone. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const final = ({ progress }: CampaignReport): number =>
  progress.calls.completed + progress.calls.no_answer + progress.calls.busy + progress.calls.failed;

export function listText(reports: readonly CampaignReport[], chalk: ChalkInstance): string {
  if (reports.length === 0) return "no campaigns yet; campaigns create makes one";
  return table([
    ["ID", "NAME", "STATUS", "DONE", "LIVE", "NEXT"],
    ...reports.map((report) => [
      report.campaign.id.slice(0, 8),
      report.campaign.name,
      report.campaign.status,
      `${final(report)}/${report.progress.total}`,
      String(report.live),
      nextText(report),
    ]),
  ]).replace(/^.*$/m, (header) => chalk.dim(header));
}

/** What the campaign does next, in a few words. */
export function nextText({ because, nextCallAt, campaign, plan }: CampaignReport): string {
  if (because === null || (plan.do === "wait" && plan.because === "pace")) return "dialing";
  return nextCallAt === null ? because : `${because} until ${when(nextCallAt, campaign.timeZone)}`;
}

const STATUS_COLOURS = {
  idle: "gray",
  running: "green",
  paused: "yellow",
  completed: "blue",
  error: "red",
} as const satisfies Record<CampaignStatus, string>;

export function statusText(report: CampaignReport, chalk: ChalkInstance): string {
  const { campaign, progress, pace } = report;
  const counts = CALL_STATUSES.map((status) => [status, String(progress.calls[status])]);
  const reasons = Object.entries(progress.endings).filter(([ending]) => ending !== "completed");
  const lines = [
    `${chalk.bold(campaign.name)}  ${chalk[STATUS_COLOURS[campaign.status]](campaign.status)}  ${chalk.dim(campaign.id)}`,
    campaign.statusReason === null ? null : `reason    ${campaign.statusReason}`,
    `next      ${nextText(report)}`,
    campaign.status === "running" && progress.runners === 0 ? "runners   none is up: campaigns run dials it" : null,
    `progress  ${final(report)} of ${progress.total} final, ${report.live} live; ${progress.dials} dials, ${progress.pickups} answered`,
    `today     ${report.today} of ${campaign.dailyCap} dials; hours ${formatWindow(campaign.window)} ${campaign.timeZone}`,
    `pace      ${pace.interval === 0 ? "no delay" : `one dial every ${formatDuration(pace.interval)}`}, ${pace.concurrency} at once` +
      (pace.lowered ? chalk.yellow(" (lowered: the carrier asked for it)") : ""),
    "",
    table([...counts, ["total", String(progress.total)]]),
  ];
  if (progress.skipped > 0) lines.push(`(${progress.skipped} contacts left out at start: duplicates or do-not-call)`);
  if (reasons.length > 0) {
    lines.push("", ...reasons.map(([ending, n]) => `${n} × ${ENDINGS[ending as keyof typeof ENDINGS].words}`));
  }
  if (campaign.status === "paused" && campaign.statusReason?.includes("failed") === true) {
    lines.push("", "check the trunk, LiveKit and the agent; campaigns resume then makes one probing call first");
  }
  return lines.filter((line) => line !== null).join("\n");
}

export const moveText = (report: CampaignReport, chalk: ChalkInstance): string =>
  `${report.campaign.name} is ${chalk[STATUS_COLOURS[report.campaign.status]](report.campaign.status)}: ` +
  `${report.progress.total} calls, ${report.progress.calls.pending} pending, ${report.live} live; ${nextText(report)}`;

export const CALL_COLUMNS = ["ID", "NUMBER", "NAME", "STATUS", "REASON", "SIP", "TRIES", "SECONDS", "OUTCOME"];

export const callCells = (call: Call): string[] => [
  call.id,
  call.contact.phoneNumber,
  call.contact.name ?? "",
  call.status,
  call.endReason ?? "",
  call.sipStatus === null ? "" : String(call.sipStatus),
  String(call.attemptsSpent),
  call.durationSeconds === null ? "" : String(call.durationSeconds),
  call.outcome ?? "",
];

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const time = (at: Instant): string => new Date(at).toISOString().slice(11, 19);

type Troubled = Extract<RunEvent, { type: "trouble" }>["with"];
const AFTER_TROUBLE = {
  database: "no new calls meanwhile, trying again",
  livekit: "trying again",
  carrier: "calls that only its records could tell of are lost",
} as const satisfies Record<Troubled, string>;
const WHO_ANSWERS = {
  database: "the database",
  livekit: "LiveKit",
  carrier: "Twilio",
} as const satisfies Record<Troubled, string>;

/** One line per event; null: too small to tell. */
export function eventText(event: RunEvent): string | null {
  const line = (text: string): string => `${time(event.at)}  ${text}`;
  switch (event.type) {
    case "run_started":
      return null;
    case "run_ended":
      return line("done");
    case "campaign_working":
      return line(`${event.campaign}: dialing`);
    case "campaign_waiting":
      return line(
        `${event.campaign}: ${event.because}${event.until === null ? "" : ` until ${new Date(event.until).toISOString()}`}`,
      );
    case "campaign_paused":
      return line(`${event.campaign}: paused, ${event.because}; campaigns status says what to do`);
    case "campaign_failed":
      return line(`${event.campaign}: cannot run, ${event.because}`);
    case "campaign_completed":
      return line(`${event.campaign}: completed, ${event.because ?? "every call is final"}`);
    case "call_dialing":
      return line(
        `${event.number}  dialing${event.agentJoinedMs === null ? "" : ` (agent joined in ${seconds(event.agentJoinedMs)} s)`}`,
      );
    case "call_ringing":
      return line(`${event.number}  ringing`);
    case "call_answered":
      return line(`${event.number}  answered`);
    case "call_adopted":
      return line(`${event.number}  taken over from a runner that is gone`);
    case "call_ended":
      return line(
        `${event.number}  ${ENDINGS[event.ending].words}` +
          (event.durationSeconds === null ? "" : ` after ${event.durationSeconds} s`) +
          (SAID_ALL.has(event.ending) || event.detail === null ? "" : ` (${event.detail})`) +
          (event.nextAttemptAt === null ? "" : `; again at ${new Date(event.nextAttemptAt).toISOString()}`),
      );
    case "trouble":
      return line(`${event.message}; ${AFTER_TROUBLE[event.with]}${event.hint === null ? "" : ` (${event.hint})`}`);
    case "recovered_from":
      return line(`${WHO_ANSWERS[event.with]} answers again`);
    case "silent_runner":
      return line(`another runner holds live calls; if it stays silent they are taken over at ${time(event.until)}`);
    case "draining":
      return line(`no new calls; waiting for ${event.live} live (Ctrl-C again leaves them to the next run)`);
    case "left":
      return line(`${event.live} live calls left to the next run`);
  }
}

/** What LiveKit says of a call that went well, or that we hung up ourselves, would only be odd. */
const SAID_ALL: ReadonlySet<Ending> = new Set(["completed", "hung_up"]);

/** `0:12`, `61:05`. */
export const minutes = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** What became of a single call. */
export function callText({ status, endReason, sipStatus, durationSeconds }: Call): string {
  if (endReason === null) return `${status}: the phone was seen to ring; campaigns run sees to the rest of the call`;
  const { words } = ENDINGS[endReason];
  const talked = durationSeconds === null ? "" : ` after ${minutes(durationSeconds)}`;
  return `${status}: ${words}${talked}${sipStatus === null ? "" : ` (SIP ${sipStatus})`}`;
}
