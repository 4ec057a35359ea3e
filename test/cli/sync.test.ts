/** campaigns calls sync: what the carrier has in its books about a campaign that was run against the sandbox. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { SandboxDesk, twilioSettings } from "../support/desk.ts";
import { type StandInCall, TwilioStandIn } from "../support/twilio.ts";

const NUMBERS = ["+12025550110", "+12025550111", "+12025550112", "+12025550113"] as const;

let desk: SandboxDesk;
let twilio: TwilioStandIn;
beforeEach(async () => {
  const others = [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0 } }];
  desk = await SandboxDesk.open({ others, agentJoinsAfter: 0 });
  twilio = await TwilioStandIn.start();
  Object.assign(desk.env, twilioSettings(twilio.url));
  const csv = ["phone_number", ...NUMBERS].join("\n");
  const always = [
    "--hours",
    "0-24",
    "--days",
    "all",
    "--rules",
    "none",
    "--delay",
    "0",
    "--assistant",
    "a1",
    "--start",
  ];
  await run(["create", "--name", "spring", "--csv", "-", ...always], csv);
  await run(["run"]);
  expect(desk.sandbox.world.dials).toHaveLength(NUMBERS.length);
});
afterEach(async () => {
  await twilio[Symbol.asyncDispose]();
  await desk[Symbol.asyncDispose]();
});

const run = (argv: readonly string[], stdin = ""): Promise<Ran> => desk.run(argv, stdin);
const sync = async (): Promise<Record<string, unknown>> => {
  const { code, stdout } = await run(["calls", "sync", "spring", "--json"]);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
};
/** The carrier notes whole seconds. */
const record = (number: string, sid: string, more: Partial<StandInCall> = {}): StandInCall => {
  const at = desk.sandbox.world.dials.find(({ sipCallTo }) => sipCallTo === number)?.at ?? 0;
  return { sid, to: number, status: "completed", start: Math.floor(at / 1000) * 1000, duration: 30, ...more };
};
const [one, two, three] = NUMBERS;

test("found by number and time, summed, and asked again only for what is not known yet", async () => {
  twilio.calls.push(record(one, "CA1", { price: "-0.01500" }), record(two, "CA2"));
  twilio.calls.push(record(three, "CA3", { status: "busy", duration: 0 }));
  expect(await sync()).toEqual({
    asked: 4,
    found: 3,
    missing: 1,
    ambiguous: 0,
    unpriced: 1,
    costs: [{ unit: "USD", amount: 0.015, calls: 1 }],
  });

  twilio.calls.splice(1, 1, record(two, "CA2", { price: "-0.00750" }));
  // The one without a price, and the one that was not there.
  expect(await sync()).toMatchObject({ asked: 2, found: 1, missing: 1, unpriced: 0 });
  const status = await run(["status", "spring", "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({ costs: [{ unit: "USD", amount: 0.0225, calls: 2 }] });
  expect((await run(["status", "spring"])).stdout).toContain("cost      0.0225 USD for 2 calls");
});

test("what could be one of two calls is left alone, and so is a call of another time", async () => {
  twilio.calls.push(record(one, "CA1"), record(one, "CA2"));
  const long = record(two, "CA3").start;
  twilio.calls.push(record(two, "CA3", { start: long - 60_000 }), record(two, "CA4", { start: long + 60_000 }));
  expect(await sync()).toMatchObject({ found: 0, ambiguous: 1, missing: 3, costs: [] });
});

test("no settings, an unknown campaign, a wrong token: one sentence each", async () => {
  expect((await run(["calls", "sync", "nothing"])).stderr).toContain("expected the name or id of a campaign");
  desk.env["TWILIO_AUTH_TOKEN"] = "wrong";
  const wrong = await run(["calls", "sync", "spring"]);
  expect(wrong.stderr).toContain("Twilio refused the account SID or the token");
  expect(wrong.code).toBe(2);
  delete desk.env["TWILIO_AUTH_TOKEN"];
  delete desk.env["TWILIO_ACCOUNT_SID"];
  expect(await run(["calls", "sync", "spring"])).toMatchObject({ code: 2 });
});

test("calls CAMPAIGN still lists, beside calls sync", async () => {
  const { stdout } = await run(["calls", "spring", "--status", "busy", "--json"]);
  expect((JSON.parse(stdout) as { calls: unknown[] }).calls).toHaveLength(4);
  expect((await run(["calls", "sync", "--help"])).stdout).toContain("campaigns calls sync spring");
});
