/**
 * One request, sent once. Node's own client takes a quarter of the processor that `fetch` takes, and likewise keeps connections, goes
 * through the proxies that NODE_USE_ENV_PROXY turns on, and sends nothing again: not even when a kept connection closes under it,
 * since what went into that may have rung a phone. It follows no redirect.
 */
import { type ClientRequest, type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { SECOND } from "../../domain/time/instant.ts";
import type { Leave } from "../../engine/ports/index.ts";
import { Unsent } from "./leaving.ts";

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string | undefined;
  readonly date: string | undefined;
  readonly text: string;
}

/** A dial may ring for long; that nobody listens is known sooner. */
const CONNECTED_WITHIN = 10 * SECOND;

/** New connections that may close under a request that is held back: whoever closes each at once would be asked for ever. */
const MOST_CLOSED = 3;

/**
 * `within`: milliseconds, to the answer's last byte. `held`: until it says so, on a connection that is open. Throws a
 * TimeoutError, or an error whose cause says why nothing came.
 */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  within: number,
  held?: Leave,
  closed = 0,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const start = url.protocol === "https:" ? overHttps : overHttp;
    const request = start(url, { method: "POST", headers });
    const timers = [
      setTimeout(() => fail(new DOMException("The operation was aborted due to timeout", "TimeoutError")), within),
      setTimeout(() => isConnecting(request) && fail(unanswered(unconnected())), CONNECTED_WITHIN),
    ];
    let [isOpen, hasLeft, isOver] = [request.reusedSocket, false, false];
    const over = (): void => {
      isOver = true;
      timers.forEach(clearTimeout);
    };
    const fail = (error: Error): void => {
      if (isOver) return;
      over();
      reject(error);
      request.destroy(error);
    };
    const leave = (): void => {
      if (isOver) return;
      hasLeft = true;
      request.end(body);
    };
    /** On another connection: this one has ended, or speaks out of turn, and nothing has been sent on it. */
    const elsewhere = (cause: Error): void => {
      if (isOver) return;
      const more = closed + (request.reusedSocket ? 0 : 1);
      if (more > MOST_CLOSED) return fail(unanswered(cause));
      over();
      request.destroy();
      resolve(post(url, headers, body, within, held, more));
    };
    request.on("error", (cause) => (isOpen && !hasLeft ? elsewhere(cause) : fail(unanswered(cause))));
    // Of an answer that changes the protocol nothing else is told.
    const hungUp = (): void => fail(unanswered(new Error("socket hang up")));
    request.on("close", hungUp);
    request.on("response", (response) => {
      if (!hasLeft) return elsewhere(new Error("an answer before the request"));
      request.off("close", hungUp);
      const chunks: Buffer[] = [];
      response.on("error", (cause) => fail(unanswered(cause)));
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        over();
        resolve(answerOf(response, chunks));
      });
    });
    if (held !== undefined) {
      opened(request, () => {
        isOpen = true;
        held(look).then((may) => (may ? leave() : fail(new Unsent())), fail);
      });
    } else if (isOpen) void look().then(leave);
    else leave();
  });
}

/** A kept connection may have been closed meanwhile. Not a byte leaves before Node has read all connections once more. */
const look = (): Promise<void> => new Promise((seen) => setImmediate(() => setImmediate(seen)));

const decoder = new TextDecoder();

const answerOf = ({ statusCode = 0, statusMessage = "", headers }: IncomingMessage, chunks: Buffer[]): Answer => ({
  status: statusCode,
  statusText: statusMessage,
  contentType: headers["content-type"],
  date: headers.date,
  text: decoder.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
});

/** The name is looked up, the connection made, or its certificate not seen yet. */
const isConnecting = ({ socket }: ClientRequest): boolean =>
  socket === null || socket.connecting || ("secureConnecting" in socket && socket.secureConnecting === true);

/** `then`: a byte that is written now leaves now. */
function opened(request: ClientRequest, then: () => void): void {
  request.on("socket", (socket) => {
    if (!isConnecting(request)) then();
    else socket.once("secureConnecting" in socket ? "secureConnect" : "connect", then);
  });
}

const unconnected = (): Error => Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" });

/** Of a host with several addresses the first failure has the words. */
function unanswered(error: Error): Error {
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return new Error(`connection failed: ${cause.message}`, { cause });
}
