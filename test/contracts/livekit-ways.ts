/** The ways of a real LiveKit that a dial seen from afar does not tell: what it counts late, and what it forgets. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Presence } from "../../src/engine/ports/index.ts";
import { parseScript } from "../../src/sandbox/network.ts";
import { type Door, order } from "./telephony.ts";

/** `open`: a door whose world passes quickly. */
export function livekitWaysContract(open: () => Promise<Door>): void {
  let door: Door;
  beforeEach(async () => void (door = await open()));
  afterEach(() => door[Symbol.asyncDispose]());

  const script = (settings: object, talks = 600): void => {
    const behaviour = { does: "answer", rings: 0, talks };
    door.world.script = parseScript(
      JSON.stringify({ others: [{ weight: 1, behaviour }], agentJoinsAfter: 0.5, ...settings }),
    );
  };
  const openRoom = async (room = order.room): Promise<void> => {
    expect(await door.finish(door.telephony.openRoom({ ...order, room }))).toBeNull();
  };
  const talking = async (): Promise<void> => {
    await openRoom();
    expect(await door.finish(door.telephony.dial(order))).toMatchObject({ is: "answered" });
  };
  const presence = (room = order.room): Promise<Presence> => door.finish(door.telephony.presence(room));
  const counted = async (): Promise<number | undefined> =>
    (await door.finish(door.telephony.listedRooms([order.room])))[0]?.callees;

  describe("the list of rooms", () => {
    test("counts a callee who has left for up to 5 s more, while a look at the room misses them at once", async () => {
      // Counted at 5 s, gone soon after, and counted again at 10 s.
      script({}, 5.2);
      await talking();
      await door.pass(6500);
      expect(await counted()).toBe(1);
      expect((await presence()).leg).toBe("absent");
      await door.pass(6000);
      expect(await counted()).toBe(0);
    });
  });

  describe("an agent", () => {
    test("that has joined and is not ACTIVE yet was dialed for: it does not count", async () => {
      script({ agentActiveAfter: 4 });
      await openRoom();
      await door.pass(2500);
      expect(door.world.rooms.find(order.room)?.participants.size).toBe(1);
      expect((await presence()).agents).toEqual([]);
      await door.pass(4000);
      expect((await presence()).agents).toHaveLength(1);
    });

    test("that never connects never counts", async () => {
      script({ agentActiveAfter: null });
      await openRoom();
      await door.pass(30_000);
      expect((await presence()).agents).toEqual([]);
    });

    test("that is killed is listed for 20 s more", async () => {
      script({ agentCrashesAfter: 2 });
      await openRoom();
      await door.pass(15_000);
      expect((await presence()).agents).toHaveLength(1);
      await door.pass(10_000);
      expect((await presence()).agents).toEqual([]);
    });

    test("that leaves by itself is gone at once", async () => {
      script({ agentLeavesAfter: 7 });
      await openRoom();
      await door.pass(4000);
      expect((await presence()).agents).toHaveLength(1);
      await door.pass(6000);
      expect((await presence()).agents).toEqual([]);
    });

    test("comes only while one of the pool is free; a room that closes frees its own", async () => {
      script({ agentPool: 2 });
      const rooms = ["call-1", "call-2", "call-3"];
      for (const room of rooms) await openRoom(room);
      await door.pass(3000);
      const agents = async (): Promise<boolean[]> => {
        const seen: boolean[] = [];
        for (const room of rooms) seen.push((await presence(room)).agents.length > 0);
        return seen;
      };
      expect(await agents()).toEqual([true, true, false]);
      await door.finish(door.telephony.closeRoom("call-1"));
      await openRoom("call-4");
      await door.pass(3000);
      expect((await presence("call-4")).agents).toHaveLength(1);
    });

    test("is lost now and then: LiveKit says nothing of it", async () => {
      script({ agentDrops: 0.4 });
      let came = 0;
      for (let n = 0; n < 20; n++) {
        await openRoom(`call-${n}`);
        await door.pass(1000);
        if ((await presence(`call-${n}`)).agents.length > 0) came++;
      }
      expect(came).toBeGreaterThan(5);
      expect(came).toBeLessThan(19);
    });

    test("whose room was deleted comes back, and the room with it", async () => {
      script({ agentReturnsAfter: 15 });
      await openRoom();
      await door.pass(2000);
      expect(await door.finish(door.telephony.closeRoom(order.room))).toBe("removed");
      expect(await door.finish(door.telephony.attemptRooms())).toEqual([]);
      await door.pass(17_000);
      expect(await door.finish(door.telephony.attemptRooms())).toMatchObject([{ name: order.room }]);
      expect(door.world.rooms.find(order.room)).toMatchObject({ emptyTimeout: 300, departureTimeout: 20 });
    });
  });

  test("a restart of the server shows a leg in conversation as one that is being dialed", async () => {
    script({});
    await talking();
    expect((await presence()).leg).toBe("active");
    door.world.serverDoes("restart");
    expect((await presence()).leg).toBe("dialing");
    expect(door.world.dials[0]?.endedAt).toBeNull();
  });

  test("a restart of the server cuts off who waits for a phone that rings: unknown, and the phone rings on", async () => {
    door.world.script = parseScript(
      JSON.stringify({ others: [{ weight: 1, behaviour: { does: "answer", rings: 20, talks: 600 } }] }),
    );
    await openRoom();
    const dialing = door.telephony.dial({ ...order, ringSeconds: 40 });
    await door.pass(5000);
    expect((await presence()).leg).toBe("ringing");
    door.world.serverDoes("restart");
    expect((await door.finish(dialing)).is).toBe("unknown");
    expect(door.world.dials[0]?.answeredAt).toBeNull();
    expect((await presence()).leg).toBe("dialing");
    await door.pass(25_000);
    expect((await presence()).leg).toBe("active");
    expect(door.world.dials).toHaveLength(1);
  });

  test("a server that lost its state knows neither room nor trunk for 20 s, while the call goes on", async () => {
    script({});
    await talking();
    door.world.serverDoes("lose_state");
    expect(await counted()).toBeUndefined();
    expect((await presence()).leg).toBe("absent");
    expect(await door.finish(door.telephony.closeRoom(order.room))).toBe("unknown");
    expect(await door.finish(door.telephony.trunks())).toEqual([]);
    await door.pass(22_000);
    expect((await presence()).leg).toBe("active");
    expect(door.world.dials[0]?.endedAt).toBeNull();
  });
}
