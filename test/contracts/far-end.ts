/**
 * What a dial is recorded as, for all that a trunk and the phone behind it may do: a row each, as measured on a real
 * LiveKit with a SIP callee of our own.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DialOrder, DialResult, Leg } from "../../src/engine/ports/index.ts";
import { SECOND } from "../../src/domain/time/instant.ts";
import { ENDINGS } from "../../src/domain/calls/ending.ts";
import type { DialRecord } from "../../src/sandbox/index.ts";
import { parseScript } from "../../src/sandbox/network.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { type Door, order } from "./telephony.ts";

interface Row {
  readonly behaviour?: object;
  /** Of the trunk that is dialed through; the far end wants `them` as both user name and password. */
  readonly credentials?: "none" | "wrong" | "right";
  readonly fault?: "unavailable_before" | "cpu_exhausted_before";
  readonly result: object;
  readonly invites: number;
  /** What the leg may have been seen as. */
  readonly shows?: readonly Leg[];
}

const refuse = (status: number, reason = ""): object => ({ does: "refuse", status, reason, after: 2, rings: true });
const ended = (ending: string, more: object = {}): object => ({ is: "ended", ending, ...more });
const answered = { is: "answered" };
const refusals = (ending: string, ...statuses: readonly number[]): [string, Row][] =>
  statuses.map((status) => [
    `answers ${status}`,
    { behaviour: refuse(status), result: ended(ending, { sipStatus: status }), invites: 1 },
  ]);

const ROWS: readonly (readonly [string, Row])[] = [
  ["answers 200, hangs up later", { behaviour: { does: "answer", talks: 5 }, result: answered, invites: 1 }],
  ...refusals("busy", 486, 600),
  ...refusals("declined", 603, 607, 608),
  ...refusals("no_answer", 480, 408, 487, 302),
  ...refusals("invalid_number", 404, 410, 484),
  ...refusals("trunk_error", 488, 606, 500, 502, 503, 504),
  ...refusals("trunk_auth", 402, 403),
  [
    "takes so many calls a second",
    { behaviour: refuse(503, "Trunk CPS limit exceeded"), result: ended("too_fast"), invites: 1 },
  ],
  [
    "takes so many calls at once",
    { behaviour: refuse(403, "User channel limit exceeded D1"), result: ended("too_many"), invites: 1 },
  ],
  ["wants credentials that the trunk has not", { credentials: "none", result: ended("trunk_auth"), invites: 1 }],
  ["wants other credentials", { credentials: "wrong", result: ended("trunk_auth"), invites: 5 }],
  ["wants the trunk's credentials", { credentials: "right", result: answered, invites: 2 }],
  ["rings on", { behaviour: { does: "ring" }, result: ended("no_answer"), invites: 1, shows: ["ringing"] }],
  ["ignores the CANCEL", { behaviour: { does: "ring", atTimeOut: "ignores" }, result: ended("no_answer"), invites: 1 }],
  [
    "is picked up as the ring is given up",
    { behaviour: { does: "ring", atTimeOut: "answers" }, result: ended("no_answer"), invites: 1 },
  ],
  [
    "says 100 Trying only: no phone is known to ring",
    { behaviour: { does: "trying" }, result: ended("no_answer"), invites: 1, shows: ["dialing"] },
  ],
  [
    "says nothing at all: no phone is known to ring",
    { behaviour: { does: "silence" }, result: ended("trunk_error"), invites: 1, shows: ["dialing"] },
  ],
  [
    "refuses the TCP or TLS connection",
    { behaviour: { does: "unreachable" }, result: ended("trunk_error"), invites: 0 },
  ],
  [
    "has a name that does not resolve",
    { behaviour: { does: "unreachable", because: "dns" }, result: ended("misconfigured"), invites: 0 },
  ],
  ["shares no codec with LiveKit", { behaviour: { does: "no_codec" }, result: ended("failed_ringing"), invites: 1 }],
  ["plays early media, then answers", { behaviour: { does: "answer", rings: 3 }, result: answered, invites: 1 }],
  ["LiveKit's SIP node has no CPU left", { fault: "cpu_exhausted_before", result: ended("livekit_error"), invites: 0 }],
  ["LiveKit has no SIP node", { fault: "unavailable_before", result: ended("livekit_error"), invites: 0 }],
];

