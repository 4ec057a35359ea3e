/**
 * The direct door to the world: the SDK's clients without HTTP, on any clock. The same methods answer in the same JSON,
 * read by the SDK's own types, so that what holds here holds over HTTP; one contract suite runs through both.
 */
import {
  AgentDispatch,
  EgressInfo,
  ParticipantInfo,
  Room,
  ServerError,
  SipCallError,
  SIPOutboundTrunkInfo,
  SIPParticipantInfo,
} from "livekit-server-sdk";
import type { LiveKitClients } from "../adapters/livekit/clients.ts";
import { Unsent } from "../adapters/livekit/leaving.ts";
import { SECOND } from "../domain/time/instant.ts";
import type { Clock, Leave } from "../engine/ports/index.ts";
import { call } from "./methods.ts";
import { TokenRefused } from "./token.ts";
import { TwirpFailure } from "./twirp.ts";
import type { World } from "./world.ts";

type Json = Parameters<typeof Room.fromJson>[0];

const listed = (answer: Json, field: string): readonly Json[] => (answer as Record<string, Json[]>)[field] ?? [];

/** Throws when the request is not to leave any more. */
async function left(leave?: Leave): Promise<void> {
  if (leave !== undefined && !(await leave(() => Promise.resolve()))) throw new Unsent();
}

/** What the SDK allows a request before it gives up, seconds. */
const REQUEST_TIMEOUT = 10;

export function directClients(world: World, clock: Clock): LiveKitClients {
  const ask = async (path: string, body: object, timeout = REQUEST_TIMEOUT): Promise<Json> => {
    try {
      const { body: answer, reply } = await call(world, path, body);
      if (reply === "drop") throw new Error("connection failed: socket hang up");
      if (reply === "bad_gateway") throw new ServerError("Bad Gateway", "<html>502 Bad Gateway</html>", 502);
      if (reply === "page") throw new ServerError("Forbidden", "<html>403 Forbidden</html>", 403);
      if (reply === "garbage") throw new SyntaxError("Unexpected end of JSON input");
      if (reply === "hang") {
        await clock.sleep(timeout * SECOND);
        throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
      }
      return answer as Json;
    } catch (error) {
      if (error instanceof TokenRefused) throw new ServerError("Unauthorized", error.message, 401);
      if (!(error instanceof TwirpFailure)) throw error;
      const { code, httpStatus, message, meta } = error;
      const failure = new ServerError(code, message, httpStatus, code, meta === undefined ? undefined : { ...meta });
      throw meta?.["sip_status_code"] === undefined ? failure : SipCallError.fromServerError(failure);
    }
  };
  const lenient = { ignoreUnknownFields: true };
  return {
    rooms: {
      createRoom: async (options, leave) => {
        await left(leave);
        return Room.fromJson(await ask("RoomService/CreateRoom", options), lenient);
      },
      listRooms: async (names = []) => {
        const answer = await ask("RoomService/ListRooms", { names });
        return listed(answer, "rooms").map((room) => Room.fromJson(room, lenient));
      },
      removeParticipant: async (room, identity) =>
        void (await ask("RoomService/RemoveParticipant", { room, identity })),
      deleteRoom: async (room) => void (await ask("RoomService/DeleteRoom", { room })),
      listParticipants: async (room) => {
        const answer = await ask("RoomService/ListParticipants", { room });
        return listed(answer, "participants").map((participant) => ParticipantInfo.fromJson(participant, lenient));
      },
    },
    agents: {
      createDispatch: async (room, agentName, { metadata = "" } = {}) =>
        AgentDispatch.fromJson(
          await ask("AgentDispatchService/CreateDispatch", { room, agentName, metadata }),
          lenient,
        ),
    },
    egress: {
      startRoomCompositeEgress: async (roomName: string, output: unknown) => {
        const { file } = output as { file: { toJson: () => object } };
        const body = { roomName, fileOutputs: [file.toJson()] };
        return EgressInfo.fromJson(await ask("Egress/StartRoomCompositeEgress", body), lenient);
      },
      listEgress: async (options) => {
        const answer = await ask("Egress/ListEgress", { ...(options as object) });
        return listed(answer, "items").map((egress) => EgressInfo.fromJson(egress, lenient));
      },
    },
    sip: {
      createSipParticipant: async (sipTrunkId, sipCallTo, roomName, options = {}, leave) => {
        await left(leave);
        const { fromNumber, ringingTimeout, maxCallDuration, timeout, ...rest } = options;
        const body = {
          ...rest,
          sipTrunkId,
          sipCallTo,
          roomName,
          ...(fromNumber === undefined ? {} : { sipNumber: fromNumber }),
          ...(ringingTimeout === undefined ? {} : { ringingTimeout: `${BigInt(ringingTimeout)}s` }),
          ...(maxCallDuration === undefined ? {} : { maxCallDuration: `${BigInt(maxCallDuration)}s` }),
        };
        return SIPParticipantInfo.fromJson(await ask("SIP/CreateSIPParticipant", body, timeout), lenient);
      },
      listSipOutboundTrunk: async () => {
        const answer = await ask("SIP/ListSIPOutboundTrunk", {});
        return listed(answer, "items").map((trunk) => SIPOutboundTrunkInfo.fromJson(trunk, lenient));
      },
    },
  };
}
