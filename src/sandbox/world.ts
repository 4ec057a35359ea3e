/**
 * LiveKit's semantics on a clock: rooms and their time-outs, agents, SIP legs that join before the phone rings. Knows
 * nothing of HTTP. Facts: livekit/livekit pkg/service and pkg/rtc, livekit/sip pkg/sip (v1.13, v1.11).
 */
import { randomUUID } from "node:crypto";
import { type Instant, SECOND } from "../domain/instant.ts";
import type { Clock } from "../engine/ports.ts";
import { type Behaviour, behaviourOf, DEFAULT_SCRIPT, type Script } from "./network.ts";
import { rpcFailure, sipFailure, TwirpFailure } from "./twirp.ts";

export interface Participant {
  readonly sid: string;
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly kind: "SIP" | "AGENT";
  readonly attributes: Record<string, string>;
  readonly joinedAt: Instant;
  /** Aborts when the participant is no longer in the room. */
  readonly gone: AbortController;
}

export interface Room {
  readonly sid: string;
  readonly name: string;
  readonly metadata: string;
  readonly emptyTimeout: number;
  readonly departureTimeout: number;
  readonly maxParticipants: number;
  readonly createdAt: Instant;
  readonly participants: Map<string, Participant>;
  readonly dispatches: { readonly id: string; readonly agentName: string; readonly metadata: string }[];
  /** Since when no callee is in it. */
  emptySince: Instant;
  /** A callee has been in it. */
  joined: boolean;
}

export interface CreateRoom {
  readonly name: string;
  readonly emptyTimeout?: number;
  readonly departureTimeout?: number;
  readonly maxParticipants?: number;
  readonly metadata?: string;
}

export interface DialRequest {
  readonly sipTrunkId: string;
  readonly sipCallTo: string;
  readonly sipNumber?: string;
  readonly roomName: string;
  readonly participantIdentity: string;
  readonly participantName?: string;
  readonly participantMetadata?: string;
  readonly participantAttributes?: Readonly<Record<string, string>>;
  readonly krispEnabled?: boolean;
  readonly waitUntilAnswered?: boolean;
  /** Seconds. */
  readonly ringingTimeout?: number;
  readonly maxCallDuration?: number;
}

/** One INVITE: a phone that rang. */
export interface DialRecord extends DialRequest {
  readonly at: Instant;
  endedAs: string | null;
}

export interface DialReply {
  readonly roomName: string;
  readonly participant: Participant;
  readonly sipCallId: string;
  /** What is to become of the HTTP answer. */
  readonly reply: "ok" | "drop" | "bad_gateway" | "garbage" | "hang";
}

export const SANDBOX_TRUNK = {
  id: "ST_sandbox",
  name: "sandbox",
  address: "127.0.0.1:5060",
  numbers: ["+12025550100"],
};

/** Server defaults and limits, seconds. */
const EMPTY_TIMEOUT = 300;
const DEPARTURE_TIMEOUT = 20;
const RINGING_TIMEOUT = 180;
const MAX_DURATION = 86_400;
const WAITED_DIAL_CAP = 80;

const id = (prefix: string): string => `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 12)}`;

