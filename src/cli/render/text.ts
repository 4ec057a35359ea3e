/** Domain types → text for people. */
import { budgetText } from "../../domain/calls/budget.ts";
import type { ChalkInstance } from "chalk";
import { type Call, CALL_STATUSES } from "../../domain/calls/call.ts";
import type { CampaignStatus } from "../../domain/calls/campaign.ts";
import { formatDuration } from "../../domain/time/duration.ts";
import { formatWindows } from "../../domain/hours/local-hours.ts";
import { durationText } from "./duration.ts";
import { ENDINGS } from "../../domain/calls/ending.ts";
import { relative } from "../../domain/time/relative.ts";
import { when } from "../../domain/time/when.ts";
import { visible } from "../../domain/text/visible.ts";
import type { CampaignReport } from "../../engine/manage/campaigns.ts";
import type { Progress } from "../../engine/ports/index.ts";
import { isDialed } from "./campaign-state.ts";
import { count } from "./contacts.ts";
import { table } from "./table.ts";

/** Calls that a stop ended before any phone rang: they are no failures. */
export const cancelled = ({ endings }: Progress): number => endings.stopped ?? 0;

/** Calls that came to an end of their own. */
export const final = (progress: Progress): number =>
  progress.calls.completed +
  progress.calls.no_answer +
  progress.calls.busy +
  progress.calls.failed -
  cancelled(progress);

export function listText(reports: readonly CampaignReport[], chalk: ChalkInstance, width?: number): string[] {
  if (reports.length === 0) return ["no campaigns yet; create one with campaigns create"];
  const rows = [
    ["ID", "NAME", "STATUS", "DONE", "LIVE", "REACHED", "NEXT"],
    ...reports.map((report) => [
      report.campaign.id.slice(0, 8),
      report.campaign.name,
      report.campaign.status,
      `${final(report.progress)}/${report.contacts}`,
      String(report.live),
      String(report.progress.reached),
      nobodyWorks(report) && report.because !== null ? `${NOBODY}; ${nextText(report)}` : nextText(report),
    ]),
  ];
  return dimmed(table(rows, width), chalk);
}

/** With a header that steps back. */
export const dimmed = ([header = "", ...rows]: readonly string[], chalk: ChalkInstance): string[] => [
  chalk.dim(header),
  ...rows,
];

/** What the campaign does next, in a few words. */
export function nextText(report: CampaignReport): string {
  const { because, nextCallAt, campaign, at } = report;
  if (isDialed(report) || because === null) return nobodyWorks(report) ? NOBODY : "dialing";
  if (nextCallAt === null) return because;
  return `${because} until ${when(nextCallAt, campaign.timeZone)} (${relative(nextCallAt, at)})`;
}

const NOBODY = "no runner is up";

const STATUS_COLOURS = {
  idle: "gray",
  running: "green",
  paused: "yellow",
  completed: "blue",
  error: "red",
} as const satisfies Record<CampaignStatus, string>;

/** What comes next where nothing is dialed by itself; why is said beside it. */
const AT_REST = {
  idle: "nothing until you run campaigns start",
  paused: "nothing until you run campaigns resume",
  completed: "nothing: the campaign is completed",
  error: "nothing until you fix that and run campaigns resume",
} as const satisfies Record<Exclude<CampaignStatus, "running">, string>;

/** Somebody ought to, and no runner is up. */
const nobodyWorks = ({ campaign, progress, live }: CampaignReport): boolean =>
  progress.runners === 0 && (campaign.status === "running" || live > 0);

/** What the next runner has to do with it. */
const workLeft = ({ campaign, plan }: CampaignReport): string =>
  campaign.status !== "running" ? "finishes the live calls" : plan.do === "finish" ? "completes it" : "dials it";

/** Answered is not reached: a third of the answers of mobiles are machines. */
export function reachedText({ reached, outcomes }: Progress): string {
  if (reached === 0) return "0 reached";
  const { interested = 0 } = outcomes;
  return `${reached} reached${interested === 0 ? "" : ` (${Math.round((interested / reached) * 100)} % interested)`}`;
}

