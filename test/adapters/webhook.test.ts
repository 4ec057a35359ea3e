/** Requests to receivers of events, seen from the receiver's side. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import { isPublic } from "../../src/adapters/webhook/addresses.ts";
import { WebhookMessenger } from "../../src/adapters/webhook/messenger.ts";
import { receiverAt } from "../../src/adapters/webhook/receiver.ts";
import { parseSecrets, type WebhookSecret } from "../../src/adapters/webhook/secrets.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";

const secret = (): string => `whsec_${randomBytes(32).toString("base64")}`;
const SECRET = secret();
const never = new AbortController().signal;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hidden`;
}

const messenger = (text = SECRET, hosts = ["127.0.0.1"], timeout = 2000): WebhookMessenger =>
  new WebhookMessenger({ secrets: () => parseSecrets(text), hosts, version: "1.2.3" }, systemClock, timeout);

const message = (url: string, userId: string | null = null) => ({
  url,
  id: "evt_1",
  body: '{"type":"call.ended"}',
  userId,
});

/** What is said of a failure; */
const told = async (url: string) => {
  const answer = await messenger(SECRET, ["127.0.0.1", "nowhere.invalid"], 200).send(message(url), never);
  expect(JSON.stringify(answer)).not.toContain("hidden");
  return answer.is === "failed" ? answer.error : answer.is;
};

describe("a receiver", () => {
  test("can tell by the standard's own library who sent it", async () => {
    const seen: { body: string; headers: IncomingMessage["headers"] }[] = [];
    const url = await receiver((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        seen.push({ body, headers: request.headers });
        response.writeHead(204).end();
      });
    });
    const other = secret();
    expect(await messenger(`${SECRET} ${other}`).send(message(url), never)).toEqual({ is: "received" });
    const [{ body, headers } = { body: "", headers: {} }] = seen;
    expect([headers["webhook-id"], headers["content-type"], headers["user-agent"]]).toEqual([
      "evt_1",
      "application/json",
      "campaigns/1.2.3",
    ]);
    const signed = headers as Record<string, string>;
    for (const known of [SECRET, other])
      expect(new Webhook(known).verify(body, signed)).toEqual({ type: "call.ended" });
    expect(() => new Webhook(secret()).verify(body, signed)).toThrow();
    expect(() => new Webhook(SECRET).verify(`${body} `, signed)).toThrow();
  });

  test("is told with its owner's secret alone, where there is one", async () => {
    const [alice, everybody] = [secret(), secret()];
    const seen: string[] = [];
    const url = await receiver((request, response) => {
      seen.push(String(request.headers["webhook-signature"]));
      response.end();
    });
    const sender = messenger(`alice:${alice},${everybody}`);
    for (const user of ["alice", "bob", null]) await sender.send(message(url, user), never);
    expect(seen.map((signature) => signature.split(" ").length)).toEqual([1, 1, 1]);
    expect(new Set(seen).size).toBe(2);
    expect(await messenger(`alice:${alice}`).send(message(url, "bob"), never)).toMatchObject({
      error: expect.stringContaining("CAMPAIGNS_WEBHOOK_SECRET is not set") as string,
    });
    expect(seen).toHaveLength(3);
  });

  test.each([
    [200, {}, { is: "received" }],
    [500, {}, { error: "127.0.0.1 answered 500", retryAfter: null, gone: false }],
    [429, { "retry-after": "120" }, { error: "127.0.0.1 answered 429", retryAfter: 120_000 }],
    [503, { "retry-after": "soon" }, { retryAfter: null }],
    [410, {}, { gone: true }],
    [
      302,
      { location: "http://169.254.169.254/latest/meta-data" },
      { error: "127.0.0.1 answered 302: a redirect is not followed" },
    ],
  ])("that answers %i", async (status, headers, expected) => {
    let asked = 0;
    const url = await receiver((_, response) => {
      asked++;
      response.writeHead(status, headers).end("ok");
    });
    expect(await messenger().send(message(url), never)).toMatchObject(expected);
    expect(asked).toBe(1);
  });

  test("that says when to come back by a date is understood", async () => {
    const later = new Date(Date.now() + 90_000).toUTCString();
    const url = await receiver((_, response) => response.writeHead(503, { "retry-after": later }).end());
    const answer = await messenger().send(message(url), never);
    expect(answer.is === "failed" ? answer.retryAfter : null).toSatisfy((ms: number) => ms > 80_000 && ms <= 90_000);
  });

  test("that hangs, or closes, or is not there, has failed in time, and is not named beyond its host", async () => {
    const hanging = await receiver(() => {});
    const closing = await receiver((request) => request.socket.destroy());
    const half = await receiver((_, response) => response.socket?.write("HTTP/1.1 200 OK\r\ncontent-le"));
    expect(await told(hanging)).toBe("127.0.0.1 did not answer within 0.2 s");
    expect(await told(half)).toBe("127.0.0.1 did not answer within 0.2 s");
    expect(await told(closing)).toBe("127.0.0.1: it closed the connection without an answer");
    expect(await told("http://nowhere.invalid/?hidden")).toMatch(
      /^nowhere\.invalid: (there is no such host|its name could not)/,
    );
    expect(await told("http://127.0.0.1:9/?hidden")).toBe("127.0.0.1: nobody listens there");
  });

  test("that answers without end costs a few kilobytes", async () => {
    let sent = 0;
    const cut = Promise.withResolvers<void>();
    const url = await receiver((_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (sent < 2 ** 31) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      response.on("close", () => cut.resolve());
      more();
    });
    expect(await messenger().send(message(url), never)).toEqual({ is: "received" });
    await cut.promise;
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  test("that closed the connection between two events is asked again at once", async () => {
    let asked = 0;
    const url = await receiver((request, response) => {
      asked++;
      request.resume();
      response.end();
    });
    const sender = messenger();
    await sender.send(message(url), never);
    servers[0]?.closeAllConnections();
    expect(await sender.send(message(url), never)).toEqual({ is: "received" });
    expect(asked).toBe(2);
  });
});

