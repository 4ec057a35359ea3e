/** Listens, and closes without breaking anything off: no new requests, those that came are answered. */
import { once } from "node:events";
import { createServer as createHttp, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { MINUTE, SECOND } from "../domain/time/instant.ts";
import { messageOf, Misused } from "../engine/errors.ts";

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** PEM; null: without TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

export interface Listening {
  readonly url: string;
  /** Stops listening; resolves once every request is answered, or at once when `leave` is aborted. */
  readonly close: (leave: AbortSignal) => Promise<void>;
}

/** A request must arrive within it, a long file included. */
const REQUEST_TIMEOUT = 10 * MINUTE;
const HEADERS_TIMEOUT = 15 * SECOND;
const KEEP_ALIVE = 10 * SECOND;
const CONNECTIONS = 2000;

export async function listen(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  { host, port, tls }: Address,
): Promise<Listening> {
  // It puts answers of its own in place of Node's, which are streams even where they are a line of JSON: a third of the
  // time of an answer. This process makes no others.
  const listener = getRequestListener(fetch);
  const options = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: HEADERS_TIMEOUT, keepAliveTimeout: KEEP_ALIVE };
  const answer = (...args: Parameters<typeof listener>): void => void listener(...args);
  const server: Server = tls === null ? createHttp(options, answer) : tlsServer(tls, options, answer);
  server.maxConnections = CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new Misused("listen", `expected an address to listen on: ${messageOf(error)}`, {
      hint: "choose another --host or --port; --port 0 takes any that is free",
    });
  }
  const { port: bound } = server.address() as AddressInfo;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${tls === null ? "http" : "https"}://${shown}:${bound}`,
    close: async (leave) => {
      const closed = once(server, "close");
      server.close();
      const onLeave = (): void => server.closeAllConnections();
      if (leave.aborted) onLeave();
      leave.addEventListener("abort", onLeave, { once: true });
      await closed;
      leave.removeEventListener("abort", onLeave);
    },
  };
}

function tlsServer(
  tls: NonNullable<Address["tls"]>,
  options: object,
  answer: Parameters<typeof createHttp>[1],
): Server {
  try {
    return createHttps({ ...options, ...tls, minVersion: "TLSv1.2" }, answer);
  } catch (error) {
    throw new Misused("tls", `expected a certificate and its key in PEM: ${messageOf(error)}`, {
      hint: "check --tls-cert and --tls-key",
    });
  }
}
