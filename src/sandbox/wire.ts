/** JSON as LiveKit speaks it: either casing in, snake_case with defaults out, 64-bit integers as text. */
import { z } from "zod";
import type { Participant, Room, World } from "./world.ts";
import { SANDBOX_TRUNK } from "./world.ts";

/** Field names in camelCase, whatever casing they came in. Maps are left alone. */
export const camelCased = (body: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

const text = z.string().default("");
const optionalText = z.string().optional();
const seconds = z.coerce.number().optional();
/** `"45s"`. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?s$/)
  .transform((value) => Number(value.slice(0, -1)))
  .optional();

/** Requests; unknown fields are dropped in silence, as protojson does. */
export const requests = {
  createRoom: z.object({
    name: text,
    emptyTimeout: seconds,
    departureTimeout: seconds,
    maxParticipants: seconds,
    metadata: optionalText,
  }),
  names: z.object({ names: z.array(z.string()).default([]) }),
  room: z.object({ room: text }),
  participant: z.object({ room: text, identity: text }),
  dispatch: z.object({ agentName: text, room: text, metadata: text }),
  trunks: z.object({ trunkIds: z.array(z.string()).default([]) }),
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
  }),
} as const;

export const roomOut = (room: Room, world: World): Record<string, unknown> => ({
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
  num_participants: world.callees(room),
  num_publishers: world.callees(room),
  active_recording: false,
  version: null,
});

export const participantOut = (participant: Participant): Record<string, unknown> => ({
  sid: participant.sid,
  identity: participant.identity,
  state: "ACTIVE",
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

export function dispatchOut(dispatch: Room["dispatches"][number], room: Room | undefined): Record<string, unknown> {
  const agents = [...(room?.participants.values() ?? [])].filter(({ kind }) => kind === "AGENT");
  const jobs = agents.map(({ identity, sid }) => ({
    id: `AJ_${sid}`,
    state: { status: "JS_RUNNING", participant_identity: identity },
  }));
  return {
    id: dispatch.id,
    agent_name: dispatch.agentName,
    room: room?.name ?? "",
    metadata: dispatch.metadata,
    state: { jobs, created_at: "0", deleted_at: "0" },
  };
}

/** The password comes back in clear, as it does from LiveKit. */
export const trunkOut = {
  sip_trunk_id: SANDBOX_TRUNK.id,
  name: SANDBOX_TRUNK.name,
  metadata: "",
  address: SANDBOX_TRUNK.address,
  transport: "SIP_TRANSPORT_AUTO",
  numbers: SANDBOX_TRUNK.numbers,
  auth_username: "sandbox",
  auth_password: "sandbox-trunk-password",
};
