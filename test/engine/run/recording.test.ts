/** Calls that are recorded, and calls that are not: by an egress service that records, refuses, dies, or is not there. */
import { describe, expect, test } from "vitest";
import { LiveKitRecorder } from "../../../src/adapters/livekit/recorder.ts";
import { DAY, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { directClients } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";
import { Rig } from "../../support/engine.ts";

const BUCKET = "s3://calls-2026/spring";
const recorderOf = (rig: Rig) => new LiveKitRecorder(directClients(rig.world, rig.clock).egress, rig.clock);
const run = (rig: Rig) => rig.run({ recorder: recorderOf(rig) });
const callsOf = async (rig: Rig, id: string) => (await rig.campaigns.calls(id, { limit: 100 })).calls;

/** Contacts of New York, where one party's consent is enough: +1 212 555 01xx. */
async function campaign(rig: Rig, contacts: number, record: string, more: object = {}): Promise<string> {
  const people = Array.from({ length: contacts }, (_, n) => ({
    id: rig.newId(),
    name: null,
    email: null,
    variables: {},
    phoneNumber: `+1212555${String(100 + n).padStart(4, "0")}`,
  }));
  const batches = (async function* () {
    yield people;
  })();
  const always = { hours: "0-24", days: "all", hoursIn: "campaign", rules: "none", delay: "1s" };
  const settings = { name: `c ${rig.newId()}`, assistant: "a1", ...always, record: record.split(" "), ...more };
  const { id } = await rig.campaigns.create(settings, { filename: "f", size: 0, batches }, "UTC");
  await rig.campaigns.start(id);
  return id;
}

describe("a call that is to be recorded", () => {
  test.each([BUCKET, `${BUCKET} required`])("is, and says where it lies and how long it is: %s", async (record) => {
    await using rig = new Rig();
    const id = await campaign(rig, 2, record);
    await run(rig);
    const calls = await callsOf(rig, id);
    expect(calls.map(({ status }) => status)).toEqual(["completed", "completed"]);
    for (const { recording, roomName } of calls) {
      expect(recording).toMatchObject({ status: "complete", detail: null });
      expect(recording?.location).toBe(
        `https://calls-2026.s3.amazonaws.com/spring/${id}/${roomName?.replace("call-", "")}.ogg`,
      );
      expect(recording?.seconds).toBeGreaterThan(7);
      expect(recording?.endedAt).toBeGreaterThan(recording?.startedAt ?? Infinity);
    }
    expect(rig.said("call_unrecorded")).toEqual([]);
  });

  test("begins at the answer, and costs those who do not answer nothing", async () => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status: 486, reason: "Busy Here", after: 1 });
    const id = await campaign(rig, 3, BUCKET);
    await run(rig);
    expect(rig.world.egresses.all).toEqual([]);
    expect((await callsOf(rig, id)).map(({ recording }) => recording)).toEqual([null, null, null]);
  });

  test("that must be is dialed once the recording runs, not before", async () => {
    await using rig = new Rig();
    rig.script({ egress: { does: "records", after: 4 } });
    await campaign(rig, 1, `${BUCKET} required`);
    await run(rig);
    const [egress] = rig.world.egresses.all;
    expect(rig.world.dials[0]?.at).toBeGreaterThanOrEqual(egress?.startedAt ?? Infinity);
    expect(egress?.startedAt).toBe((egress?.askedAt ?? 0) + 4 * SECOND);
  });
});

