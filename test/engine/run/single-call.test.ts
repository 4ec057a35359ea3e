/** One call outside any campaign, on the manual clock: hours, do-not-call, caller ID, and a call that is let go of. */
import { expect, test } from "vitest";
import type { Call } from "../../../src/domain/calls/call.ts";
import { HOUR, type Instant, SECOND } from "../../../src/domain/time/instant.ts";
import type { Closed } from "../../../src/domain/hours/callable-now.ts";
import { Refused } from "../../../src/engine/errors.ts";
import { dialOnce, type SingleCall, type SingleContext } from "../../../src/engine/run/single-call.ts";
import { SANDBOX_TRUNK } from "../../../src/sandbox/trunks.ts";
import { contact, NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";
import { troubled } from "../../support/troubled.ts";

/** Mon 23 Nov 2026, 15:00 UTC: 10:00 where the contact lives. */
const DAYTIME: Instant = NOON + 3 * HOUR;
const CLOSED = {
  reasons: [expect.stringContaining("rule US ")],
  opensAt: Date.parse("2026-11-23T13:00:00Z"),
  timeZone: "America/New_York",
};

const SINGLE: SingleCall = {
  contact,
  assistantId: "a1",
  prompt: null,
  trunkId: null,
  fromNumber: null,
  ringSeconds: 45,
  maxDurationSeconds: 1800,
  waitForAgent: true,
};

function dial(
  rig: Rig,
  more: Partial<SingleCall> = {},
  override?: SingleContext["override"],
  hangUp = new AbortController(),
): Promise<Call> {
  const { store, telephony, clock, newId } = rig;
  const onEvent: SingleContext["onEvent"] = (event) => void rig.events.push(event);
  const context = { store, telephony, clock, newId, onEvent, ...(override === undefined ? {} : { override }) };
  const dialed = dialOnce({ ...SINGLE, ...more }, context, hangUp.signal);
  dialed.catch(() => {});
  return dialed;
}
const finish = (rig: Rig, dialed: Promise<Call>): Promise<Call> => rig.clock.finish(dialed, HOUR);
const types = (rig: Rig): string[] => rig.events.map(({ type }) => type);

test("a call is dialed, seen to ring, answered and recorded without a campaign", async () => {
  await using rig = new Rig(DAYTIME);
  const call = await finish(rig, dial(rig));
  expect(types(rig)).toEqual(["call_dialing", "call_ringing", "call_answered", "call_ended"]);
  expect(call).toMatchObject({ status: "completed", campaignId: null, durationSeconds: 10 });
  expect(await rig.store.findCall(call.id)).toEqual(call);
  expect(rig.world.rooms.list()).toEqual([]);
});

test("outside the hours of the number's place nobody is rung, and it is said why and until when", async () => {
  await using rig = new Rig(NOON); // 07:00 there
  const refused = await finish(rig, dial(rig)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect(refused).toMatchObject({
    code: "outside_hours",
    message: expect.stringMatching(/^the number may not be called now: rule US \(.*\) allows .* there$/),
    hint: "it opens Mon 23 Nov, 08:00:00 America/New_York; --force calls anyway",
  });
  expect(rig.world.dials).toEqual([]);
});

test("a phone that would ring past the closing time is not rung", async () => {
  await using rig = new Rig(DAYTIME + 11 * HOUR - 30 * SECOND); // 30 s before 21:00 there
  expect(await finish(rig, dial(rig)).catch((error: unknown) => error)).toMatchObject({ code: "outside_hours" });
  expect(await finish(rig, dial(rig, { ringSeconds: 20 }))).toMatchObject({ status: "completed" });
});

test("hours that close while the agent is awaited are kept", async () => {
  await using rig = new Rig(DAYTIME + 11 * HOUR - 46 * SECOND);
  rig.script({ agentJoinsAfter: 5 });
  expect(await finish(rig, dial(rig))).toMatchObject({ endReason: "released" });
  expect(rig.world.dials).toEqual([]);
});

test("who insists calls outside the hours; who is asked and says no does not", async () => {
  await using rig = new Rig(NOON);
  const asked: Closed[] = [];
  const answer = (yes: boolean) => (closed: Closed) => {
    asked.push(closed);
    return Promise.resolve(yes);
  };
  expect(await finish(rig, dial(rig, {}, answer(false))).catch((error: unknown) => error)).toBeInstanceOf(Refused);
  expect(rig.world.dials).toEqual([]);
  expect(await finish(rig, dial(rig, {}, answer(true)))).toMatchObject({ status: "completed" });
  expect(asked).toEqual([CLOSED, CLOSED]);
});

test.each([
  ["before the log has it", "recordAudit", false],
  ["before its dial is stored", "beginDial", true],
])(
  "a process that dies %s rings nobody outside the hours: the log has it before the phone rings",
  async (_, last, logged) => {
    await using rig = new Rig(NOON);
    let isDead = false;
    const store = troubled(rig.store, (verb) => {
      isDead ||= verb === last;
      return isDead ? "before" : null;
    });
    const { telephony, clock, newId } = rig;
    const insists = { store, telephony, clock, newId, onEvent: () => {}, override: () => Promise.resolve(true) };
    dialOnce(SINGLE, insists, new AbortController().signal).catch(() => {});
    await rig.clock.advance(HOUR);
    expect(isDead).toBe(true);
    await rig.run();
    expect(rig.world.dials).toEqual([]);
    const told = (await rig.store.auditEntries({ limit: 9, dials: true })).map(({ action }) => action);
    expect(told).toEqual(logged ? ["call.forced"] : []);
  },
);

test("the do-not-call list is not asked about, whoever insists", async () => {
  await using rig = new Rig(NOON);
  await rig.store.addDoNotCall([{ phoneNumber: contact.phoneNumber, source: "operator", reason: null, addedAt: NOON }]);
  const refused = await finish(
    rig,
    dial(rig, {}, () => Promise.reject(new Error("it was asked"))),
  ).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "do_not_call" });
  expect(rig.world.dials).toEqual([]);
});

