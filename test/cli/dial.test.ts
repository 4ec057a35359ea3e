/** campaigns dial, whole commands against the sandbox over HTTP. */
import { EventEmitter } from "node:events";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { placeKey, placeOf } from "../../src/domain/phones/place.ts";
import { closedNow, singleCallHours } from "../../src/domain/hours/callable-now.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { type Ran, Scratch } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";
import { terminal } from "../support/program.ts";

const NUMBER = "+12025550150";
const ANYTIME = ["--force", "--yes"];
/** Washington, Honolulu, Guam, London: at any hour somebody sleeps. */
const AROUND_THE_WORLD = [NUMBER, "+18085550150", "+16715550150", "+447700900150"];

const sleeps = (number: string): boolean =>
  closedNow(singleCallHours(45), placeKey(placeOf(number, null)), systemClock.now()) !== null;

function sleeper(): string {
  const found = AROUND_THE_WORLD.find(sleeps);
  if (found === undefined) throw new Error("nobody sleeps");
  return found;
}

let desk: SandboxDesk;
let sandbox: Sandbox;
beforeEach(async () => {
  desk = await SandboxDesk.open();
  ({ sandbox } = desk);
  behave({ does: "answer", rings: 0.1, talks: 0.2 });
});
afterEach(() => desk[Symbol.asyncDispose]());

const behave = (behaviour: object): void => desk.behave({ others: [{ weight: 1, behaviour }], agentJoinsAfter: 0 });
const run = (...argv: string[]): Promise<Ran> => desk.run(argv);
const dial = (...argv: string[]): Promise<Ran> => run("dial", "--assistant", "a1", ...argv);

test("answered is 0, and each state is a line", async () => {
  behave({ does: "answer", rings: 1, talks: 1 });
  const { code, stdout } = await dial(NUMBER, ...ANYTIME);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ dialing.*\n.* ringing\n.* answered\n.*answered, and ended after \d s\n/);
  expect(stdout).toMatch(/\ncompleted: answered, and ended after 0:0\d\n$/);
});

test("busy is 1, with the reason; the record is JSON behind the events", async () => {
  behave({ does: "refuse", status: 486, reason: "Busy Here", after: 0.1 });
  expect(await dial(NUMBER, ...ANYTIME)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("busy: the line was busy (SIP 486)\n"),
  });
  const { code, stdout } = await dial(NUMBER, ...ANYTIME, "--json");
  expect(code).toBe(1);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(0)).toMatchObject({ type: "call_dialing" });
  expect(lines.at(-1)).toMatchObject({ status: "busy", sip_status_code: 486, campaign_id: null, phone_number: NUMBER });
});

test("the do-not-call list holds, with --force --yes too", async () => {
  await run("dnc", "add", NUMBER);
  for (const more of [[], ANYTIME]) {
    const { code, stderr } = await dial(NUMBER, ...more);
    expect(stderr).toBe("campaigns: the number is on the do-not-call list\n  it is not dialed, by anyone\n");
    expect(code).toBe(1);
  }
  expect(sandbox.world.dials).toEqual([]);
});

test("who sleeps is not called, and it is said until when; --force asks for --yes where there is no terminal to ask on", async () => {
  const refused = await dial(sleeper());
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/may not be called now: rule .*\n {2}it opens .*; --force calls anyway\n$/);
  expect(refused.stderr).not.toContain(sleeper());
  expect(await dial(sleeper(), "--force")).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  expect(sandbox.world.dials).toEqual([]);
  const forced = await dial(sleeper(), ...ANYTIME);
  expect(forced.stderr).toMatch(/^calling anyway: .*may not be called now: rule/);
  expect(forced.code).toBe(0);
});

