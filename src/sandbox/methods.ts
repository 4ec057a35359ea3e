/** LiveKit's Twirp methods that are offered: who may call each, and what it does to the world. */
import type { ClaimGrants } from "livekit-server-sdk";
import type { Reply } from "./behaviour.ts";
import type { Room } from "./rooms.ts";
import { TokenRefused } from "./token.ts";
import { egressOut } from "./egress.ts";
import { rpcFailure, TwirpFailure } from "./twirp.ts";
import { camelCased, dialOut, dispatchOut, participantOut, requests, roomOut, trunkOut } from "./wire.ts";
import type { World } from "./world.ts";

type Body = Readonly<Record<string, unknown>>;

interface Method {
  /** livekit/livekit pkg/service/auth.go. `room`: the room named in the request. */
  readonly allowed: (grants: ClaimGrants, room: string) => boolean;
  readonly act: (world: World, body: Body) => unknown;
}

const roomCreate = ({ video }: ClaimGrants): boolean => video?.roomCreate === true;
const roomList = ({ video }: ClaimGrants): boolean => video?.roomList === true;
const roomAdmin = ({ video }: ClaimGrants, room: string): boolean => video?.roomAdmin === true && video.room === room;
const roomRecord = ({ video }: ClaimGrants): boolean => video?.roomRecord === true;
const sipAdmin = ({ sip }: ClaimGrants): boolean => sip?.admin === true;
const sipCall = ({ sip }: ClaimGrants): boolean => sip?.call === true;

const method = (allowed: Method["allowed"], act: Method["act"]): Method => ({ allowed, act });

export const METHODS: Readonly<Record<string, Method>> = {
  "RoomService/CreateRoom": method(roomCreate, (world, body) =>
    shown(world, world.createRoom(requests.createRoom.parse(body))),
  ),
  "RoomService/ListRooms": method(roomList, (world, body) => ({
    rooms: world.rooms.list(requests.names.parse(body).names).map((room) => shown(world, room)),
  })),
  "RoomService/DeleteRoom": method(roomCreate, (world, body) => {
    world.deleteRoom(requests.room.parse(body).room);
    return {};
  }),
  "RoomService/UpdateRoomMetadata": method(roomAdmin, (world, body) => {
    const { room: name, metadata } = requests.roomMetadata.parse(body);
    const room = world.rooms.get(name);
    room.metadata = metadata;
    return shown(world, room);
  }),
  "RoomService/ListParticipants": method(roomAdmin, (world, body) => {
    const here = world.rooms.find(requests.room.parse(body).room)?.participants.values() ?? [];
    return { participants: [...here].map((participant) => participantOut(participant, world.now())) };
  }),
  "RoomService/GetParticipant": method(roomAdmin, (world, body) => {
    const { room, identity } = requests.participant.parse(body);
    return participantOut(world.rooms.participant(room, identity), world.now());
  }),
  "RoomService/RemoveParticipant": method(roomAdmin, ({ rooms }, body) => {
    const { room, identity } = requests.participant.parse(body);
    rooms.leave(rooms.get(room), rooms.participant(room, identity), "PARTICIPANT_REMOVED");
    return {};
  }),
  "AgentDispatchService/CreateDispatch": method(roomAdmin, (world, body) => {
    const { room, agentName, metadata } = requests.dispatch.parse(body);
    return dispatchOut(world.dispatch(room, agentName, metadata), world.rooms.get(room));
  }),
  "AgentDispatchService/ListDispatch": method(roomAdmin, ({ rooms }, body) => {
    const room = rooms.find(requests.room.parse(body).room);
    if (room === undefined) throw rpcFailure("unavailable", "no response from servers");
    return { agent_dispatches: room.dispatches.map((dispatch) => dispatchOut(dispatch, room)) };
  }),
  "Egress/StartRoomCompositeEgress": method(roomRecord, async (world, body) => {
    const { roomName, file, fileOutputs } = requests.startEgress.parse(body);
    const { filepath, s3 } = fileOutputs[0] ?? file;
    return egressOut(await world.egresses.start(world.rooms.get(roomName), filepath, s3?.bucket ?? null));
  }),
  "Egress/ListEgress": method(roomRecord, ({ egresses }, body) => {
    const { roomName } = requests.egresses.parse(body);
    return { items: egresses.all.filter((egress) => roomName === "" || egress.roomName === roomName).map(egressOut) };
  }),
  "SIP/ListSIPOutboundTrunk": method(sipAdmin, ({ trunks }, body) => {
    const { trunkIds, numbers } = requests.trunks.parse(body);
    return { items: trunks.list(trunkIds, numbers).map(trunkOut) };
  }),
  "SIP/GetSIPOutboundTrunk": method(sipAdmin, ({ trunks }, body) => ({
    trunk: trunkOut(trunks.get(requests.trunkId.parse(body).sipTrunkId)),
  })),
  "SIP/CreateSIPOutboundTrunk": method(sipAdmin, ({ trunks }, body) =>
    trunkOut(trunks.create(requests.newTrunk.parse(body).trunk)),
  ),
  "SIP/UpdateSIPOutboundTrunk": method(sipAdmin, ({ trunks }, body) => {
    const { sipTrunkId, update } = requests.trunkUpdate.parse(body);
    return trunkOut(trunks.update(sipTrunkId, update));
  }),
  "SIP/DeleteSIPTrunk": method(sipAdmin, ({ trunks }, body) => {
    const { sipTrunkId } = requests.trunkId.parse(body);
    trunks.delete(sipTrunkId);
    return { sip_trunk_id: sipTrunkId };
  }),
  "SIP/CreateSIPParticipant": method(sipCall, async (world, body) => {
    const dialed = await world.dial(requests.dial.parse(body));
    return new Answered(dialOut(dialed), dialed.reply);
  }),
};

