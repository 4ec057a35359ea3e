/**
 * On LiveKit Cloud hosts the SDK replays a request that failed elsewhere (livekit-server-sdk 2.19, failover.ts). A
 * replayed dial rings the phone again. No such host may be asked: every connection ends at a server of this test, in
 * clear, and `fetch`, which the SDK itself sends with, counts as a request too.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, globalAgent as plain, type Server, type ServerResponse } from "node:http";
import { globalAgent as secure } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { liveKitClients } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import type { DialOrder } from "../../src/engine/ports/index.ts";
import { contact } from "../support/domain.ts";

type Reply = (response: ServerResponse) => void;
const says =
  (status: number, type: string, body: string): Reply =>
  (response) =>
    void response.writeHead(status, { "content-type": type }).end(body);

let server: Server;
let reply: Reply;
/** Of each request: scheme, host and path. */
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request: IncomingMessage, response) => {
    const { host, authorization } = request.headers;
    asked.push(`${schemes.get(request.socket.remotePort)}://${host}${request.url}`);
    expect(authorization).toMatch(/^Bearer /);
    reply(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const schemes = new Map<number | undefined, string>();
  for (const [scheme, agent] of [
    ["http", plain],
    ["https", secure],
  ] as const) {
    vi.spyOn(agent, "createConnection").mockImplementation(() => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.on("connect", () => schemes.set(socket.localPort, scheme));
      return socket;
    });
  }
  vi.stubGlobal("fetch", (url: URL | string) => {
    asked.push(`fetch ${String(url)}`);
    return Promise.reject(new TypeError("fetch failed"));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  plain.destroy();
  secure.destroy();
  server.close();
  server.closeAllConnections();
});

const order: DialOrder = {
  attemptId: "a1",
  callId: "c1",
  attempt: 1,
  onVoicemail: { does: "retry", message: null, messageLeftBefore: false },
  campaignId: null,
  room: "call-a1",
  callee: "callee-a1",
  trunkId: "ST_1",
  contact,
  assistantId: null,
  assistantName: null,
  prompt: null,
  fromNumber: null,
  ringSeconds: 45,
  maxDurationSeconds: 600,
};

const at = (host: string): LiveKitTelephony =>
  new LiveKitTelephony(
    liveKitClients({ host, apiKey: "key", apiSecret: "a-secret-long-enough-to-sign" }),
    systemClock,
    "ai",
  );

const html = (status: number): Reply => says(status, "text/html", "<html>");
const DIAL = "livekit.cloud/twirp/livekit.SIP/CreateSIPParticipant";

test.each<[string, Reply]>([
  ["503 of a proxy", html(503)],
  ["502 of a proxy", html(502)],
  ["connection that was reset", (response) => void response.socket?.resetAndDestroy()],
  ["connection that was closed", (response) => void response.socket?.end()],
])("the SDK replayed a dial after a %s: one request leaves, and nobody knows what came of it", async (_, does) => {
  reply = does;
  const result = await at("wss://project.livekit.cloud").dial(order);
  expect(result.is).toBe("unknown");
  expect(asked).toEqual([`https://project.${DIAL}`]);
});

test("a dial was given up while its phone rang, or replayed then: it is waited for 15 s longer than it may ring", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const heard = new Promise<void>((resolve) => (reply = () => resolve()));
  let settled = false;
  const dialing = at("wss://project.livekit.cloud")
    .dial(order)
    .finally(() => (settled = true));
  await heard;
  await vi.advanceTimersByTimeAsync((order.ringSeconds + 15) * 1000 - 1);
  expect(settled).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await dialing).toEqual({ is: "unknown", detail: "The operation was aborted due to timeout" });
  expect(asked).toEqual([`https://project.${DIAL}`]);
});

test.each(["{}", "[]", "null", '{"sip_call_id":""}'])(
  "%s with HTTP 200 was taken for an answered call: it names none, and nobody knows what came of the dial",
  async (body) => {
    reply = says(200, "application/json", body);
    expect((await at("wss://livekit.example.com").dial(order)).is).toBe("unknown");
  },
);

// Of one that is not empty the SDK makes a message of its own, in which nothing else is left.
test.each([
  ["", { is: "ended", ending: "no_answer" }],
  [" ", { is: "unknown" }],
  ["0", { is: "unknown" }],
  ["none", { is: "unknown" }],
  ["200", { is: "unknown" }],
])('a sip_status_code of "%s" was taken for the refusal of a trunk: it is none', async (sip_status_code, expected) => {
  const error = { code: "canceled", msg: "twirp error unknown: sip request timed out", meta: { sip_status_code } };
  reply = says(408, "application/json", JSON.stringify(error));
  const result = await at("wss://livekit.example.com").dial(order);
  expect(result).toMatchObject(expected);
  expect(result).not.toHaveProperty("sipStatus");
});

test("a server of before August 2026 echoed the bearer token: it is in no detail", async () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzaXAiOnsiY2FsbCI6dHJ1ZX19.c2lnbmF0dXJl";
  reply = says(401, "text/plain", `invalid token: ${token}, error: it has expired`);
  const telephony = at("wss://livekit.example.com");
  const said = { ending: "released", detail: "LiveKit refused the API key", trouble: { code: "livekit_key" } };
  const answers = [await telephony.openRoom(order), await telephony.dial(order)];
  expect(answers).toMatchObject([said, { is: "ended", ...said }]);
  for (const answer of answers) expect(inspect(answer, { depth: 9 })).not.toContain(token);
});

test.each(["ws", "wss", "http", "https"])(
  "LIVEKIT_HOST=%s://…, the form LiveKit shows or another, made every call throw",
  async (scheme) => {
    reply = says(200, "application/json", '{"items":[]}');
    expect(await at(`${scheme}://livekit.example.com`).trunks()).toEqual([]);
    expect(asked).toEqual([
      `${scheme.replace("ws", "http")}://livekit.example.com/twirp/livekit.SIP/ListSIPOutboundTrunk`,
    ]);
  },
);
