/** Provisioning and call records through the real twilio client, the real LiveKit SDK and their stand-ins on loopback. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { sipClient } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTrunks } from "../../src/adapters/livekit/trunks.ts";
import { TwilioCarrier } from "../../src/adapters/twilio/carrier.ts";
import { type TwilioClient, twilioClient } from "../../src/adapters/twilio/client.ts";
import { passwordMaker } from "../../src/adapters/twilio/password.ts";
import { TwilioRecords } from "../../src/adapters/twilio/records.ts";
import type { Clock, Store } from "../../src/engine/ports/index.ts";
import { type Provisioned, provision, type ProvisionContext } from "../../src/engine/manage/provision.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn } from "../support/twilio.ts";

const NUMBER = "+12025550150";
const OTHER = "+12025550151";
const AT = Date.UTC(2026, 10, 24, 12);

let carrierSide: TwilioStandIn;
let sandbox: Sandbox;
let store: Store;
let twilio: TwilioClient;
let slept: number[];
/** Time passes as soon as somebody waits for it. */
const clock: Clock = { now: () => AT, monotonic: () => 0, sleep: (ms) => Promise.resolve(void slept.push(ms)) };

beforeEach(async () => {
  slept = [];
  carrierSide = await TwilioStandIn.start();
  carrierSide.own(NUMBER);
  sandbox = await startSandbox({ clock });
  store = openSqliteStore(":memory:");
  twilio = client();
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
  await carrierSide[Symbol.asyncDispose]();
});

const client = (authToken = AUTH_TOKEN): TwilioClient =>
  twilioClient({ accountSid: ACCOUNT_SID, authToken, url: carrierSide.url }, clock);

function context(): ProvisionContext {
  const { url: host, apiKey, apiSecret } = sandbox;
  return {
    carrier: new TwilioCarrier(twilio),
    admin: new LiveKitTrunks(sipClient({ host, apiKey, apiSecret }), clock),
    store,
    clock,
    newId: () => crypto.randomUUID(),
    passwordFor: passwordMaker(AUTH_TOKEN),
    onStep: () => {},
  };
}

const run = (changes: Partial<{ number: string; assistant: string; dryRun: boolean }> = {}): Promise<Provisioned> =>
  provision(changes.assistant ?? "a1", changes.number ?? NUMBER, changes.dryRun ?? false, context());

/** LiveKit's trunks but the one that was there from the start. */
const liveKitTrunks = () => sandbox.world.trunks.list().filter(({ sipTrunkId }) => sipTrunkId !== "ST_sandbox");

/** One of everything, both passwords the same, and the number is the assistant's. */
async function allIsThereOnce(): Promise<void> {
  expect(carrierSide.trunks).toHaveLength(1);
  expect(carrierSide.lists).toHaveLength(1);
  const [trunk, list, number] = [carrierSide.trunks[0], carrierSide.lists[0], carrierSide.numbers[0]];
  expect(trunk?.lists).toEqual([list?.sid]);
  expect(list?.credentials).toHaveLength(1);
  expect(number?.trunkSid).toBe(trunk?.sid);
  const [liveKit, ...more] = liveKitTrunks();
  expect(more).toEqual([]);
  expect(liveKit).toMatchObject({
    address: trunk?.domainName,
    numbers: [NUMBER],
    authUsername: list?.credentials[0]?.username,
    authPassword: list?.credentials[0]?.password,
  });
  expect(await store.listNumbers()).toMatchObject([
    { number: NUMBER, assistantId: "a1", trunkId: liveKit?.sipTrunkId, phoneSid: number?.sid, trunkSid: trunk?.sid },
  ]);
}

