/** Whether LiveKit and the carrier tell by themselves what happens. Nothing depends on it: a run looks for itself. */
import { formatDuration } from "../../domain/time/duration.ts";
import { HOUR, MINUTE, SECOND } from "../../domain/time/instant.ts";
import { type DoctorContext, type Finding, ok, warning } from "./doctor.ts";

/** Between two webhooks while calls are live. */
const SILENT = 30 * MINUTE;

export async function webhooksIn({ store, campaigns, clock, machine }: DoctorContext): Promise<Finding> {
  const db = await store();
  const { livekit, twilio } = await db.webhookSenders(clock.now());
  const address = `${machine.publicUrl() ?? "https://YOUR-SERVER"}/webhooks/livekit`;
  if (livekit === undefined) {
    return ok(
      `none ever came, so a run looks at each live call every second; to look less often, run campaigns serve and name ${address} in LiveKit's webhook settings, with this API key`,
    );
  }
  const came = `LiveKit's last came ${ago(livekit)}${twilio === undefined ? "" : `, Twilio's ${ago(twilio)}`}`;
  if (livekit < SILENT) return ok(came);
  const all = await campaigns();
  const running = (await all.list()).filter(({ status }) => status === "running");
  const live = await Promise.all(running.map(async ({ id }) => (await all.report(id)).live));
  return live.some((calls) => calls > 0)
    ? warning(
        `${came}, though calls are live`,
        `see that campaigns serve runs, that LiveKit's webhook settings name ${address}, and that they sign with this API key`,
      )
    : ok(`${came}; no call is live`);
}

const ago = (ms: number): string =>
  `${formatDuration(ms < MINUTE ? Math.round(ms / SECOND) * SECOND : ms < HOUR ? Math.round(ms / MINUTE) * MINUTE : Math.round(ms / HOUR) * HOUR)} ago`;
