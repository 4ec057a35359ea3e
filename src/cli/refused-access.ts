/** Who asks as one owner for what is another's is told that it is not there; the audit log says that they asked, as it does over HTTP. */
import { existsSync } from "node:fs";
import { CampaignsError, Unavailable } from "../engine/errors.ts";
import type { AuditEvent, Store } from "../engine/ports/index.ts";
import type { Session } from "./session.ts";

/** `words`: what `command` was asked with. The entry is the installation's alone to read. Never fails. */
export async function writeRefused(
  session: Session,
  error: unknown,
  command: string,
  words: readonly unknown[],
): Promise<void> {
  if (session.config.userId === undefined || !(error instanceof CampaignsError) || error instanceof Unavailable) return;
  // Without a file nothing is anybody's; to ask would make one.
  if (session.config.usesFile && !existsSync(session.config.db)) return;
  try {
    const [own, everybodys] = [await session.store(), await session.storeOf(undefined)];
    for (const word of new Set(words)) {
      const named = typeof word === "string" ? await namedIn(everybodys, word) : null;
      if (named === null || (await namedIn(own, String(word))) !== null) continue;
      await everybodys.recordAudit({ action: "access.refused", ...named, after: { command } });
    }
  } catch {
    // The database is down: what was refused stays refused.
  }
}

/** The campaign or call with that id. By its name or the beginning of its id, nobody has asked for another's. */
async function namedIn(store: Store, id: string): Promise<Pick<AuditEvent, "campaignId" | "callId"> | null> {
  const campaign = (await store.findCampaigns(id)).find((each) => each.id === id.toLowerCase());
  if (campaign !== undefined) return { campaignId: campaign.id };
  const call = await store.findCall(id);
  return call && { callId: call.id };
}
