/** What the carrier has in its books decides where the room cannot tell any more; what is not certain stays lost. */
import { describe, expect, test } from "vitest";
import type { Attempt, Call } from "../../../src/domain/calls/call.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { Misused, Unavailable } from "../../../src/engine/errors.ts";
import type { Telephony } from "../../../src/engine/ports/index.ts";
import { dialOnce } from "../../../src/engine/run/single-call.ts";
import { contact } from "../../support/domain.ts";
import { drained, Rig, twilioTrunk, type Working } from "../../support/engine.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { Ledger } from "../../support/ledger.ts";
import { altered, deaf, runnerDies } from "../../support/troubled.ts";

/** The runner is gone as after kill -9, and so is the room. */
async function killed(rig: Rig, { leave }: Working): Promise<void> {
  leave.abort();
  await rig.clock.advance(0);
  for (const { name } of rig.world.rooms.list()) rig.world.rooms.delete(name);
}

/** A campaign with one contact whose runner was killed `after` milliseconds. */
async function crashed(rig: Rig, after: number, input: Parameters<Rig["start"]>[1] = {}): Promise<string> {
  const id = await rig.start(1, { maxAttempts: 3, retryAfter: "10m", ...input });
  const dead = rig.work({}, deaf(rig.store));
  await rig.clock.advance(after);
  expect(rig.world.dials).toHaveLength(1);
  await killed(rig, dead);
  return id;
}

/** A campaign with one contact whose runner was killed while the phone rang. */
function crashedRinging(rig: Rig): Promise<string> {
  const answers = [20, 1].map((rings) => ({ does: "answer", rings, talks: 10 }));
  rig.script({ numbers: { [fictionalNumber(0)]: answers } });
  return crashed(rig, 3 * SECOND);
}

/** Requests for a dial get lost on their way to LiveKit: it knows of no call, and nobody can say whether it does. */
const dialsGetLost = (rig: Rig): void =>
  rig.world.faults.set({
    seed: 1,
    faults: [{ method: "SIP/CreateSIPParticipant", chance: 1, does: "drop_before", seconds: 0 }],
  });

async function storyOf(rig: Rig, id: string): Promise<{ readonly call: Call; readonly attempts: readonly Attempt[] }> {
  const history = await rig.store.callHistory(id, fictionalNumber(0));
  if (history === null) throw new Error("expected a call");
  return history;
}

const pass = (rig: Rig, records: Ledger): Promise<unknown> => rig.run({ records });

/** When the first dial left. */
const at = (rig: Rig): number => rig.world.dials[0]?.at ?? 0;

