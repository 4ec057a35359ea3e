/** The HTTP door to the world: LiveKit's Twirp API on 127.0.0.1, and a page to inspect and steer it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { TokenVerifier } from "livekit-server-sdk";
import type { ClaimGrants } from "livekit-server-sdk";
import { Unavailable } from "../engine/errors.ts";
import type { Clock } from "../engine/ports/index.ts";
import { inspect, steer } from "./inspection.ts";
import { type Answered, call, METHODS, roomNamedIn } from "./methods.ts";
import type { Script } from "./network.ts";
import { TwirpFailure } from "./twirp.ts";
import { World } from "./world.ts";

export interface SandboxOptions {
  readonly clock: Clock;
  /** 0: any free port. */
  readonly port?: number;
  readonly script?: Script;
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
}

const API_KEY = "sandbox";
const API_SECRET = "a-secret-that-only-opens-the-sandbox";

/** Starts listening on 127.0.0.1. Throws Unavailable when the port is taken. */
export async function startSandbox({ clock, port = 0, script }: SandboxOptions): Promise<Sandbox> {
  const world = new World(clock);
  if (script !== undefined) world.script = script;
  const requests = new Map<string, number>();
  const verifier = new TokenVerifier(API_KEY, API_SECRET);
  const door = new Door(world, requests, verifier);
  const server = createServer((request, response) => {
    void door.answer(request, response).catch(() => response.destroy());
  });
  // A dial is held as long as the phone rings.
  server.requestTimeout = 0;
  const bound = await listen(server, port);
  return {
    url: `ws://127.0.0.1:${bound}`,
    httpUrl: `http://127.0.0.1:${bound}`,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    world,
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
  readonly #world: World;
  readonly #requests: Map<string, number>;
  readonly #verifier: TokenVerifier;

  constructor(world: World, requests: Map<string, number>, verifier: TokenVerifier) {
    this.#world = world;
    this.#requests = requests;
    this.#verifier = verifier;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    if (request.url === "/sandbox") {
      if (request.method === "POST") steer(text, this.#world);
      return json(response, 200, inspect(this.#world, this.#requests));
    }
    try {
      await this.#twirp(request, response, text);
    } catch (error) {
      if (!(error instanceof TwirpFailure)) throw error;
      const { code, message: msg, meta } = error;
      json(response, error.httpStatus, { code, msg, ...(meta === undefined ? {} : { meta }) });
    }
  }

  async #twirp(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const path = /^\/twirp\/livekit\.(\w+\/\w+)$/.exec(request.url ?? "")?.[1] ?? "";
    this.#requests.set(path, (this.#requests.get(path) ?? 0) + 1);
    const method = METHODS[path];
    if (request.method !== "POST" || method === undefined) {
      throw badRoute(request, `no handler for path "${request.url}"`);
    }
    const type = request.headers["content-type"] ?? "";
    if (!/^application\/json\b/i.test(type)) throw badRoute(request, `unexpected Content-Type: "${type}"`);
    const grants = await verified(request, response, this.#verifier);
    if (grants === null) return;
    const body = parsed(text);
    if (!method.allowed(grants, roomNamedIn(body))) throw new TwirpFailure("unauthenticated", "permissions denied");

    deliver(response, await call(this.#world, path, body));
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
    case "garbage":
      return void response.writeHead(200, { "content-type": "application/json" }).end('{"participant_id":');
    case "ok":
      return json(response, 200, body);
  }
}

const badRoute = (request: IncomingMessage, text: string): TwirpFailure =>
  new TwirpFailure("bad_route", text, { twirp_invalid_route: `${request.method} ${request.url}` });

/** The token's grants; null when it was refused, in plain text, before the method was looked at. */
async function verified(
  { headers: { authorization } }: IncomingMessage,
  response: ServerResponse,
  verifier: TokenVerifier,
): Promise<ClaimGrants | null> {
  if (authorization === undefined) throw new TwirpFailure("unauthenticated", "permissions denied");
  const refuse = (text: string): null => {
    response.writeHead(401, { "content-type": "text/plain; charset=utf-8" }).end(text);
    return null;
  };
  if (!authorization.startsWith("Bearer ")) return refuse("invalid authorization header. Must start with Bearer ");
  const token = authorization.slice("Bearer ".length);
  const issuer = issuerOf(token);
  if (issuer === null) return refuse("invalid authorization token");
  if (issuer !== API_KEY) return refuse("invalid API key");
  try {
    return await verifier.verify(token, "60s");
  } catch (error) {
    return refuse(`invalid authorization token: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Who claims to have signed the token; null: it is no token. */
function issuerOf(token: string): string | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null && "iss" in claims ? String(claims.iss) : "";
  } catch {
    return null;
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return { ...body };
  } catch {
    // said below
  }
  throw new TwirpFailure("malformed", "the json request could not be decoded");
}

/** The SDK compares this header to the letter: with a charset behind it, it loses an error's code and metadata. */
function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
