/**
 * One attempt's conversation with LiveKit: room, agent, dial, watching, hanging up. Source of the facts behind the
 * numbers: livekit/livekit v1.13, livekit/sip v1.11, livekit-server-sdk 2.19.
 */
import { type ParticipantInfo, type Room, RoomAgentDispatch } from "livekit-server-sdk";
import { calleeOf, ROOM_PREFIX } from "../../domain/calls/call.ts";
import { traceparent } from "../../domain/calls/trace.ts";
import { SECOND } from "../../domain/time/instant.ts";
import { classifyDial } from "../../domain/calls/ending.ts";
import type {
  Clock,
  DialOrder,
  DialResult,
  Leg,
  ListedRoom,
  Presence,
  Problem,
  Telephony,
  Trunk,
} from "../../engine/ports/index.ts";
import type { LiveKitClients } from "./clients.ts";
import { detailOf, failureOf, isNotFound, livekitError, problemOf, refusedDial } from "./errors.ts";
import { Unsent } from "./leaving.ts";
import { isActive, isAgent, SIP_KIND } from "./participants.ts";
import { ask, insist } from "./retry.ts";
import { latest, readRoomVerdict, readVerdict, VERDICT_KEY } from "./verdict.ts";

/** A room nobody ever joined goes soon; one that a callee has left stays listed, to be asked about after a crash. */
const EMPTY_TIMEOUT = 90;
const DEPARTURE_TIMEOUT = 1800;
/** One participant besides agents: a second dial into the room is refused before any phone rings. */
const MAX_PARTICIPANTS = 1;
/** The server starts the ring window only after it found a SIP node and joined the room. */
const RING_MARGIN = 15;
/** The server's own limits for names and waited dials. */
const LONGEST_NAME = 256;

export class LiveKitTelephony implements Telephony {
  readonly #clients: LiveKitClients;
  readonly #clock: Clock;
  readonly #agentName: string;

  /** `agentName`: the name the agent worker is registered under (LK_AGENT_NAME). */
  constructor(clients: LiveKitClients, clock: Clock, agentName: string) {
    this.#clients = clients;
    this.#clock = clock;
    this.#agentName = agentName;
  }

  /**
   * LiveKit asks the agents when it makes the room: repeated, the request changes nothing and asks nobody again. An agent that is
   * to dial is asked while the dial may leave; after a first request that may have come to it, no refusal says that nobody dials.
   */
  async openRoom(order: DialOrder): Promise<Problem | null> {
    const metadata = JSON.stringify(agentMetadata(order));
    const wanted = {
      name: order.room,
      emptyTimeout: EMPTY_TIMEOUT,
      departureTimeout: DEPARTURE_TIMEOUT,
      maxParticipants: MAX_PARTICIPANTS,
      metadata,
      agents: [new RoomAgentDispatch({ agentName: this.#agentName, metadata })],
    };
    let first: unknown = null;
    const create = (): Promise<unknown> =>
      this.#clients.rooms.createRoom(wanted, order.leave).catch((error: unknown) => {
        first ??= error;
        throw error;
      });
    try {
      await insist(this.#clock, create);
      return null;
    } catch (error) {
      return problemOf(order.leave === undefined ? error : first);
    }
  }

  async presence(room: string): Promise<Presence> {
    const found = await this.#participants(room);
    const participants = found ?? [];
    const callee = participants.find(({ kind }: { readonly kind: number }) => kind === SIP_KIND);
    const agents = participants.filter(isAgent);
    return {
      agents: agents.filter(isActive).map(({ identity }) => identity),
      leg: callee === undefined ? "absent" : legOf(callee),
      ...(found === null && { noRoom: true }),
      ...(callee !== undefined && callee.joinedAt > 0 && { since: Number(callee.joinedAt) * SECOND }),
      carrierId: callee?.attributes["sip.twilio.callSid"] ?? null,
      heard: latest(agents.map(({ attributes }) => readVerdict(attributes[VERDICT_KEY]))),
    };
  }

  async callAgent(order: DialOrder): Promise<void> {
    const metadata = JSON.stringify(agentMetadata(order));
    try {
      await this.#clients.agents.createDispatch(order.room, this.#agentName, { metadata });
    } catch (error) {
      throw livekitError(error);
    }
  }

  async removeAgent(room: string, identity: string): Promise<void> {
    await this.#ask(async () => {
      try {
        await this.#clients.rooms.removeParticipant(room, identity);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
  }

  async dial(order: DialOrder): Promise<DialResult> {
    const name = calleeName(order);
    try {
      const { sipCallId } = await this.#clients.sip.createSipParticipant(
        order.trunkId,
        order.contact.phoneNumber,
        order.room,
        // Made anew for each dial: the SDK writes into it.
        {
          participantIdentity: order.callee,
          participantName: name,
          participantMetadata: JSON.stringify(calleeMetadata(order)),
          participantAttributes: { "campaigns.attempt": order.attemptId },
          waitUntilAnswered: true,
          ringingTimeout: order.ringSeconds,
          maxCallDuration: order.maxDurationSeconds,
          timeout: order.ringSeconds + RING_MARGIN,
          krispEnabled: true,
          ...(order.fromNumber === null ? {} : { fromNumber: order.fromNumber }),
          ...(order.displayName !== undefined && { displayName: order.displayName }),
          ...(order.headers !== undefined && { headers: { ...order.headers } }),
        },
        order.leave,
      );
      // An answer that names no call is some other server's: `{}` says nothing of the phone.
      if (sipCallId === "") return { is: "unknown", detail: "the answer to the dial names no call" };
      return { is: "answered", sipCallId };
    } catch (error) {
      if (error instanceof Unsent) return { is: "unsent" };
      const refused = refusedDial(error);
      if (refused !== null) return { is: "ended", ...refused };
      const failure = failureOf(error);
      const classified = classifyDial(failure);
      const detail = detailOf(failure);
      return classified === "unknown" ? { is: "unknown", detail } : { is: "ended", ...classified, detail };
    }
  }

  async listedRooms(names: readonly string[]): Promise<readonly ListedRoom[]> {
    // To LiveKit no names at all means every room.
    if (names.length === 0) return [];
    return (await this.#ask(() => this.#clients.rooms.listRooms([...names]))).map(listed);
  }

  closeRoom(room: string): Promise<"removed" | "unknown"> {
    return this.#ask(async () => {
      try {
        await this.#clients.rooms.deleteRoom(room);
        return "removed";
      } catch (error) {
        if (isNotFound(error)) return "unknown";
        throw error;
      }
    });
  }

  async attemptRooms(): Promise<readonly ListedRoom[]> {
    const rooms = await this.#ask(() => this.#clients.rooms.listRooms());
    return rooms.filter(({ name }) => name.startsWith(ROOM_PREFIX)).map(listed);
  }

  async trunks(): Promise<readonly Trunk[]> {
    const trunks = await this.#ask(() => this.#clients.sip.listSipOutboundTrunk());
    // Trunk objects carry the carrier's password in clear: only these fields leave this function.
    return trunks.map(({ sipTrunkId, name, address, numbers }) => ({ id: sipTrunkId, name, address, numbers }));
  }

  /** Null: there is no such room. */
  async #participants(room: string): Promise<readonly ParticipantInfo[] | null> {
    return this.#ask(async () => {
      try {
        return await this.#clients.rooms.listParticipants(room);
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    });
  }

  /** Repeats a request that rings nobody, then throws the engine's error. */
  #ask<T>(request: () => Promise<T>): Promise<T> {
    return ask(this.#clock, request);
  }
}

