/** Webhooks from outside: who signed them, by the settings of now, and to whom they are told. */
import { MINUTE } from "../domain/time/instant.ts";
import { Misused } from "../engine/errors.ts";
import type { Webhooks } from "../engine/manage/webhooks.ts";
import type { WebhookSender } from "../engine/ports/index.ts";
import { Limit } from "../engine/run/limit.ts";
import type { SignedRequest, WebhookDoor } from "../http/context.ts";
import type { Session } from "./session.ts";

/** Webhooks that are being stored at once; LiveKit sends one after the other of a room, and of many rooms at once. */
const AT_ONCE = 16;
/** How often it is said that some were refused: anybody can send some. */
const SAID_EVERY = MINUTE;

interface Options {
  readonly sandbox: boolean;
  readonly behindProxy: boolean;
}

export function webhookDoor(session: Session, webhooks: Webhooks, { sandbox, behindProxy }: Options): WebhookDoor {
  const limit = new Limit(AT_ONCE);
  const said: Partial<Record<WebhookSender, number>> = {};
  const refused = (sender: WebhookSender, todo: string): false => {
    const now = session.clock.monotonic();
    if (now - (said[sender] ?? -Infinity) >= SAID_EVERY) {
      said[sender] = now;
      session.out.warn(`refused a webhook at /webhooks/${sender}, which is not signed as it should be: ${todo}`);
    }
    return false;
  };
  return {
    livekit: async (body, authorization) => {
      const { readWebhook } = await import("../adapters/livekit/webhooks.ts");
      const key = sandbox ? await session.sandbox() : session.config.livekit();
      const event = await readWebhook(body, authorization, key);
      if (event === "refused") return refused("livekit", "LiveKit has to sign with the key in LIVEKIT_API_KEY");
      await limit.run(() => webhooks.livekit(event));
      return true;
    },
    twilio: async (request) => {
      const account = session.config.twilio();
      if (account === null) {
        throw new Misused("twilio_settings", "expected the settings of a Twilio account, but there are none", {
          hint: "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
        });
      }
      const { readCallback } = await import("../adapters/twilio/webhooks.ts");
      const url = addressOf(request, session.config.publicUrl(), behindProxy);
      const event = readCallback(url, request.body, request.signature, account.authToken);
      if (event === "refused") {
        return refused(
          "twilio",
          `Twilio has to sign ${new URL(url).origin}, with TWILIO_AUTH_TOKEN; see CAMPAIGNS_PUBLIC_URL`,
        );
      }
      await limit.run(() => webhooks.twilio(event));
      return true;
    },
  };
}

/** A chain of proxies says one after the other; the first is what the client asked for. */
const first = (header: string | undefined): string | undefined => header?.split(",")[0]?.trim();

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i;

/**
 * The address that Twilio was given, which it has signed: the one that is set, else as the proxy says it was asked, else as
 * this server was. Whoever lies about it has no signature that fits.
 */
function addressOf({ url, forwarded }: SignedRequest, publicUrl: string | null, behindProxy: boolean): string {
  const asked = new URL(url);
  const rest = `${asked.pathname}${asked.search}`;
  if (publicUrl !== null) return `${publicUrl}${rest}`;
  if (!behindProxy) return url;
  const proto = first(forwarded.proto) === "http" ? "http" : "https";
  const host = first(forwarded.host) ?? asked.host;
  return `${proto}://${HOST.test(host) ? host : asked.host}${rest}`;
}
