/**
 * The SDK's requests, but for two things: each leaves once through Node's own client, and a redirect is an error. The SDK follows it, and a dial with its name and number would go to whatever host the answer names.
 * (livekit-server-sdk 2.19, TwirpRPC.ts; it has no setting for it.)
 */
import { randomUUID } from "node:crypto";
import { ServerError } from "livekit-server-sdk";
import { z } from "zod";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { leaveOf } from "./leaving.ts";
import { type Answer, post } from "./post.ts";

/** The part of a client that sends. */
export interface Sender {
  readonly host: string;
  readonly pkg: string;
  readonly prefix: string;
  /** Seconds. */
  readonly requestTimeout: number;
  request: (
    service: string,
    method: string,
    data: unknown,
    headers: Readonly<Record<string, string>>,
    timeout?: number,
  ) => Promise<unknown>;
}

/** The same client. */
export function sendingOnce<C extends object>(client: C): C {
  const sender = Reflect.get(client, "rpc") as Sender;
  sender.request = async (service, method, data, headers, timeout = sender.requestTimeout) => {
    const answer = await post(
      new URL(`${sender.prefix}/${sender.pkg}.${service}/${method}`, sender.host),
      { "Content-Type": "application/json;charset=UTF-8", "X-Livekit-Request-Id": randomUUID(), ...headers },
      JSON.stringify(data),
      timeout * SECOND,
      leaveOf(),
    );
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.text) as unknown;
    throw failureOf(answer);
  };
  return client;
}

const failure = z.object({
  msg: z.string().default("Unknown internal error"),
  code: z.string().optional(),
  meta: z.record(z.string(), z.string()).optional(),
});

/** A failed request, and what time it was then where it was answered; null: that was not said. Whole seconds. */
export type DatedError = ServerError & { readonly answeredAt: Instant | null };

/** As the SDK reads it: Twirp's JSON, or the text of whoever else answered. */
function failureOf({ status, statusText, contentType, text, date }: Answer): DatedError {
  const parsed = contentType === "application/json" ? failure.safeParse(json(text)) : null;
  const { msg, code, meta } = parsed?.data ?? { msg: text };
  const answeredAt = Date.parse(date ?? "");
  const error = new ServerError(statusText, msg, status, code, meta);
  return Object.assign(error, { answeredAt: Number.isNaN(answeredAt) ? null : answeredAt });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
