/** Status requests beside live calls in one process: how many a second, and whether an end was noticed late for them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { aim, here } from "./measure.ts";

const LIVE = 50;
/** Seconds of each call, and of the load on them. */
const TALK = 60;
const LOAD = 10;
/** Seconds of the same load on hono alone. */
const BARE = 5;
const CONNECTIONS = 32;
const WANTED = 2000;
/** Seconds by which an end may be noticed late. */
const LATE = 2;

const ALWAYS = { hours: "0-24", hours_in: "campaign", calling_days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] };

export async function serve(): Promise<string> {
  const behaviour = { does: "answer", rings: 1, talks: TALK };
  const script = parseScript(JSON.stringify({ others: [{ weight: 1, behaviour }] }));
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox);
  const child = scratch.start("serve", "--port", "0", "--run", "--json", "--rate-limit", "100000");
  const [first] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const { url, token } = JSON.parse(String(first).split("\n")[0] ?? "") as { url: string; token: string };
  child.stdout?.resume();
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const type = body?.startsWith("{") === true ? "application/json" : "text/csv";
    const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": type }) };
    const method = body === undefined ? "GET" : "POST";
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body && { body }) });
    return answer.json();
  };
  await ask("/contact-lists/members/import", contactsCsv(LIVE));
  const spring = { name: "spring", assistant_id: "demo", contact_list_id: "members", rules: "none", ...ALWAYS };
  await ask("/campaigns", JSON.stringify({ ...spring, concurrency: LIVE, delay_ms: 20 }));
  await ask("/campaigns/spring/start", "{}");
  const counts = async (): Promise<{ answered: number; pending: number; calling: number }> => {
    const { status } = (await ask("/campaigns/spring/status")) as {
      status: { calls: Awaited<ReturnType<typeof counts>> };
    };
    return status.calls;
  };
  const answered = async (): Promise<number> => (await counts()).answered;
  let live = 0;
  // A machine that is too busy never has all of them at once: then as many as there are.
  for (let calls = await counts(); live < 0.9 * LIVE; calls = await counts()) {
    live = calls.answered;
    if (calls.pending + calls.calling === 0) break;
    await systemClock.sleep(200);
  }
  const times = await load(`${url}/api/v1/campaigns/spring/status`, token, LOAD);
  while ((await answered()) > 0) await systemClock.sleep(500);
  const { calls } = (await ask("/campaigns/spring/calls")) as {
    calls: { call_duration: number; duration_uncertainty: number | null }[];
  };
  const late = Math.max(...calls.map((call) => call.call_duration - TALK));
  const bare = await onBareHono(await ask("/campaigns/spring/status"));
  child.kill("SIGTERM");
  await child.ended;
  const rate = Math.round(times.length / LOAD);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(1)} ms`;
  return [
    aim(
      `${rate} status requests/s beside ${live} live calls; half within ${at(0.5)}, 99 of 100 within ${at(0.99)}`,
      `${WANTED}/s`,
      rate >= WANTED,
    ),
    `  hono alone answers the same JSON ${bare} times a second: ${(bare / rate).toFixed(1)} × as often`,
    aim(`ends of these calls noticed at most ${late.toFixed(1)} s late`, `${LATE} s`, late <= LATE),
  ].join("\n");
}

/** Milliseconds of each request, sent as fast as they are answered. */
async function load(url: string, token: string, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  const headers = { authorization: `Bearer ${token}` };
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const sent = request(url, { agent, headers }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`expected 200, got ${String(answer.statusCode)}`));
        answer.resume().on("end", () => {
          times.push(performance.now() - began);
          resolve();
        });
      });
      sent.on("error", reject).end();
    });
  const worker = async (): Promise<void> => {
    while (performance.now() < until) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  return times;
}

/** What this machine can do at all, now: answers a second. */
async function onBareHono(answer: unknown): Promise<number> {
  const child = spawn(process.execPath, [here("./bare-hono.ts"), JSON.stringify(answer)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = (await once(child.stdout, "data")) as [Buffer];
  await load(String(url).trim(), "", 1);
  const times = await load(String(url).trim(), "", BARE);
  child.kill();
  return Math.round(times.length / BARE);
}