test("a number that is put on the list while the agent is awaited is not dialed, though the hours were overridden", async () => {
  await using rig = new Rig(NOON);
  rig.script({ agentJoinsAfter: 5 });
  const dialed = dial(rig, {}, () => Promise.resolve(true));
  await rig.clock.advance(2 * SECOND);
  await rig.store.addDoNotCall([{ phoneNumber: contact.phoneNumber, source: "operator", reason: null, addedAt: NOON }]);
  expect(await finish(rig, dialed)).toMatchObject({ endReason: "do_not_call" });
  expect(rig.world.dials).toEqual([]);
});

test("it calls from the assistant's pool, or from the number that is asked for", async () => {
  await using rig = new Rig(DAYTIME);
  const trunk = { assistantId: "a1", trunkId: SANDBOX_TRUNK.sipTrunkId, trunkName: "sandbox" };
  await rig.store.assignNumber({ id: rig.newId(), number: "+12125550150", ...trunk }, DAYTIME);
  await rig.store.assignNumber({ id: rig.newId(), number: "+12025550150", ...trunk }, DAYTIME);
  await finish(rig, dial(rig));
  const call = await finish(rig, dial(rig, { fromNumber: "+12125550150" }));
  expect(rig.world.dials.map(({ sipNumber }) => sipNumber)).toEqual(["+12025550150", "+12125550150"]);
  expect(call.fromNumber).toBe("+12125550150");
});

test("a trunk that carries all it may is given no further call, and nobody is rung", async () => {
  await using rig = new Rig(DAYTIME);
  await rig.store.setTrunkLimit({ trunkId: SANDBOX_TRUNK.sipTrunkId, interval: 0, concurrency: 1 }, DAYTIME);
  rig.behave({ does: "answer", rings: 1, talks: 60 });
  await rig.start(1, {}, 50);
  const working = rig.work();
  await rig.clock.advance(5 * SECOND);
  const call = await finish(rig, dial(rig));
  expect(rig.world.dials).toHaveLength(1);
  expect(call).toMatchObject({ status: "failed", attemptsSpent: 0, endReason: "released" });
  expect(rig.said("call_ended")[0]).toMatchObject({ detail: "the trunk was at its limit of calls before the dial" });
  await drained(rig, working);
});

test("a call that is let go of while it rings is found by the next run and not dialed again", async () => {
  await using rig = new Rig(DAYTIME);
  rig.behave({ does: "answer", rings: 20, talks: 30 });
  const call = await finish(rig, dial(rig, { wait: false }));
  expect(call).toMatchObject({ status: "calling", endReason: null });
  expect(types(rig)).toEqual(["call_dialing", "call_ringing"]);
  expect(rig.clock.now() - DAYTIME).toBeLessThan(5 * SECOND);
  await rig.run();
  expect(await rig.store.findCall(call.id)).toMatchObject({ status: "completed" });
  expect(rig.world.dials).toHaveLength(1);
  expect(rig.world.rooms.list()).toEqual([]);
});

test("a call that is over before anybody sees it ring is told as it ended", async () => {
  await using rig = new Rig(DAYTIME);
  rig.behave({ does: "auth", because: "wrong_password" });
  expect(await finish(rig, dial(rig, { wait: false }))).toMatchObject({ status: "failed", endReason: "trunk_auth" });
});

test.each([
  ["while it rings", 5],
  ["in a conversation, which took another 4 s until its room was missed twice", 40],
])("Ctrl-C hangs up at once: %s", async (_, after) => {
  await using rig = new Rig(DAYTIME);
  rig.behave({ does: "answer", rings: 20, talks: 600 });
  const hangUp = new AbortController();
  const dialed = dial(rig, {}, undefined, hangUp);
  await rig.clock.advance(after * SECOND);
  hangUp.abort();
  await rig.clock.advance(0);
  expect(await finish(rig, dialed)).toMatchObject({ endReason: "hung_up" });
  expect(rig.clock.now() - DAYTIME).toBe(after * SECOND);
  expect(rig.world.rooms.list()).toEqual([]);
});
