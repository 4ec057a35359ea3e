/** Live progress on a terminal: what happens scrolls by above a few lines that say where every campaign is. */
import ora from "ora";
import { formatDuration } from "../../domain/duration.ts";
import type { RunEvent } from "../../domain/events.ts";
import { SECOND } from "../../domain/instant.ts";
import type { CampaignReport, Campaigns } from "../../engine/campaigns.ts";
import { CampaignsError } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports.ts";
import type { Output } from "../output.ts";
import { nextText } from "./text.ts";

const BAR = 24;

export interface ProgressDisplay {
  onEvent(event: RunEvent, text: string | null): void;
  stop(): Promise<void>;
}

export function progressDisplay(campaigns: Campaigns, clock: Clock, out: Output): ProgressDisplay {
  const spinner = ora({ stream: out.stderr, discardStdin: false, text: "starting" }).start();
  const stopped = new AbortController();
  let draining = false;
  const refresh = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        const running = await campaigns.list("running");
        const reports = await Promise.all(running.map(({ id }) => campaigns.report(id)));
        spinner.text =
          reports.length === 0
            ? "no campaign is running"
            : reports.map((report) => progressLines(report, draining)).join("\n  ");
      } catch (error) {
        if (!(error instanceof CampaignsError)) throw error;
        spinner.text = error.message;
      }
      await clock.sleep(SECOND / 2, stopped.signal);
    }
  };
  const refreshing = refresh();
  return {
    onEvent(event, text) {
      draining ||= event.type === "draining";
      if (text === null) return;
      spinner.clear();
      out.event(null, text);
      spinner.render();
    },
    async stop() {
      stopped.abort();
      await refreshing;
      spinner.stop();
    },
  };
}

function progressLines(report: CampaignReport, draining: boolean): string {
  const { calls, total } = report.progress;
  const final = calls.completed + calls.no_answer + calls.busy + calls.failed;
  const filled = total === 0 ? 0 : Math.round((final / total) * BAR);
  const next = draining ? "no new calls" : nextText(report);
  return (
    `${report.campaign.name} ${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${final}/${total}  ${next}\n` +
    `    ${report.progress.dials} dialed · ${report.progress.pickups} answered · ${calls.busy} busy` +
    ` · ${calls.no_answer} no answer · ${calls.failed} failed · ${report.live} live` +
    ` · ${paceText(report)}${report.pace.lowered ? " (slowed down)" : ""}`
  );
}

const paceText = ({ pace }: CampaignReport): string =>
  pace.interval === 0 ? `${pace.concurrency} at once` : `one every ${formatDuration(pace.interval)}`;
