/** The address that is told what happens in a campaign. */
import { Misused } from "../engine/errors.ts";
import type { Session } from "./session.ts";

export async function assertReceiver(address: string, { config, out }: Session): Promise<void> {
  const { receiverAt } = await import("../adapters/webhook/receiver.ts");
  const receiver = receiverAt(address, config.webhookHosts);
  if (typeof receiver === "string")
    throw new Misused("receiver", `--notify: ${receiver}`, {
      hint: "it looks like https://hooks.example.com/campaigns",
    });
  const { parseSecrets } = await import("../adapters/webhook/secrets.ts");
  if (parseSecrets(config.webhookSecret).length === 0)
    out.note("warning: nothing is sent to --notify until run or serve has CAMPAIGNS_WEBHOOK_SECRET, which signs it");
}
