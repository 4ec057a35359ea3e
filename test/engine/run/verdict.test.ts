/** What the agent says of its calls, from the room into the store: once, whatever the order, and nothing but its own call. */
import { describe, expect, test } from "vitest";
import type { Call } from "../../../src/domain/calls/call.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { call as request } from "../../../src/sandbox/methods.ts";
import { NOON } from "../../support/domain.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { drained, Rig } from "../../support/engine.ts";

/** Everybody answers after a second and talks for ten; the agent says this. */
const talk = (...says: object[]): object => ({ does: "answer", rings: 1, talks: 10, says });
const human = { seq: 1, answered_by: "human", first_audio_ms: 640 };
const last = { seq: 2, answered_by: "human", outcome: "interested", notes: "keen", ended_by: "callee", final: true };

const calls = async (rig: Rig, id: string): Promise<readonly Call[]> =>
  (await rig.campaigns.calls(id, { limit: 1000 })).calls;
const only = async (rig: Rig, id: string): Promise<Call | undefined> => (await calls(rig, id))[0];
const said = async (rig: Rig, id: string, n = 0) =>
  (await rig.store.callHistory(id, fictionalNumber(n)))?.attempts.at(-1)?.said;

/** What one call asks of LiveKit whose agent says this and stays. */
const requests = async (...says: object[]): Promise<number> => {
  await using rig = new Rig();
  rig.script({ others: [{ weight: 1, behaviour: talk(...says) }], agentStays: null });
  let count = 0;
  const counting = new Proxy(rig.telephony, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        count += 1;
        return Reflect.apply(member, target, args);
      };
    },
  });
  await rig.start(1);
  await rig.clock.finish(rig.work({}, rig.store, counting).done, HOUR);
  return count;
};

