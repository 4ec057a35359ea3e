/** The doctor's loop: what one check does is no other's business. */
import { describe, expect, test } from "vitest";
import { checksFor } from "../../../src/engine/doctor/checks.ts";
import { type Check, type DoctorContext, examine, failed, ok, warning } from "../../../src/engine/doctor/doctor.ts";
import { DAY } from "../../../src/domain/time/instant.ts";
import { SHIPPED_RELEASE, SHIPPED_SPAN } from "../../../src/domain/time/zone-data.ts";
import { Unavailable } from "../../../src/engine/errors.ts";
import { ManualClock } from "../../../src/sandbox/index.ts";

const clock = new ManualClock(Date.UTC(2026, 10, 24));
const never = (): never => {
  throw new Error("nobody asks for it");
};
const context: DoctorContext = {
  clock,
  agentName: "ai",
  machine: {
    nodeVersion: "26.0.0",
    timeZoneData: "2026c",
    zonesThatDiffer: () => [],
    settings: { set: [], missing: [] },
    engineEnabled: true,
    database: "c.db",
    envFile: null,
    debugging: false,
    publicUrl: () => null,
    mode: () => Promise.resolve(null),
    isWritable: () => Promise.resolve(true),
    encryption: () => Promise.resolve({ state: "plain", key: null }),
    copies: () => Promise.resolve([]),
    freeBytes: () => Promise.resolve(2 ** 40),
  },
  store: never,
  project: never,
  campaigns: never,
  trunks: never,
  probe: never,
  carrier: never,
};
const check = (name: string, run: Check["run"], more: Partial<Check> = {}): Check => ({ name, run, ...more });

test("a check that throws, one that hangs and one that is broken stop no other", async () => {
  const checks = [
    check("hangs", () => new Promise(() => {})),
    check("throws", () => {
      throw new Unavailable("livekit", "LiveKit did not answer for +12025550123", { hint: "check LIVEKIT_HOST" });
    }),
    check("breaks", () => Promise.reject(new TypeError("x is undefined"))),
    check("well", () => ok("all is well")),
  ];
  const results = await clock.finish(examine(checks, context), 60_000);
  expect(results).toEqual([
    {
      check: "hangs",
      health: "failed",
      found: "no answer within 10s",
      todo: expect.any(String) as string,
      blockedBy: null,
    },
    {
      check: "throws",
      health: "failed",
      found: "LiveKit did not answer for +1202•••0123",
      todo: "check LIVEKIT_HOST",
      blockedBy: null,
    },
    { check: "breaks", health: "failed", found: "x is undefined", todo: "if it stays, report it", blockedBy: null },
    { check: "well", health: "ok", found: "all is well", todo: null, blockedBy: null },
  ]);
});

test("what hangs on a failed check is not made, and says on which; a warning holds nothing up", async () => {
  const checks = [
    check("down", () => failed("it is down", "start it")),
    check("behind", () => ok("never said"), { needs: ["down"] }),
    check("further behind", () => ok("never said"), { needs: ["odd", "behind"] }),
    check("odd", () => warning("it is odd", "look")),
    check("behind odd", () => ok("seen"), { needs: ["odd"] }),
  ];
  const results = await clock.finish(examine(checks, context), 60_000);
  expect(results.map(({ health, found }) => [health, found])).toEqual([
    ["failed", "it is down"],
    ["warning", "not checked, because down failed"],
    ["warning", "not checked, because down failed"],
    ["warning", "it is odd"],
    ["ok", "seen"],
  ]);
});

test("every check that another needs stands before it in the table, and no name comes twice", () => {
  for (const checks of [checksFor({ database: "c.db" }), checksFor({ database: null })]) {
    const names = checks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const [n, { needs }] of checks.entries()) {
      expect(names.slice(0, n)).toEqual(expect.arrayContaining([...(needs ?? [])]));
    }
  }
});

test.each<[string, Partial<DoctorContext["machine"]>, string, string]>([
  ["an old Node", { nodeVersion: "22.1.0" }, "node", "failed"],
  ["missing settings", { settings: { set: [], missing: ["LIVEKIT_HOST"] } }, "settings", "failed"],
  ["an engine that is switched off", { engineEnabled: false }, "settings", "warning"],
  ["a database that others can read", { mode: () => Promise.resolve(0o644) }, "file modes", "warning"],
  [
    "settings with secrets, and no database file",
    { database: null, envFile: { path: ".env", secret: true }, mode: () => Promise.resolve(0o640) },
    "file modes",
    "warning",
  ],
  ["a directory that cannot be written", { isWritable: () => Promise.resolve(false) }, "permissions", "failed"],
  [
    "an encryption that was broken off",
    { encryption: () => Promise.resolve({ state: "rotating", key: "0a1b2c3d" }) },
    "encryption",
    "warning",
  ],
  ["a disk that is nearly full", { freeBytes: () => Promise.resolve(5e8) }, "disk space", "warning"],
  ["a disk that is full", { freeBytes: () => Promise.resolve(1e6) }, "disk space", "failed"],
])("%s", async (_, changes, name, health) => {
  const machine = { ...context.machine, ...changes };
  const results = await clock.finish(examine(checksFor(machine), { ...context, machine }), 60_000);
  const result = results.find((one) => one.check === name);
  expect(result?.health).toBe(health);
  expect(result?.todo).not.toBeNull();
});