const shown = ({ rooms, script }: World, room: Room): Record<string, unknown> =>
  roomOut(room, rooms.countedIn(room, script.countLag));

/** A dial that was answered, and what becomes of saying so. */
export class Answered {
  readonly body: unknown;
  readonly reply: Reply | "page";

  constructor(body: unknown, reply: Answered["reply"]) {
    this.body = body;
    this.reply = reply;
  }
}

/** What a method answers, in the JSON of the wire, unless a fault meets the request on its way. Throws TwirpFailure. */
export async function call(world: World, path: string, body: object): Promise<Answered> {
  const fault = world.faults.draw(path, roomNamedIn(body));
  switch (fault?.does) {
    case "unavailable_before":
      throw rpcFailure("unavailable", "no response from servers");
    case "cpu_exhausted_before":
      throw rpcFailure("unavailable", "cpu exhausted");
    case "rate_limited_before":
      throw new TwirpFailure("resource_exhausted", "too many requests");
    case "drop_before":
      return new Answered(null, "drop");
    case "key_refused_before":
      throw new TokenRefused("invalid API key");
    case "grant_refused_before":
      throw new TwirpFailure("unauthenticated", "permissions denied");
    case "page_before":
      return new Answered(null, "page");
    case "not_found_before":
      throw rpcFailure("not_found", "requested room does not exist");
    case "slow":
      await world.pass(fault.seconds);
      break;
    default:
      break;
  }
  const answer = await METHODS[path]?.act(world, camelCased(body));
  const answered = answer instanceof Answered ? answer : new Answered(answer, "ok");
  switch (fault?.does) {
    case "bad_gateway_after":
      return new Answered(answered.body, "bad_gateway");
    case "drop_after":
      return new Answered(answered.body, "drop");
    case "garbage_after":
      return new Answered(answered.body, "garbage");
    case "hang_after":
      return new Answered(answered.body, "hang");
    case "forget_room":
      return new Answered({ rooms: (answered.body as { rooms: readonly unknown[] }).rooms.slice(1) }, "ok");
    default:
      return answered;
  }
}

/** Requests name the room in one field or the other. */
export function roomNamedIn(body: object): string {
  const { room, roomName, room_name, name }: Body = { ...body };
  const named = room ?? roomName ?? room_name ?? name;
  return typeof named === "string" ? named : "";
}
