/** The HTTP door to the world: LiveKit's Twirp API on 127.0.0.1, and a page to inspect what was dialed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { TokenVerifier } from "livekit-server-sdk";
import type { ClaimGrants } from "livekit-server-sdk";
import { Unavailable } from "../engine/errors.ts";
import type { Clock } from "../engine/ports.ts";
import type { Script } from "./network.ts";
import { rpcFailure, TwirpFailure } from "./twirp.ts";
import { camelCased, dispatchOut, participantOut, requests, roomOut, trunkOut } from "./wire.ts";
import { type DialReply, World } from "./world.ts";

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
}

const API_KEY = "sandbox";
const API_SECRET = "a-secret-that-only-opens-the-sandbox";

type Grants = ClaimGrants;
type Method = {
  readonly allowed: (grants: Grants, room: string) => boolean;
  readonly answer: (world: World, body: Record<string, unknown>) => unknown;
};

const roomAdmin = (grants: Grants, room: string): boolean =>
  grants.video?.roomAdmin === true && grants.video.room === room;

const METHODS: Readonly<Record<string, Method>> = {
  "RoomService/CreateRoom": {
    allowed: ({ video }) => video?.roomCreate === true,
    answer: (world, body) => {
      const { name, ...settings } = requests.createRoom.parse(body);
      return roomOut(world.createRoom({ name, ...definedOf(settings) }), world);
    },
  },
  "RoomService/ListRooms": {
    allowed: ({ video }) => video?.roomList === true,
    answer: (world, body) => ({
      rooms: world.rooms(requests.names.parse(body).names).map((room) => roomOut(room, world)),
    }),
  },
  "RoomService/DeleteRoom": {
    allowed: ({ video }) => video?.roomCreate === true,
    answer: (world, body) => {
      world.deleteRoom(requests.room.parse(body).room);
      return {};
    },
  },
  "RoomService/ListParticipants": {
    allowed: roomAdmin,
    answer: (world, body) => {
      const [room] = world.rooms([requests.room.parse(body).room]);
      return { participants: [...(room?.participants.values() ?? [])].map(participantOut) };
    },
  },
  "RoomService/RemoveParticipant": {
    allowed: roomAdmin,
    answer: (world, body) => {
      const { room, identity } = requests.participant.parse(body);
      world.removeParticipant(room, identity);
      return {};
    },
  },
  "AgentDispatchService/CreateDispatch": {
    allowed: roomAdmin,
    answer: (world, body) => {
      const { room, agentName, metadata } = requests.dispatch.parse(body);
      return dispatchOut(world.createDispatch(room, agentName, metadata), undefined);
    },
  },
  "AgentDispatchService/ListDispatch": {
    allowed: roomAdmin,
    answer: (world, body) => {
      const [room] = world.rooms([requests.room.parse(body).room]);
      if (room === undefined) throw rpcFailure("unavailable", "no response from servers");
      return { agent_dispatches: room.dispatches.map((dispatch) => dispatchOut(dispatch, room)) };
    },
  },
  "SIP/ListSIPOutboundTrunk": {
    allowed: ({ sip }) => sip?.admin === true,
    answer: (_, body) => {
      const { trunkIds } = requests.trunks.parse(body);
      return { items: trunkIds.length === 0 || trunkIds.includes(trunkOut.sip_trunk_id) ? [trunkOut] : [] };
    },
  },
};

const definedOf = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

/** Starts listening on 127.0.0.1. Throws Unavailable when the port is taken. */
export async function startSandbox({ clock, port = 0, script }: SandboxOptions): Promise<Sandbox> {
  const world = new World(clock);
  if (script !== undefined) world.script = script;
  const counts = new Map<string, number>();
  const verifier = new TokenVerifier(API_KEY, API_SECRET);
  const server = createServer((request, response) => {
    void answer(request, response, world, counts, verifier).catch(() => response.destroy());
  });
  server.requestTimeout = 0;
  const bound = await listen(server, port);
  return {
    url: `ws://127.0.0.1:${bound}`,
    httpUrl: `http://127.0.0.1:${bound}`,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    world,
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  world: World,
  counts: Map<string, number>,
  verifier: TokenVerifier,
): Promise<void> {
  if (request.method === "GET" && request.url === "/sandbox") return json(response, 200, inspect(world, counts));
  const body = await readText(request);
  const path = /^\/twirp\/livekit\.(\w+\/\w+)$/.exec(request.url ?? "")?.[1] ?? "";
  counts.set(path, (counts.get(path) ?? 0) + 1);
  const isDial = path === "SIP/CreateSIPParticipant";
  const method = METHODS[path];
  try {
    if (request.method !== "POST" || (method === undefined && !isDial)) throw badRoute(request);
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) throw badRoute(request);
    const grants = await verified(request, response, verifier);
    if (grants === null) return;
    const asked = parsed(body);
    const room = typeof asked["room"] === "string" ? asked["room"] : "";
    if (!(isDial ? grants.sip?.call === true : method?.allowed(grants, room) === true)) {
      throw new TwirpFailure("unauthenticated", "permissions denied");
    }
    if (isDial) return replyToDial(response, await world.dial(definedOf(requests.dial.parse(asked)) as never));
    json(response, 200, method?.answer(world, asked));
  } catch (error) {
    if (!(error instanceof TwirpFailure)) throw error;
    // The SDK compares this header to the letter: with a charset behind it, it loses code and metadata.
    json(response, error.httpStatus, {
      code: error.code,
      msg: error.message,
      ...(error.meta === undefined ? {} : { meta: error.meta }),
    });
  }
}

