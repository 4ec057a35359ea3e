/** What becomes of one request when the far side, or what lies on the way, does what it likes: it is never sent again. */
import { once } from "node:events";
import { globalAgent } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Leave } from "../../src/engine/ports/index.ts";
import { Unsent } from "../../src/adapters/livekit/leaving.ts";
import { type Answer, post } from "../../src/adapters/livekit/post.ts";

const LONG = 60_000;

let server: Server;
let sockets: Socket[];
/** Each request that came, by the connection that it came on. */
let came: number[];
let onRequest: (socket: Socket, request: number) => void;

beforeEach(async () => {
  [sockets, came] = [[], []];
  server = createServer((socket) => {
    const connection = sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (String(data).startsWith("POST ")) onRequest(socket, came.push(connection));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  vi.useRealTimers();
  server.close();
  for (const socket of sockets) socket.destroy();
  globalAgent.destroy();
});

const url = (scheme = "http"): URL =>
  new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/twirp/x`);
const sent = (): Promise<Answer> => post(url(), { "Content-Type": "application/json" }, '{"room":"a"}', LONG);
const outcome = (request: Promise<Answer>): Promise<unknown> =>
  request.then(
    ({ text }) => text,
    (error: unknown) => error,
  );
const ok = (body: string, length = Buffer.byteLength(body)): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
const failed = (code: string): unknown =>
  expect.objectContaining({
    message: expect.stringContaining("connection failed: ") as string,
    cause: expect.objectContaining({ code }) as unknown,
  });

test("two requests travel on one connection", async () => {
  onRequest = (socket) => socket.write(ok("{}"));
  expect(await sent()).toEqual({ status: 200, statusText: "OK", contentType: "application/json", text: "{}" });
  await sent();
  expect(came).toEqual([1, 1]);
});

test("a connection that was closed while nothing was on it is not used again", async () => {
  onRequest = (socket) => socket.write(ok("{}"));
  await sent();
  const [first] = sockets;
  first?.end();
  if (first !== undefined) await once(first, "close");
  await sent();
  expect(came).toEqual([1, 2]);
});

test("a server that closes behind each answer, unannounced, loses no request: what has not left goes by another connection", async () => {
  onRequest = (socket) => socket.end(ok("{}"));
  for (let n = 0; n < 20; n++) expect(await outcome(sent())).toBe("{}");
  expect(came).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
});

test.each(["end", "destroy", "resetAndDestroy"] as const)(
  "a kept connection that closes (%s) under a request: the request may have acted, and is not sent again",
  async (closes) => {
    onRequest = (socket, request) => (request === 1 ? socket.write(ok("{}")) : socket[closes]());
    await sent();
    expect(await outcome(sent())).toEqual(failed("ECONNRESET"));
    await sent().catch(() => {});
    // The third is a request of its own.
    expect(came).toEqual([1, 1, 2]);
  },
);

test("surplus bytes on a kept connection are no answer to the next request", async () => {
  onRequest = (socket, request) => socket.write(ok(`{"n":${request}}`) + (request === 1 ? ok('{"n":"forged"}') : ""));
  expect(await outcome(sent())).toBe('{"n":1}');
  expect(await outcome(sent())).not.toContain("forged");
  onRequest = (socket) => socket.write(ok("{}"));
  await sent();
  const late = sockets.at(-1);
  late?.write(ok('{"n":"forged"}'));
  if (late !== undefined) await once(late, "close");
  expect(await outcome(sent())).toBe("{}");
});

test("an answer that comes before the request has left is none to it", async () => {
  onRequest = (socket, request) => socket.write(ok(`{"n":${request}}`));
  await sent();
  const second = outcome(sent());
  sockets[0]?.write(ok('{"n":"forged"}'));
  expect(await second).toBe('{"n":2}');
  expect(came).toEqual([1, 2]);
});

test.each([
  ["half a body", ok("{}", 10)],
  ["half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{}"],
  ["half a head", "HTTP/1.1 200 OK\r\nContent-Ty"],
  ["nothing", ""],
])("%s and the end: no answer, though the status was read", async (_, text) => {
  onRequest = (socket) => socket.end(text);
  expect(await outcome(sent())).toEqual(failed("ECONNRESET"));
  expect(came).toEqual([1]);
});

test.each([
  ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
  ["a head without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n`],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}"],
])("%s is no answer", async (_, text) => {
  onRequest = (socket) => socket.write(text);
  expect(await outcome(sent())).toMatchObject({ message: expect.stringContaining("connection failed: ") as string });
  expect(came).toEqual([1]);
});

