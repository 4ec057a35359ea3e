/**
 * A token is signed once a minute for each room and for all dials, and anew as soon as LiveKit refuses one: by LiveKit's clock then,
 * if ours is off.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RoomServiceClient, ServerError, TokenVerifier } from "livekit-server-sdk";
import { expect, test } from "vitest";
import { liveKitClients, sipClient } from "../../src/adapters/livekit/clients.ts";
import { HOUR, type Instant, SECOND } from "../../src/domain/time/instant.ts";
import { signingSeldom } from "../../src/adapters/livekit/tokens.ts";

class Client extends RoomServiceClient {
  readonly sent: string[] = [];
  wall = 0;
  monotonic = 0;
  refuses = false;

  constructor() {
    super("http://127.0.0.1:1", "key", "secret-that-is-long-enough-for-a-key");
    const rpc = Reflect.get(this, "rpc") as { request: unknown };
    rpc.request = (
      _service: string,
      _method: string,
      _data: unknown,
      { Authorization = "" }: Record<string, string>,
    ) => {
      this.sent.push(Authorization);
      return this.refuses ? Promise.reject(new ServerError("Unauthorized", "no", 401)) : Promise.resolve({});
    };
    signingSeldom(this, { now: () => this.wall, monotonic: () => this.monotonic });
  }

  get tokens(): number {
    return new Set(this.sent).size;
  }
}

test("each look at a room signed a token: one is good for a minute, and for that room alone", async () => {
  const client = new Client();
  for (let look = 0; look < 5; look++) await client.listParticipants("a");
  expect(client.tokens).toBe(1);
  await client.listParticipants("b");
  expect(client.tokens).toBe(2);
  [client.wall, client.monotonic] = [61_000, 61_000];
  await client.deleteRoom("a");
  await client.listParticipants("a");
  expect(client.sent).toHaveLength(8);
});

test("a token that was refused is not shown again", async () => {
  const client = new Client();
  const signed: unknown[] = [];
  const sign = Reflect.get(client, "authHeader") as (grant: object) => Promise<unknown>;
  client.refuses = true;
  signed.push(await sign({ room: "a" }), await sign({ room: "a" }));
  await expect(client.listParticipants("a")).rejects.toThrow("no");
  signed.push(await sign({ room: "a" }));
  expect(signed[0]).toBe(signed[1]);
  expect(signed[2]).not.toBe(signed[1]);
});

type Sign = (grant: object, sip?: object) => Promise<object>;

test("a token is not taken for fresh after the machine has slept, nor after its clock was set", async () => {
  const client = new Client();
  const sign = Reflect.get(client, "authHeader") as Sign;
  const first = await sign({ room: "a" });
  expect(await sign({ room: "a" })).toBe(first);
  client.wall = 3_600_000;
  const second = await sign({ room: "a" });
  expect(second).not.toBe(first);
  client.wall = 0;
  expect(await sign({ room: "a" })).not.toBe(second);
});

test("dials share a token", async () => {
  const sip = sipClient({ host: "http://127.0.0.1:1", apiKey: "key", apiSecret: "secret-of-a-key" });
  const sign = Reflect.get(sip, "authHeader") as Sign;
  expect(await sign({}, { call: true })).toBe(await sign({}, { call: true }));
});

const settings = { apiKey: "key", apiSecret: "secret-that-is-long-enough-for-a-key" };

/** LiveKit, whose clock is `ahead` of ours, and whose answers say `said` for it. It takes what is good for it by a minute. */
async function strict(ahead: () => number, said = ahead) {
  const [asked, verifier] = [
    [] as { path: string; status: number }[],
    new TokenVerifier(...(Object.values(settings) as [string, string])),
  ];
  const server = createServer((request, answer) => {
    void (async () => {
      const token = (request.headers.authorization ?? "").replace("Bearer ", "");
      const { nbf = 0, exp = 0 } = await verifier.verify(token, 9 * (HOUR / SECOND));
      const now: Instant = Date.now() + ahead();
      const isGood = Math.abs(nbf - now / SECOND) < 60 && exp - nbf === 600;
      asked.push({ path: request.url?.split("/").at(-1) ?? "", status: isGood ? 200 : 401 });
      answer.setHeader("date", new Date(Date.now() + said()).toUTCString());
      answer.writeHead(isGood ? 200 : 401, { "content-type": isGood ? "application/json" : "text/plain" });
      answer.end(isGood ? '{"participants":[]}' : 'invalid authorization token: "nbf" claim timestamp check failed');
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clients = liveKitClients({ ...settings, host: `ws://127.0.0.1:${port}` });
  return {
    clients,
    asked,
    look: () =>
      clients.rooms.listParticipants("a").then(
        () => "seen",
        () => "refused",
      ),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

test.each([HOUR, -HOUR])(
  "a machine whose clock was set wrong (%d ms) saw nothing of its calls any more, and could not hang up",
  async (off) => {
    let ahead = off;
    await using livekit = await strict(() => ahead);
    expect([await livekit.look(), await livekit.look()]).toEqual(["refused", "seen"]);
    await livekit.clients.rooms.deleteRoom("a");
    await livekit.clients.rooms.removeParticipant("b", "callee");
    expect(livekit.asked.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
    // Set right again.
    ahead = 0;
    expect([await livekit.look(), await livekit.look(), await livekit.look()]).toEqual(["refused", "seen", "seen"]);
  },
);

test("it does not dial for that: whom it may call now it does not know", async () => {
  await using livekit = await strict(() => HOUR);
  expect([await livekit.look(), await livekit.look()]).toEqual(["refused", "seen"]);
  for (let n = 0; n < 2; n++) {
    const dial = livekit.clients.sip.createSipParticipant("ST_1", "+12025550100", "a");
    await expect(dial).rejects.toMatchObject({ status: 401 });
  }
});

test("a date that is somebody else's shut it out for good: what is refused as well is not believed", async () => {
  let ahead = HOUR;
  await using livekit = await strict(
    () => ahead,
    () => HOUR,
  );
  await livekit.look();
  ahead = 0;
  expect([await livekit.look(), await livekit.look(), await livekit.look()]).toEqual(["refused", "seen", "seen"]);
});
