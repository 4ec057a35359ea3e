/** --notify, with real processes: what a receiver hears of a run, also where one of both breaks off. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { inside } from "../support/program.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const BUSY = { others: [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 } }] };
const ALWAYS = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --delay 0".split(" ");

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: systemClock, script: parseScript(JSON.stringify(BUSY)) });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface Heard {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Believes nobody who cannot sign. */
class Receiver {
  readonly heard: Heard[] = [];
  /** `ok` takes it. */
  answer: (heard: Heard, ok: () => void, response: ServerResponse) => void = (_, ok) => ok();
  readonly #server = createServer((request, response) => void this.#hear(request, response));

  async open(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/campaigns`;
  }

  get types(): string[] {
    return this.heard.map(({ type }) => type);
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const headers = request.headers as Record<string, string>;
    const { type, data } = new Webhook(SECRET).verify(body, headers) as Pick<Heard, "type" | "data">;
    const heard = { id: headers["webhook-id"] ?? "", type, data };
    this.heard.push(heard);
    this.answer(heard, () => response.writeHead(204).end(), response);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let receiver: Receiver;
let scratch: Scratch;
beforeEach(async () => {
  receiver = await new Receiver().open();
  scratch = new Scratch(sandbox);
  scratch.env({ CAMPAIGNS_WEBHOOK_SECRET: SECRET, CAMPAIGNS_WEBHOOK_HOSTS: "127.0.0.1" });
});
afterEach(() => {
  receiver.close();
  scratch[Symbol.dispose]();
});

async function started(contacts = 2): Promise<void> {
  scratch.file("c.csv", contactsCsv(contacts));
  const made = await scratch.run(
    "create",
    "--name",
    "spring",
    "--csv",
    "c.csv",
    "--notify",
    receiver.url,
    "--start",
    ...ALWAYS,
  );
  expect(made).toMatchObject({ code: 0 });
}
const webhook = async (): Promise<Record<string, unknown>> => {
  const { stdout } = await inside(scratch, "status", "spring", "--json");
  return (JSON.parse(stdout) as { webhook: Record<string, unknown> }).webhook;
};

test("a run tells what happened before it leaves, and nobody by number", async () => {
  await started();
  expect(await scratch.run("run")).toMatchObject({ code: 0 });
  expect(receiver.types.toSorted()).toEqual(["call.ended", "call.ended", "campaign.completed", "campaign.started"]);
  expect(receiver.heard.find(({ type }) => type === "call.ended")?.data).toMatchObject({
    campaign_name: "spring",
    status: "busy",
    end_reason: "busy",
    sip_status_code: 486,
  });
  expect(new Set(receiver.heard.map(({ id }) => id)).size).toBe(4);
  expect(JSON.stringify(receiver.heard)).not.toMatch(/\+1201|Contact/);
  expect(await webhook()).toEqual({ undelivered: 0, given_up: 0, error: null, next_try_at: null });
});

test("a receiver that fails stops no call, is named by status and doctor, and hears all of it later", async () => {
  receiver.answer = (_, __, response) => response.writeHead(500).end();
  await started();
  const ran = await scratch.run("run");
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('webhook of "spring": 127.0.0.1 answered 500');
  expect(await webhook()).toMatchObject({ undelivered: 4, error: "127.0.0.1 answered 500" });
  expect((await inside(scratch, "status", "spring")).stdout).toMatch(
    /^webhook +4 events to be told: 127\.0\.0\.1 answered 500; next try/m,
  );
  const { stdout } = await inside(scratch, "doctor", "--json");
  expect(stdout).toContain('\\"spring\\": 4 events wait, 0 given up (127.0.0.1 answered 500)');
  expect(stdout).not.toContain(SECRET.slice(6));
  const refused = receiver.heard.splice(0);
  receiver.answer = (_, ok) => ok();
  await expect
    .poll(async () => (await scratch.run("run"), await webhook())["undelivered"], { timeout: 60_000 })
    .toBe(0);
  expect(receiver.types.toSorted()).toEqual(["call.ended", "call.ended", "campaign.completed", "campaign.started"]);
  expect(receiver.heard.map(({ id }) => id)).toEqual(expect.arrayContaining(refused.map(({ id }) => id)));
}, 120_000);

test("kill -9 after it was told and before that is marked: it is told again under the same id, and nothing else twice", async () => {
  await started(1);
  const killed = Promise.withResolvers<void>();
  const child = scratch.start("run");
  receiver.answer = ({ type }, ok, response) => {
    if (type !== "call.ended") return ok();
    response.on("close", () => killed.resolve());
    child.kill("SIGKILL");
  };
  await killed.promise;
  await child.ended;
  receiver.answer = (_, ok) => ok();
  // The dead one's lease, which would be over in a minute.
  const db = new DatabaseSync(scratch.db);
  db.exec("update campaigns set notify_due_at = null");
  db.close();
  expect((await scratch.run("run")).code).toBe(0);
  const ended = receiver.heard.filter(({ type }) => type === "call.ended").map(({ id }) => id);
  expect([ended.length, new Set(ended).size]).toEqual([2, 1]);
  expect(receiver.types.filter((type) => type !== "call.ended").toSorted()).toEqual([
    "campaign.completed",
    "campaign.started",
  ]);
});

test("two runs at once tell everything once", async () => {
  await started(20);
  await Promise.all([scratch.run("run", "--parallel", "all"), scratch.run("run", "--parallel", "all")]);
  await scratch.run("run");
  expect(receiver.types.filter((type) => type === "call.ended")).toHaveLength(20);
  expect(new Set(receiver.heard.map(({ id }) => id)).size).toBe(receiver.heard.length);
});

test("serve tells of what its API changes, and in its last moments too", async () => {
  await started(1);
  const child = scratch.start("serve", "--port", "0", "--json");
  const [first] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const { url, token } = JSON.parse(String(first)) as { url: string; token: string };
  const ask = (path: string) =>
    fetch(`${url}/api/v1${path}`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  await ask("/campaigns/spring/pause");
  await expect.poll(() => receiver.types).toEqual(["campaign.started", "campaign.paused"]);
  await ask("/campaigns/spring/stop");
  child.kill("SIGTERM");
  expect((await child.ended).code).toBe(143);
  expect(receiver.types).toEqual(["campaign.started", "campaign.paused", "campaign.completed"]);
});

test("an address of this machine is refused unless it is named, and a secret is asked for", async () => {
  scratch.file("c.csv", contactsCsv(1));
  const create = (name: string, url: string, ...more: string[]) =>
    inside(scratch, "create", "--name", name, "--csv", "c.csv", "--notify", url, ...ALWAYS, ...more);
  scratch.env({ CAMPAIGNS_WEBHOOK_HOSTS: "", CAMPAIGNS_WEBHOOK_SECRET: "" });
  for (const url of [
    "https://127.0.0.1/",
    "https://[::ffff:10.0.0.1]/",
    "https://2852039166/",
    "http://hooks.example.com/",
  ]) {
    const { code, stderr } = await create("a", url);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--notify: .*expected (a public address|https)/)]);
  }
  expect((await create("b", "https://hooks.example.com/a", "--start")).stderr).toContain(
    "until run or serve has CAMPAIGNS_WEBHOOK_SECRET",
  );
  scratch.env({ CAMPAIGNS_WEBHOOK_SECRET: "whsec_hunter2hunter2" });
  const wrong = "CAMPAIGNS_WEBHOOK_SECRET: entry 1: expected whsec_";
  const refused = await create("c", "https://hooks.example.com/a");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(wrong)]);
  // It is no reason to dial nobody.
  const ran = await scratch.run("run");
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining(wrong)]);
  expect((await inside(scratch, "calls", "b", "--json")).stdout).toMatch(/"end_reason": ?"busy"/);
  expect(ran.stderr + refused.stderr).not.toContain("hunter2");
});
