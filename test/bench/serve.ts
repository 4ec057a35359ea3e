/** Status requests beside live calls in one process: how many a second, and whether an end was noticed late for them. */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { aim } from "./measure.ts";

const LIVE = 50;
/** Seconds of each call, and of the load on them. */
const TALK = 25;
const LOAD = 15;
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
  const answered = async (): Promise<number> => {
    const { status } = (await ask("/campaigns/spring/status")) as { status: { calls: { answered: number } } };
    return status.calls.answered;
  };
  while ((await answered()) < 0.9 * LIVE) await systemClock.sleep(200);
  const times = await load(`${url}/api/v1/campaigns/spring/status`, token);
  while ((await answered()) > 0) await systemClock.sleep(500);
  const { calls } = (await ask("/campaigns/spring/calls")) as {
    calls: { call_duration: number; duration_uncertainty: number | null }[];
  };
  const late = Math.max(...calls.map((call) => call.call_duration - TALK));
  child.kill("SIGTERM");
  await child.ended;
  const rate = Math.round(times.length / LOAD);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(1)} ms`;
  return [
    aim(
      `${rate} status requests/s beside ${calls.length} calls; half within ${at(0.5)}, 99 of 100 within ${at(0.99)}`,
      `${WANTED}/s`,
      rate >= WANTED,
    ),
    aim(`ends of these calls noticed at most ${late.toFixed(1)} s late`, `${LATE} s`, late <= LATE),
  ].join("\n");
}

/** Milliseconds of each request, sent as fast as they are answered. */
async function load(url: string, token: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  const until = performance.now() + LOAD * 1000;
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
