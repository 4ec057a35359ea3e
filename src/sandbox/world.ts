/**
 * LiveKit's SIP side on a clock: a leg joins the room before the phone rings, and the network decides what becomes of
 * it. Knows nothing of HTTP. Facts: livekit/livekit v1.13 pkg/service/sip.go, livekit/sip v1.11 pkg/sip/outbound.go.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Instant, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import { Agents } from "./agents.ts";
import type { Behaviour, Reply } from "./behaviour.ts";
import { Egresses } from "./egress.ts";
import { Faults } from "./faults.ts";
import { behaviourOf, DEFAULT_SCRIPT, type Script } from "./network.ts";
import { type DialRecord, type DialRequest, invitesOf, PhoneCall } from "./phone-call.ts";
import { calleesIn, type Dispatch, newId, type Participant, type Room, Rooms, type RoomSettings } from "./rooms.ts";
import type { Saying } from "./saying.ts";
import { type OutboundTrunk, OutboundTrunks } from "./trunks.ts";
import { rpcFailure, TwirpFailure } from "./twirp.ts";

export interface DialReply {
  readonly roomName: string;
  readonly participant: Participant;
  readonly sipCallId: string;
  /** What is to become of the answer to the request. */
  readonly reply: Reply;
}

const agentJob = z.object({
  phone_number: z.string(),
  outbound_trunk_id: z.string(),
  from_number: z.string().nullish(),
});

/** How long a server that lost its state knows nothing of the rooms that live on, seconds. */
const STATE_LOST = 20;

