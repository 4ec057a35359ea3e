/** `--dialer agent`: the agent is told to dial while what the gate said of the dial still holds, or not at all. */
import { ServerError } from "livekit-server-sdk";
import { describe, expect, test } from "vitest";
import type { LiveKitClients } from "../../../src/adapters/livekit/clients.ts";
import { Unsent } from "../../../src/adapters/livekit/leaving.ts";
import { LiveKitTelephony } from "../../../src/adapters/livekit/telephony.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { directClients } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";
import { once, Rig } from "../../support/engine.ts";

type CreateRoom = LiveKitClients["rooms"]["createRoom"];

/** One contact, and a LiveKit that makes rooms so: when it was asked, seconds after the dial was stored. */
async function dialing(rig: Rig, createRoom: (real: CreateRoom, tries: number) => CreateRoom): Promise<number[]> {
  rig.script({ agentDials: true });
  const clients = directClients(rig.world, rig.clock);
  const asked: number[] = [];
  const { rooms } = clients;
  const create: CreateRoom = async (options, leave) => {
    if (leave !== undefined && !(await leave(() => Promise.resolve()))) throw new Unsent();
    asked.push(rig.clock.now());
    return await createRoom(rooms.createRoom.bind(rooms), asked.length)(options);
  };
  const telephony = new LiveKitTelephony({ ...clients, rooms: { ...rooms, createRoom: create } }, rig.clock, "ai");
  const working = rig.work({ dialer: "agent" }, rig.store, telephony);
  await rig.clock.finish(working.done, 30 * MINUTE);
  const [stored] = rig.said("call_dialing");
  return asked.map((at) => (at - (stored?.at ?? NOON)) / SECOND);
}

const timedOut = new DOMException("The operation was aborted due to timeout", "TimeoutError");

describe("an agent that dials by itself", () => {
  test.each([
    ["a request that never came", false],
    ["a request whose answer was lost", true],
  ])("was told up to 30 s after the dial was stored: after %s it is not told again", async (_, acts) => {
    await using rig = new Rig();
    const id = await rig.start(1, { maxAttempts: 3 });
    const told = await dialing(rig, (real) => async (options) => {
      if (acts) await real(options);
      await rig.clock.sleep(10 * SECOND);
      throw timedOut;
    });
    expect(told.every((after) => after <= 2)).toBe(true);
    expect([...rig.dials.values()]).toEqual(acts ? [1] : []);
    expect((await rig.report(id)).progress.endings).toEqual(acts ? { completed: 1 } : { lost: 1 });
  });

  test("was on its way, and the call given back, when a first answer was lost and the second was a refusal", async () => {
    await using rig = new Rig();
    await rig.start(1, { maxAttempts: 3 });
    await dialing(rig, (real, tries) => async (options) => {
      if (tries === 2) throw new ServerError("Unauthorized", "permissions denied", 403, "permission_denied");
      const room = await real(options);
      if (tries === 1) throw new Error("connection failed: socket hang up");
      return room;
    });
    expect([...rig.dials.values()]).toEqual(once(1));
  });

  test("is told again after a failure that took no time: once more is the same dial", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    const told = await dialing(rig, (real, tries) =>
      tries > 1 ? real : () => Promise.reject(new ServerError("Unavailable", "no response", 503, "unavailable")),
    );
    expect(told).toHaveLength(2);
    expect([...rig.dials.values()]).toEqual(once(1));
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
  });

  test("that never comes was told of a whole list before anybody had dialed: of a few", async () => {
    await using rig = new Rig();
    rig.script({ agentDials: true, agentJoinsAfter: null });
    const id = await rig.start(60, { delay: "0ms", concurrency: 50 });
    await rig.clock.finish(rig.work({ dialer: "agent" }, rig.store, rig.telephony).done, HOUR);
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect(progress.endings["lost"]).toBeLessThanOrEqual(8);
  });

  test("holds back nobody once others dialed, and they soon leave all at once", async () => {
    await using rig = new Rig();
    rig.script({ agentDials: true, others: [{ weight: 1, behaviour: { does: "answer", rings: 20, talks: 30 } }] });
    await rig.start(60, { delay: "0ms", concurrency: 50 });
    const working = rig.work({ dialer: "agent" }, rig.store, rig.telephony);
    await rig.clock.advance(8 * SECOND);
    expect(rig.dialedAt().length).toBe(50);
    await rig.clock.finish(working.done, HOUR);
  });
});