describe("an address", () => {
  test.each([
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://10.0.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://user:password@93.184.216.34/",
    "ftp://93.184.216.34/",
    "https:///",
    "nonsense",
  ])("%s gets nothing", async (url) => {
    const answer = await messenger(SECRET, [], 300).send(message(url), never);
    expect(answer).toMatchObject({ is: "failed", gone: false });
    expect(answer.is === "failed" ? answer.error : "").toMatch(
      /^(\S+: )?(expected (https|a public address|an)|there is no such host)/,
    );
  });

  test("is asked about when it is connected to, whatever it was before", async () => {
    let asked = 0;
    const url = await receiver((_, response) => {
      asked++;
      response.end();
    });
    // The name of this machine, in the place of one that somebody else answers for now.
    const answer = await messenger(SECRET, ["other.example"]).send(
      message(url.replace("http://127.0.0.1", "https://localhost")),
      never,
    );
    expect(answer).toMatchObject({ error: expect.stringContaining("localhost: expected a public address") as string });
    expect(asked).toBe(0);
  });

  test("is public where somebody else may be", () => {
    for (const address of ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
      expect(isPublic(address), address).toBe(true);
    for (const address of ["", "localhost", "1.1.1", "fe80::1%eth0"]) expect(isPublic(address), address).toBe(false);
  });

  test("is allowed by its host alone", () => {
    expect(receiverAt("http://127.0.0.1:8080/a", ["127.0.0.1"])).toMatchObject({ isAllowed: true });
    expect(receiverAt("http://[::1]:8080/a", ["::1"])).toMatchObject({ isAllowed: true, host: "::1" });
    expect(receiverAt("https://hooks.example.com/a?b", [])).toMatchObject({ isAllowed: false });
    expect(receiverAt("http://hooks.example.com/", [])).toBe(
      "hooks.example.com: expected https; CAMPAIGNS_WEBHOOK_HOSTS names hosts that may be told by http",
    );
  });
});

const parsed = (text: string): (string | null)[] => parseSecrets(text).map(({ owner }: WebhookSecret) => owner);

describe("CAMPAIGNS_WEBHOOK_SECRET", () => {
  test("is read, and never repeated", () => {
    expect(parsed(`${SECRET}, alice:${secret()}`)).toEqual([null, "alice"]);
    expect(parsed("")).toEqual([]);
    for (const wrong of ["hunter2hunter2", "whsec_short", `${SECRET}!`, `whsec_${"A".repeat(100)}`]) {
      expect(() => parseSecrets(`${SECRET} ${wrong}`)).toThrow(/entry 2: expected whsec_ and 24 to 64 bytes/);
      expect(() => parseSecrets(wrong)).not.toThrow(wrong);
    }
  });
});
