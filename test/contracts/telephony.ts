/**
 * What the engine may expect of any Telephony. Run through every door to the sandbox's world; a detail of the wire is
 * tested in test/sandbox instead, a rule of the domain in test/domain.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DialOrder, DialResult, Presence, Telephony } from "../../src/engine/ports/index.ts";
import type { Fault } from "../../src/sandbox/faults.ts";
import { parseScript, type World } from "../../src/sandbox/index.ts";
import { Random } from "../../src/sandbox/random.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";

export interface Door extends AsyncDisposable {
  readonly telephony: Telephony;
  readonly world: World;
  /** Lets time pass until the promise is settled. */
  readonly finish: <T>(promise: Promise<T>) => Promise<T>;
  /** Lets this many milliseconds pass. */
  readonly pass: (ms: number) => Promise<void>;
}

export const order: DialOrder = {
  attemptId: "a1",
  callId: "c1",
  attempt: 1,
  onVoicemail: { does: "retry", message: null, messageLeftBefore: false },
  campaignId: "spring",
  room: "call-a1",
  callee: "callee-a1",
  trunkId: SANDBOX_TRUNK.sipTrunkId,
  contact: {
    id: "contact",
    name: "Ada Lovelace",
    phoneNumber: "+12025550123",
    email: null,
    variables: { plan: "basic", "due date": "2026-12-01" },
  },
  assistantId: "assistant",
  assistantName: "Robin",
  prompt: "Ask about the plan.",
  fromNumber: "+12025550100",
  ringSeconds: 5,
  maxDurationSeconds: 600,
};

const refuse = (status: number, reason = ""): object => ({ does: "refuse", status, reason, after: 0.05 });

const tooLate = (look: () => Promise<void>): Promise<boolean> => look().then(() => false);

