/** campaigns doctor: one thing is spoiled at a time, and the check that is meant to find it does. */
import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import type { Ran } from "../support/cli.ts";
import { SandboxDesk, twilioSettings } from "../support/desk.ts";
import { LosingRoad } from "../support/losing.ts";
import { AUTH_TOKEN, TwilioStandIn } from "../support/twilio.ts";

interface Told {
  readonly ok: number;
  readonly warning: number;
  readonly failed: number;
  readonly checks: readonly {
    check: string;
    health: string;
    found: string;
    todo: string | null;
    blocked_by: string | null;
  }[];
}

let desk: SandboxDesk;
let sandbox: Sandbox;
let twilio: TwilioStandIn;
beforeEach(async () => {
  desk = await SandboxDesk.open({ agentJoinsAfter: 0.05 });
  ({ sandbox } = desk);
  twilio = await TwilioStandIn.start();
});
afterEach(async () => {
  await twilio[Symbol.asyncDispose]();
  await desk[Symbol.asyncDispose]();
});

const run = (argv: readonly string[], stdin = ""): Promise<Ran> => desk.run(argv, stdin);
async function examined(): Promise<{ readonly code: number | null; readonly told: Told }> {
  const { code, stdout } = await run(["doctor", "--json"]);
  for (const secret of [sandbox.apiSecret, SANDBOX_TRUNK.authPassword, AUTH_TOKEN])
    expect(stdout).not.toContain(secret);
  const told = JSON.parse(stdout) as Told;
  // Every check says what to do, unless all is well.
  for (const { health, todo } of told.checks) expect(todo === null).toBe(health === "ok");
  expect(code).toBe(told.failed > 0 ? 1 : 0);
  return { code, told };
}
async function finding(check: string): Promise<{ health: string; found: string; todo: string | null }> {
  const found = (await examined()).told.checks.find((one) => one.check === check);
  if (found === undefined) throw new Error(`there is no check called ${check}`);
  return found;
}
const assignSandbox = (): Promise<Ran> =>
  run(["trunks", "assign", SANDBOX_TRUNK.numbers[0] ?? "", "--assistant", "a1", "--trunk", "sandbox"]);
const withTwilio = (token = AUTH_TOKEN): void => {
  Object.assign(desk.env, twilioSettings(twilio.url, token));
};
const createCampaign = (...more: string[]): Promise<Ran> =>
  run(
    [
      "create",
      "--name",
      "spring",
      "--csv",
      "-",
      "--assistant",
      "a1",
      "--hours",
      "0-24",
      "--days",
      "all",
      "--rules",
      "none",
      ...more,
    ],
    "phone_number\n+12025550110\n",
  );

test("all is well: nothing failed, nothing to do, no room left behind, nobody rung", async () => {
  await assignSandbox();
  const { code, told } = await examined();
  expect(told.checks.filter(({ health }) => health !== "ok")).toEqual([]);
  expect(code).toBe(0);
  expect(sandbox.world.rooms.list()).toEqual([]);
  expect(sandbox.world.dials).toEqual([]);
  expect(told.checks.find(({ check }) => check === "agent")?.found).toMatch(/joined a room after \d\.\d s/);
  const { stdout } = await run(["doctor"]);
  expect(stdout).toContain(`${told.ok} ok, 0 warnings, 0 failed`);
});

test("settings are named, never shown", async () => {
  const { found } = await finding("settings");
  expect(found).toContain("LIVEKIT_API_SECRET");
  expect(found).not.toContain(sandbox.apiSecret);
});

