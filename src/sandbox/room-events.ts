/** What LiveKit tells by webhook of its rooms, when and with what in it: measured on livekit-server 1.13 and livekit-sip 1.11. */
import type { Instant } from "../domain/time/instant.ts";

export type RoomEventName =
  | "room_started"
  | "room_finished"
  | "participant_joined"
  | "participant_left"
  | "participant_connection_aborted"
  | "track_published"
  | "track_unpublished";

/** LiveKit's own words for why somebody left. */
export type LeftBecause =
  | "CLIENT_INITIATED"
  | "DUPLICATE_IDENTITY"
  | "PARTICIPANT_REMOVED"
  | "ROOM_DELETED"
  | "ROOM_CLOSED"
  | "USER_UNAVAILABLE"
  | "USER_REJECTED"
  | "CONNECTION_TIMEOUT";

/** As it was at that moment. */
export interface RoomEvent {
  readonly id: string;
  readonly event: RoomEventName;
  readonly at: Instant;
  readonly room: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly participant?: Readonly<Record<string, unknown>>;
}

const seconds = (at: Instant): string => String(Math.floor(at / 1000));

interface RoomThen {
  readonly sid: string;
  readonly name: string;
  readonly metadata: string;
  readonly createdAt: Instant;
}

interface ParticipantThen {
  readonly sid: string;
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly kind: string;
  readonly joinedAt: Instant;
  readonly attributes: Readonly<Record<string, string>>;
}

/** protojson: camel case, defaults left out, 64-bit numbers as text. */
export const roomIn = ({ sid, name, metadata, createdAt }: RoomThen): RoomEvent["room"] => ({
  sid,
  name,
  creationTime: seconds(createdAt),
  creationTimeMs: String(createdAt),
  turnPassword: "of the room",
  ...(metadata !== "" && { metadata }),
});

export const participantIn = (who: ParticipantThen, left?: LeftBecause): NonNullable<RoomEvent["participant"]> => ({
  sid: who.sid,
  identity: who.identity,
  state: left === undefined ? "ACTIVE" : "DISCONNECTED",
  joinedAt: seconds(who.joinedAt),
  joinedAtMs: String(who.joinedAt),
  ...(who.name !== "" && { name: who.name }),
  ...(who.metadata !== "" && { metadata: who.metadata }),
  ...(who.kind !== "STANDARD" && { kind: who.kind }),
  attributes: { ...who.attributes },
  isPublisher: true,
  ...(left !== undefined && { disconnectReason: left }),
});

/** Why a leg leaves whose far end answered so. */
export function leftAfter(sipStatus: number): LeftBecause {
  if ([404, 408, 480].includes(sipStatus)) return "USER_UNAVAILABLE";
  return sipStatus >= 500 && sipStatus < 600 ? "CLIENT_INITIATED" : "USER_REJECTED";
}

/** The body of the webhook. */
export const bodyOf = ({ id, event, at, room, participant }: RoomEvent): string =>
  JSON.stringify({ event, room, ...(participant && { participant }), id, createdAt: seconds(at) });
