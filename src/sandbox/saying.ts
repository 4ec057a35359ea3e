/** What an agent says of its call, where it writes it, and what becomes of that. Measured on LiveKit 1.13, livekit-agents 1.8. */
import { z } from "zod";
import type { Participant, Room, Rooms } from "./rooms.ts";

export const seconds = z.number().min(0).max(86_400);

export const saying = z.strictObject({
  /** The verdict, or any text in its place. */
  verdict: z.union([z.string(), z.record(z.string(), z.unknown())]),
  /** Seconds after the answer. Left out: when the callee has gone. */
  at: seconds.optional(),
  /** Seconds after the callee has gone. */
  afterEnd: seconds.default(0),
  /** The agent's own attributes, the room's metadata, or both; or what nobody is to believe: the callee's leg, a stranger. */
  in: z.enum(["both", "agent", "room", "leg", "stranger"]).default("both"),
});
export type Saying = z.output<typeof saying>;

/** The server drops what is larger, and the SDK says OK. */
const MOST_ATTRIBUTES = 64 * 1024;
const MOST_METADATA = 512 * 1024;
const KEY = "campaigns.verdict";

/** Writes it, if there is anybody to write, and anything to write into. */
export function say(rooms: Rooms, room: Room, leg: Participant, { verdict, in: where }: Saying): void {
  if (!rooms.has(room)) return; // 404
  const text = typeof verdict === "string" ? verdict : JSON.stringify(verdict);
  if (where === "room" || where === "both") intoMetadata(room, text);
  if (where === "room") return;
  const writer = where === "leg" ? leg : where === "stranger" ? stranger(rooms, room) : agentIn(room);
  if (writer === undefined || writer.gone.signal.aborted) return;
  const others = Object.entries(writer.attributes).filter(([key]) => key !== KEY);
  const size = [...others, [KEY, text]].reduce((sum, [key = "", value = ""]) => sum + key.length + value.length, 0);
  if (size <= MOST_ATTRIBUTES) writer.attributes[KEY] = text;
}

/** Merged into what is there, as the example does. */
function intoMetadata(room: Room, verdict: string): void {
  const merged = JSON.stringify({ ...objectIn(room.metadata), verdict });
  if (Buffer.byteLength(merged) <= MOST_METADATA) room.metadata = merged;
}

function objectIn(metadata: string): object {
  try {
    const parsed: unknown = JSON.parse(metadata);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

export const agentIn = (room: Room): Participant | undefined =>
  [...room.participants.values()].find(({ kind }) => kind === "AGENT");

const stranger = (rooms: Rooms, room: Room): Participant =>
  room.participants.get("stranger") ??
  rooms.join(room, { identity: "stranger", name: "", metadata: "", kind: "STANDARD", attributes: {} });
