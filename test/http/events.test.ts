/** GET …/events, over a real connection: what comes, where it goes on, and how it ends. */
import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen, type Listening } from "../../src/http/server.ts";
import { ALWAYS, Api, TOKENS } from "../support/api.ts";

let api: Api;
let server: Listening;
let id: string;
const leave = new AbortController();
beforeEach(async () => {
  api = await Api.open();
  server = await listen((request, env) => api.app.fetch(request, env), { host: "127.0.0.1", port: 0, tls: null });
  await api.list("members", 2);
  const { json } = await api.ask("POST", "/campaigns", {
    name: "spring",
    assistant_id: "demo",
    contact_list_id: "members",
    ...ALWAYS,
  });
  id = json.campaign.id;
});
afterEach(async () => {
  api.closing.abort();
  await server.close(AbortSignal.abort());
  await api[Symbol.asyncDispose]();
});

interface Event {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
}

class Listener {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #gone: AbortController;
  #text = "";

  constructor(response: Response, gone: AbortController) {
    this.response = response;
    this.#gone = gone;
    if (response.body === null) throw new Error("expected a stream");
    this.#reader = response.body.getReader();
  }

  /** The next block; null: the stream is over. */
  async block(): Promise<string | null> {
    while (!this.#text.includes("\n\n")) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += new TextDecoder().decode(value);
    }
    const end = this.#text.indexOf("\n\n");
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return block;
  }

  async event(): Promise<Event | null> {
    for (;;) {
      const block = await this.block();
      if (block === null) return null;
      const [, at = "", type = "", data = ""] = /^id: (\d+)\nevent: (\S+)\ndata: (.*)$/.exec(block) ?? [];
      if (data !== "") return { id: at, type, data: JSON.parse(data) as Event["data"] };
    }
  }

  close(): void {
    this.#gone.abort();
  }
}

async function listener(more: Record<string, string> = {}, query = ""): Promise<Listener> {
  const gone = new AbortController();
  const response = await fetch(`${server.url}/api/v1/campaigns/${id}/events${query}`, {
    headers: { authorization: `Bearer ${TOKENS.admin}`, ...more },
    signal: gone.signal,
  });
  return new Listener(response, gone);
}
const move = (name: string) => api.ask("POST", `/campaigns/${id}/${name}`);

test("tells what happens from now on, and from the last event when it is asked again", async () => {
  await move("start");
  const first = await listener();
  expect(Object.fromEntries(first.response.headers)).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
  });
  expect(await first.block()).toMatch(/^retry: \d+$/);
  await move("pause");
  const paused = await first.event();
  expect(paused).toMatchObject({
    type: "campaign.paused",
    data: {
      type: "campaign.paused",
      data: { campaign_id: id, campaign_name: "spring", reason: "paused by the operator" },
    },
  });
  first.close();
  await move("resume");
  await move("stop");
  const again = await listener({ "last-event-id": paused?.id ?? "" });
  expect((await again.event())?.type).toBe("campaign.resumed");
  expect((await again.event())?.type).toBe("campaign.completed");
  again.close();
  const all = await listener({}, "?after=0");
  const types = [];
  for (let n = 0; n < 4; n++) types.push((await all.event())?.type);
  expect(types).toEqual(["campaign.started", "campaign.paused", "campaign.resumed", "campaign.completed"]);
  all.close();
});

async function status(headers: Record<string, string>, query = ""): Promise<number> {
  const opened = await listener(headers, query);
  opened.close();
  return opened.response.status;
}

test("is shut to who has no token, another owner, and nonsense", async () => {
  expect(await status({ authorization: "" })).toBe(401);
  expect(await status({ authorization: `Bearer ${TOKENS.bob}` })).toBe(404);
  expect(await status({ authorization: `Bearer ${TOKENS.read}` })).toBe(200);
  expect(await status({ "last-event-id": "x" })).toBe(400);
  expect(await status({}, "?after=-1")).toBe(400);
  expect(await status({}, "?since=1")).toBe(400);
});

test("ends when the server closes, also where somebody listens to nothing", async () => {
  const open = await listener();
  await open.block();
  // A client that reads nothing, of a stream with more in it than the sockets hold.
  const store = api.store(null);
  for (let n = 0; n < 60; n++) await store.setNextCallAt(id, null, `${n} ${"x".repeat(100_000)}`);
  const deaf = connect(Number(new URL(server.url).port), "127.0.0.1").pause();
  deaf.on("error", () => {});
  deaf.write(
    `GET /api/v1/campaigns/${id}/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKENS.admin}\r\n\r\n`,
  );
  await once(deaf, "readable");
  const from = performance.now();
  api.closing.abort();
  await server.close(leave.signal);
  expect(performance.now() - from).toBeLessThan(15_000);
  for (let last = await open.event(); last !== null;) last = await open.event();
  expect(api.bugs).toEqual([]);
  deaf.destroy();
}, 30_000);

test("takes no more than a page of events for a client that reads slowly", async () => {
  const store = api.store(null);
  for (let n = 0; n < 300; n++) await store.setNextCallAt(id, null, String(n));
  const slow = await listener({}, "?after=0");
  const seen = [];
  for (let n = 0; n < 300; n++) seen.push((await slow.event())?.data.data["reason"]);
  expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => String(n)));
  slow.close();
});

test("opens no more than a hundred for one token", async () => {
  const open = await Promise.all(Array.from({ length: 100 }, () => listener()));
  expect(open.every(({ response }) => response.status === 200)).toBe(true);
  const more = await listener();
  expect(more.response.status).toBe(429);
  for (const each of open) each.close();
  await expect
    .poll(async () => {
      const next = await listener();
      next.close();
      return next.response.status;
    })
    .toBe(200);
});
