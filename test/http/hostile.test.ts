/** What steers terminals and breaks encodings, sent to a server as a process: every answer is JSON, and no log line is steered. */
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { ALWAYS } from "../support/api.ts";
import { Scratch } from "../support/cli.ts";

const ODD = [
  "\u001b]0;owned\u0007",
  "\u009b31m",
  "\r\nHTTP/1.1 200 OK",
  "\u202e",
  "\u2028",
  "\ufeff",
  "\0",
  "\ud800",
  "%",
  "\u{e0041}",
];

let sandbox: Sandbox;
let scratch: Scratch;
let server: ReturnType<Scratch["start"]>;
let where: { readonly url: string; readonly token: string };
beforeAll(async () => {
  const refuses = { does: "refuse", status: 603, reason: `no ${ODD.slice(0, 5).join(" ")}` };
  const script = parseScript(JSON.stringify({ others: [{ weight: 1, behaviour: refuses }] }));
  sandbox = await startSandbox({ clock: systemClock, script });
  scratch = new Scratch(sandbox);
  server = scratch.start("serve", "--port", "0", "--run", "--json", "--rate-limit", "10000");
  const [first] = (await once(server.stdout ?? server, "data")) as [Buffer];
  where = JSON.parse(String(first).split("\n")[0] ?? "") as typeof where;
  server.stdout?.resume();
});
afterAll(async () => {
  scratch[Symbol.dispose]();
  await sandbox[Symbol.asyncDispose]();
});

const ask = async (method: string, path: string, body?: string | FormData, type?: string) => {
  const headers = { authorization: `Bearer ${where.token}`, ...(type !== undefined && { "content-type": type }) };
  const answer = await fetch(`${where.url}/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) });
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as { success: boolean };
  expect([method, path, answer.status < 500, json.success]).toEqual([method, path, true, answer.ok]);
  return { status: answer.status, json };
};

/** Bytes as they are, past what fetch would allow. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(where.url).port), "127.0.0.1");
  socket.end(Buffer.from(bytes, "latin1"));
  return text(socket).catch(() => "");
}

/** As another program would spell it: what is no UTF-8 as the bytes that it would be. */
const inAddress = (odd: string): string => (odd.isWellFormed() ? encodeURIComponent(odd) : "%ED%A0%80");

test("in addresses, fields, keys, files and headers: refused or kept, never a 500, and answered in whole UTF-8", async () => {
  for (const odd of ODD) {
    const spelled = inAddress(odd);
    await ask("GET", `/campaigns/${spelled}/status`);
    await ask("GET", `/campaigns?status=${spelled}&${spelled}=1`);
    await ask(
      "PUT",
      `/campaigns/by-name/${spelled}`,
      JSON.stringify({ [odd]: odd, assistant_id: odd }),
      "application/json",
    );
    await ask(
      "PUT",
      `/outbound-calls/${spelled}/outcome`,
      JSON.stringify({ outcome: odd, notes: odd }),
      "application/json",
    );
    await ask(
      "POST",
      "/do-not-call",
      JSON.stringify({ phone_numbers: ["+12025550199"], reason: odd, source: odd }),
      "application/json",
    );
    await ask(
      "POST",
      `/contact-lists/${spelled}/import`,
      `name,phone,${odd}\n${odd},+12025550101,${odd}\n`,
      "text/csv",
    );
    const form = new FormData();
    form.set("file", new File([`name,phone\n${odd},12${odd}\n`], `${odd}.csv`));
    await ask("POST", "/contact-lists/forms/import", form);
  }
  await ask("GET", "/campaigns/%ff%fe%c0%80");
  await ask("POST", "/campaigns", '{"name":"\\ud800","assistant_id":"x","contact_list_id":"y"}', "application/json");
  await ask("POST", "/campaigns", "{\u001b", "application/json");
});

test("in what is no HTTP: answered with 400 or not at all", async () => {
  const token = `authorization: Bearer ${where.token}`;
  for (const bytes of [
    "\u001b]0;x\u0007\r\n\r\n",
    `GET /api/v1/campaigns/\u001b[31m HTTP/1.1\r\nhost: x\r\n${token}\r\n\r\n`,
    `GET /api/v1/campaigns/\u00ed\u00a0\u0080 HTTP/1.1\r\nhost: x\r\n${token}\r\nconnection: close\r\n\r\n`,
    `POST /api/v1/campaigns HTTP/1.1\r\nhost: x\r\n${token}\r\nidempotency-key: \u009b31m\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\nhost: \u009b31m\r\nconnection: close\r\n\r\n`,
    `GET http://[::1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
  ]) {
    expect(await raw(bytes)).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  }
  expect((await fetch(`${where.url}/healthz`)).status).toBe(200);
});

test("in names and in what a carrier says: nothing on standard output or error steers a terminal", async () => {
  const csv = `name,phone\n"${ODD.slice(0, 2).join("")}",+12025550142\n`;
  await ask("POST", "/contact-lists/people/import", csv, "text/csv");
  const spring = { name: "spring", assistant_id: "demo", contact_list_id: "people", ...ALWAYS };
  await ask("POST", "/campaigns", JSON.stringify(spring), "application/json");
  await ask("POST", "/campaigns/spring/start");
  for await (const chunk of server.stdout ?? []) if (String(chunk).includes("call_ended")) break;
  server.kill("SIGTERM");
  const { code, stdout, stderr } = await server.ended;
  expect(code).toBe(143);
  for (const said of [stdout, stderr])
    expect(said.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\ufeff]/u);
  expect(stderr).not.toContain("bug");
});
