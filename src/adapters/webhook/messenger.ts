/** Tells receivers of events by requests as Standard Webhooks has them: https://www.standardwebhooks.com */
import { lookup } from "node:dns";
import {
  Agent as PlainAgent,
  request as plainRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent, request } from "node:https";
import type { LookupFunction } from "node:net";
import { SECOND } from "../../domain/time/instant.ts";
import { messageOf } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { Delivery, Message, Messenger } from "../../engine/ports/messenger.ts";
import { isPublic } from "./addresses.ts";
import { PRIVATE, receiverAt, type Receiver } from "./receiver.ts";
import { secretsOf, signatures, type WebhookSecret } from "./secrets.ts";

const TIMEOUT = 10 * SECOND;
/** Of an answer's body, which nobody reads: that much is taken so that the connection can be used again. */
const MOST_READ = 64 * 1024;

export interface WebhookSettings {
  /** Throws where they cannot be used: nothing is sent then, and everything else goes on. */
  readonly secrets: () => readonly WebhookSecret[];
  /** Hosts that may have private addresses, and be told by http. */
  readonly hosts: readonly string[];
  /** Of the program. */
  readonly version: string;
}

export class WebhookMessenger implements Messenger {
  readonly #settings: WebhookSettings;
  readonly #clock: Clock;
  readonly #timeout: number;
  // No proxy: it would look up the name anew.
  readonly #agents = {
    "https:": new Agent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 16 }),
    "http:": new PlainAgent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 16 }),
  };

  /** `timeout`: milliseconds until an answer has begun. */
  constructor(settings: WebhookSettings, clock: Clock, timeout = TIMEOUT) {
    this.#settings = settings;
    this.#clock = clock;
    this.#timeout = timeout;
  }

  async send({ url: address, id, body, userId }: Message, signal: AbortSignal): Promise<Delivery> {
    const { secrets, hosts, version } = this.#settings;
    let keys: readonly WebhookSecret[];
    try {
      keys = secretsOf(secrets(), userId);
    } catch (error) {
      return failed(messageOf(error));
    }
    if (keys.length === 0) return failed("nothing is sent unsigned: CAMPAIGNS_WEBHOOK_SECRET is not set");
    const receiver = receiverAt(address, hosts);
    if (typeof receiver === "string") return failed(receiver);
    const timestamp = String(Math.floor(this.#clock.now() / SECOND));
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": `campaigns/${version}`,
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatures(keys, id, timestamp, body),
    };
    const within = AbortSignal.timeout(this.#timeout);
    try {
      const answer = await this.#post(receiver, headers, body, AbortSignal.any([signal, within]));
      return this.#deliveryOf(answer, receiver.host);
    } catch (error) {
      const { host } = receiver;
      if (error instanceof PrivateAddress) return failed(`${host}: ${PRIVATE}`);
      if (within.aborted) return failed(`${host} did not answer within ${this.#timeout / SECOND} s`);
      return failed(`${host}: ${inWords(error)}`);
    }
  }

  async #post(receiver: Receiver, headers: object, body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const isPlain = receiver.url.protocol === "http:";
    const options: RequestOptions = {
      method: "POST",
      headers: { ...headers },
      signal,
      agent: this.#agents[isPlain ? "http:" : "https:"],
      lookup: receiver.isAllowed ? lookup : publicOnly,
    };
    const ask = (): Promise<IncomingMessage> =>
      answerTo((isPlain ? plainRequest : request)(receiver.url, options), body);
    try {
      return await ask();
    } catch (error) {
      // The receiver closed a connection that nobody had used for a while: that is no refusal.
      if (error instanceof StaleConnection) return ask();
      throw error;
    }
  }

  #deliveryOf(answer: IncomingMessage, host: string): Delivery {
    drain(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return { is: "received" };
    const retryAfter = this.#retryAfter(answer.headers["retry-after"]);
    const error =
      status >= 300 && status < 400
        ? `${host} answered ${status}: a redirect is not followed`
        : status === 410
          ? `${host} answered 410: it wants to hear no more`
          : `${host} answered ${status}`;
    return { is: "failed", error, retryAfter, gone: status === 410 };
  }

  /** Seconds, or a date by the receiver's clock. */
  #retryAfter(header: string | undefined): number | null {
    if (header === undefined) return null;
    if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND;
    const at = Date.parse(header);
    return Number.isFinite(at) ? Math.max(0, at - this.#clock.now()) : null;
  }
}

class PrivateAddress extends Error {}
class StaleConnection extends Error {}

/** The address that is connected to is one of those that were looked at: nobody answers another one in between. */
const publicOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, "", 0);
    const open = addresses.filter(({ address }) => isPublic(address));
    const [first] = open;
    if (first === undefined) return callback(new PrivateAddress(), "", 0);
    if (options.all === true) return callback(null, open);
    return callback(null, first.address, first.family);
  });
};

const answerTo = (sent: ClientRequest, body: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    sent.on("response", resolve);
    sent.on("error", (error: NodeJS.ErrnoException) =>
      reject(sent.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection() : error),
    );
    sent.end(body);
  });

function drain(answer: IncomingMessage): void {
  let left = MOST_READ;
  answer.on("error", () => {});
  answer.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) answer.destroy();
  });
}

const failed = (error: string): Delivery => ({ is: "failed", error, retryAfter: null, gone: false });

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name could not be looked up",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "it closed the connection without an answer",
  EHOSTUNREACH: "it cannot be reached",
  ENETUNREACH: "it cannot be reached",
};

/** Nothing of the message, which may name addresses. */
function inWords(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
  return WORDS[code] ?? `no answer (${code})`;
}
