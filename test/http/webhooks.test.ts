/** What comes in at /webhooks: from LiveKit and Twilio, and from whoever would like to pass for them. */
import { AccessToken } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SECOND } from "../../src/domain/time/instant.ts";
import { people, present, Scene, answered, identified } from "../contracts/store/scene.ts";
import { Api, TOKENS, TWILIO_TOKEN } from "../support/api.ts";
import { body, callback, signed } from "../support/webhooks.ts";

let api: Api;
let attemptId: string;
let now: number;

beforeEach(async () => {
  api = await Api.open();
  const scene = new Scene(api.store("alice"));
  const campaign = await scene.running(people(1));
  const talk = await scene.save(answered(await scene.dialed(campaign, await scene.runner())));
  [attemptId, now] = [talk.attempt.id, Date.parse("2026-11-23T17:00:00Z")];
});
afterEach(() => api[Symbol.asyncDispose]());

interface Sent {
  readonly status: number;
  readonly text: string;
}

async function post(path: string, text: string | Uint8Array, headers: Readonly<Record<string, string>>): Promise<Sent> {
  const answer = await api.app.request(`http://127.0.0.1${path}`, { method: "POST", headers, body: text as string });
  return { status: answer.status, text: await answer.text() };
}

const livekit = (text: string | Uint8Array, authorization?: string): Promise<Sent> =>
  post("/webhooks/livekit", text, {
    "content-type": "application/webhook+json",
    ...(authorization !== undefined && { authorization }),
  });

const told = () =>
  api
    .store(null)
    .news([attemptId], [], now + 60 * SECOND)
    .then((news) => news.told);