describe("provisioning", () => {
  test("makes everything from nothing", async () => {
    const made = await run();
    await allIsThereOnce();
    expect(made).toMatchObject({ trial: false, domain: expect.stringMatching(/^campaigns-\w+\.pstn\.twilio\.com$/) });
    expect(made.steps.map(({ was }) => was)).toEqual([
      "made",
      "made",
      "made",
      "made",
      "made",
      "made",
      // LiveKit's trunk was made with the number on it.
      "there",
      "made",
    ]);
  });

  test("a second run finds everything and makes nothing", async () => {
    await run();
    const { posts } = carrierSide;
    const again = await run();
    expect(new Set(again.steps.map(({ was }) => was))).toEqual(new Set(["there"]));
    expect(carrierSide.posts).toBe(posts);
    await allIsThereOnce();
  });

  test("a dry run says what is missing and makes nothing", async () => {
    const dry = await run({ dryRun: true });
    expect(new Set(dry.steps.map(({ was }) => was))).toEqual(new Set(["would_make"]));
    expect(carrierSide.posts).toBe(0);
    expect(liveKitTrunks()).toEqual([]);
    expect(await store.listNumbers()).toEqual([]);
    await run();
    expect(new Set((await run({ dryRun: true })).steps.map(({ was }) => was))).toEqual(new Set(["there"]));
  });

  // Five POSTs make a trunk, a list, its association, the number's attachment and the credential.
  const failures = ["before", "after"] as const;
  test.each(failures.flatMap((how) => [1, 2, 3, 4, 5].map((at) => [at, how] as const)))(
    "after request %i to the carrier failed (%s it acted), the next run completes it and makes nothing twice",
    async (at, how) => {
      carrierSide.fail(at, how);
      await expect(run()).rejects.toMatchObject({ exitCode: 3 });
      await run();
      await allIsThereOnce();
    },
  );

  test.each(["drop_before", "drop_after", "bad_gateway_after", "garbage_after"] as const)(
    "after LiveKit's answer was lost (%s), the next run completes it and makes nothing twice",
    async (does) => {
      sandbox.world.faults.set({
        seed: 1,
        faults: [{ method: "SIP/CreateSIPOutboundTrunk", chance: 1, does, seconds: 0 }],
      });
      await expect(run()).rejects.toMatchObject({ exitCode: 3 });
      sandbox.world.faults.set({ seed: 1, faults: [] });
      await run();
      await allIsThereOnce();
    },
  );

  test("after our own database failed, the next run stores what is missing", async () => {
    const broken: Store = { ...store, assignNumber: () => Promise.reject(new Error("the disk is full")) };
    await expect(provision("a1", NUMBER, false, { ...context(), store: broken })).rejects.toThrow("the disk is full");
    await run();
    await allIsThereOnce();
  });

  test("every failure after every other, one a run, still ends with one of everything", async () => {
    for (let at = 1; at <= 5; at++) {
      carrierSide.fail(1, at % 2 === 0 ? "before" : "after");
      await run().catch(() => {});
    }
    carrierSide.failing = null;
    await run();
    await allIsThereOnce();
  });

  test("the carrier has the credential and LiveKit lost its trunk: both are told the password again", async () => {
    await run();
    const [lost] = liveKitTrunks();
    sandbox.world.trunks.delete(lost?.sipTrunkId ?? "");
    await store.unassignNumber(NUMBER);
    await run();
    await allIsThereOnce();
    expect(carrierSide.passwords).toHaveLength(2);
  });

  test.each(["before", "after"] as const)(
    "LiveKit lost its trunk, and then the carrier fails too (%s it took the password): both agree in the end",
    async (how) => {
      await run();
      const [lost] = liveKitTrunks();
      sandbox.world.trunks.delete(lost?.sipTrunkId ?? "");
      await store.unassignNumber(NUMBER);
      carrierSide.fail(1, how);
      await expect(run()).rejects.toMatchObject({ exitCode: 3 });
      await run();
      await allIsThereOnce();
    },
  );

  test.each(["before", "after"] as const)(
    "LiveKit has its trunk and the carrier lost the credential: a new password for both, though it fails %s",
    async (how) => {
      await run();
      carrierSide.lists[0]?.credentials.splice(0);
      carrierSide.fail(1, how);
      await expect(run()).rejects.toMatchObject({ exitCode: 3 });
      await run();
      await allIsThereOnce();
    },
  );

  test("nothing is missed on the second page of a list", async () => {
    carrierSide.longestPage = 2;
    for (let n = 0; n < 5; n++) {
      await twilio.trunking.v1.trunks.create({ domainName: `other-${n}.pstn.twilio.com` });
      await twilio.sip.credentialLists.create({ friendlyName: `other-${n}` });
      carrierSide.numbers.unshift({ sid: `PN9${n}`, phoneNumber: `${NUMBER}${n}`, trunkSid: null });
    }
    await run();
    await run();
    expect(carrierSide.trunks.filter(({ domainName }) => domainName.startsWith("campaigns-"))).toHaveLength(1);
    expect(carrierSide.lists).toHaveLength(6);
    const attached = carrierSide.numbers.filter(({ trunkSid }) => trunkSid !== null);
    expect(attached.map(({ phoneNumber }) => phoneNumber)).toEqual([NUMBER]);
    expect(liveKitTrunks()).toHaveLength(1);
  });

  test("a second number of the assistant joins the first on one trunk", async () => {
    carrierSide.own(OTHER);
    await run();
    await run({ number: OTHER });
    expect(carrierSide.trunks).toHaveLength(1);
    expect(carrierSide.numbers.map(({ trunkSid }) => trunkSid)).toEqual([
      carrierSide.trunks[0]?.sid,
      carrierSide.trunks[0]?.sid,
    ]);
    expect(liveKitTrunks()).toMatchObject([{ numbers: [NUMBER, OTHER] }]);
    expect(await store.listNumbers("a1")).toHaveLength(2);
  });

  test("another assistant gets a trunk of its own", async () => {
    carrierSide.own(OTHER);
    await run();
    await run({ number: OTHER, assistant: "a2" });
    expect(carrierSide.trunks).toHaveLength(2);
    expect(liveKitTrunks()).toHaveLength(2);
  });

  test("three runs at once in one process: two never ended, since all shared one list's options", async () => {
    const made = await Promise.all([run(), run(), run()]);
    expect(new Set(made.map(({ trunkId }) => trunkId)).size).toBe(1);
    await allIsThereOnce();
  });

  test("lists asked for at once, with one client, are each told to whom asked for it", async () => {
    await run();
    const carrier = new TwilioCarrier(twilio);
    const [trunk, list, none] = await Promise.all([
      carrier.findTrunk(carrierSide.trunks[0]?.domainName ?? ""),
      carrier.findCredentialList(carrierSide.lists[0]?.friendlyName ?? ""),
      carrier.findTrunk("nowhere.pstn.twilio.com"),
    ]);
    expect([trunk, list, none]).toEqual([carrierSide.trunks[0]?.sid, carrierSide.lists[0]?.sid, null]);
  });

  test("waits as long as Twilio asks, then goes on", async () => {
    carrierSide.throttled = 2;
    await run();
    expect(slept).toEqual([1000, 1000]);
    await allIsThereOnce();
  });
});