export class World {
  script: Script = DEFAULT_SCRIPT;
  readonly dials: DialRecord[] = [];
  readonly #rooms = new Map<string, Room>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rooms that exist; those whose time is up are gone. LiveKit looks once a second, this world when asked. */
  rooms(names: readonly string[] = []): Room[] {
    const now = this.#clock.now();
    for (const room of this.#rooms.values()) {
      const timeout = room.joined ? room.departureTimeout : room.emptyTimeout;
      if (this.callees(room) === 0 && now - room.emptySince >= timeout * SECOND) this.#drop(room);
    }
    const all = [...this.#rooms.values()];
    return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  }

  callees(room: Room): number {
    return [...room.participants.values()].filter(({ kind }) => kind === "SIP").length;
  }

  /** For a live room the settings are ignored, and it is returned as it is. */
  createRoom(wanted: CreateRoom): Room {
    const [existing] = this.rooms([wanted.name]);
    if (existing !== undefined) return existing;
    const now = this.#clock.now();
    const room: Room = {
      sid: id("RM"),
      name: wanted.name,
      metadata: wanted.metadata ?? "",
      emptyTimeout: wanted.emptyTimeout ?? EMPTY_TIMEOUT,
      departureTimeout: wanted.departureTimeout ?? DEPARTURE_TIMEOUT,
      maxParticipants: wanted.maxParticipants ?? 0,
      createdAt: now,
      participants: new Map(),
      dispatches: [],
      emptySince: now,
      joined: false,
    };
    this.#rooms.set(room.name, room);
    return room;
  }

  deleteRoom(name: string): void {
    const [room] = this.rooms([name]);
    if (room === undefined) throw rpcFailure("not_found", "requested room does not exist");
    this.#drop(room);
  }

  removeParticipant(name: string, identity: string): void {
    const [room] = this.rooms([name]);
    const participant = room?.participants.get(identity);
    if (room === undefined || participant === undefined) throw rpcFailure("not_found", "participant does not exist");
    this.#leave(room, participant);
  }

  /** Answered at once, also when no worker is there to take the job. */
  createDispatch(roomName: string, agentName: string, metadata: string): Room["dispatches"][number] {
    const room = this.createRoom({ name: roomName });
    const dispatch = { id: id("AD"), agentName, metadata };
    room.dispatches.push(dispatch);
    void this.#agent(room, this.script);
    return dispatch;
  }

  async #agent(room: Room, { agentJoinsAfter, agentLeavesAfter }: Script): Promise<void> {
    if (agentJoinsAfter === null) return;
    await this.#clock.sleep(agentJoinsAfter * SECOND);
    if (this.#rooms.get(room.name) !== room) return;
    const agent = this.#join(room, {
      identity: id("agent"),
      name: "agent",
      metadata: "",
      kind: "AGENT",
      attributes: {},
    });
    if (agentLeavesAfter === null) return;
    await this.#clock.sleep(agentLeavesAfter * SECOND, agent.gone.signal);
    this.#leave(room, agent);
  }

  /** Resolves when answered, or at once without waitUntilAnswered; throws what LiveKit answers otherwise. */
  async dial(request: DialRequest): Promise<DialReply> {
    if (request.sipTrunkId === "") throw new TwirpFailure("invalid_argument", "missing sip trunk id and sip number");
    if (request.sipCallTo === "") throw new TwirpFailure("invalid_argument", "missing sip callee number");
    if (request.roomName === "") throw new TwirpFailure("invalid_argument", "missing room name");
    if (request.sipTrunkId !== SANDBOX_TRUNK.id)
      throw new TwirpFailure("not_found", "requested sip trunk does not exist");

    const room = this.createRoom({ name: request.roomName });
    // The same identity again replaces the first leg, and the phone rings once more.
    const twin = room.participants.get(request.participantIdentity);
    if (twin !== undefined) this.#leave(room, twin);
    if (room.maxParticipants > 0 && this.callees(room) >= room.maxParticipants) {
      throw rpcFailure("internal", "update room failed: max participants exceeded");
    }
    const sipCallId = id("SCL");
    const leg = this.#join(room, {
      identity: request.participantIdentity,
      name: request.participantName ?? "",
      metadata: request.participantMetadata ?? "",
      kind: "SIP",
      attributes: {
        ...request.participantAttributes,
        "sip.callID": sipCallId,
        "sip.callStatus": "dialing",
        "sip.trunkID": request.sipTrunkId,
        "sip.phoneNumber": request.sipCallTo,
        "sip.trunkPhoneNumber": request.sipNumber ?? SANDBOX_TRUNK.numbers[0] ?? "",
      },
    });
    const nth = this.dials.filter(({ sipCallTo }) => sipCallTo === request.sipCallTo).length;
    const record: DialRecord = { ...request, at: this.#clock.now(), endedAs: null };
    this.dials.push(record);
    const behaviour = behaviourOf(this.script, request.sipCallTo, nth);
    const answered = this.#ring(room, leg, record, behaviour);
    const reply = {
      roomName: room.name,
      participant: leg,
      sipCallId,
      reply: "reply" in behaviour ? behaviour.reply : "ok",
    } as const;
    if (request.waitUntilAnswered !== true) {
      answered.catch(() => {}); // nobody waits for it
      return { ...reply, reply: "ok" };
    }
    await answered;
    return reply;
  }

  /** From INVITE to answer; what follows the answer goes on by itself. */
  async #ring(room: Room, leg: Participant, record: DialRecord, behaviour: Behaviour): Promise<void> {
    const { ringingTimeout = RINGING_TIMEOUT, maxCallDuration = MAX_DURATION, waitUntilAnswered } = record;
    const limit = Math.min(ringingTimeout, waitUntilAnswered === true ? WAITED_DIAL_CAP : Infinity);
    const over = (endedAs: string, failure: TwirpFailure): TwirpFailure => {
      record.endedAs ??= endedAs;
      this.#leave(room, leg);
      return failure;
    };
    const wait = async (seconds: number): Promise<void> => {
      await this.#clock.sleep(Math.min(seconds, limit) * SECOND, leg.gone.signal);
      if (leg.gone.signal.aborted || seconds > limit) {
        throw over(
          leg.gone.signal.aborted ? "hung up while ringing" : "no answer",
          rpcFailure("canceled", "sip request timed out"),
        );
      }
    };
    if (behaviour.does === "auth") {
      const text = "sip server required auth, but no username or password was provided";
      throw over("auth", rpcFailure("failed_precondition", text));
    }
    if (behaviour.does === "refuse") {
      await wait(behaviour.after);
      throw over(`refused ${behaviour.status}`, sipFailure(behaviour.status, behaviour.reason));
    }
    leg.attributes["sip.callStatus"] = "ringing";
    await wait(behaviour.does === "ring" ? Infinity : behaviour.rings);
    if (behaviour.does === "ring") return;
    leg.attributes["sip.callStatus"] = "active";
    leg.attributes["sip.callTag"] = id("tag");
    void this.#talk(room, leg, record, Math.min(behaviour.talks, maxCallDuration - behaviour.rings));
  }

  async #talk(room: Room, leg: Participant, record: DialRecord, seconds: number): Promise<void> {
    await this.#clock.sleep(seconds * SECOND, leg.gone.signal);
    record.endedAs ??= leg.gone.signal.aborted ? "hung up in conversation" : "talked";
    this.#leave(room, leg);
  }

  #join(room: Room, who: Omit<Participant, "sid" | "joinedAt" | "gone">): Participant {
    const participant = { ...who, sid: id("PA"), joinedAt: this.#clock.now(), gone: new AbortController() };
    room.participants.set(who.identity, participant);
    if (who.kind === "SIP") room.joined = true;
    return participant;
  }

  #leave(room: Room, participant: Participant): void {
    if (room.participants.get(participant.identity) === participant) {
      room.participants.delete(participant.identity);
      if (participant.kind === "SIP") room.emptySince = this.#clock.now();
    }
    participant.gone.abort();
  }

  #drop(room: Room): void {
    this.#rooms.delete(room.name);
    for (const participant of room.participants.values()) this.#leave(room, participant);
  }
}
