/** LiveKit does not find what it is asked about, once or for a while: that is trouble of the one request, whatever it was. */
import { ServerError } from "livekit-server-sdk";
import { describe, expect, test } from "vitest";
import type { LiveKitClients } from "../../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../../src/adapters/livekit/telephony.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Telephony } from "../../../src/engine/ports/index.ts";
import { directClients } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";
import { drained, once, Rig } from "../../support/engine.ts";
import { altered, refusing, runnerDies } from "../../support/troubled.ts";

const NOT_FOUND = new ServerError("Not Found", "requested room does not exist", 404, "not_found");
const ANSWER = [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 10 } }];

/** LiveKit that finds nothing the first times that this is asked for, from a moment after noon on. */
function forgetful(
  rig: Rig,
  method: string,
  from: number,
  times = 1,
): { readonly telephony: Telephony; readonly met: () => number } {
  let met = 0;
  const isNow = (asked: string): boolean =>
    asked === method && rig.clock.now() >= NOON + from && met < times && ++met <= times;
  const groups = Object.entries(directClients(rig.world, rig.clock)).map(([name, group]) => [
    name,
    refusing(group as object, NOT_FOUND, isNow),
  ]);
  const clients = Object.fromEntries(groups) as LiveKitClients;
  return { telephony: new LiveKitTelephony(clients, rig.clock, "ai"), met: () => met };
}

describe("not_found, once", () => {
  test.each([
    ["createRoom", 5 * SECOND],
    ["createDispatch", 0],
    ["createSipParticipant", 5 * SECOND],
    ["listParticipants", 5 * SECOND],
    ["deleteRoom", 5 * SECOND],
    ["listRooms", 5 * SECOND],
    ["listSipOutboundTrunk", 0],
    ["listSipOutboundTrunk", 5 * SECOND],
  ])("to %s was a bug, or no such trunk: everybody is called once, and nobody is charged", async (method, from) => {
    await using rig = new Rig();
    rig.script({ others: ANSWER, agentDrops: method === "createDispatch" ? 1 : 0 });
    const { telephony, met } = forgetful(rig, method, from);
    const id = await rig.start(40, { delay: "2s" });
    const working = rig.work({ watch: true, waitForAgent: true }, rig.store, telephony);
    await rig.clock.advance(4 * SECOND);
    rig.script({ others: ANSWER });
    await rig.clock.advance(10 * MINUTE);
    expect(met()).toBe(1);
    expect([...rig.dials.values()]).toEqual(once(40));
    expect(await rig.report(id)).toMatchObject({
      campaign: { status: "completed" },
      progress: { dials: 40, calls: { completed: 40 } },
    });
    await drained(rig, working);
  });
});

describe("not_found, twice within a second, of a room that is listed", () => {
  test("hung up on a person in conversation", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const { telephony, met } = forgetful(rig, "listParticipants", 20 * SECOND, 2);
    const id = await rig.start(1);
    await rig.clock.finish(rig.work({}, rig.store, telephony).done, HOUR);
    expect(met()).toBe(2);
    expect(rig.world.dials[0]?.endedAs).toBe("talked");
    expect((await rig.campaigns.calls(id, { limit: 1 })).calls[0]).toMatchObject({
      status: "completed",
      durationSeconds: 60,
    });
  });

  test("gave up a phone that rang when its runner died, and hung up on it", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 40, talks: 60 });
    const id = await rig.start(1);
    await runnerDies(rig, 3 * SECOND);
    const { telephony, met } = forgetful(rig, "listParticipants", 35 * SECOND, 2);
    await rig.clock.finish(rig.work({}, rig.store, telephony).done, HOUR);
    expect(met()).toBe(2);
    expect(rig.world.dials.map(({ endedAs }) => endedAs)).toEqual(["talked"]);
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, calls: { completed: 1 } });
  });
});

describe("a LiveKit that has lost its state", () => {
  test("while an agent is waited for ended the run: the run goes on, nobody is charged, and each is rung once", async () => {
    await using rig = new Rig();
    rig.script({ others: ANSWER, agentDrops: 1 });
    const id = await rig.start(3, { delay: "1s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(1.6 * SECOND);
    const trunk = rig.world.trunks.get("ST_sandbox");
    rig.world.serverDoes("lose_state");
    await rig.clock.advance(2 * SECOND);
    rig.script({ others: ANSWER });
    await rig.clock.advance(5 * MINUTE);
    const { campaign, progress } = await rig.report(id);
    expect(campaign).toMatchObject({ status: "paused", statusReason: expect.stringContaining("sip trunk") as string });
    expect(progress).toMatchObject({ dials: 0, calls: { pending: 3 } });
    await rig.campaigns.resume(id);
    rig.world.trunks.get = () => trunk;
    await rig.clock.advance(5 * MINUTE);
    expect([...rig.dials.values()]).toEqual(once(3));
    expect((await rig.report(id)).progress).toMatchObject({ dials: 3, calls: { completed: 3 } });
    await drained(rig, working);
  });
});

/** LiveKit with no trunks between two moments after noon: an empty list is `{}`, as other servers answer that too. */
const trunkless = (rig: Rig, from: number, until: number): Telephony =>
  altered(rig.telephony, "trunks", (trunks) => async () => {
    const isNow = rig.clock.now() >= NOON + from && rig.clock.now() < NOON + until;
    return isNow ? [] : await trunks();
  });

describe("LiveKit's list of trunks, empty", () => {
  test("once stopped every campaign as wrongly configured: they go on", async () => {
    await using rig = new Rig();
    const id = await rig.start(100, { delay: "1s" });
    const working = rig.work({ watch: true }, rig.store, trunkless(rig, 55 * SECOND, 80 * SECOND));
    await rig.clock.advance(5 * MINUTE);
    expect([...rig.dials.values()]).toEqual(once(100));
    expect((await rig.report(id)).campaign).toMatchObject({ status: "completed", statusReason: null });
    await drained(rig, working);
  });

  test("for longer is believed", async () => {
    await using rig = new Rig();
    const id = await rig.start(200, { delay: "1s" });
    const working = rig.work({ watch: true }, rig.store, trunkless(rig, 55 * SECOND, HOUR));
    await rig.clock.advance(3 * MINUTE);
    expect((await rig.report(id)).campaign).toMatchObject({
      status: "error",
      statusReason: expect.stringContaining("no outbound trunk") as string,
    });
    await drained(rig, working);
  });
});