export function telephonyContract(open: () => Promise<Door>): void {
  let door: Door;
  beforeEach(async () => void (door = await open()));
  afterEach(() => door[Symbol.asyncDispose]());

  const script = (settings: object): void => void (door.world.script = parseScript(JSON.stringify(settings)));
  const behave = (...behaviours: object[]): void =>
    script({ numbers: { [order.contact.phoneNumber]: behaviours }, agentJoinsAfter: 0.05, countLag: 0 });
  const dialed = async (changes: Partial<DialOrder> = {}): Promise<DialResult> => {
    await door.finish(door.telephony.openRoom({ ...order, ...changes }));
    return door.finish(door.telephony.dial({ ...order, ...changes }));
  };
  const presence = (of = order.room): Promise<Presence> => door.finish(door.telephony.presence(of));
  /** The first `times` requests of the method meet the fault, those after them none. */
  const atFirst = (times: number, method: string, does: Fault["does"]): void => {
    const seed = Array.from({ length: 1000 }, (_, n) => n).find((seed) => {
      const random = new Random(seed);
      const draws = Array.from({ length: times + 3 }, () => random.chance(0.5));
      return draws.every((drawn, n) => drawn === n < times);
    });
    door.world.faults.set({ seed: seed ?? 0, faults: [{ method, chance: 0.5, does, seconds: 0 }] });
  };
  const room = (name = order.room): ReturnType<World["rooms"]["find"]> => door.world.rooms.find(name);

  describe("a room", () => {
    test("is opened with time-outs that outlive a crash, for one callee, with an agent on its way", async () => {
      expect(await door.finish(door.telephony.openRoom(order))).toBeNull();
      expect(room()).toMatchObject({ emptyTimeout: 90, departureTimeout: 1800, maxParticipants: 1 });
      expect(room()?.dispatches).toHaveLength(1);
    });

    test("is opened once, however often it is asked for", async () => {
      await door.finish(door.telephony.openRoom(order));
      await door.finish(door.telephony.openRoom(order));
      expect(door.world.rooms.list()).toHaveLength(1);
    });

    test("that is not to be opened any more is not, and nobody is told to dial", async () => {
      expect(await door.finish(door.telephony.openRoom({ ...order, leave: tooLate }))).toMatchObject({
        ending: "released",
      });
      expect(door.world.rooms.list()).toEqual([]);
    });

    test("that may be opened once, and whose answer is lost, is not asked for again", async () => {
      atFirst(1, "RoomService/CreateRoom", "bad_gateway_after");
      let asked = 0;
      const leave = (look: () => Promise<void>): Promise<boolean> => look().then(() => ++asked === 1);
      expect(await door.finish(door.telephony.openRoom({ ...order, leave }))).toMatchObject({
        ending: "livekit_error",
      });
      expect(room()?.dispatches).toHaveLength(1);
    });

    test("whose agent was called, and the answer lost, is not sent a second one", async () => {
      atFirst(2, "RoomService/CreateRoom", "bad_gateway_after");
      expect(await door.finish(door.telephony.openRoom(order))).toBeNull();
      expect(room()?.dispatches).toHaveLength(1);
    });

    test.each(["unavailable_before", "rate_limited_before", "drop_before"] as const)(
      "is opened, looked into and closed though LiveKit fails twice at first: %s",
      async (does) => {
        atFirst(2, "RoomService/CreateRoom", does);
        expect(await door.finish(door.telephony.openRoom(order))).toBeNull();
        atFirst(2, "RoomService/ListParticipants", does);
        expect(await presence()).toMatchObject({ leg: "absent" });
        atFirst(2, "RoomService/DeleteRoom", does);
        await door.finish(door.telephony.closeRoom(order.room));
        expect(door.world.rooms.list()).toEqual([]);
      },
    );

    test("tells the agent whom it talks to, under the names agents know", async () => {
      await door.finish(door.telephony.openRoom(order));
      const [dispatch] = room()?.dispatches ?? [];
      expect(dispatch?.agentName).toBe("ai");
      expect(JSON.parse(dispatch?.metadata ?? "")).toMatchObject({
        phone_number: "+12025550123",
        agentId: "assistant",
        callType: "campaign",
        campaignId: "spring",
        contactName: "Ada Lovelace",
        campaignPrompt: "Ask about the plan.",
        outbound_trunk_id: SANDBOX_TRUNK.sipTrunkId,
        from_number: "+12025550100",
        callId: "c1",
        variables: { plan: "basic", "due date": "2026-12-01" },
      });
      expect(JSON.parse(room()?.metadata ?? "")).toMatchObject({ campaignId: "spring", agentId: "assistant" });
    });

    test("has an agent once one has joined, and none while nobody takes the job", async () => {
      script({ agentJoinsAfter: 0.1, agentActiveAfter: 0 });
      await door.finish(door.telephony.openRoom(order));
      expect((await presence()).agents).toEqual([]);
      await door.pass(200);
      expect((await presence()).agents).toHaveLength(1);
      script({ agentJoinsAfter: null });
      await door.finish(door.telephony.openRoom({ ...order, room: "call-a2" }));
      await door.pass(200);
      expect((await presence("call-a2")).agents).toEqual([]);
    });

    test("that does not exist has nobody in it, and closing it is no error", async () => {
      expect(await presence("call-nowhere")).toEqual({ agents: [], leg: "absent", carrierId: null, heard: null });
      expect(await door.finish(door.telephony.listedRooms(["call-nowhere"]))).toEqual([]);
      await door.finish(door.telephony.closeRoom("call-nowhere"));
    });

    test("of attempts is found among others", async () => {
      await door.finish(door.telephony.openRoom(order));
      door.world.rooms.create({ name: "somebody-elses" });
      expect(await door.finish(door.telephony.attemptRooms())).toMatchObject([{ name: order.room }]);
      // No names at all must not mean all rooms.
      expect(await door.finish(door.telephony.listedRooms([]))).toEqual([]);
    });
  });

  describe("a dial", () => {
    test("that is answered leaves a leg in conversation", async () => {
      behave({ does: "answer", rings: 0.1, talks: 60 });
      expect(await dialed()).toMatchObject({ is: "answered", sipCallId: expect.stringMatching(/^SCL_/) as string });
      expect((await presence()).leg).toBe("active");
      expect(await door.finish(door.telephony.listedRooms([order.room]))).toMatchObject([{ callees: 1 }]);
      await door.finish(door.telephony.closeRoom(order.room));
      expect(door.world.rooms.list()).toEqual([]);
      await door.pass(1);
      expect(door.world.dials[0]?.endedAs).toBe("hung up in conversation");
    });

    test("is in the room before the phone rings: being there is not being answered", async () => {
      behave({ does: "answer", rings: 0.5, talks: 60 });
      await door.finish(door.telephony.openRoom(order));
      const dialing = door.telephony.dial(order);
      await door.pass(150);
      expect((await presence()).leg).toBe("ringing");
      expect((await door.finish(dialing)).is).toBe("answered");
    });

    test("through a Twilio trunk is known by Twilio's id once Twilio has answered, and through another by none", async () => {
      const { sipTrunkId: trunkId } = door.world.trunks.create({
        ...SANDBOX_TRUNK,
        sipTrunkId: "",
        address: "spring.pstn.twilio.com",
      });
      behave({ does: "answer", rings: 0, talks: 60 });
      await dialed({ trunkId });
      expect((await presence()).carrierId).toMatch(/^CA[0-9a-f]{32}$/);
      expect((await presence()).carrierId).toBe(door.world.dials[0]?.carrierId);
      await dialed({ attemptId: "a2", room: "call-a2", callee: "callee-a2" });
      expect(await presence("call-a2")).toMatchObject({
        leg: "active",
        carrierId: null,
        since: expect.any(Number) as number,
      });
    });

    test("whose callee hangs up leaves an empty room that stays to be asked about", async () => {
      behave({ does: "answer", rings: 0, talks: 0.1 });
      await dialed();
      await door.pass(300);
      expect(await door.finish(door.telephony.listedRooms([order.room]))).toMatchObject([{ callees: 0 }]);
      expect((await presence()).leg).toBe("absent");
    });

    test("takes the callee's data along, spelled as LiveKit spells it", async () => {
      behave({ does: "answer", rings: 0, talks: 1 });
      await dialed();
      const [dial] = door.world.dials;
      expect(dial).toMatchObject({
        sipNumber: "+12025550100",
        krispEnabled: true,
        waitUntilAnswered: true,
        ringingTimeout: 5,
        maxCallDuration: 600,
        participantIdentity: "callee-a1",
        participantAttributes: { "campaigns.attempt": "a1" },
      });
      const metadata = {
        agentId: "assistant",
        callType: "telephone",
        callId: "c1",
        dir: "outbound",
        customer_name: "Ada Lovelace",
        context: "Ask about the plan.",
        phone_number: "+12025550100",
        isWebCall: false,
        to_phone_number: "+12025550123",
        isGoogleSheet: false,
        campaignId: "spring",
        source: "campaign",
      };
      expect(JSON.parse(dial?.participantMetadata ?? "")).toEqual(metadata);
    });

    test("names the callee by the metadata while it fits 256 characters, else by name", async () => {
      behave({ does: "answer", rings: 0, talks: 1 });
      await dialed({ prompt: null, campaignId: null, contact: { ...order.contact, name: "Ada" } });
      expect(JSON.parse(door.world.dials[0]?.participantName ?? "")).toMatchObject({ customer_name: "Ada" });
      await dialed({ prompt: "x".repeat(300), attemptId: "a2", room: "call-a2", callee: "callee-a2" });
      expect(door.world.dials[1]?.participantName).toBe("Ada Lovelace");
    });

    test.each([
      ["busy", refuse(486, "Busy Here"), { ending: "busy", sipStatus: 486 }],
      ["busy everywhere", refuse(600), { ending: "busy", sipStatus: 600 }],
      ["unavailable", refuse(480), { ending: "no_answer", sipStatus: 480 }],
      ["declined", refuse(603, "Decline"), { ending: "declined", sipStatus: 603 }],
      ["no such number", refuse(404, "Not Found"), { ending: "invalid_number", sipStatus: 404 }],
      ["trunk broken", refuse(503, "Service Unavailable"), { ending: "trunk_error", sipStatus: 503 }],
      ["too fast", refuse(503, "Trunk CPS limit exceeded"), { ending: "too_fast", sipStatus: 503 }],
      ["too many at once", refuse(403, "User channel limit exceeded D1"), { ending: "too_many", sipStatus: 403 }],
      ["caller ID refused", refuse(403, "Forbidden"), { ending: "trunk_auth", sipStatus: 403 }],
      ["no credentials", { does: "auth" }, { ending: "trunk_auth" }],
      ["wrong password", { does: "auth", because: "wrong_password" }, { ending: "trunk_auth" }],
      ["a silent trunk", { does: "silence", after: 0.1 }, { ending: "trunk_error" }],
    ])("that meets %s ends so, on current and on old servers", async (_, behaviour, ending) => {
      for (const oldServer of [false, true]) {
        script({ others: [{ weight: 1, behaviour }], oldServer });
        const id = oldServer ? "old" : "new";
        const result = await dialed({ attemptId: id, room: `call-${id}`, callee: `callee-${id}` });
        expect(result).toMatchObject({ is: "ended", ...ending });
      }
    });

    test("that nobody answers ends when the ring is over", async () => {
      behave({ does: "ring" });
      expect(await dialed({ ringSeconds: 1 })).toMatchObject({ is: "ended", ending: "no_answer" });
    });

    test.each(["drop", "bad_gateway", "garbage"])(
      "whose answer is lost (%s) is unknown, and sent once",
      async (reply) => {
        behave({ does: "answer", rings: 0, talks: 60, reply });
        expect((await dialed()).is).toBe("unknown");
        expect(door.world.dials).toHaveLength(1);
        expect((await presence()).leg).toBe("active");
      },
    );

    test("over a trunk that is not there is our configuration", async () => {
      expect(await dialed({ trunkId: "ST_gone" })).toMatchObject({ is: "ended", ending: "misconfigured" });
      expect(door.world.dials).toEqual([]);
    });

    test("into a room that has its callee is refused before a phone rings", async () => {
      behave({ does: "answer", rings: 0, talks: 60 });
      await dialed();
      const second = await door.finish(door.telephony.dial({ ...order, callee: "callee-another" }));
      expect(second).toMatchObject({ is: "ended", ending: "livekit_error" });
      expect(door.world.dials).toHaveLength(1);
    });

    test("is hung up by closing the room, while it rings too", async () => {
      behave({ does: "ring" });
      await door.finish(door.telephony.openRoom(order));
      const dialing = door.telephony.dial(order);
      await door.pass(100);
      await door.finish(door.telephony.closeRoom(order.room));
      expect((await door.finish(dialing)).is).toBe("ended");
      expect(door.world.dials[0]?.endedAs).toBe("hung up while ringing");
      await door.finish(door.telephony.closeRoom(order.room));
    });
  });

  test("trunks are listed without their passwords", async () => {
    const trunks = await door.finish(door.telephony.trunks());
    expect(trunks).toEqual([
      { id: "ST_sandbox", name: "sandbox", address: "127.0.0.1:5060", numbers: ["+12025550100"] },
    ]);
  });
}
