/** The part of livekit-server-sdk that is used; the sandbox offers the same shape without HTTP. */
import {
  AgentDispatchClient,
  type ClientOptions,
  type CreateOptions,
  type CreateSipParticipantOptions,
  EgressClient,
  type Room,
  RoomServiceClient,
  SipClient,
  type SIPParticipantInfo,
} from "livekit-server-sdk";
import { systemClock } from "../../engine/ports/clock.ts";
import type { Leave } from "../../engine/ports/index.ts";
import { leavingBy } from "./leaving.ts";
import { sendingOnce } from "./requests.ts";
import { signingByItsClock, signingSeldom } from "./tokens.ts";
import { traced } from "./trace.ts";

export interface LiveKitClients {
  readonly rooms: Pick<RoomServiceClient, "listRooms" | "deleteRoom" | "listParticipants" | "removeParticipant"> & {
    readonly createRoom: (options: CreateOptions, leave?: Leave) => Promise<Room>;
  };
  readonly agents: Pick<AgentDispatchClient, "createDispatch">;
  readonly egress: Pick<EgressClient, "startRoomCompositeEgress" | "listEgress">;
  readonly sip: Pick<SipClient, "listSipOutboundTrunk"> & {
    readonly createSipParticipant: (...dial: [...Dial, leave?: Leave]) => Promise<SIPParticipantInfo>;
  };
}

type Dial = [trunkId: string, number: string, room: string, options?: CreateSipParticipantOptions];

/** For what only administration needs, and the sandbox offers over HTTP alone. */
export const sipClient = (settings: LiveKitSettings): SipClient =>
  traced(signingSeldom(sendingOnce(new SipClient(...connection(settings))), systemClock));

export interface LiveKitSettings {
  /** ws, wss, http or https. */
  readonly host: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Seconds after which a request that rings nobody is given up and repeated. */
const REQUEST_TIMEOUT = 10;

type Connection = [url: string, apiKey: string, apiSecret: string, options: ClientOptions];

// On LiveKit Cloud hosts the SDK replays a failed request elsewhere. A replayed dial rings the phone again.
const connection = ({ host, apiKey, apiSecret }: LiveKitSettings): Connection => [
  host.replace(/^ws/, "http"),
  apiKey,
  apiSecret,
  { requestTimeout: REQUEST_TIMEOUT, failover: false },
];

export const liveKitClients = (settings: LiveKitSettings): LiveKitClients => ({
  rooms: opening(traced(signingSeldom(roomClient(settings), systemClock))),
  agents: traced(sendingOnce(new AgentDispatchClient(...connection(settings)))),
  egress: traced(sendingOnce(new EgressClient(...connection(settings)))),
  sip: heldBack(sipClient(settings)),
});

const roomClient = (settings: LiveKitSettings): RoomServiceClient =>
  signingByItsClock(sendingOnce(new RoomServiceClient(...connection(settings))), systemClock);

const opening = (client: RoomServiceClient): LiveKitClients["rooms"] => ({
  createRoom: (options, leave) => leavingBy(leave, () => client.createRoom(options)),
  listRooms: (names) => client.listRooms(names),
  deleteRoom: (room) => client.deleteRoom(room),
  listParticipants: (room) => client.listParticipants(room),
  removeParticipant: (room, identity) => client.removeParticipant(room, identity),
});

const heldBack = (client: SipClient): LiveKitClients["sip"] => ({
  createSipParticipant: (trunkId, number, room, options, leave) =>
    leavingBy(leave, () => client.createSipParticipant(trunkId, number, room, options)),
  listSipOutboundTrunk: () => client.listSipOutboundTrunk(),
});