export function statusText(report: CampaignReport, chalk: ChalkInstance): string[] {
  const { campaign, progress, pace } = report;
  const never = cancelled(progress);
  const counts = CALL_STATUSES.map((status) => [
    status,
    String(progress.calls[status] - (status === "failed" ? never : 0)),
  ]);
  // Contacts become calls at the start.
  if (campaign.status === "idle") counts[0] = ["pending", String(report.contacts)];
  if (never > 0) counts.push(["cancelled", String(never)]);
  counts.push(["total", String(report.contacts)]);
  const reasons = Object.entries(progress.endings).filter(([ending]) => ending !== "completed");
  const lines = [
    `${chalk.bold(visible(campaign.name))}  ${chalk[STATUS_COLOURS[campaign.status]](campaign.status)}  ${chalk.dim(campaign.id)}`,
    campaign.statusReason === null ? null : `reason    ${campaign.statusReason}`,
    `next      ${campaign.status === "running" ? nextText(report) : AT_REST[campaign.status]}`,
    ...report.closed.map((reason) => `held      ${reason}`),
    ...Object.entries(progress.held).map(([rule, n]) => `held      ${n} call${n === 1 ? "" : "s"}: ${rule}`),
    ...(report.nobodyDials ? [] : [...new Set(progress.heldUp)]).map(
      (why) => `runners   ${progress.runners} are up; ${why}`,
    ),
    nobodyWorks(report) ? `runners   none is up; campaigns run ${workLeft(report)}` : null,
    `progress  ${final(progress)} of ${report.contacts} final, ${report.live} live; ${progress.dials} dials, ${progress.pickups} answered, ${reachedText(progress)}`,
    wordsText(progress.firstWords),
    `today     ${report.today} of ${campaign.dailyCap} dials; hours ${formatWindows(campaign.window, campaign.moreWindows ?? [])} ${campaign.timeZone}`,
    campaign.budget && report.spending ? `budget    ${budgetText(campaign.budget, report.spending)}` : null,
    callbacksText(report),
    webhookText(report),
    `pace      ${pace.interval === 0 ? "no delay" : `one dial every ${formatDuration(pace.interval)}`}, ${pace.concurrency} at once` +
      (pace.lowered ? chalk.yellow(" (lowered: the carrier asked for less)") : ""),
    report.agents === null
      ? null
      : `agents    about ${report.agents} at once: fewer calls than ${pace.concurrency} are made`,
    "",
    ...table(counts.map(([status = "", n = ""]) => [status, n.padStart(String(report.contacts).length)])),
  ];
  if (progress.skipped > 0) {
    const why = campaign.requireConsent
      ? "duplicates, do-not-call or without a proven consent"
      : "duplicates or do-not-call";
    lines.push(`(${count(progress.skipped, "contact")} left out at start: ${why})`);
  }
  if (reasons.length > 0) {
    lines.push("", ...reasons.map(([ending, n]) => `${n} × ${ENDINGS[ending as keyof typeof ENDINGS].words}`));
  }
  if (campaign.status === "paused" && (campaign.guard?.held ?? null) !== null) {
    lines.push("", "listen to those calls; if all is well, campaigns resume --accept takes them as usual and goes on");
  }
  if (campaign.status === "paused" && /failed|the agent left/.test(campaign.statusReason ?? "")) {
    lines.push(
      "",
      "campaigns doctor finds what is wrong with the trunk, LiveKit or the agent; campaigns resume then tries one call first",
    );
  }
  return lines.filter((line) => line !== null);
}

/** How often the agent was late with its first words, as far as agents said. */
const wordsText = ({ told, late }: CampaignReport["progress"]["firstWords"]): string | null =>
  told === 0
    ? null
    : `words     none within 2 s in ${late} of ${told} answered calls (${Math.round((late / told) * 100)} %)`;

/** Promises of today, the next one, and those that were not kept; null: there were none. */
function callbacksText({ callbacks, progress, campaign }: CampaignReport): string | null {
  const { open, missed } = progress.callbacks;
  if (open + missed === 0) return null;
  const next = callbacks.next === null ? "" : `, next ${when(callbacks.next.at, campaign.timeZone)}`;
  return `callbacks ${open} promised, ${callbacks.today} for today${next}${missed === 0 ? "" : `; ${missed} missed`}`;
}

export const moveText = (report: CampaignReport, chalk: ChalkInstance): string =>
  `${visible(report.campaign.name)} is ${chalk[STATUS_COLOURS[report.campaign.status]](report.campaign.status)}: ` +
  `${count(report.progress.total, "call")}, ${report.progress.calls.pending} pending, ${report.live} live; ${nextText(report)}${liveText(report)}`;

/** What becomes of the live calls of a campaign that dials no more. */
function liveText(report: CampaignReport): string {
  const { campaign, live } = report;
  if (campaign.status === "running" || live === 0) return "";
  const one = live === 1;
  const calls = one ? "its live call" : `its ${live} live calls`;
  if (nobodyWorks(report)) {
    return `; no runner is up: the next campaigns run ${campaign.hangUp ? "hangs up" : "finishes"} ${calls}`;
  }
  if (campaign.hangUp) return `; ${calls} ${one ? "is" : "are"} hung up within seconds`;
  return `; ${calls} ${one ? "goes on to its" : "go on to their"} end`;
}

export const CALL_COLUMNS = ["ID", "NUMBER", "NAME", "STATUS", "REASON", "SIP", "TRIES", "SECONDS", "OUTCOME"];

export const callCells = (call: Call): string[] => [
  call.id,
  call.contact.phoneNumber,
  call.contact.name ?? "",
  call.status,
  call.endReason ?? "",
  call.sipStatus === null ? "" : String(call.sipStatus),
  String(call.attemptsSpent),
  durationText(call, String),
  call.outcome ?? "",
];

/** `0:12`, `61:05`. */
export const minutes = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** What became of a single call. */
export function callText(call: Call): string {
  const { status, endReason, sipStatus, durationSeconds } = call;
  if (endReason === null) {
    const seen = status === "answered" ? "the callee answered" : "the phone was seen to ring";
    return `${status}: ${seen}; campaigns run finishes the call`;
  }
  const { words } = ENDINGS[endReason];
  const talked = durationSeconds === null ? "" : ` after ${durationText(call, minutes)}`;
  return `${status}: ${words}${talked}${sipStatus === null ? "" : ` (SIP ${sipStatus})`}`;
}

/** What its receiver was not told, and why; null: it knows all there is. */
function webhookText({ campaign, progress: { notices }, at }: CampaignReport): string | null {
  const { due, givenUp, error, nextTryAt } = notices;
  if (campaign.notifyUrl === undefined || (due === 0 && givenUp === 0 && error === null)) return null;
  const next =
    due === 0 || nextTryAt === null
      ? ""
      : `; next try ${when(nextTryAt, campaign.timeZone)} (${relative(nextTryAt, at)})`;
  const lost = givenUp === 0 ? "" : `, ${givenUp} given up`;
  return `webhook   ${due} event${due === 1 ? "" : "s"} to be told${lost}${error === null ? "" : `: ${error}${next}`}`;
}
