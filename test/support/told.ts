/** A campaign of real processes against a sandbox that sends webhooks, and how true what it stored is. */
import { once } from "node:events";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { type Fault, parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Scratch } from "./cli.ts";

/** process: `serve --run` is both · store: `serve` hears, `run` dials · nobody: no webhooks are sent. */
export type Hears = "process" | "store" | "nobody";

export interface Told {
  readonly hears: Hears;
  readonly calls: number;
  /** Seconds, of the call with this number. */
  readonly talks: (n: number) => number;
  readonly faults?: readonly Fault[];
  /** When `serve` is killed, milliseconds after the start; left out: it is not. */
  readonly killsAfter?: number;
}

export interface Seen {
  readonly looks: number;
  /** LiveKit's webhooks, by what became of them. */
  readonly webhooks: Readonly<Record<string, number>>;
  readonly ended: readonly {
    /** Milliseconds by which the stored end is later than the far side's; and how much of that is said. */
    readonly off: number;
    readonly said: number;
    /** From the far side's end until it was known. */
    readonly noticed: number;
    readonly status: string;
  }[];
  readonly dials: number;
  readonly stderr: string;
}

const ALWAYS = { hours: "0-24", hours_in: "campaign", calling_days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] };

interface CallEnded {
  readonly type: string;
  readonly at: string;
  readonly attempt_id: string;
}

interface StoredCall {
  readonly room_name: string;
  readonly status: string;
  readonly completed_at: string;
  readonly duration_uncertainty: number | null;
}

export async function playCampaign({ hears, calls, talks, faults = [], killsAfter }: Told): Promise<Seen> {
  const numbers = contactsCsv(calls)
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[1] ?? "");
  const script = Object.fromEntries(numbers.map((n, at) => [n, [{ does: "answer", rings: 0.3, talks: talks(at) }]]));
  await using sandbox = await startSandbox({
    clock: systemClock,
    script: parseScript(JSON.stringify({ agentJoinsAfter: 0.1, numbers: script })),
  });
  using scratch = new Scratch(sandbox);
  const server = scratch.start("serve", "--port", "0", ...(hears === "store" ? [] : ["--run"]), "--json");
  const events: CallEnded[] = [];
  let half = "";
  const listen = (chunk: unknown): void => {
    const lines = (half + String(chunk)).split("\n");
    half = lines.pop() ?? "";
    events.push(...lines.filter((line) => line.includes('"call_ended"')).map((line) => JSON.parse(line) as CallEnded));
  };
  const [first] = (await once(server.stdout ?? server, "data")) as [Buffer];
  const { url, token } = JSON.parse(String(first).split("\n")[0] ?? "") as { url: string; token: string };
  server.stdout?.on("data", listen);
  if (hears !== "nobody") sandbox.webhooks.url = `${url}/webhooks/livekit`;
  sandbox.world.faults.set({ seed: 1, faults: [...faults] });
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const type = body?.startsWith("{") === true ? "application/json" : "text/csv";
    const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": type }) };
    const method = body === undefined ? "GET" : "POST";
    return (await fetch(`${url}/api/v1${path}`, { method, headers, ...(body && { body }) })).json();
  };
  await ask("/contact-lists/members/import", contactsCsv(calls));
  const spring = { name: "spring", assistant_id: "demo", contact_list_id: "members", rules: "none", ...ALWAYS };
  const pace = { concurrency: calls, delay_ms: 20, max_duration_seconds: 900, max_attempts: 1 };
  await ask("/campaigns", JSON.stringify({ ...spring, ...pace }));
  await ask("/campaigns/spring/start", "{}");
  const runner = hears === "store" ? scratch.start("run", "--json") : server;
  if (hears === "store") runner.stdout?.on("data", listen);
  if (killsAfter !== undefined) void systemClock.sleep(killsAfter).then(() => server.kill("SIGKILL"));
  while (events.length < calls) await systemClock.sleep(100);
  if (hears === "store") await runner.ended;
  server.kill("SIGTERM");
  const { stderr } = await server.ended;
  const { stdout } = await scratch.run("calls", "spring", "--json");
  const stored = (JSON.parse(stdout) as { calls: StoredCall[] }).calls;
  const ended = sandbox.world.dials.map(({ roomName, endedAt }) => {
    const call = stored.find((one) => one.room_name === roomName);
    const event = events.find((one) => `call-${one.attempt_id}` === roomName);
    return {
      off: Date.parse(call?.completed_at ?? "") - (endedAt ?? NaN),
      said: (call?.duration_uncertainty ?? 0) * 1000,
      noticed: Date.parse(event?.at ?? "") - (endedAt ?? NaN),
      status: call?.status ?? "none",
    };
  });
  const looks = sandbox.requests.get("RoomService/ListParticipants") ?? 0;
  return { looks, webhooks: { ...sandbox.webhooks.counts }, ended, dials: sandbox.world.dials.length, stderr };
}
