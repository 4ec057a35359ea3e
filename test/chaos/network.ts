/** The phone network of a round: mostly people, some of them hard to reach, and requests whose answers get lost. */
import { ROOM_PREFIX } from "../../src/domain/calls/call.ts";
import {
  type Behaviour,
  type Fault,
  parseScript,
  type Random,
  type Script,
  type World,
} from "../../src/sandbox/index.ts";
import { fictionalNumber } from "../support/cli.ts";

/** What a dial may meet, by weight. Short, so that a round is. */
function behaviour(random: Random): Behaviour {
  const after = random.next() / 2;
  const refuse = (status: number, reason: string): Behaviour => ({ does: "refuse", status, reason, after });
  const answer = (reply: "ok" | "drop" | "bad_gateway" | "garbage" | "hang"): Behaviour => ({
    does: "answer",
    rings: random.next(),
    talks: random.next() * 3,
    reply,
  });
  const roll = random.next();
  if (roll < 0.5) return answer("ok");
  if (roll < 0.6) return refuse(486, "Busy Here");
  if (roll < 0.68) return refuse(480, "Temporarily Unavailable");
  if (roll < 0.73) return refuse(603, "Decline");
  if (roll < 0.77) return refuse(404, "Not Found");
  if (roll < 0.82) return refuse(503, "Service Unavailable");
  if (roll < 0.85) return refuse(503, "Trunk CPS limit exceeded");
  if (roll < 0.87) return refuse(403, "User channel limit exceeded D1");
  if (roll < 0.91) return { does: "ring" };
  return answer(random.pick(["drop", "drop", "bad_gateway", "bad_gateway", "garbage", "garbage", "hang"]));
}

/** Four dials' worth of behaviour per number; the last one answers, so that every list has an end. */
export function networkOf(random: Random, contacts: number): Script {
  const numbers = Object.fromEntries(
    Array.from({ length: contacts }, (_, n) => [
      fictionalNumber(n),
      [...Array.from({ length: 4 }, () => behaviour(random)), { does: "answer", rings: 0.1, talks: 0.2 }],
    ]),
  );
  return parseScript(JSON.stringify({ numbers, agentJoinsAfter: random.next() / 4 }));
}

/** Requests and answers that get lost, rooms that are missing from lists or not found at all. Now and then there is no agent. */
export function faultsOf(random: Random): { readonly seed: number; readonly faults: Fault[] } {
  const fault = (method: string, chance: number, does: Fault["does"], seconds = 1): Fault => ({
    method,
    chance: chance * random.next(),
    does,
    seconds,
  });
  return {
    seed: random.whole(1, 1_000_000),
    faults: [
      fault("RoomService/ListRooms", 0.2, "forget_room"),
      fault("SIP/CreateSIPParticipant", 0.06, "unavailable_before"),
      fault("SIP/CreateSIPParticipant", 0.06, "drop_before"),
      fault("SIP/CreateSIPParticipant", 0.04, "rate_limited_before"),
      fault("SIP/CreateSIPParticipant", 0.06, "drop_after"),
      fault("SIP/CreateSIPParticipant", 0.06, "bad_gateway_after"),
      fault("RoomService", 0.06, "unavailable_before"),
      fault("RoomService", 0.06, "drop_after"),
      fault("RoomService", 0.04, "garbage_after"),
      fault("RoomService/CreateRoom", 0.06, "bad_gateway_after"),
      fault("RoomService/ListParticipants", 0.06, "not_found_before"),
      fault("RoomService/DeleteRoom", 0.06, "not_found_before"),
      fault("", 0.2, "slow", random.next()),
    ],
  };
}

/** Attempts whose dial request got no readable answer, or may not have: what the network and the faults spoiled. */
export function cutOffIn({ dials, script, faults }: World): Set<string> {
  const nth = new Map<string, number>();
  const silenced = dials.filter(({ sipCallTo }) => {
    const n = nth.get(sipCallTo) ?? 0;
    nth.set(sipCallTo, n + 1);
    const scripted = script.numbers[sipCallTo] ?? [];
    const behaviour = scripted[Math.min(n, scripted.length - 1)];
    return behaviour?.does === "answer" && behaviour.reply !== "ok";
  });
  const spoiled = faults.met.filter(
    ({ method, does }) => method === "SIP/CreateSIPParticipant" && /drop|bad_gateway|slow|page/.test(does),
  );
  return new Set([
    ...silenced.map(({ participantIdentity }) => participantIdentity.replace("callee-", "")),
    ...spoiled.map(({ room }) => room.slice(ROOM_PREFIX.length)),
  ]);
}
