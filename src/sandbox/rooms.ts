/**
 * LiveKit's rooms: how they come and go, who is in them. Agents do not count: neither against maxParticipants nor for
 * the time-outs. Facts: livekit/livekit v1.13 pkg/service/roommanager.go, pkg/rtc/room.go.
 */
import { randomUUID } from "node:crypto";
import { type Instant, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import { rpcFailure } from "./twirp.ts";

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

export interface Dispatch {
  readonly id: string;
  readonly agentName: string;
  readonly metadata: string;
  readonly at: Instant;
}

export interface Room {
  readonly sid: string;
  readonly name: string;
  metadata: string;
  /** Seconds it stays while nobody has ever joined, and after the last one has left. */
  readonly emptyTimeout: number;
  readonly departureTimeout: number;
  /** 0: any number. */
  readonly maxParticipants: number;
  readonly createdAt: Instant;
  readonly participants: Map<string, Participant>;
  readonly dispatches: Dispatch[];
  /** Since when no callee is in it. */
  emptySince: Instant;
  /** A callee has been in it. */
  joined: boolean;
}

/** Who takes the job of a dispatch, if anybody. */
export interface Worker {
  /** Seconds until it joins; null: there is none. */
  readonly joinsAfter: number | null;
  /** Seconds after which it leaves again; null: it stays. */
  readonly leavesAfter: number | null;
  readonly onJoin: () => void;
}

export interface RoomSettings {
  readonly name: string;
  readonly emptyTimeout?: number | undefined;
  readonly departureTimeout?: number | undefined;
  readonly maxParticipants?: number | undefined;
  readonly metadata?: string | undefined;
}

/** The server's defaults, seconds. */
const EMPTY_TIMEOUT = 300;
const DEPARTURE_TIMEOUT = 20;

/** `RM_…`, `PA_…`, `SCL_…`: ids as LiveKit makes them. */
export const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 12)}`;

export const calleesIn = (room: Room): number =>
  [...room.participants.values()].filter(({ kind }) => kind === "SIP").length;

export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All, or those with these names. Rooms whose time is up are gone; LiveKit looks once a second, this when asked. */
  list(names: readonly string[] = []): Room[] {
    const now = this.#clock.now();
    for (const room of this.#rooms.values()) {
      const timeout = room.joined ? room.departureTimeout : room.emptyTimeout;
      if (calleesIn(room) === 0 && now - room.emptySince >= timeout * SECOND) this.#close(room);
    }
    const all = [...this.#rooms.values()];
    return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  }

  find(name: string): Room | undefined {
    return this.list([name])[0];
  }

  /** Throws LiveKit's not_found. */
  get(name: string): Room {
    const room = this.find(name);
    if (room === undefined) throw rpcFailure("not_found", "requested room does not exist");
    return room;
  }

  /** A live room is returned as it is; the settings are ignored then. */
  create(wanted: RoomSettings): Room {
    const existing = this.find(wanted.name);
    if (existing !== undefined) return existing;
    const now = this.#clock.now();
    const room: Room = {
      sid: newId("RM"),
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

  delete(name: string): void {
    this.#close(this.get(name));
  }

  /** Throws LiveKit's not_found. */
  participant(name: string, identity: string): Participant {
    const participant = this.find(name)?.participants.get(identity);
    if (participant === undefined) throw rpcFailure("not_found", "participant does not exist");
    return participant;
  }

  join(room: Room, who: Omit<Participant, "sid" | "joinedAt" | "gone">): Participant {
    const participant = { ...who, sid: newId("PA"), joinedAt: this.#clock.now(), gone: new AbortController() };
    room.participants.set(who.identity, participant);
    if (who.kind === "SIP") room.joined = true;
    return participant;
  }

  leave(room: Room, participant: Participant): void {
    if (room.participants.get(participant.identity) === participant) {
      room.participants.delete(participant.identity);
      if (participant.kind === "SIP") room.emptySince = this.#clock.now();
    }
    participant.gone.abort();
  }

  /** Answered at once, also when no worker is there to take the job. */
  dispatch(roomName: string, agentName: string, metadata: string, worker: Worker): Dispatch {
    const room = this.create({ name: roomName });
    const dispatch = { id: newId("AD"), agentName, metadata, at: this.#clock.now() };
    room.dispatches.push(dispatch);
    if (worker.joinsAfter !== null) void this.#agent(room, worker.joinsAfter, worker);
    return dispatch;
  }

  async #agent(room: Room, joinsAfter: number, { leavesAfter, onJoin }: Worker): Promise<void> {
    await this.#clock.sleep(joinsAfter * SECOND);
    if (this.#rooms.get(room.name) !== room) return;
    const agent = this.join(room, {
      identity: newId("agent"),
      name: "agent",
      metadata: "",
      kind: "AGENT",
      attributes: {},
    });
    onJoin();
    if (leavesAfter === null) return;
    await this.#clock.sleep(leavesAfter * SECOND, agent.gone.signal);
    this.leave(room, agent);
  }

  #close(room: Room): void {
    this.#rooms.delete(room.name);
    for (const participant of room.participants.values()) this.leave(room, participant);
  }
}
