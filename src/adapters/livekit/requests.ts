/**
 * The SDK's requests, but for one thing: a redirect is an error. The SDK follows it, and a dial with its name and number
 * would go to whatever host the answer names. (livekit-server-sdk 2.19, TwirpRPC.ts; it has no setting for it.)
 */
import { randomUUID } from "node:crypto";
import { ServerError } from "livekit-server-sdk";
import { z } from "zod";

/** The part of a client that sends. */
interface Sender {
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
export function refusingRedirects<C extends object>(client: C): C {
  const sender = Reflect.get(client, "rpc") as Sender;
  sender.request = async (service, method, data, headers, timeout = sender.requestTimeout) => {
    const response = await fetch(new URL(`${sender.prefix}/${sender.pkg}.${service}/${method}`, sender.host), {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json;charset=UTF-8", "X-Livekit-Request-Id": randomUUID(), ...headers },
      body: JSON.stringify(data),
      signal: AbortSignal.timeout(timeout * 1000),
    });
    if (response.ok) return response.json();
    throw await failureOf(response);
  };
  return client;
}

const failure = z.object({
  msg: z.string().default("Unknown internal error"),
  code: z.string().optional(),
  meta: z.record(z.string(), z.string()).optional(),
});

/** As the SDK reads it: Twirp's JSON, or the text of whoever else answered. */
async function failureOf(response: Response): Promise<ServerError> {
  const { status, statusText } = response;
  const text = await response.text();
  const parsed = response.headers.get("content-type") === "application/json" ? failure.safeParse(json(text)) : null;
  const { msg, code, meta } = parsed?.data ?? { msg: text };
  return new ServerError(statusText, msg, status, code, meta);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