describe("LiveKit", () => {
  test("no settings: what needs them is not checked, everything else is", async () => {
    delete desk.env["LIVEKIT_HOST"];
    const { told } = await examined();
    const health = Object.fromEntries(told.checks.map((one) => [one.check, one.health]));
    expect(health).toMatchObject({ settings: "failed", livekit: "warning", database: "ok", agent: "warning" });
    expect(told.failed).toBe(1);
  });

  test("a sandbox of its own needs no settings of a LiveKit", async () => {
    for (const name of ["LIVEKIT_HOST", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]) delete desk.env[name];
    const { code, stdout } = await run(["doctor", "--sandbox"]);
    expect(stdout).toMatch(/^ok +settings /m);
    expect(stdout).toMatch(/, 0 failed\n$/);
    expect(code).toBe(0);
  });

  test("nobody answers: that is said once, with what could not be checked; to scripts, of each check", async () => {
    desk.env["LIVEKIT_HOST"] = "ws://127.0.0.1:65535";
    const { told } = await examined();
    const behind = ["clock", "room grants", "sip grants", "trunks", "numbers", "agent"];
    for (const check of behind) {
      expect(told.checks).toContainEqual(
        expect.objectContaining({ check, health: "warning", blocked_by: "livekit" }) as unknown,
      );
    }
    const { code, stdout } = await run(["doctor"]);
    expect(stdout).toMatch(
      /failed +livekit +LiveKit did not answer: connect ECONNREFUSED.*\n +→ .*\n +not checked before that is put right: clock, room grants, .*agent\n/,
    );
    expect(stdout.match(/not checked before|since livekit failed/g)).toHaveLength(1);
    expect(stdout).toMatch(/\d+ ok, 0 warnings, 1 failed, 6 not checked\n$/);
    expect(code).toBe(1);
  });

  test("a wrong key", async () => {
    desk.env["LIVEKIT_API_SECRET"] = "not-the-secret-of-this-server-at-all";
    const { told } = await examined();
    for (const check of ["room grants", "sip grants"]) {
      expect(told.checks).toContainEqual(expect.objectContaining({ check, health: "failed" }) as unknown);
    }
  });

  // LiveKit Cloud has keys that may do less; the SDK's own tokens may do all that the key may.
  test.each([
    ["RoomService/ListRooms", "room grants", "roomList"],
    ["RoomService/CreateRoom", "room grants", "roomCreate"],
    ["RoomService/ListParticipants", "room grants", "roomAdmin"],
    ["SIP/CreateSIPParticipant", "sip grants", "sip.call"],
    ["SIP/ListSIPOutboundTrunk", "sip grants", "sip.admin"],
  ])("a key that may not do %s: %s says so, and nobody is rung", async (method, check, grant) => {
    await using road = await LosingRoad.to(sandbox.httpUrl, (path) =>
      path.endsWith(method)
        ? { status: 401, body: '{"code":"unauthenticated","msg":"permissions denied"}' }
        : "arrives",
    );
    desk.env["LIVEKIT_HOST"] = road.url;
    const { health, found, todo } = await finding(check);
    expect(health).toBe("failed");
    expect(`${found} ${todo}`).toContain(grant);
    expect(sandbox.world.dials).toEqual([]);
    expect(sandbox.world.rooms.list()).toEqual([]);
  });

  test("no trunk", async () => {
    sandbox.world.trunks.delete("ST_sandbox");
    expect(await finding("trunks")).toMatchObject({ health: "failed" });
  });

  test("no number is assigned", async () => {
    expect(await finding("numbers")).toMatchObject({
      health: "warning",
      todo: expect.stringContaining("campaigns trunks assign NUMBER") as string,
    });
  });

  test("a number on a trunk that is gone", async () => {
    await assignSandbox();
    sandbox.world.trunks.delete("ST_sandbox");
    expect(await finding("numbers")).toMatchObject({ health: "failed" });
  });

  test("a number that its trunk does not list", async () => {
    await run(["trunks", "assign", "+12025550177", "--assistant", "a1", "--trunk", "sandbox"]);
    expect(await finding("numbers")).toMatchObject({ health: "warning" });
  });

  test("no agent comes, and its room is removed all the same", async () => {
    desk.behave({ agentJoinsAfter: null });
    expect(await finding("agent")).toMatchObject({
      health: "failed",
      todo: expect.stringContaining("LK_AGENT_NAME") as string,
    });
    expect(sandbox.world.rooms.list()).toEqual([]);
  });

  test("all agents are busy: that is not said as if no worker were there", async () => {
    desk.behave({ agentJoinsAfter: 0, agentActiveAfter: 0 });
    sandbox.world.createRoom({ name: "call-of-another", agents: [{ agentName: "ai", metadata: "" }] });
    desk.behave({ agentPool: 1 });
    expect(await finding("agent")).toMatchObject({
      health: "failed",
      found: expect.stringContaining("while 1 agent worked in other rooms") as string,
      todo: expect.stringContaining("the workers may be full") as string,
    });
  });

  test("a slow agent", async () => {
    desk.behave({ agentJoinsAfter: 3.2 });
    expect(await finding("agent")).toMatchObject({ health: "warning" });
  });
});