export class World {
  script: Script = DEFAULT_SCRIPT;
  readonly rooms: Rooms;
  readonly agents: Agents;
  readonly egresses: Egresses;
  readonly trunks = new OutboundTrunks();
  readonly faults = new Faults();
  readonly dials: DialRecord[] = [];
  /** Most calls that were up at once. */
  peak = 0;
  /** Aborts when the server is restarted. */
  #up = new AbortController();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.rooms = new Rooms(clock);
    this.egresses = new Egresses(clock, () => this.script);
    this.agents = new Agents(this.rooms, clock, () => this.script);
  }

  now(): Instant {
    return this.#clock.now();
  }

  /** Lets seconds of the world's clock pass. */
  pass(seconds: number): Promise<void> {
    return this.#clock.sleep(seconds * SECOND);
  }

  /** Asks the agents into a new room; a live one is returned as it is, and nobody is asked again. */
  createRoom({
    agents = [],
    ...settings
  }: RoomSettings & { readonly agents?: readonly AgentWanted[] | undefined }): Room {
    const existing = this.rooms.find(settings.name);
    if (existing !== undefined) return existing;
    const room = this.rooms.create(settings);
    for (const { agentName, metadata } of agents) this.dispatch(room.name, agentName, metadata);
    return room;
  }

  /** Throws LiveKit's not_found. */
  deleteRoom(name: string): void {
    const cutOff = [...this.rooms.get(name).participants.values()].some(({ kind }) => kind === "AGENT");
    this.rooms.delete(name);
    if (cutOff) void this.agents.cutOff(name);
  }

  dispatch(roomName: string, agentName: string, metadata: string): Dispatch {
    const room = this.rooms.create({ name: roomName });
    return this.agents.dispatch(room, agentName, metadata, () => {
      if (this.script.agentDials) void this.#agentDials(roomName, metadata).catch(() => {}); // it has nobody to tell
    });
  }

  /** What happens to the server itself, while the calls go on. */
  serverDoes(what: "restart" | "lose_state"): void {
    if (what === "restart") {
      this.rooms.restart();
      this.#up.abort();
      this.#up = new AbortController();
    } else {
      this.rooms.forget(STATE_LOST);
      this.trunks.forget();
    }
  }

  async #agentDials(roomName: string, metadata: string): Promise<void> {
    const job = agentJob.parse(JSON.parse(metadata));
    await this.dial({
      sipTrunkId: job.outbound_trunk_id,
      sipCallTo: job.phone_number,
      ...(job.from_number == null ? {} : { sipNumber: job.from_number }),
      roomName,
      participantIdentity: "called-by-the-agent",
    });
  }

  /** Resolves when answered, or at once without waitUntilAnswered; throws what LiveKit answers otherwise. */
  async dial(request: DialRequest): Promise<DialReply> {
    validate(request);
    const trunk = this.trunks.get(request.sipTrunkId);
    const room = this.rooms.create({ name: request.roomName });
    // The same identity again replaces the first leg, and the phone rings once more.
    const twin = room.participants.get(request.participantIdentity);
    if (twin !== undefined) this.rooms.leave(room, twin, "DUPLICATE_IDENTITY");
    if (room.maxParticipants > 0 && calleesIn(room) >= room.maxParticipants) {
      throw rpcFailure("internal", "update room failed: max participants exceeded");
    }
    const sipCallId = newId("SCL");
    const leg = this.rooms.join(room, {
      identity: request.participantIdentity,
      name: request.participantName ?? "",
      metadata: request.participantMetadata ?? "",
      kind: "SIP",
      attributes: {
        ...request.participantAttributes,
        "sip.callID": sipCallId,
        "sip.callStatus": "dialing",
        "sip.trunkID": request.sipTrunkId,
        "sip.phoneNumber": request.sipCallTo,
        "sip.hostname": trunk.address,
        "sip.trunkPhoneNumber": request.sipNumber ?? trunk.numbers[0] ?? "",
      },
    });
    const nth = this.dials.filter(({ sipCallTo }) => sipCallTo === request.sipCallTo).length;
    const behaviour = this.#refused(trunk) ?? behaviourOf(this.script, request.sipCallTo, nth);
    const reply = "reply" in behaviour && request.waitUntilAnswered === true ? behaviour.reply : "ok";
    const record: DialRecord = {
      ...request,
      headers: { ...trunk.headers, ...request.headers },
      at: this.#clock.now(),
      answeredAt: null,
      endedAt: null,
      endedAs: null,
      invites: invitesOf(behaviour, this.script.trunk.credentials !== null),
      carrierId: isTwilio(trunk.address) ? twilioSid() : null,
      reply,
    };
    this.dials.push(record);
    this.peak = Math.max(this.peak, this.#live());
    const onAnswer = (says: readonly Saying[]): void => void this.agents.converse(room, leg, says);
    const answered = new PhoneCall(this.#clock, this.rooms, room, leg, record, onAnswer).ring(behaviour);
    const told = { roomName: room.name, participant: leg, sipCallId };
    if (request.waitUntilAnswered !== true) {
      answered.catch(() => {}); // nobody waits for it
      return { ...told, reply };
    }
    // The server's own connections end with it; the call, which another process makes, does not.
    const restarted = aborted(this.#up.signal).then(() => "drop" as const);
    const outcome = answered.then(() => reply).catch((error: unknown) => this.#fail(error));
    return { ...told, reply: await Promise.race([outcome, restarted]) };
  }

  #fail(error: unknown): never {
    throw error instanceof TwirpFailure && this.script.oldServer ? error.asOldServer() : error;
  }

  #live(): number {
    return this.dials.filter(({ endedAt }) => endedAt === null).length;
  }

  /** What the trunk says to a stranger, and to a call too many. */
  #refused({ authUsername, authPassword }: OutboundTrunk): Behaviour | null {
    const { cps, concurrency, credentials } = this.script.trunk;
    if (credentials !== null && authUsername === "") return { does: "auth", because: "no_credentials" };
    if (credentials !== null && (authUsername !== credentials.username || authPassword !== credentials.password)) {
      return { does: "auth", because: "wrong_password" };
    }
    const since = this.#clock.now() - SECOND;
    if (cps !== null && this.dials.filter(({ at }) => at > since).length >= cps)
      return refusal(503, "Trunk CPS limit exceeded");
    if (concurrency !== null && this.#live() >= concurrency) return refusal(403, "User channel limit exceeded D1");
    return null;
  }
}

interface AgentWanted {
  readonly agentName: string;
  readonly metadata: string;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

const isTwilio = (address: string): boolean => /\.twilio\.com(:\d+)?$/i.test(address);
const twilioSid = (): string => `CA${randomUUID().replaceAll("-", "")}`;

const refusal = (status: number, reason: string): Behaviour => ({ does: "refuse", status, reason, after: 0 });

const wrong = (text: string): TwirpFailure => new TwirpFailure("invalid_argument", text);

/** In the order of livekit/protocol livekit/sip.go; nothing looks at the form of the number. */
function validate({ sipTrunkId, sipCallTo, roomName }: DialRequest): void {
  if (sipTrunkId === "") throw wrong("missing sip trunk id and sip number");
  if (sipCallTo === "") throw wrong("missing sip callee number");
  if (sipCallTo.includes("@")) throw wrong("SipCallTo should be a phone number or SIP user, not a full SIP URI");
  if (roomName === "") throw wrong("missing room name");
}
