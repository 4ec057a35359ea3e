/**
 * LiveKit's rooms: how they come and go, who is in them. Agents do not count: neither against maxParticipants nor for
 * the time-outs. Facts: livekit/livekit v1.13 pkg/service/roommanager.go, pkg/rtc/room.go.
 */
import { randomUUID } from "node:crypto";
import { type Instant, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import { type LeftBecause, participantIn, type RoomEvent, type RoomEventName, roomIn } from "./room-events.ts";
import { rpcFailure } from "./twirp.ts";

export interface Participant {
  readonly sid: string;
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly kind: "SIP" | "AGENT" | "STANDARD";
  readonly attributes: Record<string, string>;
  /** As it joined; what it comes back with after a restart of the server. */
  readonly firstAttributes: Readonly<Record<string, string>>;
  readonly joinedAt: Instant;
  /** From when it is ACTIVE; before, it is JOINED. */
  readonly activeAt: Instant;
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
  /** Aborts when the room is closed. */
  readonly gone: AbortController;
  readonly dispatches: Dispatch[];
  /** Since when no callee is in it. */
  emptySince: Instant;
  /** A callee has been in it. */
  joined: boolean;
  /** How many callees were in it, and since when; the oldest first. */
  readonly counts: { readonly at: Instant; readonly callees: number }[];
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

/** A joining participant as the world describes it. */
export type Joining = Pick<Participant, "identity" | "name" | "metadata" | "kind" | "attributes"> & {
  /** Seconds until it is ACTIVE. */
  readonly activeAfter?: number;
};

export class Rooms {
  /** Hears of whatever LiveKit tells by webhook. */
  onEvent: (event: RoomEvent) => void = () => {};
  #rooms = new Map<string, Room>();
  /** Rooms that the server has forgotten, until the media nodes tell it of them again. */
  #lost: { readonly rooms: ReadonlyMap<string, Room>; readonly until: Instant } | null = null;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All, or those with these names. Rooms whose time is up are gone; LiveKit looks once a second, this when asked. */
  list(names: readonly string[] = []): Room[] {
    const now = this.#clock.now();
    this.#remember(now);
    for (const room of this.#rooms.values()) {
      const timeout = room.joined ? room.departureTimeout : room.emptyTimeout;
      if (calleesIn(room) === 0 && now - room.emptySince >= timeout * SECOND) this.#close(room, "ROOM_CLOSED");
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
      gone: new AbortController(),
      dispatches: [],
      emptySince: now,
      joined: false,
      counts: [],
    };
    this.#rooms.set(room.name, room);
    this.#tell("room_started", room);
    return room;
  }

  delete(name: string): void {
    this.#close(this.get(name), "ROOM_DELETED");
  }

  /** Throws LiveKit's not_found. */
  participant(name: string, identity: string): Participant {
    const participant = this.find(name)?.participants.get(identity);
    if (participant === undefined) throw rpcFailure("not_found", "participant does not exist");
    return participant;
  }

  /** What ListRooms says of the room: the count is refreshed every `lag` seconds only. */
  countedIn(room: Room, lag: number): number {
    if (lag === 0) return calleesIn(room);
    const period = lag * SECOND;
    const refreshed = room.createdAt + Math.floor((this.#clock.now() - room.createdAt) / period) * period;
    return room.counts.findLast(({ at }) => at <= refreshed)?.callees ?? 0;
  }

  join(room: Room, { activeAfter = 0, ...who }: Joining): Participant {
    const now = this.#clock.now();
    const participant = {
      ...who,
      firstAttributes: { ...who.attributes },
      sid: newId("PA"),
      joinedAt: now,
      activeAt: now + activeAfter * SECOND,
      gone: new AbortController(),
    };
    room.participants.set(who.identity, participant);
    if (who.kind === "SIP") {
      room.joined = true;
      this.#recount(room);
    }
    if (who.kind !== "AGENT") this.entered(room, participant);
    return participant;
  }

  /** An agent is told of when it is ACTIVE, anybody else at once. */
  entered(room: Room, participant: Participant): void {
    this.#tell("participant_joined", room, participantIn(participant));
    if (participant.kind === "SIP") this.#tell("track_published", room, participantIn(participant));
  }

  leave(room: Room, participant: Participant, because: LeftBecause): void {
    if (room.participants.get(participant.identity) === participant) {
      if (participant.kind === "SIP") this.#tell("track_unpublished", room, participantIn(participant));
      const left = participant.activeAt <= this.#clock.now() ? "participant_left" : "participant_connection_aborted";
      this.#tell(left, room, participantIn(participant, because));
      room.participants.delete(participant.identity);
      if (participant.kind === "SIP") {
        room.emptySince = this.#clock.now();
        this.#recount(room);
      }
    }
    participant.gone.abort();
  }

  /** Whether this very room is there, and not another of its name. */
  has(room: Room): boolean {
    return this.#rooms.get(room.name) === room;
  }

  /** The server was restarted: legs come back as they first joined, whatever they have done since. */
  restart(): void {
    for (const { participants } of this.#rooms.values()) {
      for (const { attributes, firstAttributes } of participants.values()) {
        for (const name of Object.keys(attributes)) delete attributes[name];
        Object.assign(attributes, firstAttributes);
      }
    }
  }

  /** The server has forgotten its rooms, and hears of those with somebody in them `seconds` later. */
  forget(seconds: number): void {
    this.#lost = { rooms: this.#rooms, until: this.#clock.now() + seconds * SECOND };
    this.#rooms = new Map();
  }

  #remember(now: Instant): void {
    if (this.#lost === null || now < this.#lost.until) return;
    for (const [name, room] of this.#lost.rooms) {
      if (room.participants.size > 0 && !this.#rooms.has(name)) this.#rooms.set(name, room);
    }
    this.#lost = null;
  }

  #recount(room: Room): void {
    room.counts.push({ at: this.#clock.now(), callees: calleesIn(room) });
  }

  #close(room: Room, because: LeftBecause): void {
    this.#rooms.delete(room.name);
    room.gone.abort();
    for (const participant of room.participants.values()) this.leave(room, participant, because);
    this.#tell("room_finished", room);
  }

  #tell(event: RoomEventName, room: Room, participant?: NonNullable<RoomEvent["participant"]>): void {
    const at = this.#clock.now();
    this.onEvent({ id: newId("EV"), event, at, room: roomIn(room), ...(participant && { participant }) });
  }
}