const refused = async (what: () => Promise<unknown>, error: object): Promise<void> => {
  const { posts } = carrierSide;
  await expect(what()).rejects.toMatchObject(error);
  expect(carrierSide.posts).toBe(posts);
};

describe("what is wrong is said in one sentence, before anything is made", () => {
  test("a wrong token", async () => {
    twilio = client("wrong");
    await refused(run, {
      code: "twilio_key",
      exitCode: 2,
      hint: expect.stringContaining("TWILIO_AUTH_TOKEN") as string,
    });
  });
  test("a suspended account", async () => {
    carrierSide.account = { type: "Full", status: "suspended" };
    await refused(run, { code: "carrier_account", exitCode: 1 });
  });
  test("a number of somebody else", async () => {
    await refused(() => run({ number: OTHER }), { code: "carrier_number", exitCode: 1 });
  });
  test("a number that another trunk of the carrier has", async () => {
    const number = carrierSide.own(OTHER);
    number.trunkSid = "TK9";
    await refused(() => run({ number: OTHER }), { code: "number_taken", exitCode: 1 });
  });
  test("a number that another trunk of LiveKit has", async () => {
    carrierSide.own(SANDBOX_TRUNK.numbers[0] ?? "");
    await refused(() => run({ number: SANDBOX_TRUNK.numbers[0] ?? "" }), { code: "number_taken" });
  });
  test("a number that another assistant calls with", async () => {
    await run();
    await refused(() => run({ assistant: "a2" }), { code: "number_taken" });
  });
  test("a number that another assistant calls with through another carrier", async () => {
    await store.assignNumber({ id: "n", number: NUMBER, assistantId: "a2", trunkId: "ST_x", trunkName: "x" }, AT);
    await refused(run, { code: "number_taken" });
  });
  test("too many requests for too long", async () => {
    carrierSide.throttled = 100;
    await refused(run, { code: "twilio", exitCode: 3 });
  });
  test("a trial account at its limit", async () => {
    carrierSide.account = { type: "Trial", status: "active" };
    carrierSide.trialTrunks = 0;
    await expect(run()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining("Trial accounts are limited") as string,
      hint: expect.stringContaining("trial account") as string,
    });
  });
  test("nobody answers", async () => {
    await carrierSide[Symbol.asyncDispose]();
    await expect(run()).rejects.toMatchObject({ exitCode: 3, code: "twilio" });
    carrierSide = await TwilioStandIn.start();
  });
});

