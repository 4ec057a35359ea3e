/** The sandbox's page over HTTP: it shows who was called, and makes phones do things. Nobody but its user gets in. */
import { request } from "node:http";
import { AccessToken } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";

let sandbox: Sandbox;
beforeEach(async () => void (sandbox = await startSandbox({ clock: systemClock })));
afterEach(() => sandbox[Symbol.asyncDispose]());

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Plain HTTP: fetch sets Host itself. */
function ask({ method = "GET", body = "", headers = {} }: Asked = {}, path = "/sandbox"): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const asking = request(`${sandbox.httpUrl}${path}`, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

const basic = (secret = sandbox.apiSecret): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${sandbox.apiKey}:${secret}`).toString("base64")}`,
});

test("key and secret open it, as curl -u sends them, and so does a token of theirs", async () => {
  expect(await ask({ headers: basic() })).toMatchObject([200, expect.stringContaining('"totalDials":0')]);
  const token = await new AccessToken(sandbox.apiKey, sandbox.apiSecret).toJwt();
  expect((await ask({ headers: { authorization: `Bearer ${token}` } }))[0]).toBe(200);
});

describe("whoever was on the machine could read the numbers that were dialed", () => {
  test("without the key, or with another secret", async () => {
    const forged = await new AccessToken(sandbox.apiKey, "a-secret-of-somebody-else-entirely").toJwt();
    const headers = [{}, basic("another"), { authorization: `Bearer ${forged}` }, { authorization: "Bearer x" }];
    for (const refused of headers) {
      const [status, text] = await ask({ headers: refused });
      expect(status).toBe(401);
      expect(text).toMatch(/^expected a token/);
    }
  });

  test("each sandbox has a secret of its own", async () => {
    await using other = await startSandbox({ clock: systemClock });
    expect(other.apiSecret).not.toBe(sandbox.apiSecret);
    expect(sandbox.apiSecret.length).toBeGreaterThanOrEqual(32);
  });

  test.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example:7880"])(
    'a name that points here: Host "%s"',
    async (host) => expect((await ask({ headers: { ...basic(), host } }))[0]).toBe(403),
  );

  test.each(["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])(
    "a page of another site: Origin %s",
    async (origin) => {
      const body = JSON.stringify({ script: { agentJoinsAfter: 9 } });
      expect((await ask({ method: "POST", body, headers: { ...basic(), origin } }))[0]).toBe(403);
      expect(sandbox.world.script.agentJoinsAfter).not.toBe(9);
    },
  );
});

test("its own page and localhost are let in", async () => {
  expect((await ask({ headers: { ...basic(), origin: sandbox.httpUrl } }))[0]).toBe(200);
  expect((await ask({ headers: { ...basic(), host: "localhost:7880" } }))[0]).toBe(200);
});

test.each(["/sandbox", "/twirp/livekit.RoomService/ListRooms"])("a body without end is cut off: %s", async (path) => {
  const endless = ask({ method: "POST", body: "x".repeat(11 * 1024 * 1024), headers: basic() }, path);
  // The client may still be writing when the answer ends the connection.
  const ended = await endless.catch((error: unknown) => error);
  if (Array.isArray(ended)) expect(ended[0]).toBe(413);
  else expect(ended).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) as string });
});

test("what cannot be read is answered by a sentence", async () => {
  for (const body of ["{", "[]", '{"script":{"nonsense":1}}', '{"server":"explode"}']) {
    const [status, text] = await ask({ method: "POST", body, headers: basic() });
    expect(status).toBe(400);
    expect(text.length).toBeGreaterThan(10);
  }
});

test("phones, faults and the server itself are changed while it runs", async () => {
  const change = { script: { countLag: 0 }, faults: { faults: [] }, server: "lose_state" };
  const [status] = await ask({ method: "POST", body: JSON.stringify(change), headers: basic() });
  expect(status).toBe(200);
  expect(sandbox.world.script.countLag).toBe(0);
  expect(sandbox.world.trunks.list()).toEqual([]);
});
