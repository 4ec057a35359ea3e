/** The part of livekit-server-sdk that is used; the sandbox offers the same shape without HTTP. */
import { AgentDispatchClient, RoomServiceClient, SipClient } from "livekit-server-sdk";

export interface LiveKitClients {
  readonly rooms: Pick<RoomServiceClient, "createRoom" | "listRooms" | "deleteRoom" | "listParticipants">;
  readonly agents: Pick<AgentDispatchClient, "createDispatch" | "listDispatch">;
  readonly sip: Pick<SipClient, "createSipParticipant" | "listSipOutboundTrunk">;
}

export interface LiveKitSettings {
  /** ws, wss, http or https. */
  readonly host: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Seconds after which a request that rings nobody is given up and repeated. */
const REQUEST_TIMEOUT = 10;

export function liveKitClients({ host, apiKey, apiSecret }: LiveKitSettings): LiveKitClients {
  const url = host.replace(/^ws/, "http");
  // On LiveKit Cloud hosts the SDK replays a failed request elsewhere. A replayed dial rings the phone again, and a
  // replayed dispatch brings a second agent.
  const options = { requestTimeout: REQUEST_TIMEOUT, failover: false };
  return {
    rooms: new RoomServiceClient(url, apiKey, apiSecret, options),
    agents: new AgentDispatchClient(url, apiKey, apiSecret, options),
    sip: new SipClient(url, apiKey, apiSecret, options),
  };
}