test("the twilio package's own debug output, which has passwords in it, stays off whatever log level is asked for", async () => {
  const printed = vi.spyOn(console, "log");
  process.env["TWILIO_LOG_LEVEL"] = "debug";
  try {
    twilio = client();
    await run();
    expect(printed).not.toHaveBeenCalled();
  } finally {
    delete process.env["TWILIO_LOG_LEVEL"];
    printed.mockRestore();
  }
});

test("passwords are long, keep Twilio's rules, are each account's and user's own, and made again the same", () => {
  const many = Array.from({ length: 100 }, (_, n) => passwordMaker(n % 2 === 0 ? "one" : "two")(`user ${n >> 1}`));
  expect(new Set(many).size).toBe(100);
  expect(passwordMaker("one")("user 0")).toBe(many[0]);
  for (const password of many) expect(password).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w-]{32,}$/);
});

describe("call records", () => {
  const call = { sid: "CA1", to: NUMBER, status: "completed", start: AT, duration: 42, price: "-0.01750" };

  test("by id, with what it cost", async () => {
    carrierSide.calls.push(call);
    expect(await new TwilioRecords(twilio).find("CA1")).toEqual({
      id: "CA1",
      status: "completed",
      durationSeconds: 42,
      price: { micros: 17_500, unit: "USD" },
      startedAt: AT,
      endedAt: AT + 42_000,
    });
  });

  test("one that is not there is none, and one under way has no price yet", async () => {
    carrierSide.calls.push({ sid: "CA2", to: NUMBER, status: "in-progress", start: AT });
    const records = new TwilioRecords(twilio);
    expect(await records.find("CA404")).toBeNull();
    expect(await records.find("CA2")).toMatchObject({ status: "in-progress", durationSeconds: null, price: null });
  });

  test("a wrong token is no missing call", async () => {
    await expect(new TwilioRecords(client("wrong")).find("CA1")).rejects.toMatchObject({ code: "twilio_key" });
  });

  test("by number and time, oldest first, over many pages, both ends included", async () => {
    carrierSide.longestPage = 2;
    for (const seconds of [7, -1, 0, 3, 5, 10, 11]) {
      carrierSide.calls.push({ ...call, sid: `CA${seconds}`, start: AT + seconds * 1000 });
    }
    carrierSide.calls.push({ ...call, sid: "CA99", to: OTHER });
    const found = await new TwilioRecords(twilio).callsTo(NUMBER, AT, AT + 10_000);
    expect(found.map(({ id }) => id)).toEqual(["CA0", "CA3", "CA5", "CA7", "CA10"]);
  });
});