/** On a terminal; `typed` null: Ctrl-C instead of an answer, and while somebody talks. */
async function onTerminal(typed: string | null, ...argv: string[]): Promise<Ran> {
  const [stdin, stdout, stderr, signals] = [terminal(), terminal(), terminal(), new EventEmitter()];
  const [out, err] = [text(stdout), text(stderr)];
  stderr.on("data", (chunk) => {
    const asks = String(chunk).includes("Type yes");
    if (!asks && !String(chunk).includes("talking")) return;
    if (typed === null) signals.emit("SIGINT");
    else if (asks) stdin.write(typed);
  });
  const code = await main({
    argv: ["node", "campaigns", "dial", "--assistant", "a1", ...argv],
    env: desk.env,
    cwd: () => desk.dir,
    stdin,
    stdout,
    stderr,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: stripVTControlCharacters(await err) };
}

test.each([
  ["yes\n", 0, 1],
  ["y\n", 1, 0],
  ["\n", 1, 0],
  [null, 130, 0],
] as const)("on a terminal --force asks, and %j ends with %d after %d dials", async (typed, code, dials) => {
  const ran = await onTerminal(typed, sleeper(), "--force");
  expect(ran.stderr).toContain("Type yes to call anyway:");
  expect(ran.code).toBe(code);
  expect(sandbox.world.dials).toHaveLength(dials);
});

test("a terminal shows what the call is at, and for how long", async () => {
  behave({ does: "answer", rings: 1.2, talks: 1.2 });
  const { code, stderr, stdout } = await onTerminal("", NUMBER, ...ANYTIME);
  expect(code).toBe(0);
  expect(stderr).toMatch(/ringing 0:0\d/);
  expect(stderr).toMatch(/talking 0:0\d/);
  expect(stdout).toMatch(/completed: answered, and ended after 0:0\d\n$/);
});

test("Ctrl-C while somebody talks hangs up, and says so before LiveKit does", async () => {
  behave({ does: "answer", rings: 0.1, talks: 60 });
  const slow = { method: "RoomService/DeleteRoom", chance: 1, does: "slow", seconds: 1.5 } as const;
  sandbox.world.faults.set({ seed: 1, faults: [slow] });
  const { code, stderr, stdout } = await onTerminal(null, NUMBER, ...ANYTIME);
  expect(code).toBe(130);
  expect(stderr).toMatch(/talking 0:0\d .*hanging up/s);
  expect(stdout).toContain("hung up by the operator after");
  expect(sandbox.world.rooms.list()).toEqual([]);
});

test("Ctrl-C while it rings: what LiveKit then says of the dial is not told", async () => {
  behave({ does: "answer", rings: 30, talks: 60 });
  using scratch = new Scratch(sandbox);
  const dialing = scratch.start("dial", NUMBER, "--assistant", "a1", ...ANYTIME);
  dialing.stdout?.on("data", (chunk) => String(chunk).includes("ringing") && dialing.kill("SIGINT"));
  const { code, stdout } = await dialing.ended;
  expect(stdout).toMatch(/ hung up by the operator\nfailed: hung up by the operator\n$/);
  expect(code).toBe(130);
});

test("--no-wait returns while the phone rings; the next run sees to the call, and dials nobody again", async () => {
  behave({ does: "answer", rings: 4, talks: 6 });
  using scratch = new Scratch(sandbox);
  const { code, stdout } = await scratch.run("dial", NUMBER, "--assistant", "a1", ...ANYTIME, "--no-wait", "--json");
  expect(sandbox.world.dials[0]?.answeredAt).toBeNull();
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ status: "calling", end_reason: null });
  const ran = await scratch.run("run", "--json");
  expect(ran.stdout).toContain('"call_adopted"');
  expect(ran.stdout).toContain('"ending":"completed"');
  expect(sandbox.world.dials).toHaveLength(1);
  expect(sandbox.world.rooms.list()).toEqual([]);
});

test.each([
  [["--from", "12"], "number such as"],
  [["--yes"], "--yes together with --force"],
  [["--no-wait", "--sandbox"], "one of --no-wait and --sandbox"],
])("%j is wrong usage", async (argv, sentence) => {
  expect(await dial(NUMBER, ...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
});

test.each([
  ["+12", "is too short"],
  ["2025550150", "needs a country code (+…)\n"],
  ["+1202555015x", "has letters"],
])("%j is no number to dial", async (number, problem) => {
  const { code, stderr } = await dial(number, ...ANYTIME);
  expect(stderr).toContain(`expected a number such as +12025550123, but what came ${problem}`);
  expect(code).toBe(2);
  expect(sandbox.world.dials).toEqual([]);
});

test("--from is shown to the callee and recorded; one that the trunk does not list is warned of", async () => {
  const { stdout, stderr } = await dial(NUMBER, ...ANYTIME, "--from", "+12125550150", "--json");
  expect(stderr).toContain(
    `warning: --from: trunk ${SANDBOX_TRUNK.sipTrunkId} does not list this number: LiveKit does not check, but most carriers refuse the call\n`,
  );
  const listed = await dial(NUMBER, ...ANYTIME, "--from", SANDBOX_TRUNK.numbers[0] ?? "", "--quiet");
  expect(listed.stderr).not.toContain("warning");
  expect(sandbox.world.dials.map(({ sipNumber }) => sipNumber)).toEqual(["+12125550150", ...SANDBOX_TRUNK.numbers]);
  expect(stdout).toContain('"from_number":"+12125550150"');
});