const listed = ({ name, numParticipants, metadata }: Room): ListedRoom => ({
  name,
  callees: numParticipants,
  heard: readRoomVerdict(metadata),
});

/** The leg joins the room before the phone rings: being there is not being answered. */
function legOf({ attributes }: ParticipantInfo): Exclude<Leg, "absent"> {
  const status = attributes["sip.callStatus"];
  if (status === "active" || attributes["sip.callTag"] !== undefined) return "active";
  return status === "ringing" ? "ringing" : "dialing";
}

/** What the agent finds in its job and in the room. */
function agentMetadata(order: DialOrder): Record<string, unknown> {
  return {
    phone_number: order.contact.phoneNumber,
    agentId: order.assistantId,
    assistantName: order.assistantName,
    callType: "campaign",
    campaignId: order.campaignId,
    callId: order.callId,
    attemptId: order.attemptId,
    contactName: order.contact.name,
    campaignPrompt: order.prompt,
    outbound_trunk_id: order.trunkId,
    // For agents that dial by themselves; null: the trunk chooses, or the choice is not made yet.
    from_number: order.fromNumber,
    callee_identity: calleeOf(order.attemptId),
    variables: order.contact.variables,
    attempt: order.attempt,
    verdictKey: VERDICT_KEY,
    answeredByPolicy: order.onVoicemail.does,
    voicemailMessage: order.onVoicemail.message,
    messageLeftBefore: order.onVoicemail.messageLeftBefore,
    traceparent: traceparent(order.attemptId),
  };
}

/** Field names of the system this replaces; agents read them. */
function calleeMetadata(order: DialOrder): Record<string, unknown> {
  return {
    agentId: order.assistantId,
    callType: "telephone",
    callId: order.callId,
    dir: "outbound",
    customer_name: order.contact.name,
    context: order.prompt,
    phone_number: order.fromNumber,
    isWebCall: false,
    to_phone_number: order.contact.phoneNumber,
    isGoogleSheet: false,
    campaignId: order.campaignId,
    source: "campaign",
  };
}

/** The system this replaces put the metadata into the name; agents that read it there still find it while it fits. */
function calleeName(order: DialOrder): string {
  const metadata = JSON.stringify(calleeMetadata(order));
  if (Buffer.byteLength(metadata) <= LONGEST_NAME) return metadata;
  return (order.contact.name ?? "").slice(0, LONGEST_NAME / 4);
}
