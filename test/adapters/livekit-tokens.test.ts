/** A token is signed once a minute for each room and for all dials, and anew as soon as LiveKit refuses one. */
import { RoomServiceClient, ServerError } from "livekit-server-sdk";
import { expect, test } from "vitest";
import { sipClient } from "../../src/adapters/livekit/clients.ts";
import { signingSeldom } from "../../src/adapters/livekit/requests.ts";

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