describe("a dial whose runner died and whose room is gone", () => {
  test("that was answered by its record is completed, as long as the record says, at its price", async () => {
    await using rig = new Rig();
    const id = await crashedRinging(rig);
    const ledger = new Ledger();
    ledger.enter(at(rig) + SECOND, "completed", {
      durationSeconds: 42,
      endedAt: at(rig) + 47 * SECOND,
      price: { micros: 15_000, unit: "USD" },
    });
    await rig.clock.advance(5 * MINUTE);
    await pass(rig, ledger);

    const { call, attempts } = await storyOf(rig, id);
    expect(call).toMatchObject({ status: "completed", durationSeconds: 42, sipCallId: "CA0", nextAttemptAt: null });
    expect(call.completedAt).toBe(at(rig) + 47 * SECOND);
    expect(attempts).toMatchObject([
      { ending: "completed", sipCallId: "CA0", detail: "its runner died; the carrier's record says completed" },
    ]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, usageSeconds: 42 });
    expect(await rig.store.costs(id)).toEqual([{ unit: "USD", micros: 15_000, calls: 1 }]);
    expect(rig.world.dials).toHaveLength(1);
  });

  test.each([
    ["busy", "busy", 2, 10 * MINUTE],
    ["no-answer", "no_answer", 2, 10 * MINUTE],
    ["canceled", "no_answer", 2, 10 * MINUTE],
    // Of the trunk: it cost the contact nothing.
    ["failed", "trunk_error", 1, 15 * SECOND],
  ] as const)("that is %s by its record is tried again as any other", async (status, ending, spent, after) => {
    await using rig = new Rig();
    const id = await crashedRinging(rig);
    const ledger = new Ledger();
    ledger.enter(at(rig), status);
    const working = rig.work({ records: ledger, watch: true });
    await rig.clock.advance(HOUR);
    const { call, attempts } = await storyOf(rig, id);
    expect(attempts.map((attempt) => attempt.ending)).toEqual([ending, "completed"]);
    expect(call).toMatchObject({ status: "completed", attemptsSpent: spent });
    expect(rig.world.dials).toHaveLength(2);
    expect((attempts[1]?.dialedAt ?? 0) - (attempts[0]?.endedAt ?? 0)).toBeGreaterThanOrEqual(after);
    working.leave.abort();
  });

  test("and is not in the books is lost at once, and not dialed again", async () => {
    await using rig = new Rig();
    const id = await crashedRinging(rig);
    await rig.clock.advance(5 * MINUTE);
    const ledger = new Ledger();
    await pass(rig, ledger);
    const { call, attempts } = await storyOf(rig, id);
    expect(call).toMatchObject({ status: "failed", endReason: "lost" });
    expect(attempts).toMatchObject([{ detail: "its runner died; the carrier has no record of it" }]);
    expect(ledger.asked).toHaveLength(1);
    expect(rig.world.dials).toHaveLength(1);
  });

  test("is under way in the books still: they are asked again until it has ended", async () => {
    await using rig = new Rig();
    const id = await crashedRinging(rig);
    const ledger = new Ledger();
    ledger.enter(at(rig), "in-progress");
    const working = rig.work({ records: ledger });
    await rig.clock.advance(60 * SECOND);
    expect((await storyOf(rig, id)).call.status).toBe("calling");
    ledger.entries.pop();
    ledger.enter(at(rig), "completed", { durationSeconds: 50 });
    await rig.clock.finish(working.done, HOUR);
    expect((await storyOf(rig, id)).call).toMatchObject({ status: "completed", durationSeconds: 50 });
  });

  test("stays under way in the books for ever: lost after a minute", async () => {
    await using rig = new Rig();
    const id = await crashedRinging(rig);
    const ledger = new Ledger();
    ledger.enter(at(rig), "ringing");
    await pass(rig, ledger);
    const { attempts } = await storyOf(rig, id);
    expect(attempts).toMatchObject([
      { ending: "lost", detail: "its runner died; the carrier has it as under way still" },
    ]);
    expect(await rig.store.costs(id)).toEqual([]);
  });
});

describe("a record is not taken", () => {
  test.each<[string, (rig: Rig, ledger: Ledger) => void | Promise<void>]>([
    [
      "that is of another time",
      (rig, ledger) => {
        ledger.enter(at(rig) - MINUTE, "busy");
        ledger.enter(at(rig) + MINUTE, "busy");
      },
    ],
    [
      "when two calls could be it",
      (rig, ledger) => {
        ledger.enter(at(rig), "busy");
        ledger.enter(at(rig) + 10 * SECOND, "completed");
      },
    ],
    ["that is of another number", (rig, ledger) => ledger.enter(at(rig), "busy", { to: fictionalNumber(1) })],
    [
      "that is another attempt's already",
      async (rig, ledger) => {
        ledger.enter(at(rig), "busy", { id: "CA7" });
        const other = await rig.start(1, {}, 5);
        // Over before the lease of the runner that died is.
        const working = rig.work({ only: [other], watch: true });
        await rig.clock.advance(15 * SECOND);
        await drained(rig, working);
        const history = await rig.store.callHistory(other, fictionalNumber(5));
        const [entry] = ledger.entries;
        if (entry === undefined) throw new Error("expected an entry");
        expect(await rig.store.saveCarrierCall(history?.attempts[0]?.id ?? "", entry, rig.clock.now())).toBe(true);
      },
    ],
  ])("%s", async (_, enter) => {
    await using rig = new Rig();
    const id = await crashedRinging(rig);
    const ledger = new Ledger();
    await enter(rig, ledger);
    await pass(rig, ledger);
    const { call, attempts } = await storyOf(rig, id);
    expect(call).toMatchObject({ status: "failed", endReason: "lost", sipCallId: null });
    expect(attempts).toHaveLength(1);
    expect(ledger.asked).not.toEqual([]);
  });

  test("that another attempt of ours, near in time, may have left", async () => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status: 486, reason: "Busy Here", after: 0 });
    await rig.start(1);
    await rig.run();
    const ledger = new Ledger();
    ledger.enter(at(rig), "busy");
    await rig.clock.advance(2 * SECOND);
    // The same person in another campaign; this dial never reaches the carrier.
    dialsGetLost(rig);
    const second = await rig.start(1, { maxAttempts: 3 });
    await pass(rig, ledger);
    const { attempts } = await storyOf(rig, second);
    expect(attempts).toMatchObject([
      { ending: "lost", detail: expect.stringContaining("could be another call's") as string },
    ]);
    expect(ledger.asked).toEqual([]);
  });
});