function replyToDial(response: ServerResponse, { roomName, participant, sipCallId, reply }: DialReply): void {
  const { sid, identity } = participant;
  switch (reply) {
    case "hang":
      return;
    case "drop":
      response.socket?.destroy();
      return;
    case "bad_gateway":
      response.writeHead(502, { "content-type": "text/html" }).end("<html><body>502 Bad Gateway</body></html>");
      return;
    case "garbage":
      response.writeHead(200, { "content-type": "application/json" }).end('{"participant_id":');
      return;
    case "ok":
      json(response, 200, {
        participant_id: sid,
        participant_identity: identity,
        room_name: roomName,
        sip_call_id: sipCallId,
      });
  }
}

const badRoute = (request: IncomingMessage): TwirpFailure =>
  new TwirpFailure("bad_route", `no handler for path "${request.url}"`, {
    twirp_invalid_route: `${request.method} ${request.url}`,
  });

/** The token's grants; null when it was refused, in plain text, before the method was looked at. */
async function verified(
  request: IncomingMessage,
  response: ServerResponse,
  verifier: TokenVerifier,
): Promise<ClaimGrants | null> {
  const header = request.headers.authorization;
  if (header === undefined) throw new TwirpFailure("unauthenticated", "permissions denied");
  const refuse = (text: string): null => {
    response.writeHead(401, { "content-type": "text/plain; charset=utf-8" }).end(text);
    return null;
  };
  if (!header.startsWith("Bearer ")) return refuse("invalid authorization header. Must start with Bearer ");
  try {
    return await verifier.verify(header.slice("Bearer ".length));
  } catch {
    return refuse("invalid API key");
  }
}

function parsed(body: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === "object" && json !== null) return camelCased(json);
  } catch {
    // said below
  }
  throw new TwirpFailure("malformed", "the json request could not be decoded");
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** So that a test can say "never twice" about any program. */
function inspect(world: World, counts: ReadonlyMap<string, number>): Record<string, unknown> {
  const dials: Record<string, number> = {};
  for (const { sipCallTo } of world.dials) dials[sipCallTo] = (dials[sipCallTo] ?? 0) + 1;
  return {
    rooms: world.rooms().map(({ name }) => name),
    dials,
    totalDials: world.dials.length,
    requests: Object.fromEntries(counts),
    calls: world.dials,
  };
}