test.each<[string, string | null, string[], string]>([
  [
    "an old Node",
    "2026c",
    ["America/Havana", "America/Winnipeg"],
    `the program's ${SHIPPED_RELEASE}, the newer; this Node's 2026c differs for America/Havana, America/Winnipeg`,
  ],
  [
    "a newer Node",
    "2027a",
    ["Europe/Paris"],
    `this Node's 2027a, the newer; the program's ${SHIPPED_RELEASE} differs for Europe/Paris`,
  ],
  [
    "a Node that says nothing",
    null,
    [],
    `the program's ${SHIPPED_RELEASE}, the newer; this Node's of unknown age agrees`,
  ],
])("the time zones whose clocks are in doubt are named: %s", async (_, timeZoneData, zones, found) => {
  const machine = { ...context.machine, timeZoneData, zonesThatDiffer: () => zones };
  const results = await clock.finish(examine(checksFor(machine), { ...context, machine }), 60_000);
  expect(results.find((one) => one.check === "time zones")).toMatchObject({
    health: "ok",
    found: `time-zone data: ${found}`,
  });
});

test("time-zone data that ends within a year is a warning", async () => {
  const late = new ManualClock(SHIPPED_SPAN.last - 300 * DAY);
  const results = await late.finish(examine(checksFor(context.machine), { ...context, clock: late }), 60_000);
  expect(results.find((one) => one.check === "time zones")).toMatchObject({ health: "warning" });
});

test.each([
  [0, 0, "ok"],
  [1_999, 0, "ok"],
  [10_000, 0, "warning"],
  [-10_000, 0, "warning"],
  [90_000, 0, "failed"],
  [-90_000, 0, "failed"],
  // A slow answer is no wrong clock.
  [0, 5_000, "ok"],
])("LiveKit's clock is %i ms off, answered after %i ms: %s", async (off, after, health) => {
  const probe = {
    serverTime: async () => {
      const read = Math.floor((clock.now() + off) / 1000) * 1000;
      await clock.sleep(after);
      return read;
    },
    rooms: () => Promise.resolve(0),
    mayDial: () => Promise.resolve(),
    agentJoins: () => Promise.resolve(1),
    agentsAtWork: () => Promise.resolve(0),
  };
  const results = await clock.finish(
    examine(checksFor(context.machine), { ...context, probe: () => Promise.resolve(probe) }),
    60_000,
  );
  expect(results.find((one) => one.check === "clock")?.health).toBe(health);
});

describe("webhooks that come in", () => {
  const check = checksFor(context.machine).find(({ name }) => name === "webhooks in");
  const asked = async (senders: object, live: number, url: string | null = null) => {
    const store = { webhookSenders: () => Promise.resolve(senders) };
    const campaigns = {
      list: () => Promise.resolve([{ id: "1", status: "running" }]),
      report: () => Promise.resolve({ live }),
    };
    const opened = { store: () => Promise.resolve(store), campaigns: () => Promise.resolve(campaigns) };
    const machine = { ...context.machine, publicUrl: () => url };
    return check?.run({ ...context, ...(opened as unknown as DoctorContext), machine });
  };

  test("that never came are no trouble, and where to have them sent is said", async () => {
    expect(await asked({}, 3, "https://calls.example.com")).toMatchObject({
      health: "ok",
      found: expect.stringContaining("https://calls.example.com/webhooks/livekit") as string,
    });
  });

  test("that came lately are well, and so are those that nobody had a reason to send", async () => {
    expect(await asked({ livekit: 4200, twilio: 180_000 }, 3)).toEqual(
      ok("LiveKit's last came 4s ago, Twilio's 3m ago"),
    );
    expect(await asked({ livekit: 3 * DAY }, 0)).toMatchObject({ health: "ok" });
  });

  test("that stopped while calls are live are a warning", async () => {
    expect(await asked({ livekit: DAY }, 2)).toMatchObject({
      health: "warning",
      found: expect.stringContaining("though calls are live") as string,
      todo: expect.stringContaining("/webhooks/livekit") as string,
    });
  });
});