/** A LiveKit that says, the first times it is asked, that there is no such room. */
function roomless(rig: Rig, times: number): Telephony {
  const none = { agents: [], leg: "absent", noRoom: true, carrierId: null, heard: null } as const;
  let left = times;
  return altered(rig.telephony, "presence", (look) => async (room) => (left-- > 0 ? none : look(room)));
}

describe("a conversation whose runner died, and that is over", () => {
  test("lasted as long as its record says, not until it was missed", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await crashed(rig, 8 * SECOND);
    const ledger = new Ledger();
    ledger.enter(at(rig), "completed", { durationSeconds: 7 });
    await rig.clock.advance(5 * MINUTE);
    await pass(rig, ledger);
    expect((await storyOf(rig, id)).call).toMatchObject({ status: "completed", durationSeconds: 7, sipCallId: "CA0" });
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, pickups: 1, usageSeconds: 7 });
  });

  test("is looked up by the carrier's id where it is known, however many others there are", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await crashed(rig, 20 * SECOND, { trunk: twilioTrunk(rig) });
    const [dial] = rig.world.dials;
    const ledger = new Ledger();
    ledger.enter(dial?.at ?? 0, "completed", { durationSeconds: 1 });
    ledger.enter(dial?.at ?? 0, "completed", { durationSeconds: 18, id: dial?.carrierId ?? "" });
    await pass(rig, ledger);
    expect(ledger.asked).toEqual([dial?.carrierId]);
    expect((await storyOf(rig, id)).call).toMatchObject({ durationSeconds: 18, sipCallId: dial?.carrierId });
  });

  test.each(["busy", "nothing"])("with %s in the cdr, ends when it is seen to have", async (status) => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await crashed(rig, 8 * SECOND);
    const scl = (await storyOf(rig, id)).call.sipCallId;
    const ledger = new Ledger();
    if (status === "busy") ledger.enter(at(rig), "busy");
    await pass(rig, ledger);
    const { call } = await storyOf(rig, id);
    expect(call).toMatchObject({ status: "completed", endReason: "completed", sipCallId: scl });
    expect(call.durationSeconds).toBeGreaterThan(10);
  });

  test("on a LiveKit that says there is no such room any more, lasted as long as its record says", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await crashed(rig, 8 * SECOND);
    const ledger = new Ledger();
    ledger.enter(at(rig), "completed", { durationSeconds: 7 });
    await rig.clock.advance(5 * MINUTE);
    await rig.clock.finish(rig.work({ records: ledger }, rig.store, roomless(rig, Infinity)).done, HOUR);
    expect((await storyOf(rig, id)).call).toMatchObject({ status: "completed", durationSeconds: 7, sipCallId: "CA0" });
  });

  test("was taken for over, since LiveKit said once that there is no such room", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await rig.start(1);
    await runnerDies(rig, 8 * SECOND);
    const ledger = new Ledger();
    ledger.enter(at(rig), "completed", { durationSeconds: 7 });
    await rig.clock.finish(rig.work({ records: ledger }, rig.store, roomless(rig, 1)).done, HOUR);
    expect(ledger.asked).toEqual([]);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    const { call } = await storyOf(rig, id);
    expect(call.status).toBe("completed");
    expect(Math.abs((call.durationSeconds ?? 0) - 90)).toBeLessThanOrEqual(1);
  });

  test("but one that goes on is followed, and nobody is asked", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 90 });
    const id = await rig.start(1);
    await runnerDies(rig, 8 * SECOND);
    const ledger = new Ledger();
    await pass(rig, ledger);
    expect(ledger.asked).toEqual([]);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await storyOf(rig, id)).call.status).toBe("completed");
  });
});

