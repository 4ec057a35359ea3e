/** campaigns trunks provision: the built program, the real twilio client and LiveKit SDK, stand-ins on loopback. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { type Ran, Scratch } from "../support/cli.ts";
import { twilioSettings } from "../support/desk.ts";
import { type Fate, LosingRoad } from "../support/losing.ts";
import { meeting } from "../support/meeting.ts";
import { ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn } from "../support/twilio.ts";

const NUMBER = "+12025550150";

let twilio: TwilioStandIn;
let sandbox: Sandbox;
let scratch: Scratch;
beforeEach(async () => {
  twilio = await TwilioStandIn.start();
  twilio.own(NUMBER);
  sandbox = await startSandbox({ clock: systemClock });
  scratch = new Scratch(sandbox);
});
afterEach(async () => {
  scratch[Symbol.dispose]();
  await sandbox[Symbol.asyncDispose]();
  await twilio[Symbol.asyncDispose]();
});

const settings = (token = AUTH_TOKEN, debug = ""): void => {
  const set = Object.entries({ ...twilioSettings(twilio.url, token), DEBUG: debug });
  scratch.file(".env", set.map((entry) => entry.join("=")).join("\n"));
};

const PROVISION = ["trunks", "provision", "--assistant", "a1", "--number", NUMBER];
const provision = (...more: string[]): Promise<Ran> => scratch.run(...PROVISION, ...more);

test("from nothing to a trunk the assistant calls through; secrets are printed nowhere, not even when it fails", async () => {
  settings(AUTH_TOKEN, "campaigns,outbound,livekit");
  const dry = await provision("--dry-run");
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain("nothing was made; without --dry-run, 8 of 8 steps would be");
  twilio.fail(3, "after");
  const failed = await provision();
  expect(failed).toMatchObject({ code: 3 });
  expect(failed.stderr).toContain("run it again; what is done is not done twice");
  const made = await provision("--json");
  expect(made).toMatchObject({ code: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({
    assistant_id: "a1",
    number: NUMBER,
    outbound_trunk_id: expect.stringMatching(/^ST_/) as string,
    dry_run: false,
  });
  const shown = await scratch.run("trunks", "show", "a1", "--json");
  expect(JSON.parse(shown.stdout)).toMatchObject({ trunks: [{ assistants: ["a1"], limit: { delay_ms: 1000 } }] });

  const printed = [dry, failed, made, shown].map(({ stdout, stderr }) => stdout + stderr).join("\n");
  expect(twilio.passwords).toHaveLength(1);
  for (const secret of [...twilio.passwords, AUTH_TOKEN, sandbox.apiSecret, "Basic ", "Bearer "]) {
    expect(printed).not.toContain(secret);
  }
});

test("two runs at once, neither of which found anything, make one of everything, and both end well", async () => {
  // Nothing is made before both have looked and want to make it, at each of the six steps that make something.
  const both = meeting(2);
  const road = (to: string, makes: (path: string, body: string) => boolean): Promise<LosingRoad> =>
    LosingRoad.to(to, async (path, body): Promise<Fate> => {
      if (makes(path, body)) await both(path);
      return "arrives";
    });
  await using toTwilio = await road(twilio.url, (_, body) => body !== "");
  await using toLiveKit = await road(sandbox.httpUrl, (path) => path.endsWith("CreateSIPOutboundTrunk"));
  using desk = new Scratch({ ...sandbox, url: toLiveKit.url }, undefined, twilioSettings(toTwilio.url));
  const ran = await Promise.all([1, 2].map(() => desk.run(...PROVISION, "--json")));
  const well = [0, expect.not.stringContaining("campaigns:")];
  expect(ran.map(({ code, stderr }) => [code, stderr])).toEqual([well, well]);
  expect(twilio.posts).toBe(2 * 5);
  expect(toLiveKit.seen.filter((path) => path.endsWith("CreateSIPOutboundTrunk"))).toHaveLength(2);

  const [trunk, ...more] = sandbox.world.trunks.list().filter(({ sipTrunkId }) => sipTrunkId !== "ST_sandbox");
  expect([twilio.trunks.length, twilio.lists.length, twilio.lists[0]?.credentials.length, more]).toEqual([1, 1, 1, []]);
  expect(trunk?.authPassword).toBe(twilio.lists[0]?.credentials[0]?.password);
  const ids = ran.map(({ stdout }) => (JSON.parse(stdout) as { outbound_trunk_id: string }).outbound_trunk_id);
  expect(ids).toEqual([trunk?.sipTrunkId, trunk?.sipTrunkId]);
}, 60_000);

test("a trial account: made, with what it cannot do; and one that has its one trunk already is told to upgrade", async () => {
  settings();
  twilio.account = { type: "Trial", status: "active" };
  twilio.trialTrunks = 0;
  const refused = await provision();
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("Twilio refused: Trial accounts are limited to one trunk");
  expect(refused.stderr).toContain("upgrade it in Twilio's console");
  twilio.trialTrunks = 1;
  const made = await provision();
  expect(made).toMatchObject({ code: 0 });
  expect(made.stderr).toContain("this is a trial account: it calls verified numbers only");
});

test.each<[string, string, string[], number, string]>([
  ["a wrong token", "wrong", [], 2, "Twilio refused the account SID or the token"],
  ["a number that is none", AUTH_TOKEN, ["--number", "+1"], 2, "expected a number such as"],
  ["a number of somebody else", AUTH_TOKEN, ["--number", "+12025550199"], 1, "expected a number of this account"],
])("%s", async (_, token, flags, exitCode, sentence) => {
  settings(token);
  const { code, stderr, stdout } = await provision(...flags);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
  expect(code).toBe(exitCode);
});

test.each([
  ["no settings", "", "expected the settings of a Twilio account"],
  ["half of the settings", `TWILIO_ACCOUNT_SID=${ACCOUNT_SID}`, "together, got one of them"],
  ["an API key for an account", "TWILIO_ACCOUNT_SID=SK1\nTWILIO_AUTH_TOKEN=x", "expected AC and 32 digits"],
  [
    "a stand-in on another machine",
    `TWILIO_ACCOUNT_SID=${ACCOUNT_SID}\nTWILIO_AUTH_TOKEN=x\nCAMPAIGNS_TWILIO_URL=http://192.0.2.1:80`,
    "expected a stand-in on this machine",
  ],
])("%s", async (_, env, sentence) => {
  scratch.file(".env", env);
  const { code, stderr } = await provision();
  expect(stderr).toContain(sentence);
  expect(code).toBe(2);
});