test("10 MB, with characters that lie across its pieces, are read whole", async () => {
  const body = JSON.stringify({ name: "ä€😀".repeat(1_200_000) });
  onRequest = (socket) => socket.write(ok(body));
  const { text } = await sent();
  expect(text === body).toBe(true);
});

test.each([
  ["nothing", ""],
  ["half", ok("{}", 10)],
])("who answers %s and falls silent is given up when the time is over, and is not asked again", async (_, text) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const heard = new Promise<Socket>((resolve) => {
    onRequest = (socket) => socket.write(text, () => resolve(socket));
  });
  const result = outcome(sent());
  const socket = await heard;
  let settled = false;
  void result.then(() => (settled = true));
  await vi.advanceTimersByTimeAsync(LONG - 1);
  expect(settled).toBe(false);
  const closed = once(socket, "close");
  vi.advanceTimersByTime(1);
  expect(await result).toMatchObject({ name: "TimeoutError", message: "The operation was aborted due to timeout" });
  await closed;
  expect(came).toEqual([1]);
});

test("a request waits for a minute, but not for a port that never says who it is", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const connected = once(server, "connection");
  const result = outcome(post(url("https"), {}, "{}", LONG));
  await connected;
  vi.advanceTimersByTime(10_000);
  expect(await result).toEqual(failed("ETIMEDOUT"));
});

test("nobody listens: the cause says where", async () => {
  const nowhere = url();
  server.close();
  await once(server, "close");
  const error = await outcome(post(nowhere, {}, "{}", LONG));
  expect(error).toEqual(failed("ECONNREFUSED"));
  expect(error).toMatchObject({ cause: { port: Number(nowhere.port) } });
});

test("an address that is none, or a header that cannot be sent, is an error of the request alone", async () => {
  await expect(post(new URL("ftp://127.0.0.1/x"), {}, "{}", LONG)).rejects.toThrow("ftp:");
  await expect(post(url(), { authorization: "a\nb" }, "{}", LONG)).rejects.toThrow("authorization");
  expect(came).toEqual([]);
});

/** A request that is held back until `lets` is called. `may`: whether it may still leave then. */
function held(may = true): { readonly answer: Promise<unknown>; readonly lets: () => void } {
  const turn = Promise.withResolvers<void>();
  const leave: Leave = (look) => turn.promise.then(look).then(() => may);
  return { answer: outcome(post(url(), {}, "{}", LONG, leave)), lets: turn.resolve };
}

test("a request that is held back has its connection by then, and leaves at once", async () => {
  onRequest = (socket) => socket.write(ok("{}"));
  const connected = once(server, "connection");
  const { answer, lets } = held();
  await connected;
  expect(came).toEqual([]);
  lets();
  expect(await answer).toBe("{}");
  expect(came).toEqual([1]);
});

test.each(["fresh", "kept"])("on a %s connection, not a byte of what must not leave any more does", async (which) => {
  onRequest = (socket) => socket.write(ok("{}"));
  if (which === "kept") await sent();
  const before = came.length;
  const { answer, lets } = held(false);
  lets();
  expect(await answer).toBeInstanceOf(Unsent);
  await sent();
  expect(came).toHaveLength(before + 1);
});

test.each(["fresh", "kept"])(
  "a %s connection that closes under a request that is held back: it goes by another",
  async (which) => {
    onRequest = (socket) => socket.write(ok("{}"));
    if (which === "kept") await sent();
    const before = came.length;
    const connected = which === "kept" ? Promise.resolve() : once(server, "connection");
    const { answer, lets } = held();
    await connected;
    const again = once(server, "connection");
    sockets.at(-1)?.destroy();
    await again;
    lets();
    expect(await answer).toBe("{}");
    expect(came.slice(before)).toEqual([2]);
  },
);

test("a request that is held back, and nobody listens: it is not tried for ever", async () => {
  const nowhere = url();
  server.close();
  await once(server, "close");
  expect(await outcome(post(nowhere, {}, "{}", LONG, () => Promise.resolve(true)))).toEqual(failed("ECONNREFUSED"));
});

test("a request that is held back, and each connection is closed at once: it is not tried for ever", async () => {
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    socket.end();
  });
  const { answer } = held();
  expect(await answer).toEqual(failed("ECONNRESET"));
  expect(connections).toBe(4);
});
