/** Live progress of a run on a terminal: a few lines that say where every campaign is. */
import { visible } from "../../domain/text/visible.ts";
import { formatDuration } from "../../domain/time/duration.ts";
import type { CampaignReport, Campaigns } from "../../engine/manage/campaigns.ts";
import { CampaignsError } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports/index.ts";
import type { Output } from "../output.ts";
import type { Lines } from "../lines.ts";
import { liveDisplay, type LiveDisplay } from "./live.ts";
import { final, nextText } from "./text.ts";

const BAR = 24;

export function progressDisplay(campaigns: Campaigns, clock: Clock, out: Output): LiveDisplay {
  let draining = false;
  const lines = async (): Promise<Lines> => {
    try {
      const running = await campaigns.list("running");
      const reports = await Promise.all(running.map(({ id }) => campaigns.report(id)));
      if (reports.length === 0) return "no campaign is running";
      return reports.flatMap((report) => progressLines(report, draining));
    } catch (error) {
      if (!(error instanceof CampaignsError)) throw error;
      return `${error.message}; no new calls until it answers`;
    }
  };
  return liveDisplay(clock, out, lines, (event) => (draining ||= event.type === "draining"));
}

function progressLines(report: CampaignReport, draining: boolean): string[] {
  const { calls, total } = report.progress;
  const done = final(report.progress);
  const filled = total === 0 ? 0 : Math.round((done / total) * BAR);
  const next = draining ? "no new calls" : nextText(report);
  return [
    `${visible(report.campaign.name)} ${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${done}/${total}  ${next}`,
    `  ${report.progress.dials} dialed · ${report.progress.pickups} answered · ${report.progress.reached} reached · ${calls.busy} busy` +
      ` · ${calls.no_answer} no answer · ${calls.failed} failed · ${report.live} live` +
      ` · ${paceText(report)}${report.pace.lowered ? " (slowed down)" : ""}`,
  ];
}

const paceText = ({ pace }: CampaignReport): string =>
  pace.interval === 0 ? `${pace.concurrency} at once` : `one every ${formatDuration(pace.interval)}`;
