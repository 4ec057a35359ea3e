/** LiveKit addresses and keys that operators get wrong: one sentence each, with what to do, and nothing secret in it. */
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { Desk, twilioSettings } from "../support/desk.ts";
import { selfSigned } from "../support/self-signed.ts";
import { TwilioStandIn } from "../support/twilio.ts";

const SECRET = "a-secret-that-nobody-may-see-anywhere";

let desk: Desk;
let server: Server | null;
beforeEach(() => {
  desk = new Desk({ LIVEKIT_API_KEY: "key", LIVEKIT_API_SECRET: SECRET });
  server = null;
});
afterEach(async () => {
  server?.close();
  await desk[Symbol.asyncDispose]();
});

async function listen(made: Server): Promise<number> {
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return (made.address() as AddressInfo).port;
}

const answers =
  (status: number, type: string, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { "content-type": type, connection: "close" }).end(body);

const denied = answers(401, "application/json", '{"code":"unauthenticated","msg":"permissions denied"}');

/** As LiveKit did up to v1.13.5. */
const echo: RequestListener = (request, response) => {
  const token = request.headers.authorization?.slice("Bearer ".length);
  answers(401, "text/plain", `invalid token: ${token}, error: signature is invalid`)(request, response);
};

async function trunks(host: string, argv: readonly string[] = ["trunks"]): Promise<Ran> {
  const ran = await desk.run(argv, "", { LIVEKIT_HOST: host });
  expect(ran.stdout).toBe("");
  expect(ran.stderr).not.toMatch(/ {4}at |eyJ/);
  expect(ran.stderr).not.toContain(SECRET);
  return ran;
}

test("a certificate that is not trusted", async () => {
  const port = await listen(createTlsServer(selfSigned(), answers(200, "application/json", "{}")));
  const { code, stderr } = await trunks(`wss://127.0.0.1:${port}`);
  expect(stderr).toContain("NODE_EXTRA_CA_CERTS");
  expect(code).toBe(3);
});

test("wss:// to a port that speaks no TLS", async () => {
  const port = await listen(createServer(answers(200, "application/json", "{}")));
  const { code, stderr } = await trunks(`wss://127.0.0.1:${port}`);
  expect(stderr).toContain("does not speak TLS");
  expect(code).toBe(3);
});

test.each([
  ["wss", 443],
  ["ws", 80],
])("%s:// without a port, where nobody listens on %i", async (scheme, port) => {
  const { code, stderr } = await trunks(`${scheme}://127.0.0.1`);
  expect(stderr).toContain(`names no port, so ${port} was tried`);
  expect(code).toBe(3);
});

test("a key without the sip grant", async () => {
  const port = await listen(createServer(denied));
  const { code, stderr } = await trunks(`ws://127.0.0.1:${port}`);
  expect(stderr).toContain("LiveKit knows the API key, but the key may not do this");
  expect(stderr).toContain("sip grants");
  expect(code).toBe(2);
});

const NUMBER = "+12025550150";
test.each([
  [["trunks", "create", "--name", "x", "--address", "sip.example.com", "--number", NUMBER]],
  [["trunks", "assign", NUMBER, "--assistant", "a1", "--trunk", "x"]],
  [["trunks", "limit", "x", "--cps", "1"]],
  [["trunks", "delete", "x"]],
  [["dial", NUMBER, "--trunk", "ST_x", "--force", "--yes"]],
  [["dial", NUMBER, "--trunk", "ST_x", "--from", NUMBER, "--force", "--yes"]],
  [["trunks", "provision", "--assistant", "a1", "--number", NUMBER]],
])("%j says the same of a key without the grant, and of a certificate", async (argv) => {
  await using twilio = await TwilioStandIn.start();
  twilio.own(NUMBER);
  Object.assign(desk.env, twilioSettings(twilio.url));
  const port = await listen(createServer(denied));
  expect(await trunks(`ws://127.0.0.1:${port}`, argv)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("the key may not do this") as string,
  });
  server?.close();
  const secure = await listen(createTlsServer(selfSigned(), denied));
  expect(await trunks(`wss://127.0.0.1:${secure}`, argv)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
  });
  // Provisioning has looked at the carrier by then, but made nothing there.
  expect(twilio.posts).toBe(0);
});

async function examined(host: string): Promise<string> {
  const { code, stdout, stderr } = await desk.run(["doctor"], "", { LIVEKIT_HOST: host });
  expect(stderr).toBe("");
  expect(stdout).not.toMatch(/ {4}at |eyJ/);
  expect(stdout).not.toContain(SECRET);
  expect(code).toBe(1);
  return stdout;
}

test("the doctor tells a key without the grant from a certificate, and from something that is no LiveKit", async () => {
  const listening = await listen(createServer(denied));
  expect(await examined(`ws://127.0.0.1:${listening}`)).toMatch(
    /failed +sip grants +.*the key may not do this.*\n.*sip/,
  );
  server?.close();
  const secure = await listen(createTlsServer(selfSigned(), denied));
  expect(await examined(`wss://127.0.0.1:${secure}`)).toMatch(
    /failed +livekit +.*certificate.*\n.*NODE_EXTRA_CA_CERTS/,
  );
  server?.close();
  const page = await listen(createServer(answers(200, "text/html", "<html>Welcome</html>")));
  expect(await examined(`ws://127.0.0.1:${page}`)).toMatch(/failed +\w+ grants +.*did not answer as expected/);
});

test("a key that nobody knows, echoed with its token by an old server", async () => {
  const { code, stderr } = await trunks(`ws://127.0.0.1:${await listen(createServer(echo))}`);
  expect(stderr).toContain("check LIVEKIT_API_KEY and LIVEKIT_API_SECRET");
  expect(code).toBe(2);
});

test("something that is no LiveKit", async () => {
  const port = await listen(createServer(answers(200, "text/html", "<html>Welcome</html>")));
  const { code, stderr } = await trunks(`http://127.0.0.1:${port}`);
  expect(stderr).toContain("LiveKit did not answer as expected");
  expect(code).toBe(3);
});
