/** campaigns trunks provision: the built program, the real twilio client and LiveKit SDK, stand-ins on loopback. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/engine/clock.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { type Ran, Scratch } from "../support/cli.ts";
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

const settings = (token = AUTH_TOKEN, debug = ""): string =>
  scratch.file(
    ".env",
    [
      `TWILIO_ACCOUNT_SID=${ACCOUNT_SID}`,
      `TWILIO_AUTH_TOKEN=${token}`,
      `CAMPAIGNS_TWILIO_URL=${twilio.url}`,
      `DEBUG=${debug}`,
    ].join("\n"),
  );

const provision = (...more: string[]): Promise<Ran> =>
  scratch.run("trunks", "provision", "--assistant", "a1", "--number", NUMBER, ...more);

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

test("two runs at once make one of everything, and both end well", async () => {
  settings();
  const ran = await Promise.all([provision("--json"), provision("--json")]);
  expect(ran.map(({ code, stderr }) => [code, stderr.includes("campaigns:")])).toEqual([
    [0, false],
    [0, false],
  ]);
  expect(
    new Set(ran.map(({ stdout }) => (JSON.parse(stdout) as { outbound_trunk_id: string }).outbound_trunk_id)).size,
  ).toBe(1);
  expect([twilio.trunks.length, twilio.lists.length, sandbox.world.trunks.list().length]).toEqual([1, 1, 2]);
  expect(new Set(twilio.passwords).size).toBe(1);
}, 60_000);

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