/** `open`: a door whose world passes quickly; some of the rows take half a minute. */
export function farEndContract(open: () => Promise<Door>): void {
  let door: Door;
  beforeEach(async () => void (door = await open()));
  afterEach(() => door[Symbol.asyncDispose]());

  /** Dials, and looks at the leg every half second meanwhile. */
  const watched = async (trunkId: string): Promise<{ readonly result: DialResult; readonly seen: Set<Leg> }> => {
    const asked: DialOrder = { ...order, trunkId, ringSeconds: 40 };
    expect(await door.finish(door.telephony.openRoom(asked))).toBeNull();
    const seen = new Set<Leg>();
    const over = new AbortController();
    const result = door.telephony.dial(asked).finally(() => over.abort());
    while (!over.signal.aborted) {
      await door.pass(500);
      if (!over.signal.aborted) seen.add((await door.finish(door.telephony.presence(asked.room))).leg);
    }
    return { result: await result, seen };
  };
  const dial = (): DialRecord | undefined => door.world.dials[0];

  describe("a far end that", () => {
    test.each(ROWS)("%s", async (_, { behaviour, credentials, fault, result: expected, invites, shows }) => {
      const them = { username: "them", password: "them" };
      door.world.script = parseScript(
        JSON.stringify({
          others: [{ weight: 1, behaviour: behaviour ?? { does: "answer" } }],
          ...(credentials === undefined ? {} : { trunk: { credentials: them } }),
        }),
      );
      const { sipTrunkId } = door.world.trunks.create({
        ...SANDBOX_TRUNK,
        sipTrunkId: "",
        authUsername: credentials === "none" ? "" : "them",
        authPassword: credentials === "wrong" ? "another" : "them",
      });
      if (fault !== undefined) {
        const faults = [{ method: "SIP/CreateSIPParticipant", chance: 1, does: fault, seconds: 0 }];
        door.world.faults.set({ seed: 1, faults });
      }
      const { result, seen } = await watched(sipTrunkId);
      expect(result).toMatchObject(expected);
      expect(dial()?.invites ?? 0).toBe(invites);
      expect(door.world.dials.length).toBeLessThanOrEqual(1);
      if (shows !== undefined) expect([...seen].filter((leg) => leg !== "absent")).toEqual(shows);
      // What no phone heard costs the contact nothing.
      if (result.is === "ended" && invites === 0) expect(ENDINGS[result.ending].next).toBe("free");
    });
  });

  describe("the operator learns what a refusal may mean:", () => {
    test.each([
      [402, "money"],
      [403, "caller ID"],
      [608, "reputation"],
    ])("SIP %i", async (status, word) => {
      door.world.script = parseScript(JSON.stringify({ others: [{ weight: 1, behaviour: refuse(status) }] }));
      const { result } = await watched(SANDBOX_TRUNK.sipTrunkId);
      expect(result).toMatchObject({ detail: expect.stringContaining(word) as string });
    });
  });

  test.each([
    [0, 30],
    [10, 25],
  ])("audio that stops after %i s ends the call at %i s", async (media, lasts) => {
    const behaviour = { does: "answer", rings: 1, talks: 600, media };
    door.world.script = parseScript(JSON.stringify({ others: [{ weight: 1, behaviour }] }));
    await watched(SANDBOX_TRUNK.sipTrunkId);
    await door.pass(40_000);
    expect(dial()?.endedAs).toBe("no audio");
    const talked = ((dial()?.endedAt ?? 0) - (dial()?.answeredAt ?? 0)) / SECOND;
    // Where time is played fast, a timer that is a little late is seconds late.
    expect(talked).toBeGreaterThan(lasts - 1);
    expect(talked).toBeLessThan(lasts + 5);
  });
}
