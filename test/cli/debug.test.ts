/** DEBUG: what each part does, with no phone number and no secret in it, over a whole run. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { clean } from "../../src/cli/debug.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";

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
  ["at 2026-11-24T04:00:00.000Z", "at 2026-11-24T04:00:00.000Z"],
  ["room call-11111111-2222-4333-8444-555555555555", "room call-11111111-2222-4333-8444-555555555555"],
  ["the secret word", "the ••• word"],
  ["Authorization: Bearer abc.def", "Authorization: •••"],
  ["token eyJhbGci.eyJpc3Mi.sig-nature", "token •••"],
])("%s → %s", (text, cleaned) => {
  expect(clean(text, ["secret"])).toBe(cleaned);
});
