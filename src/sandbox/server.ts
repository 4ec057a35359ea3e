/** The HTTP door to the world: LiveKit's Twirp API on 127.0.0.1, and a page to inspect and steer it. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Unavailable } from "../engine/errors.ts";
import type { Clock } from "../engine/ports/index.ts";
import { json, plain, readBody } from "./http.ts";
import { answerInspection, type Inspected } from "./inspection.ts";
import { type Answered, call, METHODS, roomNamedIn } from "./methods.ts";
import type { Script } from "./network.ts";
import { TokenRefused, Tokens } from "./token.ts";
import { TwirpFailure } from "./twirp.ts";
import { Webhooks } from "./webhooks.ts";
import { World } from "./world.ts";

export interface SandboxOptions {
  readonly clock: Clock;
  /** 0: any free port. */
  readonly port?: number;
  readonly script?: Script;
  /** Where webhooks go; they may also be given an address later. */
  readonly webhook?: string;
}

export interface Sandbox extends AsyncDisposable {
  /** For LIVEKIT_HOST. */
  readonly url: string;
  readonly httpUrl: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly world: World;
  /** Requests per method. */
  readonly requests: ReadonlyMap<string, number>;
  readonly webhooks: Webhooks;
}

const API_KEY = "sandbox";

/** Starts listening on 127.0.0.1. Throws Unavailable when the port is taken. */
export async function startSandbox({ clock, port = 0, script, webhook }: SandboxOptions): Promise<Sandbox> {
  const world = new World(clock);
  if (script !== undefined) world.script = script;
  const requests = new Map<string, number>();
  // Of this sandbox alone: whoever else is on the machine does not know it.
  const apiSecret = randomBytes(24).toString("base64url");
  const webhooks = new Webhooks({ clock, faults: world.faults, apiKey: API_KEY, apiSecret });
  webhooks.url = webhook ?? null;
  world.rooms.onEvent = (event) => webhooks.send(event);
  const door = new Door({ world, webhooks, requests, tokens: new Tokens(API_KEY, apiSecret) });
  const server = createServer((request, response) => {
    void door.answer(request, response).catch(() => response.destroy());
  });
  // A dial is held as long as the phone rings.
  server.requestTimeout = 0;
  // Idle connections are the client's to close: a request that meets one as it closes here would be lost.
  server.keepAliveTimeout = 0;
  const bound = await listen(server, port);
  return {
    url: `ws://127.0.0.1:${bound}`,
    httpUrl: `http://127.0.0.1:${bound}`,
    apiKey: API_KEY,
    apiSecret,
    world,
    webhooks,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error) =>
      reject(
        new Unavailable("port", `cannot listen on 127.0.0.1:${port}: ${cause.message}`, {
          hint: "choose another --port",
          cause,
        }),
      ),
    );
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

class Door {
  readonly #inside: Inspected & { readonly requests: Map<string, number> };

  constructor(inside: Inspected & { readonly requests: Map<string, number> }) {
    this.#inside = inside;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readBody(request);
    if (text === null) return plain(response, 413, "http: request body too large\n", { connection: "close" });
    if (request.url === "/sandbox") return answerInspection(request, response, text, this.#inside);
    try {
      await this.#twirp(request, response, text);
    } catch (error) {
      if (error instanceof TokenRefused) return plain(response, 401, error.message);
      if (!(error instanceof TwirpFailure)) throw error;
      const { code, message: msg, meta } = error;
      json(response, error.httpStatus, { code, msg, ...(meta === undefined ? {} : { meta }) });
    }
  }

  async #twirp(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const path = /^\/twirp\/livekit\.(\w+\/\w+)$/.exec(request.url ?? "")?.[1] ?? "";
    const { world, requests, tokens } = this.#inside;
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const method = METHODS[path];
    if (request.method !== "POST" || method === undefined) {
      throw badRoute(request, `no handler for path "${request.url}"`);
    }
    const type = request.headers["content-type"] ?? "";
    if (!/^application\/json\b/i.test(type)) throw badRoute(request, `unexpected Content-Type: "${type}"`);
    const grants = await tokens.grantsOf(request.headers.authorization);
    const body = parsed(text);
    if (!method.allowed(grants, roomNamedIn(body))) throw new TwirpFailure("unauthenticated", "permissions denied");

    deliver(response, await call(world, path, body));
  }
}

function deliver(response: ServerResponse, { body, reply }: Answered): void {
  switch (reply) {
    case "hang":
      return;
    case "drop":
      return void response.socket?.destroy();
    case "bad_gateway":
      return void response.writeHead(502, { "content-type": "text/html" }).end("<html>502 Bad Gateway</html>");
    case "page":
      return void response.writeHead(403, { "content-type": "text/html" }).end("<html>403 Forbidden</html>");
    case "garbage":
      return void response.writeHead(200, { "content-type": "application/json" }).end('{"participant_id":');
    case "ok":
      return json(response, 200, body);
  }
}

const badRoute = (request: IncomingMessage, text: string): TwirpFailure =>
  new TwirpFailure("bad_route", text, { twirp_invalid_route: `${request.method} ${request.url}` });

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return { ...body };
  } catch {
    // said below
  }
  throw new TwirpFailure("malformed", "the json request could not be decoded");
}