describe("a verdict", () => {
  test("comes home with the looks that are made anyway, one look after it was written at the latest", async () => {
    await using rig = new Rig();
    rig.behave(talk({ verdict: human, at: 0.7 }, { verdict: last }));
    const id = await rig.start(1);
    await rig.run();
    expect(await only(rig, id)).toMatchObject({ status: "completed", outcome: "interested", notes: "keen" });
    expect(await said(rig, id)).toMatchObject({ seq: 2, answeredBy: "human", endedBy: "callee" });
    const [first, second] = rig.said("call_verdict");
    const { answeredAt = 0 } = rig.world.dials[0] ?? {};
    expect((first?.at ?? 0) - (answeredAt ?? 0)).toBeLessThanOrEqual(1.7 * SECOND + 500);
    expect(second).toMatchObject({ seq: 2, outcome: "interested" });
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("costs no request where its last word is there when the callee goes", async () => {
    const final = await requests({ verdict: { ...last, final: true }, at: 9 });
    // An agent that stays and never says that it is done costs a look a second, ten in all, and one at the room.
    expect((await requests()) - final).toBe(11);
  });

  test("may follow the call's end, which is stored at once, for ten seconds", async () => {
    await using rig = new Rig();
    rig.script({ others: [{ weight: 1, behaviour: talk({ verdict: last, afterEnd: 4.2 }) }], agentStays: null });
    const id = await rig.start(1);
    const working = rig.work();
    await rig.clock.advance(15.5 * SECOND);
    expect(await only(rig, id)).toMatchObject({ status: "completed", outcome: null, durationSeconds: 10 });
    await rig.clock.finish(working.done, HOUR);
    expect(await only(rig, id)).toMatchObject({ status: "completed", outcome: "interested", durationSeconds: 10 });
    expect(rig.clock.now() - NOON).toBeLessThan(30 * SECOND);
  });

  test("that comes later than anybody waits is not heard, and the room is gone", async () => {
    await using rig = new Rig();
    rig.script({ others: [{ weight: 1, behaviour: talk({ verdict: last, afterEnd: 14 }) }], agentStays: null });
    const id = await rig.start(1);
    await rig.run();
    await rig.clock.advance(MINUTE);
    expect(await only(rig, id)).toMatchObject({ status: "completed", outcome: null });
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("is read from the room when the agent left with the callee; the higher number wins", async () => {
    await using rig = new Rig();
    rig.behave(talk({ verdict: { ...human, seq: 3 }, at: 1 }, { verdict: { ...last, seq: 5 }, in: "room" }));
    const id = await rig.start(1);
    await rig.run();
    expect(await said(rig, id)).toMatchObject({ seq: 5, outcome: "interested" });

    await using other = new Rig();
    other.behave(talk({ verdict: { ...last, seq: 5 }, at: 1 }, { verdict: { ...human, seq: 3 }, in: "room" }));
    const second = await other.start(1);
    await other.run();
    expect(await said(other, second)).toMatchObject({ seq: 5, outcome: "interested" });
  });

  test("that an agent leaves early with is no lost agent; without one it is", async () => {
    for (const [says, ending] of [
      [[{ verdict: { seq: 1, outcome: "not_interested" }, at: 2, in: "room" }], "completed"],
      [[{ verdict: human, at: 1, in: "room" }], "agent_lost"],
    ] as const) {
      await using rig = new Rig();
      rig.script({ others: [{ weight: 1, behaviour: { ...talk(...says), talks: 60 } }], agentLeavesAfter: 5 });
      const id = await rig.start(1);
      await rig.run();
      expect((await only(rig, id))?.endReason).toBe(ending);
    }
  });
});

describe("nobody else is believed", () => {
  test("the callee's leg and other participants say nothing", async () => {
    await using rig = new Rig();
    const lie = { verdict: { seq: 99, outcome: "interested", do_not_call: true }, at: 1 };
    rig.behave(talk({ ...lie, in: "leg" }, { ...lie, in: "stranger" }, { verdict: { seq: 1, outcome: "callback" } }));
    const id = await rig.start(1);
    await rig.run();
    expect(await said(rig, id)).toMatchObject({ seq: 1, outcome: "callback" });
    expect(await rig.store.doNotCall(fictionalNumber(0), rig.clock.now())).toEqual([]);
  });

  const hostile: readonly (readonly [string, unknown])[] = [
    ["a megabyte", { seq: 1, notes: "x".repeat(1024 * 1024) }],
    ["notes of 2,001 characters", { seq: 1, notes: "x".repeat(2001) }],
    ["9 KiB of fields nobody knows", { seq: 1, more: "x".repeat(9 * 1024) }],
    ["no JSON", "{"],
    ["a list", "[1]"],
    ["no number", { outcome: "interested" }],
    ["a number that is none", { seq: 1e300, outcome: "interested" }],
    ["a number below nothing", { seq: -1, outcome: "interested" }],
    ["prototype keys", '{"seq":1,"__proto__":{"outcome":"interested"},"constructor":{"prototype":{"final":true}}}'],
    ["control characters", { seq: 1, notes: "\u0000\u001b[2J" }],
    ["half a character", '{"seq":1,"notes":"\\ud800"}'],
    ["another call's ids", { seq: 1, callId: "0000000000000007", attemptId: "0000000000000009", id: "x" }],
    ["wrong words", { seq: 1, answered_by: "dog", outcome: "sold", ended_by: 3, first_audio_ms: "soon" }],
  ];
  test.each(hostile)("%s changes nothing, is told of once, and the call ends as it was seen to", async (_, verdict) => {
    await using rig = new Rig();
    rig.script({
      numbers: { [fictionalNumber(0)]: [talk({ verdict, at: 0.5 }, { verdict, in: "room" })] },
      others: [{ weight: 1, behaviour: talk({ verdict: last }) }],
    });
    const id = await rig.start(3);
    await rig.run();
    const [victim, ...others] = await calls(rig, id);
    expect(victim).toMatchObject({ status: "completed", endReason: "completed", outcome: null, notes: null });
    for (const each of others) expect(each).toMatchObject({ outcome: "interested", notes: "keen" });
    const told = rig.said("verdict_ignored");
    expect(told.length).toBeLessThanOrEqual(1);
    expect(JSON.stringify(told).length).toBeLessThan(1000);
  });

  test("a wrong field is left out, and the others count", async () => {
    await using rig = new Rig();
    rig.behave(talk({ verdict: { ...last, answered_by: "dog", mood: "fine" } }));
    const id = await rig.start(1);
    await rig.run();
    expect(await said(rig, id)).toMatchObject({ seq: 2, answeredBy: null, outcome: "interested" });
    expect(rig.said("verdict_ignored")).toMatchObject([
      { problems: [expect.stringMatching(/^answered_by: expected human/), "1 unknown field"] },
    ]);
  });

  test("a join token may not write the room's metadata, and whoever comes after the room is told so", async () => {
    await using rig = new Rig();
    await expect(
      request(rig.world, "RoomService/UpdateRoomMetadata", { room: "gone", metadata: "{}" }),
    ).rejects.toMatchObject({ httpStatus: 404 });
  });
});

describe("do not call", () => {
  test("holds at once and for every campaign, also while the conversation goes on", async () => {
    await using rig = new Rig();
    rig.behave({ ...talk({ verdict: { seq: 1, do_not_call: true }, at: 2 }), talks: 60 });
    const id = await rig.start(1);
    const working = rig.work();
    await rig.clock.advance(10 * SECOND);
    expect(await rig.store.doNotCall(fictionalNumber(0), rig.clock.now())).toMatchObject([{ source: "outcome" }]);
    await rig.clock.finish(working.done, HOUR);
    expect(await only(rig, id)).toMatchObject({ outcome: "do_not_call" });
    const again = await rig.start(1);
    await rig.run();
    expect(await calls(rig, again)).toEqual([]);
    expect(rig.world.dials).toHaveLength(1);
  });
});

test("a call of which nobody knows whether it was answered: it stays lost, and what its agent said counts", async () => {
  await using rig = new Rig();
  const says = [{ verdict: { seq: 1, do_not_call: true } }];
  rig.behave({ does: "answer", rings: 1, talks: 2, reply: "hang", says });
  const id = await rig.start(1);
  await rig.run();
  expect(await only(rig, id)).toMatchObject({
    status: "failed",
    endReason: "lost",
    outcome: "do_not_call",
    reachedIn: null,
  });
  expect(await rig.store.doNotCall(fictionalNumber(0), rig.clock.now())).toHaveLength(1);
});

const wants = (callback_at: string, more: object = {}): object =>
  talk({ verdict: { seq: 1, answered_by: "human", callback_at, ...more }, at: 1 });

/** What becomes of a call whose agent says so; `kill`: the runner dies at once after so many milliseconds. */
const afterwards = async (behaviour: object, kill?: number) => {
  await using rig = new Rig();
  rig.script({ numbers: { [fictionalNumber(0)]: [behaviour, talk()] } });
  const id = await rig.start(1, { maxAttempts: 1, hours: "9-17" });
  let working = rig.work({ watch: true });
  if (kill !== undefined) {
    await rig.clock.advance(kill);
    working.leave.abort();
    await rig.clock.finish(working.done, MINUTE);
    working = rig.work({ watch: true });
  }
  await rig.clock.advance(HOUR);
  const call = await only(rig, id);
  await rig.clock.advance(2 * HOUR);
  await drained(rig, working);
  const [verdicts, ignored] = [rig.said("call_verdict"), rig.said("verdict_ignored")];
  return { call, verdicts, ignored, dials: rig.world.dials };
};

describe("a callback", () => {
  test("that the agent promised is made, at the instant or the local time that it said", async () => {
    for (const said of [
      wants("2026-11-23T14:00:00Z"),
      wants("2026-11-23T15:00", { callback_zone: "Europe/Berlin", outcome: "callback" }),
      wants("2026-11-23T14:00:00Z", { outcome: "interested" }),
    ]) {
      const { call, verdicts, dials } = await afterwards(said);
      expect(call).toMatchObject({ status: "pending", outcome: "callback", callback: { at: NOON + 2 * HOUR } });
      expect(verdicts[0]).toMatchObject({ outcome: "callback", callbackAt: NOON + 2 * HOUR });
      expect(dials).toHaveLength(2);
      expect((dials[1]?.at ?? 0) - NOON - 2 * HOUR).toBeLessThan(MINUTE);
    }
  });

  const refused: readonly (readonly [said: object, reason: RegExp, outcome: string | null])[] = [
    [wants("2026-11-23T18:00:00Z"), /must not be called .*; the next time that is allowed is /, null],
    [wants("2026-11-22T10:00:00Z", { outcome: "callback" }), /expected a time to come/, "callback"],
    [wants("2027-03-28T01:30", { callback_zone: "Europe/London" }), /does not exist in Europe\/London/, null],
    [wants("2027-10-31T01:30", { callback_zone: "Europe/London" }), /there twice in Europe\/London/, null],
    [wants("soon"), /expected a time such as/, null],
    [wants("2026-11-23T15:00", { callback_zone: "Mars" }), /expected the name of a time zone/, null],
    [wants("2026-11-23T14:00:00Z", { outcome: "not_interested" }), /got not_interested/, "not_interested"],
    [wants("2026-11-23T14:00:00Z", { do_not_call: true }), /do_not_call/, "do_not_call"],
  ];
  test("that cannot be promised is told of with the reason, and the rest of the verdict counts", async () => {
    for (const [said, reason, outcome] of refused) {
      const { call, ignored, dials } = await afterwards(said);
      expect(call).toMatchObject({ status: "completed", outcome, callback: null });
      expect(ignored).toMatchObject([{ problems: [expect.stringMatching(reason)] }]);
      expect(dials).toHaveLength(1);
    }
  });

  test("is promised, or told of, by the runner that takes the call over, too", async () => {
    for (const [at, dials, told] of [
      ["2026-11-23T14:00:00Z", 2, 0],
      ["2026-11-23T18:00:00Z", 1, 1],
    ] as const) {
      const then = await afterwards(wants(at), 1.5 * SECOND);
      expect(then.dials).toHaveLength(dials);
      expect(then.ignored).toHaveLength(told);
    }
  });

  test("is promised where the runner dies in the middle of the call, and the agent has left before another comes", async () => {
    // What was said last is in the room, which the next runner sweeps.
    const says = [{ verdict: { seq: 1, callback_at: "2026-11-23T14:00:00Z" }, at: 5, in: "room" }];
    const { dials } = await afterwards({ ...talk(...says), talks: 8 }, 3 * SECOND);
    expect(dials).toHaveLength(2);
  });
});

describe("a machine", () => {
  const machine = { verdict: { seq: 1, answered_by: "voicemail" }, at: 1 };

  test("that takes the call ends as what it is, reached nobody, and is called again", async () => {
    for (const [by, ending, dials] of [
      ["voicemail", "voicemail", 2],
      ["screening", "screened", 2],
      ["ivr", "ivr", 1],
      ["unknown", "completed", 1],
      ["human", "completed", 1],
    ] as const) {
      await using rig = new Rig();
      rig.behave(talk({ verdict: { seq: 1, answered_by: by, final: true }, at: 1 }));
      const id = await rig.start(1, { maxAttempts: 2, retryAfter: "30m" });
      await rig.run();
      await rig.clock.advance(HOUR);
      await rig.run();
      const call = await only(rig, id);
      expect(call).toMatchObject({ status: "completed", endReason: ending });
      expect(call?.reachedIn === null).toBe(ending !== "completed");
      expect(rig.world.dials).toHaveLength(dials);
    }
  });

  test("said only when the call was over: the call is mended, and called again", async () => {
    await using rig = new Rig();
    rig.script({
      others: [{ weight: 1, behaviour: talk({ ...machine, at: undefined, afterEnd: 3 }) }],
      agentStays: null,
    });
    const id = await rig.start(1, { maxAttempts: 2, retryAfter: "30m" });
    await rig.run({ takeFor: MINUTE });
    expect(await only(rig, id)).toMatchObject({ status: "pending", endReason: "voicemail", reachedIn: null });
  });

  test("is hung up on when the agent does not, unless a message is wanted", async () => {
    for (const [onVoicemail, endedAs] of [
      ["retry", "hung up in conversation"],
      ["hang-up", "hung up in conversation"],
      ["message", "talked"],
    ] as const) {
      await using rig = new Rig();
      rig.behave({ ...talk(machine), talks: 60 });
      const id = await rig.start(1, {
        onVoicemail,
        ...(onVoicemail === "message" && { voicemailMessage: "Call us." }),
      });
      await rig.run();
      expect(rig.world.dials[0]?.endedAs).toBe(endedAs);
      expect(await only(rig, id)).toMatchObject({ status: "completed", endReason: "voicemail" });
    }
  });

  test("hears the message once, also when it is called again; hang-up calls nobody again", async () => {
    await using rig = new Rig();
    rig.behave(talk(machine));
    const id = await rig.start(1, {
      onVoicemail: "message",
      voicemailMessage: "Call us.",
      maxAttempts: 3,
      voicemailAfter: "1h",
    });
    const jobs: Record<string, unknown>[] = [];
    const dispatch = rig.world.dispatch.bind(rig.world);
    rig.world.dispatch = (room, name, metadata) => {
      jobs.push(JSON.parse(metadata) as Record<string, unknown>);
      return dispatch(room, name, metadata);
    };
    for (let n = 0; n < 3; n++) {
      await rig.run();
      await rig.clock.advance(70 * MINUTE);
    }
    expect(
      jobs.map(({ attempt, voicemailMessage, messageLeftBefore }) => [attempt, voicemailMessage, messageLeftBefore]),
    ).toEqual([
      [1, "Call us.", false],
      [2, null, true],
      [3, null, true],
    ]);
    expect(jobs[0]).toMatchObject({ answeredByPolicy: "message", verdictKey: "campaigns.verdict" });
    expect(jobs[0]?.["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(await only(rig, id)).toMatchObject({ status: "completed", endReason: "voicemail" });

    await using other = new Rig();
    other.behave(talk(machine));
    await other.start(1, { onVoicemail: "hang-up", maxAttempts: 3 });
    await other.run();
    await other.clock.advance(HOUR);
    await other.run();
    expect(other.world.dials).toHaveLength(1);
  });
});
