/** Why a campaign is dialed or not: in a few words for a narrow line, in a sentence for a wide one. */
import type { WaitReason } from "../../domain/calls/plan.ts";
import { type Ending, ENDINGS } from "../../domain/calls/ending.ts";
import { PAUSED, STOPPED } from "../../domain/calls/campaign.ts";
import { relative } from "../../domain/time/relative.ts";
import { clock } from "../../domain/time/when.ts";
import type { CampaignReport } from "../../engine/manage/campaigns.ts";
import type { Halted, Tone } from "./screen-state.ts";

interface Said {
  readonly short: string;
  readonly long: string;
  readonly tone: Tone;
}

/** Nothing but a person ends these. */
const NEEDS_SOMEBODY: readonly WaitReason[] = ["old_list", "unknown_zone"];

/** `clockZone`: of whoever reads it. */
export function campaignState(report: CampaignReport, clockZone: string, halted: Halted | null = null): Said {
  const { campaign, because, plan, live } = report;
  const reason = campaign.statusReason ?? "";
  switch (campaign.status) {
    case "idle":
      return { short: "not started", long: "not started", tone: "quiet" };
    case "error":
      return alarm(`cannot run: ${reason}`);
    case "completed":
      return reason === STOPPED ? said("stopped", reason, "quiet") : said("done", doneText(report), "quiet");
    case "paused": {
      const goesOn = live === 0 ? "" : `; ${live} live call${live === 1 ? " goes" : "s go"} on`;
      if (reason === PAUSED) return said("paused by you", `${reason}${goesOn}`, "wait");
      return alarm(`paused: ${reason}${goesOn}`);
    }
    case "running":
      if (halted === "draining")
        return live > 0
          ? said("last calls", "no new calls; the last are live", "talk")
          : said("no new calls", "no new calls", "quiet");
      if (halted === "trouble") return said("held up", "held up: see the first line", "wait");
      if (report.behind !== null) return said(`behind ${report.behind}`, because ?? "", "wait");
      if (isDialed(report) || because === null) return said("dialing", "dialing", "talk");
      if (plan.do === "trip") return alarm(because);
      if (plan.do !== "wait") return said(because, because, "wait");
      if (NEEDS_SOMEBODY.includes(plan.because) || (plan.because === "budget" && plan.passes !== true))
        return alarm(because);
      return waits(report, plan.because, because, clockZone);
  }
}

function waits(
  { nextCallAt, closed, progress, at, live }: CampaignReport,
  why: WaitReason,
  because: string,
  zone: string,
): Said {
  const tone = live > 0 ? "talk" : "wait";
  if (nextCallAt === null) return said(SHORT[why], because, tone);
  const until = clock(nextCallAt, at, zone);
  const rules = why === "outside_hours" ? closed : why === "not_due" ? Object.keys(progress.held) : [];
  const rule = rules[0] === undefined ? "" : `; ${rules[0]}`;
  return said(`${SHORT[why]} ${until}`, `${because} until ${until}, ${relative(nextCallAt, at)}${rule}`, tone);
}

/** Where nobody answered, what became of most of them. */
function doneText({ campaign, progress }: CampaignReport): string {
  const reason = campaign.statusReason === null ? "" : `; ${campaign.statusReason}`;
  const [most] = Object.entries(progress.endings).toSorted(([, a], [, b]) => b - a);
  if (progress.pickups > 0 || most === undefined) return `done${reason}`;
  const [ending, n] = most;
  return `done${reason}; ${n} × ${ENDINGS[ending as Ending].words}`;
}

/** Calls leave, one after the other. */
export const isDialed = ({ because, plan, nobodyDials }: CampaignReport): boolean =>
  !nobodyDials && (because === null || (plan.do === "wait" && plan.because === "pace"));

/** Followed by the time at which it ends, where there is one. */
const SHORT: Readonly<Record<WaitReason, string>> = {
  live_calls: "last calls",
  callback: "callback",
  outside_hours: "closed to",
  daily_cap: "day's cap to",
  at_capacity: "at capacity",
  trunk_full: "trunk full",
  not_due: "next due",
  pace: "dialing",
  unknown_zone: "unknown time zone",
  old_list: "old list",
  budget: "budget",
};

const said = (short: string, long: string, tone: Tone): Said => ({ short, long, tone });
/** Never by its colour alone. */
const alarm = (text: string): Said => ({ short: `! ${text}`, long: `! ${text}`, tone: "alarm" });
