/** Twilio's status callbacks: signed with the account's token over the address that Twilio was given. */
import twilio from "twilio/lib/webhooks/webhooks.js";
import { SECOND } from "../../domain/time/instant.ts";
import { CARRIER_STATUSES, type CarrierStatus } from "../../engine/ports/carrier.ts";
import type { CarrierEvent } from "../../engine/ports/index.ts";

/** A day is longer than any call. */
const LONGEST = 86_400;

/** `refused`: Twilio has not signed this. Null: it tells of no call. `body`: the form as it came. */
export function readCallback(
  url: string,
  body: string,
  signature: string | undefined,
  authToken: string,
): CarrierEvent | null | "refused" {
  if (signature === undefined) return "refused";
  const form = new URLSearchParams(body);
  const params: Record<string, string | string[]> = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    params[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  if (!twilio.validateRequest(authToken, signature, url, params)) return "refused";
  const [sid, status] = [form.get("CallSid") ?? "", form.get("CallStatus") ?? ""];
  if (!/^CA[0-9a-f]{32}$/i.test(sid) || !isStatus(status)) return null;
  const seconds = Number(form.get("CallDuration") ?? NaN);
  const sent = Date.parse(form.get("Timestamp") ?? "");
  return {
    carrierId: sid,
    status,
    durationSeconds: Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST ? seconds : null,
    sentAt: Number.isFinite(sent) ? Math.floor(sent / SECOND) * SECOND : null,
    eventId: `${sid} ${status}`,
  };
}

const isStatus = (text: string): text is CarrierStatus => CARRIER_STATUSES.some((known) => known === text);
