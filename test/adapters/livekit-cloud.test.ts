/**
 * On LiveKit Cloud hosts the SDK replays a request that failed elsewhere (livekit-server-sdk 2.19, failover.ts). A
 * replayed dial rings the phone again. `fetch` is stubbed, since no such host may be asked.
 */
import { inspect } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { liveKitClients } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import type { DialOrder } from "../../src/engine/ports/index.ts";
import { contact } from "../support/domain.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
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

const html = (status: number): Promise<Response> =>
  Promise.resolve(new Response("<html>", { status, headers: { "content-type": "text/html" } }));

test.each<[string, () => Promise<Response>]>([
  ["503 of a proxy", () => html(503)],
  ["502 of a proxy", () => html(502)],
  ["connection that was reset", () => Promise.reject(new TypeError("fetch failed"))],
  ["time-out", () => Promise.reject(new DOMException("The operation was aborted due to timeout", "TimeoutError"))],
])("the SDK replayed a dial after a %s: one request leaves, and nobody knows what came of it", async (_, answer) => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: URL | string) => {
    asked.push(new URL(url).pathname);
    return answer();
  });
  const result = await at("wss://project.livekit.cloud").dial(order);
  expect(result.is).toBe("unknown");
  expect(asked).toEqual(["/twirp/livekit.SIP/CreateSIPParticipant"]);
});

test.each(["{}", "[]", "null", '{"sip_call_id":""}'])(
  "%s with HTTP 200 was taken for an answered call: it names none, and nobody knows what came of the dial",
  async (body) => {
    vi.stubGlobal("fetch", () =>
      Promise.resolve(new Response(body, { status: 200, headers: { "content-type": "application/json" } })),
    );
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
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(error, { status: 408 })));
  const result = await at("wss://livekit.example.com").dial(order);
  expect(result).toMatchObject(expected);
  expect(result).not.toHaveProperty("sipStatus");
});

test("a server of before August 2026 echoed the bearer token: it is in no detail", async () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzaXAiOnsiY2FsbCI6dHJ1ZX19.c2lnbmF0dXJl";
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(`invalid token: ${token}, error: it has expired`, { status: 401 })),
  );
  const telephony = at("wss://livekit.example.com");
  const said = { ending: "released", detail: "LiveKit refused the API key", trouble: { code: "livekit_key" } };
  const answers = [await telephony.openRoom(order), await telephony.dial(order)];
  expect(answers).toMatchObject([said, { is: "ended", ...said }]);
  for (const answer of answers) expect(inspect(answer, { depth: 9 })).not.toContain(token);
});

test("a dial was given up while its phone rang: it is waited for 15 s longer than it may ring", async () => {
  const limits = vi.spyOn(AbortSignal, "timeout");
  vi.stubGlobal("fetch", () => html(503));
  await at("wss://livekit.example.com").dial(order);
  expect(limits.mock.calls).toEqual([[(order.ringSeconds + 15) * 1000]]);
});

test.each(["ws", "wss", "http", "https"])(
  "LIVEKIT_HOST=%s://…, the form LiveKit shows or another, made every call throw",
  async (scheme) => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (url: URL | string) => {
      asked.push(String(url));
      return Promise.resolve(Response.json({ items: [] }));
    });
    expect(await at(`${scheme}://livekit.example.com`).trunks()).toEqual([]);
    expect(asked).toEqual([
      `${scheme.replace("ws", "http")}://livekit.example.com/twirp/livekit.SIP/ListSIPOutboundTrunk`,
    ]);
  },
);