describe("database", () => {
  test("no database at all", async () => {
    desk.file("c.db", "this is no database, it is a letter to a friend, and it is long enough");
    expect(await finding("database")).toMatchObject({ health: "failed" });
  });

  test("a database of another version: it answers, but its schema is not ours", async () => {
    {
      using db = new DatabaseSync(desk.db);
      db.exec("pragma user_version = 999");
    }
    const { told } = await examined();
    const health = Object.fromEntries(told.checks.map((one) => [one.check, one.health]));
    expect(health).toMatchObject({ database: "ok", schema: "failed", campaigns: "warning", livekit: "ok" });
  });

  test("settings that others can read", async () => {
    chmodSync(desk.file(".env", "LK_AGENT_NAME=ai\n"), 0o644);
    expect(await finding("file modes")).toMatchObject({ health: "ok" });
    desk.file(".env", "TWILIO_AUTH_TOKEN=x\n");
    expect(await finding("file modes")).toMatchObject({
      health: "warning",
      todo: expect.stringContaining("chmod 600") as string,
    });
  });
});

describe("campaigns", () => {
  test("a running one and no runner", async () => {
    await createCampaign("--start");
    const { health, found } = await finding("campaigns");
    expect(found).toContain('"spring" running');
    expect(found).toContain("no runner is up");
    expect(health).toBe("warning");
  });

  test("a paused one, with the reason", async () => {
    await createCampaign("--start");
    await run(["pause", "spring"]);
    expect(await finding("campaigns")).toMatchObject({
      health: "warning",
      found: '"spring" paused (paused by the operator)',
    });
  });

  test("one that cannot run", async () => {
    await createCampaign("--start");
    {
      using db = new DatabaseSync(desk.db);
      db.exec("update campaigns set trunk_id = 'gone since'");
    }
    await run(["run"]);
    expect(await finding("campaigns")).toMatchObject({ health: "failed" });
  });

  test("contacts without a number that can be called", async () => {
    await createCampaign("--start");
    {
      using db = new DatabaseSync(desk.db);
      db.exec("update campaign_calls set phone_number = '12'");
    }
    expect(await finding("contacts")).toMatchObject({
      health: "warning",
      found: expect.stringMatching(/^1 of 1/) as string,
    });
  });
});

describe("Twilio", () => {
  test("an account in good order", async () => {
    withTwilio();
    expect(await finding("twilio")).toMatchObject({ health: "ok" });
  });
  test("a wrong token", async () => {
    withTwilio("wrong");
    expect(await finding("twilio")).toMatchObject({
      health: "failed",
      found: "Twilio refused the account SID or the token",
    });
  });
  test("a trial account", async () => {
    withTwilio();
    twilio.account = { type: "Trial", status: "active" };
    expect(await finding("twilio")).toMatchObject({ health: "warning" });
  });
  test("a suspended account", async () => {
    withTwilio();
    twilio.account = { type: "Full", status: "suspended" };
    expect(await finding("twilio")).toMatchObject({ health: "failed" });
  });
  test("LiveKit calls through a trunk that the account does not have", async () => {
    withTwilio();
    await run(["trunks", "create", "--name", "t", "--address", "gone.pstn.twilio.com", "--number", "+12025550177"]);
    const { told } = await examined();
    expect(told.checks).toContainEqual(expect.objectContaining({ check: "twilio", health: "failed" }) as unknown);
    // Without credentials Twilio refuses its calls, too.
    expect(told.checks).toContainEqual(expect.objectContaining({ check: "trunks", health: "warning" }) as unknown);
  });
});
