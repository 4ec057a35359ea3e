/** Live progress on a terminal: what happens scrolls by above a few lines that say where every campaign is. */
import ora from "ora";
import type { RunEvent } from "../../domain/events.ts";
import { SECOND } from "../../domain/instant.ts";
import type { CampaignReport, Campaigns } from "../../engine/campaigns.ts";
import { CampaignsError } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports.ts";
import type { Output } from "../output.ts";
import { when } from "./text.ts";

const BAR = 24;

export interface ProgressDisplay {
  onEvent(event: RunEvent, text: string | null): void;
  stop(): Promise<void>;
}

export function progressDisplay(campaigns: Campaigns, clock: Clock, out: Output): ProgressDisplay {
  const spinner = ora({ stream: out.stderr, discardStdin: false, text: "starting" }).start();
  const stopped = new AbortController();
  const refresh = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        const running = await campaigns.list("running");
        const reports = await Promise.all(running.map(({ id }) => campaigns.report(id)));
        spinner.text = reports.length === 0 ? "no campaign is running" : reports.map(progressLine).join("\n  ");
      } catch (error) {
        if (!(error instanceof CampaignsError)) throw error;
        spinner.text = error.message;
      }
      await clock.sleep(SECOND / 2, stopped.signal);
    }
  };
  const refreshing = refresh();
  return {
    onEvent(_event, text) {
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

function progressLine(report: CampaignReport): string {
  const { calls, total } = report.progress;
  const final = calls.completed + calls.no_answer + calls.busy + calls.failed;
  const filled = total === 0 ? 0 : Math.round((final / total) * BAR);
  const next =
    report.because === null
      ? "dialing"
      : report.because +
        (report.nextCallAt === null ? "" : ` until ${when(report.nextCallAt, report.campaign.timeZone)}`);
  return (
    `${report.campaign.name} ${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${final}/${total}` +
    `  answered ${calls.completed + calls.answered} · busy ${calls.busy} · no answer ${calls.no_answer} · failed ${calls.failed}` +
    ` · live ${report.live}${report.pace.lowered ? " · slowed down" : ""} · ${next}`
  );
}
