/** LiveKit's webhooks: signed with the key that we dial with, and of them what matters to an attempt of ours. */
import { type ParticipantInfo, type WebhookEvent, WebhookReceiver } from "livekit-server-sdk";
import { ROOM_PREFIX } from "../../domain/calls/call.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { Heard, HowTold, RoomEvent, WhatTold } from "../../engine/ports/index.ts";
import { isAgent, SIP_KIND } from "./participants.ts";
import { latest, readRoomVerdict, readVerdict, VERDICT_KEY } from "./verdict.ts";

const ROOM = new RegExp(`^${ROOM_PREFIX}([\\w-]{1,64})$`);
const isInstant = (at: number): boolean => Number.isFinite(new Date(at).getTime());

/** As much as LiveKit allows the clocks of its own clients. */
const CLOCKS_APART = "60s";

/**
 * `refused`: LiveKit has not signed this. Null: it tells nothing that anybody here wants to know. The body as it came, to the
 * last byte. A token of somebody who may join a room is signed with the same key: it names no body.
 */
export async function readWebhook(
  body: string,
  authorization: string | undefined,
  { apiKey, apiSecret }: { readonly apiKey: string; readonly apiSecret: string },
): Promise<RoomEvent | null | "refused"> {
  let event: WebhookEvent;
  try {
    event = await new WebhookReceiver(apiKey, apiSecret).receive(body, authorization, false, CLOCKS_APART);
  } catch {
    return "refused";
  }
  return eventOf(event);
}

/** Null: nothing that anybody here wants to know. */
export function eventOf({ event, id, createdAt, room, participant }: WebhookEvent): RoomEvent | null {
  const attemptId = room === undefined ? null : (ROOM.exec(room.name)?.[1] ?? null);
  const sentAt = Number(createdAt) * SECOND;
  if (room === undefined || attemptId === null || !isInstant(sentAt)) return null;
  const told = whatOf(event, participant);
  if (told === null) return null;
  const inRoom = readRoomVerdict(room.metadata);
  const byAgent = participant !== undefined && isAgent(participant) ? participant.attributes[VERDICT_KEY] : undefined;
  return {
    ...told,
    attemptId,
    sentAt,
    eventId: id,
    said: told.what === "leg_joined" ? null : (latest([readVerdict(byAgent), inRoom]) satisfies Heard | null),
  };
}

function whatOf(
  event: string,
  participant: ParticipantInfo | undefined,
): { readonly what: WhatTold; readonly how: HowTold } | null {
  if (event === "room_finished") return { what: "room_finished", how: "left" };
  if (participant === undefined) return null;
  const isCallee = (participant.kind as number) === SIP_KIND;
  if (event === "participant_joined") return isCallee ? { what: "leg_joined", how: "unsure" } : null;
  if (event !== "participant_left" && event !== "participant_connection_aborted") return null;
  if (isCallee) return { what: "leg_left", how: howLegLeft(participant) };
  return isAgent(participant) ? { what: "agent_left", how: howAgentLeft(participant) } : null;
}

/** By LiveKit's numbers (livekit_models.proto, DisconnectReason); for others it may be on its way back. */
const CLIENT_INITIATED = 1;
const PARTICIPANT_REMOVED = 4;
const ROOM_DELETED = 5;
const ROOM_CLOSED = 10;
const USER_UNAVAILABLE = 11;
const USER_REJECTED = 12;
const CONNECTION_TIMEOUT = 14;

/** A far end that hangs up says so first; a leg that ends as `active` was hung up on, since no sound came. */
function howLegLeft({ disconnectReason, attributes }: ParticipantInfo): HowTold {
  switch (disconnectReason as number) {
    case CLIENT_INITIATED:
      return attributes["sip.callStatus"] === "active" ? "no_audio" : "left";
    case PARTICIPANT_REMOVED:
    case ROOM_DELETED:
    case ROOM_CLOSED:
    case USER_UNAVAILABLE:
    case USER_REJECTED:
      return "left";
    default:
      return "unsure";
  }
}

function howAgentLeft({ disconnectReason }: ParticipantInfo): HowTold {
  switch (disconnectReason as number) {
    case CONNECTION_TIMEOUT:
      return "crashed";
    case CLIENT_INITIATED:
    case PARTICIPANT_REMOVED:
    case ROOM_DELETED:
    case ROOM_CLOSED:
      return "left";
    default:
      return "unsure";
  }
}