describe("the runner's own dial that nobody knows the end of", () => {
  test("ends as its record says, which may come late into the books", async () => {
    await using rig = new Rig();
    dialsGetLost(rig);
    const id = await rig.start(1, { maxAttempts: 1 });
    const ledger = new Ledger();
    const started = rig.clock.now();
    const working = rig.work({ records: ledger });
    await rig.clock.advance(30 * SECOND);
    expect((await storyOf(rig, id)).call.status).toBe("calling");
    ledger.enter(started + SECOND, "busy");
    await rig.clock.finish(working.done, HOUR);
    expect((await storyOf(rig, id)).call).toMatchObject({ status: "busy", endReason: "busy", sipCallId: "CA0" });
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("is left to the next run by a second Ctrl-C while the books are waited for", async () => {
    await using rig = new Rig();
    dialsGetLost(rig);
    const id = await rig.start(1, { maxAttempts: 3 });
    const ledger = new Ledger();
    const working = rig.work({ records: ledger });
    await rig.clock.advance(30 * SECOND);
    working.leave.abort();
    expect(await rig.clock.finish(working.done, MINUTE)).toMatchObject({ left: 1 });
    expect((await storyOf(rig, id)).call.status).toBe("calling");
    await pass(rig, ledger);
    expect((await storyOf(rig, id)).call).toMatchObject({ status: "failed", endReason: "lost" });
  });

  test("of a single call is looked up as well", async () => {
    await using rig = new Rig();
    dialsGetLost(rig);
    const records = new Ledger();
    records.enter(rig.clock.now(), "no-answer", { to: contact.phoneNumber });
    const single = { contact, assistantId: "a1", prompt: null, trunkId: null, fromNumber: null };
    const { store, telephony, clock, newId } = rig;
    const context = { store, telephony, clock, newId, records, onEvent: () => {}, override: async () => true };
    const options = { ...single, ringSeconds: 45, maxDurationSeconds: 60, waitForAgent: true };
    const dialed = dialOnce(options, context, new AbortController().signal);
    expect(await clock.finish(dialed, HOUR)).toMatchObject({ status: "no_answer", sipCallId: "CA0" });
  });
});

test("a clock that was set back 3 h while the carrier's record was waited for held the call for as long", async () => {
  await using rig = new Rig();
  const id = await crashedRinging(rig);
  await rig.clock.advance(MINUTE);
  const ledger = new Ledger();
  ledger.enter(at(rig), "in-progress");
  const since = rig.clock.monotonic();
  const working = rig.work({ records: ledger });
  await rig.clock.advance(20 * SECOND);
  expect(ledger.asked.length).toBeGreaterThan(0);
  rig.clock.set(-3 * HOUR);
  await rig.clock.finish(working.done, 12 * HOUR);
  expect(rig.clock.monotonic() - since).toBeLessThan(3 * MINUTE);
  expect((await rig.report(id)).progress.endings).toEqual({ lost: 1 });
});

test.each([
  ["is down", new Unavailable("twilio", "Twilio did not answer as expected: played")],
  ["refuses the key", new Misused("twilio_key", "Twilio refused the account SID or the token")],
])("a carrier that %s holds nobody up: lost, with one line of trouble", async (_, fails) => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 20, talks: 10 });
  const id = await rig.start(3, { maxAttempts: 3, delay: "0" });
  const dead = rig.work({}, deaf(rig.store));
  await rig.clock.advance(1500);
  expect(rig.world.dials).toHaveLength(3);
  await killed(rig, dead);
  await rig.clock.advance(5 * MINUTE);
  const ledger = new Ledger();
  ledger.fails = fails;
  const since = rig.clock.now();
  await pass(rig, ledger);
  // As long as a leg may take to come, and no longer.
  expect(rig.clock.now() - since).toBeLessThan(17 * SECOND);
  expect((await rig.report(id)).progress.endings).toEqual({ lost: 3 });
  expect((await storyOf(rig, id)).attempts[0]?.detail).toBe(
    `its runner died; the carrier could not be asked: ${fails.message}`,
  );
  expect(rig.said("trouble")).toMatchObject([{ with: "carrier", message: fails.message }]);
  expect(ledger.asked).toHaveLength(3);
});