describe("an egress service that", () => {
  const SERVICES = ["no_service", "refuses", "fails"] as const;

  test.each(SERVICES)("%s delays no dial and loses no call; each is marked", async (does) => {
    await using rig = new Rig();
    const plain = await rig.start(3, { delay: "1s" });
    await rig.run();
    const without = rig.dialedAt();
    await using other = new Rig();
    other.script({ egress: { does } });
    const id = await campaign(other, 3, BUCKET);
    await run(other);
    expect(other.dialedAt()).toEqual(without);
    await other.clock.advance(MINUTE);
    await run(other);
    const calls = await callsOf(other, id);
    expect(calls.map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    expect(calls.map(({ recording }) => recording?.status)).toEqual(["not_started", "not_started", "not_started"]);
    expect((await rig.report(plain)).progress.calls.completed).toBe(3);
  });

  test.each(SERVICES)("%s lets nobody be dialed whose call must be recorded, and pauses the campaign", async (does) => {
    await using rig = new Rig();
    rig.script({ egress: { does } });
    const id = await campaign(rig, 8, `${BUCKET} required`);
    expect((await run(rig)).tripped).toBe(1);
    expect(rig.world.dials).toEqual([]);
    const { campaign: now, progress } = await rig.report(id);
    expect(now.statusReason).toMatch(/failed on our side: the recording did not start/);
    expect(progress.dials).toBe(0);
    expect(progress.calls.pending).toBe(8);
  });

  test("dies in the call leaves the call alone, and its recording is called failed", async () => {
    await using rig = new Rig();
    rig.script({ egress: { does: "dies" } });
    const id = await campaign(rig, 1, `${BUCKET} required`);
    await run(rig);
    const [call] = await callsOf(rig, id);
    expect(call).toMatchObject({ status: "completed", recording: { status: "failed", detail: "pipeline frozen" } });
  });
});

/** Fictional numbers of Los Angeles. */
const californians = (rig: Rig) => [
  { id: rig.newId(), name: null, email: null, variables: {}, phoneNumber: "+13105550123" },
  { id: rig.newId(), name: null, email: null, variables: {}, phoneNumber: "+13105550124" },
];

const west = async (rig: Rig, record: string): Promise<string> => {
  const consent = {
    channel: "ai_voice",
    purpose: "recording",
    level: "express",
    source: "form",
    proof: "p",
  } as const;
  const when = { grantedAt: NOON - MINUTE, expiresAt: null, revokedAt: null };
  await rig.store.addConsents([{ phoneNumber: "+13105550124", ...consent, ...when }]);
  const people = californians(rig);
  const batches = (async function* () {
    yield people;
  })();
  const always = { hours: "0-24", days: "all", hoursIn: "campaign", rules: "none", delay: "1s" };
  const settings = { name: "west", assistant: "a1", ...always, record: record.split(" ") };
  const { id } = await rig.campaigns.create(settings, { filename: "f", size: 0, batches }, "UTC");
  await rig.campaigns.start(id);
  await run(rig);
  return id;
};

describe("without a consent to be recorded, where it takes one", () => {
  test("a contact is called, and not recorded", async () => {
    await using rig = new Rig();
    const calls = await callsOf(rig, await west(rig, "file"));
    expect(calls.map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(calls.map(({ recording }) => recording?.status)).toEqual(["no_consent", "complete"]);
    expect(rig.world.egresses.all).toHaveLength(1);
  });

  test("a contact whose call must be recorded is not called", async () => {
    await using rig = new Rig();
    const calls = await callsOf(rig, await west(rig, "file required"));
    expect(calls.map(({ endReason }) => endReason)).toEqual(["no_consent", "completed"]);
    expect([...rig.dials.keys()]).toEqual(["+13105550124"]);
  });
});

test("a runner that dies leaves its recordings to the next one", async () => {
  await using rig = new Rig();
  const id = await campaign(rig, 1, BUCKET);
  const { leave } = rig.work({ recorder: recorderOf(rig), lease: 5 * SECOND });
  await rig.clock.advance(6 * SECOND);
  leave.abort();
  await rig.clock.advance(MINUTE);
  await run(rig);
  const [call] = await callsOf(rig, id);
  expect(call).toMatchObject({ recording: { status: "complete" } });
});

test("a retention that forgets where a recording lies says it once more, for whoever removes the file", async () => {
  await using rig = new Rig();
  const id = await campaign(rig, 1, BUCKET, { retention: "60d" });
  await run(rig);
  const place = (await callsOf(rig, id))[0]?.recording?.location;
  await rig.clock.advance(61 * DAY);
  await run(rig);
  expect(rig.said("contacts_forgotten")).toMatchObject([{ campaignId: id, recordings: [place] }]);
});

test("a runner without a recorder calls on, unless the recording is required", async () => {
  await using rig = new Rig();
  const id = await campaign(rig, 1, BUCKET);
  await rig.run();
  expect((await callsOf(rig, id))[0]).toMatchObject({ status: "completed", recording: null });
  await using other = new Rig();
  const bound = await campaign(other, 1, `${BUCKET} required`);
  await other.run();
  expect((await callsOf(other, bound))[0]).toMatchObject({ status: "pending", endReason: "no_recording" });
  expect(other.world.dials).toEqual([]);
});
