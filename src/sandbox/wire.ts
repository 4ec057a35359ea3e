/** JSON as LiveKit speaks it: either casing in, snake_case with defaults out, 64-bit integers as text. */
import { z } from "zod";
import type { Dispatch, Participant, Room } from "./rooms.ts";
import type { Instant } from "../domain/time/instant.ts";
import type { OutboundTrunk } from "./trunks.ts";
import type { DialReply } from "./world.ts";

/** Maps whose keys are data, not field names. */
const MAPS = ["participantAttributes", "headers"];

/** Field names in camelCase, whatever casing they came in. */
export const camelCased = (body: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body).map(([key, value]: [string, unknown]) => {
      const name = key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      return [name, MAPS.includes(name) ? value : camelCasedIn(value)];
    }),
  );

function camelCasedIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCasedIn);
  return typeof value === "object" && value !== null ? camelCased(value) : value;
}

const text = z.string().default("");
const optionalText = z.string().optional();
const texts = z.array(z.string()).default([]);
const seconds = z.coerce.number().optional();
/** `"45s"`. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?s$/)
  .transform((value) => Number(value.slice(0, -1)))
  .optional();

const headers = z.record(z.string(), z.string()).default({});

/** Enums come by name or by number. */
const TRANSPORTS = ["SIP_TRANSPORT_AUTO", "SIP_TRANSPORT_UDP", "SIP_TRANSPORT_TCP", "SIP_TRANSPORT_TLS"];

/** Requests; unknown fields are dropped in silence, as protojson does. */
export const requests = {
  createRoom: z.object({
    name: text,
    emptyTimeout: seconds,
    departureTimeout: seconds,
    maxParticipants: seconds,
    metadata: optionalText,
    agents: z.array(z.object({ agentName: text, metadata: text })).optional(),
  }),
  names: z.object({ names: texts }),
  room: z.object({ room: text }),
  participant: z.object({ room: text, identity: text }),
  dispatch: z.object({ agentName: text, room: text, metadata: text }),
  roomMetadata: z.object({ room: text, metadata: text }),
  startEgress: z.object({
    roomName: text,
    file: z.object({ filepath: text, s3: z.object({ bucket: text }).optional() }).default({ filepath: "" }),
    fileOutputs: z.array(z.object({ filepath: text, s3: z.object({ bucket: text }).optional() })).default([]),
  }),
  egresses: z.object({ roomName: text }),
  trunks: z.object({ trunkIds: texts, numbers: texts }),
  trunkId: z.object({ sipTrunkId: text }),
  newTrunk: z.object({
    trunk: z
      .object({
        sipTrunkId: text,
        name: text,
        metadata: text,
        address: text,
        transport: z
          .union([z.string(), z.number().transform((n) => TRANSPORTS[n] ?? "")])
          .default("SIP_TRANSPORT_AUTO"),
        destinationCountry: text,
        numbers: texts,
        authUsername: text,
        authPassword: text,
        headers,
      })
      .optional(),
  }),
  trunkUpdate: z.object({
    sipTrunkId: text,
    update: z
      .object({
        name: optionalText,
        address: optionalText,
        authUsername: optionalText,
        authPassword: optionalText,
        numbers: z.object({ set: texts, add: texts, remove: texts }).optional(),
      })
      .optional(),
  }),
  dial: z.object({
    sipTrunkId: text,
    sipCallTo: text,
    sipNumber: optionalText,
    roomName: text,
    participantIdentity: text,
    participantName: optionalText,
    participantMetadata: optionalText,
    participantAttributes: z.record(z.string(), z.string()).optional(),
    krispEnabled: z.boolean().optional(),
    waitUntilAnswered: z.boolean().optional(),
    ringingTimeout: duration,
    maxCallDuration: duration,
    displayName: optionalText,
    headers,
  }),
} as const;

/** `counted`: how many callees the list of rooms says are in it. */
export const roomOut = (room: Room, counted: number): Record<string, unknown> => ({
  sid: room.sid,
  name: room.name,
  empty_timeout: room.emptyTimeout,
  departure_timeout: room.departureTimeout,
  max_participants: room.maxParticipants,
  creation_time: String(Math.floor(room.createdAt / 1000)),
  creation_time_ms: String(room.createdAt),
  turn_password: "",
  enabled_codecs: [],
  metadata: room.metadata,
  num_participants: counted,
  num_publishers: counted,
  active_recording: false,
  version: null,
});

export const participantOut = (participant: Participant, now: Instant): Record<string, unknown> => ({
  sid: participant.sid,
  identity: participant.identity,
  state: participant.activeAt <= now ? "ACTIVE" : "JOINED",
  tracks: [{ sid: `TR_${participant.sid}`, type: "AUDIO", source: "MICROPHONE", mime_type: "audio/opus" }],
  metadata: participant.metadata,
  joined_at: String(Math.floor(participant.joinedAt / 1000)),
  joined_at_ms: String(participant.joinedAt),
  name: participant.name,
  version: 1,
  region: "",
  is_publisher: true,
  kind: participant.kind,
  attributes: participant.attributes,
  disconnect_reason: "UNKNOWN_REASON",
  kind_details: [],
});

export function dispatchOut(dispatch: Dispatch, room: Room): Record<string, unknown> {
  const agents = [...room.participants.values()].filter(({ kind }) => kind === "AGENT");
  const jobs = agents.map(({ identity, sid }) => ({
    id: `AJ_${sid}`,
    state: { status: "JS_RUNNING", participant_identity: identity },
  }));
  return {
    id: dispatch.id,
    agent_name: dispatch.agentName,
    room: room.name,
    metadata: dispatch.metadata,
    state: { jobs, created_at: `${dispatch.at}000000`, deleted_at: "0" },
  };
}

/** The password comes back in clear, as it does from LiveKit. */
export const trunkOut = (trunk: OutboundTrunk): Record<string, unknown> => ({
  sip_trunk_id: trunk.sipTrunkId,
  name: trunk.name,
  metadata: trunk.metadata,
  address: trunk.address,
  destination_country: trunk.destinationCountry,
  transport: trunk.transport,
  numbers: trunk.numbers,
  auth_username: trunk.authUsername,
  auth_password: trunk.authPassword,
  headers: trunk.headers,
  created_at: new Date(trunk.createdAt * 1000).toISOString(),
});

export const dialOut = ({ participant, roomName, sipCallId }: DialReply): Record<string, unknown> => ({
  participant_id: participant.sid,
  participant_identity: participant.identity,
  room_name: roomName,
  sip_call_id: sipCallId,
});
