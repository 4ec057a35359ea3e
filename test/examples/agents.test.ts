/**
 * The example agents, each through one call on a stand-in of its SDK, which this project does not install: what they write
 * is what the program's own words allow, and nothing else. They were checked against the real SDKs by hand.
 */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { OUTCOMES } from "../../src/domain/calls/outcome.ts";
import { ANSWERED_BY, ENDED_BY } from "../../src/domain/calls/verdict.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

const verdict = z.strictObject({
  seq: z.int().min(1),
  answered_by: z.enum(ANSWERED_BY).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  callback_at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/)
    .optional(),
  notes: z.string().max(2000).optional(),
  first_audio_ms: z.int().min(0).optional(),
  ended_by: z.enum(ENDED_BY).optional(),
  final: z.boolean().optional(),
});
const read = (text = ""): z.output<typeof verdict> => verdict.parse(JSON.parse(text));

interface Played {
  /** What was written into the attribute, in order. */
  readonly written: readonly string[];
  readonly said: readonly string[];
  readonly room: string;
}

interface Call {
  readonly HEARS: string;
  readonly SAYS?: string;
}

const job = (more: object = {}): string =>
  JSON.stringify({
    verdictKey: "campaigns.verdict",
    campaignPrompt: "Ask.",
    answeredByPolicy: "retry",
    messageLeftBefore: false,
    ...more,
  });
const lines = (stdout: string, start: string): string[] =>
  stdout
    .split("\n")
    .flatMap((line) => (line.startsWith(start) ? [line.slice(start === "{" ? 0 : start.length + 1)] : []));

async function typescript(call: Call, metadata: string): Promise<Played> {
  await using sandbox = await startSandbox({ clock: systemClock });
  const room = sandbox.world.createRoom({ name: "call-a1", metadata: '{"kept":1}' });
  const { httpUrl, apiKey, apiSecret } = sandbox;
  const keys = { LIVEKIT_URL: httpUrl, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
  const argv = [here("stand-ins/play.js"), here("../../examples/agents/agent.ts"), metadata, room.name];
  const { stdout } = await run(process.execPath, argv, { env: { ...process.env, ...keys, ...call } });
  expect(stdout).toContain("shut down");
  return { written: lines(stdout, "{"), said: lines(stdout, "said"), room: room.metadata };
}

async function python(call: Call, metadata: string): Promise<Played> {
  const env = { ...process.env, PYTHONPATH: here("stand-ins/python"), PYTHONDONTWRITEBYTECODE: "1" };
  const argv = [here("../../examples/agents/agent.py")];
  const { stdout } = await run("python3", argv, { env: { ...env, METADATA: metadata, ...call } });
  expect(stdout).toContain("shut down");
  return { written: lines(stdout, "{"), said: lines(stdout, "said"), room: lines(stdout, "room")[0] ?? "" };
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe.each([
  ["TypeScript", typescript, true],
  ["Python", python, hasPython],
] as const)("the example in %s", (_, play, isThere) => {
  test.skipIf(!isThere)("says who answered, when it spoke first, what came of it, and that this is all", async () => {
    const says = { outcome: "callback", notes: "asked for the price list", callback_at: "2026-12-01T15:00" };
    const { written, room } = await play({ HEARS: "human", SAYS: JSON.stringify(says) }, job());
    const heard = written.map(read);
    const numbers = heard.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    const last = heard.at(-1);
    expect(last).toMatchObject({ answered_by: "human", ...says, final: true });
    expect(last?.first_audio_ms).toBeGreaterThanOrEqual(0);
    expect(JSON.parse(room)).toEqual({ kept: 1, verdict: last });
  });

  test.skipIf(!isThere).each([
    ["machine-vm", "voicemail"],
    ["machine-unavailable", "voicemail"],
    ["machine-ivr", "ivr"],
  ])("says of %s that it is no human, and hangs up", async (hears, answeredBy) => {
    const { written, said } = await play({ HEARS: hears }, job());
    expect(read(written.at(-1))).toMatchObject({ answered_by: answeredBy, ended_by: "agent", final: true });
    expect(said).toEqual([]);
  });

  test.skipIf(!isThere)("leaves its message once", async () => {
    const message = { answeredByPolicy: "message", voicemailMessage: "Call us back." };
    const machine = { HEARS: "machine-vm" };
    expect((await play(machine, job(message))).said).toEqual(["Call us back."]);
    expect((await play(machine, job({ ...message, messageLeftBefore: true }))).said).toEqual([]);
  });
});