describe("a webhook of LiveKit's", () => {
  test("is taken, stored for whoever runs the call, and wakes a runner in this process", async () => {
    const text = body(attemptId, { at: now });
    expect(await livekit(text, await signed(text, api.sandbox))).toEqual({ status: 200, text: '{"success":true}' });
    expect(await told()).toMatchObject([{ attemptId, what: "leg_left", how: "left", eventId: "EV_1" }]);
    expect(api.news).toBe(1);
    // Sent again within the life of its token: as LiveKit does when it got no answer.
    expect((await livekit(text, await signed(text, api.sandbox))).status).toBe(200);
    expect(await told()).toHaveLength(1);
    expect(api.news).toBe(1);
    expect(
      await (await api.app.request("/metrics", { headers: { authorization: `Bearer ${TOKENS.admin}` } })).text(),
    ).toContain('campaigns_webhooks_total{sender="livekit",result="taken"} 2');
  });

  test("tells how somebody left", async () => {
    const ways: readonly (readonly [string, string, string | undefined, string, string])[] = [
      ["SIP", "CLIENT_INITIATED", "hangup", "leg_left", "left"],
      ["SIP", "CLIENT_INITIATED", "active", "leg_left", "no_audio"],
      ["SIP", "USER_REJECTED", "dialing", "leg_left", "left"],
      ["SIP", "ROOM_DELETED", "active", "leg_left", "left"],
      ["SIP", "CONNECTION_TIMEOUT", "active", "leg_left", "unsure"],
      ["SIP", "SERVER_SHUTDOWN", "active", "leg_left", "unsure"],
      ["SIP", "A_REASON_OF_TOMORROW", "active", "leg_left", "unsure"],
      ["AGENT", "CONNECTION_TIMEOUT", undefined, "agent_left", "crashed"],
      ["AGENT", "CLIENT_INITIATED", undefined, "agent_left", "left"],
      ["AGENT", "SIGNAL_CLOSE", undefined, "agent_left", "unsure"],
    ];
    for (const [n, [kind, reason, status, what, how]] of ways.entries()) {
      const attributes = status === undefined ? {} : { "sip.callStatus": status };
      const text = body(attemptId, { at: now + n * SECOND, id: `EV_${n}`, kind, reason, attributes });
      expect((await livekit(text, await signed(text, api.sandbox))).status).toBe(200);
      expect([reason, (await told()).find((each) => each.what === what)?.how]).toEqual([reason, how]);
    }
  });

  test("brings what an agent had written that has gone, and nothing that anybody else wrote there", async () => {
    const said = '{"seq":3,"outcome":"interested","notes":"said \\"yes\\""}';
    const attributes = { "campaigns.verdict": said };
    const stranger = body(attemptId, { at: now, kind: "STANDARD", attributes });
    await livekit(stranger, await signed(stranger, api.sandbox));
    const callee = body(attemptId, { at: now, kind: "SIP", attributes });
    await livekit(callee, await signed(callee, api.sandbox));
    expect((await told()).map((each) => each.said)).toEqual([null]);
    const agent = body(attemptId, { at: now, kind: "AGENT", attributes, id: "EV_2" });
    await livekit(agent, await signed(agent, api.sandbox));
    expect((await told())[0]).toMatchObject({
      what: "agent_left",
      said: { verdict: { seq: 3, outcome: "interested", notes: 'said "yes"' }, problems: [] },
    });
  });

  test("that is not signed, or not so, is refused, and stores nothing", async () => {
    const text = body(attemptId, { at: now });
    const { apiKey, apiSecret } = api.sandbox;
    const good = await signed(text, api.sandbox);
    const [head = "", claims = "", signature = ""] = good.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    // Somebody who may join a room holds a token that is signed with the same key.
    const guest = new AccessToken(apiKey, apiSecret, { identity: "guest", ttl: 300 });
    guest.addGrant({ room: "call-1", roomJoin: true });
    const attempts: readonly (readonly [string, string, string | undefined])[] = [
      ["no header", text, undefined],
      ["an empty one", text, ""],
      ["with Bearer, as no LiveKit sends it", text, `Bearer ${good}`],
      ["another secret", text, await signed(text, { apiKey, apiSecret: "x".repeat(32) })],
      ["another key", text, await signed(text, { apiKey: "other", apiSecret })],
      ["an altered body", text.replace("CLIENT_INITIATED", "ROOM_DELETED"), good],
      ["one more space", `${text} `, good],
      ["the token of another body", body("another"), good],
      ["a token that is over", text, await signed(text, api.sandbox, -120)],
      ["no signature", text, `${head}.${claims}.`],
      ["alg none", text, `${none}.${claims}.`],
      ["altered claims", text, `${head}.${claims.slice(0, -2)}AA.${signature}`],
      ["a guest's token", text, await guest.toJwt()],
      ["an API token", text, `Bearer ${"a".repeat(40)}`],
      ["junk", text, "junk"],
      ["a huge header", text, "a.".repeat(4000)],
    ];
    for (const [how, sent, authorization] of attempts) {
      const answer = await livekit(sent, authorization);
      expect([how, answer.status]).toEqual([how, 401]);
      expect(JSON.parse(answer.text)).toEqual({
        success: false,
        error: { code: "unauthorized", message: "expected a webhook that is signed with this server's key" },
      });
    }
    expect(await told()).toEqual([]);
    expect(await api.store(null).webhookSenders(now)).toEqual({});
    expect(api.bugs).toEqual([]);
  });

  test("that is signed and tells of nothing here is taken, and stores nothing", async () => {
    const odd: readonly string[] = [
      body("00000000-0000-4000-8000-000000000000", { at: now }),
      body("../../etc/passwd", { at: now }),
      body("a\u0000b", { at: now }),
      body("x".repeat(5000), { at: now }),
      body(attemptId, { at: now, event: "track_published" }),
      body(attemptId, { at: now, event: "an_event_of_tomorrow" }),
      body(attemptId, { at: 9e18 }),
      JSON.stringify({ event: "room_finished", room: { name: "somebody else's" }, id: "EV", createdAt: "1" }),
      JSON.stringify({ event: "participant_left", room: { name: `call-${attemptId}` }, createdAt: "1" }),
      JSON.stringify({ event: "egress_ended", egressInfo: { egressId: "EG_1" }, createdAt: "1" }),
      JSON.stringify({}),
    ];
    for (const text of odd)
      expect([text.slice(0, 80), (await livekit(text, await signed(text, api.sandbox))).status]).toEqual([
        text.slice(0, 80),
        200,
      ]);
    expect(await told()).toEqual([]);
    expect(api.news).toBe(0);
    expect(Object.keys(await api.store(null).webhookSenders(now))).toEqual(["livekit"]);
  });

  test("that is longer than any of LiveKit's is not read", async () => {
    const text = body(attemptId, { attributes: { filler: "x".repeat(2 << 20) } });
    expect((await livekit(text, await signed(text, api.sandbox))).status).toBe(413);
    // Nor where nobody signed it.
    expect((await livekit(text)).status).toBe(401);
  });

  test("that the database cannot take is answered so that LiveKit sends it again", async () => {
    await using other = await Api.open(
      {},
      { webhooks: { livekit: () => Promise.reject(new Error("boom")), twilio: () => Promise.resolve(true) } },
    );
    const answer = await other.app.request("http://127.0.0.1/webhooks/livekit", {
      method: "POST",
      headers: { authorization: "x" },
      body: "{}",
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("boom");
  });

  test("of another owner's call changes nothing where the server works for one owner", async () => {
    const { Webhooks } = await import("../../src/engine/manage/webhooks.ts");
    const { readWebhook } = await import("../../src/adapters/livekit/webhooks.ts");
    const { systemClock } = await import("../../src/engine/ports/clock.ts");
    let woken = 0;
    const bobs = new Webhooks(api.store("bob"), systemClock, () => woken++);
    const text = body(attemptId, { at: now });
    const event = await readWebhook(text, await signed(text, api.sandbox), api.sandbox);
    expect(event).toMatchObject({ attemptId });
    if (event !== "refused") await bobs.livekit(event);
    expect([woken, await told()]).toEqual([0, []]);
  });

  test("and 2,000 more in a burst: every one is answered, and the last of each call counts", async () => {
    const tokens = new Map<string, string>();
    for (let n = 0; n < 100; n++) {
      const text = body(n % 10 === 0 ? attemptId : `unknown-${n}`, {
        at: now + n * SECOND,
        id: `EV_${String(n).padStart(3, "0")}`,
      });
      tokens.set(text, await signed(text, api.sandbox));
    }
    const all = Array.from({ length: 2000 }, (_, n) => [...tokens][(n * 37) % 100] ?? (["", ""] as const));
    const statuses = await Promise.all(all.map(async ([text, token]) => (await livekit(text, token)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await told()).toMatchObject([{ eventId: "EV_090" }]);
  }, 120_000);
});

describe("a status callback of Twilio's", () => {
  const sid = `CA${"0".repeat(32)}`;
  const url = "http://127.0.0.1/webhooks/twilio";
  const fields = (changes: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    CallSid: sid,
    AccountSid: `AC${"0".repeat(32)}`,
    From: "+12025550199",
    To: "+12025550100",
    CallStatus: "completed",
    CallDuration: "27",
    Timestamp: new Date(now).toUTCString(),
    SequenceNumber: "3",
    ...changes,
  });
  const send = (
    sent: Record<string, string>,
    at = url,
    token = TWILIO_TOKEN,
    path = "/webhooks/twilio",
  ): Promise<Sent> => {
    const { form, signature } = callback(at, token, sent);
    return post(path, form, { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature });
  };
  let call: string;

  beforeEach(async () => {
    const scene = new Scene(api.store("alice"));
    const campaign = await scene.running(people(2).slice(1), { name: "twilio's" });
    const dialed = await scene.save(identified(await scene.dialed(campaign, await scene.runner())));
    call = dialed.attempt.id;
    // The id that the scene gives is none of Twilio's.
    const change = { ...identified({ ...dialed, attempt: { ...dialed.attempt, sipCallId: null } }) };
    const named = {
      ...change,
      attempt: { ...change.attempt, sipCallId: sid },
      call: { ...change.call, sipCallId: sid },
    };
    await scene.save(named);
  });

  const heard = () =>
    api
      .store(null)
      .news([call], [], now)
      .then((news) => news.told);

  test("ends in the carrier's books, and is told to the runner", async () => {
    for (const status of ["initiated", "ringing", "in-progress"]) {
      expect((await send(fields({ CallStatus: status }))).status).toBe(200);
    }
    expect(await heard()).toEqual([]);
    expect((await send(fields())).status).toBe(200);
    expect(await heard()).toMatchObject([{ what: "carrier_ended", how: "left", eventId: `${sid} completed` }]);
    expect(api.news).toBe(1);
    // Those before it come late, and it comes once more.
    for (const status of ["ringing", "in-progress", "completed", "initiated"])
      await send(fields({ CallStatus: status }));
    expect(await heard()).toHaveLength(1);
    expect(api.news).toBe(1);
    const record = present(await api.store(null).personalData("+12025550101")).carrier_calls;
    expect(record).toMatchObject([{ sid, status: "completed", duration: 27, price_micros: null }]);
  });

  test("that is not signed, or not so, is refused", async () => {
    const form = new URLSearchParams(fields()).toString();
    expect((await post("/webhooks/twilio", form, {})).status).toBe(401);
    const { signature } = callback(url, TWILIO_TOKEN, fields());
    const altered = form.replace("completed", "failed");
    expect((await post("/webhooks/twilio", altered, { "x-twilio-signature": signature })).status).toBe(401);
    expect((await post("/webhooks/twilio", `${form}&Extra=1`, { "x-twilio-signature": signature })).status).toBe(401);
    expect((await send(fields(), url, "f".repeat(32))).status).toBe(401);
    expect((await send(fields(), "https://elsewhere.example/webhooks/twilio")).status).toBe(401);
    expect((await post("/webhooks/twilio", "", { "x-twilio-signature": "" })).status).toBe(401);
    expect((await post("/webhooks/twilio", form, { "x-twilio-signature": "é".repeat(9) })).status).toBe(401);
    expect(await heard()).toEqual([]);
    expect(api.bugs).toEqual([]);
  });

  test("of a call that nobody here made, or that tells of none, is taken and stores nothing", async () => {
    for (const odd of [
      { CallSid: `CA${"f".repeat(32)}` },
      { CallSid: "" },
      { CallSid: "'; drop table call_attempts; --" },
      { CallStatus: "a-status-of-tomorrow" },
    ]) {
      expect((await send(fields(odd))).status).toBe(200);
    }
    expect(await heard()).toEqual([]);
  });

  test("with a duration or a time that is none counts without it", async () => {
    await send(fields({ CallDuration: "-5", Timestamp: "yesterday" }));
    expect(await heard()).toMatchObject([{ what: "carrier_ended", late: 0, uncertain: null }]);
    const { carrier_calls } = await api.store(null).personalData("+12025550101");
    expect(carrier_calls).toMatchObject([{ duration: null }]);
  });
});
