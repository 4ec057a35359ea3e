/** DEBUG: what each part does, with no phone number and no secret in it, over a whole run. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { clean } from "../../src/cli/debug.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Folder, Scratch } from "../support/cli.ts";
import { program } from "../support/program.ts";
import { ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn } from "../support/twilio.ts";

let sandbox: Sandbox;
let scratch: Scratch;
beforeEach(async () => {
  const others = [
    { weight: 1, behaviour: { does: "answer", rings: 0.05, talks: 0.1 } },
    { weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here +12025550123", after: 0.05 } },
    { weight: 1, behaviour: { does: "auth", because: "wrong_password" } },
  ];
  const script = parseScript(JSON.stringify({ others, agentJoinsAfter: 0 }));
  sandbox = await startSandbox({ clock: systemClock, script });
  scratch = new Scratch(sandbox);
});
afterEach(async () => {
  scratch[Symbol.dispose]();
  await sandbox[Symbol.asyncDispose]();
});

const debugging = (names: string): string =>
  scratch.file(".env", `DEBUG=${names}\nTWILIO_AUTH_TOKEN=a-token-of-the-carrier\n`);

async function wholeRun(): Promise<string> {
  const csv = scratch.file("contacts.csv", contactsCsv(8));
  const always = [
    "--hours",
    "0-24",
    "--days",
    "all",
    "--rules",
    "none",
    "--timezone",
    "UTC",
    "--delay",
    "10ms",
    "--assistant",
    "a1",
  ];
  const ran = [
    await scratch.run("create", "--name", "spring", "--csv", csv, ...always, "--start"),
    await scratch.run("run"),
    await scratch.run("dial", "+12025550150", "--assistant", "a1", "--name", "Ada Lovelace", "--force", "--yes"),
    await scratch.run("dial", "+12025550150", "--trunk", "nowhere"),
    await scratch.run("trunks"),
    await scratch.run("status", "nothing"),
  ];
  return ran.map((one) => one.stderr).join("");
}

test("all three parts tell what they do, and no number, name or secret is in it", async () => {
  debugging("campaigns,outbound,livekit");
  const stderr = await wholeRun();
  expect(stderr).toMatch(/campaigns run begins/);
  expect(stderr).toMatch(/campaigns dial ends with/);
  expect(stderr).toMatch(/outbound .*call_dialing/);
  expect(stderr).toMatch(/outbound .*call_ended/);
  expect(stderr).toMatch(/livekit createSipParticipant/);
  expect(stderr).toMatch(/livekit createRoom: done/);
  expect(stderr).toMatch(/livekit createSipParticipant: SIP 486 Busy Here/);
  expect(stderr).not.toMatch(/555 ?01\d\d/);
  for (const secret of [sandbox.apiSecret, "sandbox-trunk-password", "a-token-of-the-carrier", "eyJ", "Lovelace"]) {
    expect(stderr).not.toContain(secret);
  }
});

test("only the parts that are asked for tell anything, and without DEBUG none does", async () => {
  debugging("livekit");
  const { stderr } = await scratch.run("dial", "+12025550150", "--assistant", "a1", "--force", "--yes");
  expect(stderr).toMatch(/livekit createRoom/);
  expect(stderr).not.toMatch(/outbound \{|campaigns \w+ begins/);
  debugging("");
  expect((await scratch.run("trunks")).stderr).toBe("");
});

test("requests to the carrier are told by whichever command makes them, and no command tells a number or a secret", async () => {
  await using twilio = await TwilioStandIn.start();
  const number = "+12025550150";
  twilio.own(number);
  scratch.file(
    ".env",
    [
      "DEBUG=campaigns,outbound,livekit",
      `TWILIO_ACCOUNT_SID=${ACCOUNT_SID}`,
      `TWILIO_AUTH_TOKEN=${AUTH_TOKEN}`,
      `CAMPAIGNS_TWILIO_URL=${twilio.url}`,
    ].join("\n"),
  );
  const csv = scratch.file("contacts.csv", contactsCsv(2));
  const always = ["--hours", "0-24", "--days", "all", "--rules", "none", "--assistant", "a1", "--delay", "0"];
  let said = "";
  const run = async (...argv: string[]): Promise<string> => {
    const { stderr, stdout } = await scratch.run(...argv);
    for (const secret of [AUTH_TOKEN, sandbox.apiSecret, ...twilio.passwords, "Basic ", "Bearer ", "eyJ"])
      expect(stdout + stderr).not.toContain(secret);
    said += stderr;
    return stderr;
  };
  await run("create", "--name", "spring", "--csv", csv, ...always, "--start");
  await run("run");
  const provisioned = await run("trunks", "provision", "--assistant", "a1", "--number", number);
  expect(provisioned).toMatch(/outbound POST trunking\.twilio\.com\/v1\/Trunks\/TK…\/PhoneNumbers: 201 in \d+ ms/);
  expect(await run("calls", "sync", "spring")).toMatch(/outbound GET api\.twilio\.com\/.*\/Calls\.json: 200 in \d+ ms/);
  expect(await run("doctor")).toMatch(/outbound GET api\.twilio\.com\/2010-04-01\/Accounts\/AC….json: 200/);
  for (const argv of [
    ["trunks"],
    ["trunks", "show", "a1"],
    ["trunks", "create", "--name", "x", "--address", "sip.example.com", "--number", "+12025550151"],
    ["trunks", "assign", "+12025550151", "--assistant", "a2", "--trunk", "x"],
    ["trunks", "limit", "x", "--cps", "1"],
    ["trunks", "unassign", "+12025550151"],
    ["trunks", "unassign", "+12025550151"],
    ["trunks", "delete", "x"],
    ["dnc", "add", "+12025550152"],
    ["dial", "+12025550152", "--assistant", "a1"],
    ["explain", "spring", "+12015550100"],
    ["status", "spring"],
    ["calls", "spring"],
  ]) {
    await run(...argv);
  }
  expect(said).not.toMatch(/555 ?01\d\d/);
}, 60_000);

test("DEBUG=* is all of ours, and none of other packages': theirs print headers", async () => {
  debugging("*");
  const { stderr } = await scratch.run("trunks");
  expect(stderr).toMatch(/livekit listSipOutboundTrunk: done/);
  expect(stderr).not.toMatch(/follow-redirects|https-proxy/);
});

test.each([
  ["to +12025550123 now", "to +1202•••0123 now"],
  ["to +44 7700 900123", "to +44 7•••0123"],
  ["442079460123 rang", "44207•••0123 rang"],
  ["?To=%2B12025550123&x", "?To=%2B12•••0123&x"],
  ["at 2026-11-24T04:00:00.000Z", "at 2026-11-24T04:00:00.000Z"],
  ["room call-11111111-2222-4333-8444-555555555555", "room call-11111111-2222-4333-8444-555555555555"],
  ["the secret word", "the ••• word"],
  ["Authorization: Bearer abc.def", "Authorization: •••"],
  ["token eyJhbGci.eyJpc3Mi.sig-nature", "token •••"],
])("%s → %s", (text, cleaned) => {
  expect(clean(text, ["secret"])).toBe(cleaned);
});

test("a command that tests run in their own process leaves no DEBUG there, which other files share", async () => {
  using folder = new Folder();
  const env = { CAMPAIGNS_DB: folder.db, HOME: folder.dir, DEBUG: "campaigns" };
  expect((await program(["list"], { cwd: folder.dir, env })).stderr).toContain("campaigns list");
  expect(process.env["DEBUG"]).toBeUndefined();
});
