/** CAMPAIGNS_WEBHOOK_SECRET: what events are signed with, as Standard Webhooks has it. */
import { createHmac } from "node:crypto";
import { Misused } from "../../engine/errors.ts";

export interface WebhookSecret {
  /** Whose events it signs; null: everybody's who has none of their own. */
  readonly owner: string | null;
  readonly key: Buffer;
}

const ENTRY = /^(?:(?<owner>[^:]+):)?whsec_(?<key>[A-Za-z0-9+/]+={0,2})$/;
/** Of the key, in bytes. */
const [SHORTEST, LONGEST] = [24, 64];

/** `whsec_…` or `owner:whsec_…`, several with commas or spaces between. Throws Misused, without what was written. */
export function parseSecrets(text: string): WebhookSecret[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.map((entry, n) => {
    const { owner = null, key = "" } = ENTRY.exec(entry)?.groups ?? {};
    const bytes = Buffer.from(key, "base64");
    if (bytes.length >= SHORTEST && bytes.length <= LONGEST) return { owner, key: bytes };
    throw new Misused(
      "webhook_secret",
      `CAMPAIGNS_WEBHOOK_SECRET: entry ${n + 1}: expected whsec_ and 24 to 64 bytes in base64`,
      {
        hint: 'echo "whsec_$(openssl rand -base64 32)" makes one; OWNER:whsec_… is for one owner\'s campaigns',
      },
    );
  });
}

/** Those of the owner, else those of everybody: an owner's receiver could forge what another's hears. */
export function secretsOf(secrets: readonly WebhookSecret[], userId: string | null): readonly WebhookSecret[] {
  const own = secrets.filter(({ owner }) => owner !== null && owner === userId);
  return own.length > 0 ? own : secrets.filter(({ owner }) => owner === null);
}

/** One signature for each secret: while a receiver changes its own, both are good. */
export const signatures = (secrets: readonly WebhookSecret[], id: string, timestamp: string, body: string): string =>
  secrets
    .map(({ key }) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`)
    .join(" ");
