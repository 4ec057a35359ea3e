/** campaigns serve, as a process: where it listens, and how it ends. */
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseTokens } from "../../src/http/tokens.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { ALWAYS } from "../support/api.ts";
import { Scratch } from "../support/cli.ts";
import { program } from "../support/program.ts";
import { selfSigned } from "../support/self-signed.ts";

const TALKS = { others: [{ weight: 1, behaviour: { does: "answer", rings: 0.2, talks: 3 } }] };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: systemClock, script: parseScript(JSON.stringify(TALKS)) });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface Listening {
  readonly url: string;
  readonly token: string;
}

async function listening(child: ChildProcess): Promise<Listening> {
  const [first] = (await once(child.stdout ?? child, "data")) as [Buffer];
  return JSON.parse(String(first).split("\n")[0] ?? "") as Listening;
}

const asker =
  ({ url, token }: Listening) =>
  async (method: string, path: string, body?: object | string): Promise<Record<string, never>> => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": typeof body === "string" ? "text/csv" : "application/json",
    };
    const sent = typeof body === "object" ? JSON.stringify(body) : body;
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(sent !== undefined && { body: sent }) });
    return (await answer.json()) as Record<string, never>;
  };

/** A campaign of one, whose call is being talked on. */
async function inConversation(
  scratch: Scratch,
): Promise<{ readonly child: ReturnType<Scratch["start"]>; readonly url: string }> {
  const child = scratch.start("serve", "--port", "0", "--run", "--json");
  const where = await listening(child);
  const ask = asker(where);
  await ask("POST", "/contact-lists/members/import", "name,phone\nAda,+12025550123");
  await ask("POST", "/campaigns", { name: "spring", assistant_id: "demo", contact_list_id: "members", ...ALWAYS });
  await ask("POST", "/campaigns/spring/start");
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes("call_answered")) break;
  child.stdout?.resume();
  return { child, url: where.url };
}

test("SIGTERM stops new requests, and sees the live call to its end", async () => {
  using scratch = new Scratch(sandbox);
  const { child, url } = await inConversation(scratch);
  child.kill("SIGTERM");
  await expect
    .poll(
      () =>
        fetch(`${url}/healthz`).then(
          () => "answers",
          () => "shut",
        ),
      { timeout: 2000 },
    )
    .toBe("shut");
  const { code } = await child.ended;
  expect(code).toBe(143);
  const { stdout } = await scratch.run("calls", "spring", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    calls: [{ status: "completed", end_reason: "completed", call_duration: 3 }],
  });
});

test("who had the token is in the audit log, by its id", async () => {
  using scratch = new Scratch(sandbox);
  const child = scratch.start("serve", "--port", "0", "--json");
  const where = await listening(child);
  await asker(where)("POST", "/contact-lists/members/import", "name,phone\nAda,+12025550123");
  const campaign = { name: "spring", assistant_id: "demo", contact_list_id: "members", ...ALWAYS };
  await asker(where)("POST", "/campaigns", campaign);
  child.kill("SIGTERM");
  await child.ended;
  const { stdout } = await scratch.run("audit", "--json");
  const [entry] = (JSON.parse(stdout) as { entries: { action: string; actor: string }[] }).entries;
  const [token] = parseTokens(where.token, undefined);
  expect(entry).toMatchObject({ action: "campaign.created", actor: `api:${token?.id}` });
});

test("a second signal leaves the call to the next run, which dials nobody again", async () => {
  using scratch = new Scratch(sandbox);
  const before = sandbox.world.dials.length;
  const { child } = await inConversation(scratch);
  child.kill("SIGTERM");
  await once(child.stderr ?? child, "data");
  child.kill("SIGTERM");
  expect((await child.ended).code).toBe(143);
  expect((await scratch.run("run")).code).toBe(0);
  const { stdout } = await scratch.run("calls", "spring", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ calls: [{ status: "completed", end_reason: "completed" }] });
  expect(sandbox.world.dials.length - before).toBe(1);
});

test.each([
  [["--host", "0.0.0.0"], {}, /needs a token/],
  [["--host", "0.0.0.0"], { CAMPAIGNS_API_TOKEN: "0123456789abcdef" }, /needs TLS/],
  [["--host", "0.0.0.0", "--behind-proxy"], {}, /needs a token/],
  [["--tls-cert", "c.pem"], {}, /--tls-cert and --tls-key together/],
  [["--port", "99999"], {}, /--port: expected/],
  [[], { CAMPAIGNS_API_TOKEN: "short" }, /CAMPAIGNS_API_TOKEN/],
] as const)("serve %j is refused before it listens", async (argv, env, says) => {
  using scratch = new Scratch();
  const { code, stderr } = await program(["serve", ...argv], {
    cwd: scratch.dir,
    env: { CAMPAIGNS_DB: scratch.db, ...env },
  });
  expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
});

test("answers https with a certificate of one's own", async () => {
  using scratch = new Scratch();
  const { cert, key } = selfSigned();
  scratch.file("cert.pem", cert);
  scratch.file("key.pem", key);
  const child = scratch.start("serve", "--port", "0", "--json", "--tls-cert", "cert.pem", "--tls-key", "key.pem");
  const { url } = await listening(child);
  expect(url).toMatch(/^https:/);
  const sent = request(`${url}/healthz`, { rejectUnauthorized: false }).end();
  const [answer] = (await once(sent, "response")) as [NodeJS.ReadableStream];
  expect(await text(answer)).toBe('{"success":true}');
  sent.destroy();
  child.kill("SIGTERM");
  expect((await child.ended).code).toBe(143);
});
