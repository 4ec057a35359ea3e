/** Webhooks as LiveKit and Twilio send them. */
import { createHash } from "node:crypto";
import { AccessToken, WebhookEvent } from "livekit-server-sdk";
import twilio from "twilio/lib/webhooks/webhooks.js";
import { eventOf } from "../../src/adapters/livekit/webhooks.ts";
import type { RoomEvent } from "../../src/engine/ports/index.ts";
import { bodyOf, type RoomEvent as SandboxEvent } from "../../src/sandbox/room-events.ts";

export interface Signing {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** The token that LiveKit sends along; valid for so many seconds from now. */
export async function signed(body: string, { apiKey, apiSecret }: Signing, ttl = 300): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { ttl });
  token.sha256 = createHash("sha256").update(body).digest("base64");
  return token.toJwt();
}

export interface Leaving {
  readonly event?: string;
  readonly id?: string;
  readonly at?: number;
  readonly reason?: string;
  readonly kind?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A body of LiveKit's: the callee of an attempt has hung up, unless it is told otherwise. */
export function body(
  attemptId: string,
  { event = "participant_left", id = "EV_1", at = 0, ...who }: Leaving = {},
): string {
  const { reason = "CLIENT_INITIATED", kind = "SIP", attributes = { "sip.callStatus": "hangup" } } = who;
  const participant = {
    sid: "PA_1",
    identity: "callee",
    state: "DISCONNECTED",
    kind,
    attributes,
    disconnectReason: reason,
  };
  const room = { sid: "RM_1", name: `call-${attemptId}`, turnPassword: "of the room" };
  return JSON.stringify({ event, room, participant, id, createdAt: String(Math.floor(at / 1000)) });
}

/** What the adapter makes of an event of the sandbox, once its signature is checked. */
export const readOf = (event: SandboxEvent): RoomEvent | null =>
  eventOf(WebhookEvent.fromJsonString(bodyOf(event), { ignoreUnknownFields: true }));

/** A form of Twilio's, and its signature for the address. */
export function callback(
  url: string,
  token: string,
  fields: Readonly<Record<string, string>>,
): { readonly form: string; readonly signature: string } {
  const signature = twilio.getExpectedTwilioSignature(token, url, fields);
  return { form: new URLSearchParams(fields).toString(), signature };
}
