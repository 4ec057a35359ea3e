/** A runner killed in mid-call, the room gone, Twilio's settings there: its books say what became of the call. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { fictionalNumber, Scratch } from "../support/cli.ts";
import { twilioSettings } from "../support/desk.ts";
import { inside } from "../support/program.ts";
import { TwilioStandIn } from "../support/twilio.ts";

const ALWAYS = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --delay 0 --start".split(" ");
const [TALKING, RINGING, LOST] = [fictionalNumber(0), fictionalNumber(1), fictionalNumber(2)];

test("after kill -9 calls end as Twilio has them in its cdr, and status shows what they cost", async () => {
  const numbers = {
    [TALKING]: [{ does: "answer", rings: 0, talks: 600 }],
    [RINGING]: [{ does: "answer", rings: 600, talks: 1 }],
    [LOST]: [{ does: "answer", rings: 600, talks: 1 }],
  };
  const script = parseScript(JSON.stringify({ numbers, agentJoinsAfter: 0 }));
  await using sandbox = await startSandbox({ clock: systemClock, script });
  await using twilio = await TwilioStandIn.start();
  using scratch = new Scratch(sandbox, undefined, twilioSettings(twilio.url));
  const csv = scratch.file("contacts.csv", ["phone_number", TALKING, RINGING, LOST].join("\n"));
  const created = await inside(scratch, "create", "--name", "spring", "--csv", csv, ...ALWAYS, "--max-attempts", "2");
  expect(created).toMatchObject({ code: 0 });

  const victim = scratch.start("run", "--lease", "2s");
  const answered = async (): Promise<boolean> => {
    const { stdout } = await inside(scratch, "status", "spring", "--json");
    return (JSON.parse(stdout) as { calls: { answered: number } }).calls.answered === 1;
  };
  while (sandbox.world.dials.length < 3 || !(await answered())) await systemClock.sleep(20);
  victim.kill("SIGKILL");
  await victim.ended;
  for (const { name } of sandbox.world.rooms.list()) sandbox.world.rooms.delete(name);
  // Nothing was asked of Twilio so far, since nothing had to be.
  expect(twilio.requests).toEqual([]);

  const startOf = (number: string): number =>
    Math.floor((sandbox.world.dials.find(({ sipCallTo }) => sipCallTo === number)?.at ?? 0) / 1000) * 1000;
  const price = "-0.01500";
  twilio.calls.push({ sid: "CA1", to: TALKING, status: "completed", start: startOf(TALKING), duration: 1, price });
  twilio.calls.push({ sid: "CA2", to: RINGING, status: "busy", start: startOf(RINGING) });
  // Either could be it: neither is.
  for (const sid of ["CA3", "CA4"]) {
    twilio.calls.push({ sid, to: LOST, status: "completed", start: startOf(LOST), duration: 9, price });
  }

  const ran = await scratch.run("run", "--lease", "2s", "--json");
  expect(ran).toMatchObject({ code: 0 });
  const { stdout } = await inside(scratch, "calls", "spring", "--json");
  const { calls } = JSON.parse(stdout) as { calls: { phone_number: string; next_attempt_at: string | null }[] };
  const call = (number: string): object | undefined => calls.find(({ phone_number }) => phone_number === number);
  expect(call(TALKING)).toMatchObject({ status: "completed", call_duration: 1, call_sid: "CA1" });
  expect(call(RINGING)).toMatchObject({ status: "pending", end_reason: "busy", next_attempt_at: expect.any(String) });
  expect(call(LOST)).toMatchObject({ status: "failed", end_reason: "lost", next_attempt_at: null });
  expect(sandbox.world.dials).toHaveLength(3);
  expect((await inside(scratch, "status", "spring")).stdout).toContain("cost      0.0150 USD for 1 call");
  expect(ran.stdout + ran.stderr).not.toMatch(/\+1\d{10}|an-auth-token/);
}, 120_000);
