/**
 * The SDK's requests, but for three things: tokens are signed seldom, each leaves once through Node's own client, and a redirect is an
 * error. The SDK follows it, and a dial with its name and number would go to whatever host the answer names.
 * (livekit-server-sdk 2.19, TwirpRPC.ts; it has no setting for it.)
 */
import { randomUUID } from "node:crypto";
import { ServerError } from "livekit-server-sdk";
import { z } from "zod";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import { leaveOf } from "./leaving.ts";
import { type Answer, post } from "./post.ts";

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

/** Of the ten minutes that a token is good for; milliseconds. */
const SIGNED_FOR = 60_000;
const MOST_KEPT = 10_000;
const UNAUTHORIZED = 401;

/** The part of a client that signs. */
interface Signer {
  authHeader: (grant?: object, sip?: object) => Promise<Record<string, string>>;
}

/**
 * The same client; it signs no new token while the last one for the same grant is fresh: by both clocks, since one stands
 * still while the machine sleeps, and somebody may set the other.
 */
export function signingSeldom<C extends object>(client: C, clock: Pick<Clock, "now" | "monotonic">): C {
  const signer = client as unknown as Signer;
  const sign = signer.authHeader.bind(client);
  interface Signed {
    readonly at: number;
    readonly wall: number;
    readonly header: Promise<Record<string, string>>;
  }
  const signed = new Map<string, Signed>();
  const isFresh = ({ at, wall }: Signed): boolean =>
    clock.monotonic() - at < SIGNED_FOR && Math.abs(clock.now() - wall) < SIGNED_FOR;
  signer.authHeader = (grant, sip) => {
    const key = JSON.stringify([grant, sip]);
    const last = signed.get(key);
    if (last !== undefined && isFresh(last)) return last.header;
    if (signed.size >= MOST_KEPT) signed.clear();
    const header = sign(grant, sip);
    signed.set(key, { at: clock.monotonic(), wall: clock.now(), header });
    header.catch(() => signed.delete(key));
    return header;
  };
  const sender = Reflect.get(client, "rpc") as Sender;
  const send = sender.request;
  sender.request = async (...request) => {
    try {
      return await send(...request);
    } catch (error) {
      // Signed, perhaps, by a clock that has been set since.
      if (error instanceof ServerError && error.status === UNAUTHORIZED) signed.clear();
      throw error;
    }
  };
  return client;
}

const failure = z.object({
  msg: z.string().default("Unknown internal error"),
  code: z.string().optional(),
  meta: z.record(z.string(), z.string()).optional(),
});

/** As the SDK reads it: Twirp's JSON, or the text of whoever else answered. */
function failureOf({ status, statusText, contentType, text }: Answer): ServerError {
  const parsed = contentType === "application/json" ? failure.safeParse(json(text)) : null;
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
