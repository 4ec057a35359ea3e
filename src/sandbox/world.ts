/**
 * LiveKit's SIP side on a clock: a leg joins the room before the phone rings, and the network decides what becomes of
 * it. Knows nothing of HTTP. Facts: livekit/livekit v1.13 pkg/service/sip.go, livekit/sip v1.11 pkg/sip/outbound.go.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Instant, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import { Faults } from "./faults.ts";
import { type Behaviour, behaviourOf, DEFAULT_SCRIPT, type Reply, type Script } from "./network.ts";
import { calleesIn, type Dispatch, newId, type Participant, type Room, Rooms } from "./rooms.ts";
import { OutboundTrunks } from "./trunks.ts";
import { rpcFailure, sipFailure, TwirpFailure } from "./twirp.ts";

export interface DialRequest {
  readonly sipTrunkId: string;
  readonly sipCallTo: string;
  readonly sipNumber?: string | undefined;
  readonly roomName: string;
  readonly participantIdentity: string;
  readonly participantName?: string | undefined;
  readonly participantMetadata?: string | undefined;
  readonly participantAttributes?: Readonly<Record<string, string>> | undefined;
  readonly krispEnabled?: boolean | undefined;
  readonly waitUntilAnswered?: boolean | undefined;
  /** Seconds. */
  readonly ringingTimeout?: number | undefined;
  readonly maxCallDuration?: number | undefined;
}

/** One INVITE: a phone that rang, unless the network refused it. */
export interface DialRecord extends DialRequest {
  readonly at: Instant;
  answeredAt: Instant | null;
  endedAt: Instant | null;
  endedAs: string | null;
  /** The carrier's own id of the call, as it says it with its first response; null: it says none. */
  readonly carrierId: string | null;
  /** The caller was told what became of it. */
  readonly reply: Reply;
}

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

/** The server's own, seconds: default ring, default and longest call, longest a waiting request is held. */
const RINGING_TIMEOUT = 180;
const MAX_DURATION = 86_400;
const WAITED_DIAL_CAP = 80;

export class World {
  script: Script = DEFAULT_SCRIPT;
  readonly rooms: Rooms;
  readonly trunks = new OutboundTrunks();
  readonly faults = new Faults();
  readonly dials: DialRecord[] = [];
  /** Most calls that were up at once. */
  peak = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.rooms = new Rooms(clock);
  }

  /** Lets seconds of the world's clock pass. */
  pass(seconds: number): Promise<void> {
    return this.#clock.sleep(seconds * SECOND);
  }

  dispatch(room: string, agentName: string, metadata: string): Dispatch {
    const { agentJoinsAfter: joinsAfter, agentLeavesAfter: leavesAfter, agentDials } = this.script;
    const onJoin = (): void => {
      if (agentDials) void this.#agentDials(room, metadata).catch(() => {}); // it has nobody to tell
    };
    return this.rooms.dispatch(room, agentName, metadata, { joinsAfter, leavesAfter, onJoin });
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
    if (twin !== undefined) this.rooms.leave(room, twin);
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
    const behaviour = this.#limited() ?? behaviourOf(this.script, request.sipCallTo, nth);
    const reply = "reply" in behaviour && request.waitUntilAnswered === true ? behaviour.reply : "ok";
    const now = this.#clock.now();
    const carrierId = isTwilio(trunk.address) ? twilioSid() : null;
    const record: DialRecord = {
      ...request,
      at: now,
      answeredAt: null,
      endedAt: null,
      endedAs: null,
      carrierId,
      reply,
    };
    this.dials.push(record);
    this.peak = Math.max(this.peak, this.#live());
    const answered = this.#ring(room, leg, record, behaviour);
    if (request.waitUntilAnswered === true) await answered;
    else answered.catch(() => {}); // nobody waits for it
    return { roomName: room.name, participant: leg, sipCallId, reply };
  }

  #live(): number {
    return this.dials.filter(({ endedAt }) => endedAt === null).length;
  }

  /** What the trunk says to a call too many. */
  #limited(): Behaviour | null {
    const { cps, concurrency } = this.script.trunk;
    const since = this.#clock.now() - SECOND;
    if (cps !== null && this.dials.filter(({ at }) => at > since).length >= cps)
      return refusal(503, "Trunk CPS limit exceeded");
    if (concurrency !== null && this.#live() >= concurrency) return refusal(403, "User channel limit exceeded D1");
    return null;
  }

  /** From INVITE to answer; what follows the answer goes on by itself. */
  async #ring(room: Room, leg: Participant, record: DialRecord, behaviour: Behaviour): Promise<void> {
    const { ringingTimeout = RINGING_TIMEOUT, maxCallDuration = MAX_DURATION, waitUntilAnswered } = record;
    const capped = waitUntilAnswered === true && ringingTimeout > WAITED_DIAL_CAP;
    const limit = capped ? WAITED_DIAL_CAP : ringingTimeout;
    const over = (endedAs: string, failure: TwirpFailure): TwirpFailure => {
      this.#end(room, leg, record, endedAs);
      return this.script.oldServer ? failure.asOldServer() : failure;
    };
    const wait = async (seconds: number): Promise<void> => {
      await this.#clock.sleep(Math.min(seconds, limit) * SECOND, leg.gone.signal);
      if (leg.gone.signal.aborted) throw over("hung up while ringing", rpcFailure("canceled", "sip request timed out"));
      if (seconds <= limit) return;
      throw over(
        "no answer",
        capped ? rpcFailure("deadline_exceeded", "request timed out") : rpcFailure("canceled", "sip request timed out"),
      );
    };
    switch (behaviour.does) {
      case "auth":
        throw over("auth", rpcFailure("failed_precondition", AUTH_TEXT[behaviour.because]));
      case "silence":
        await wait(behaviour.after);
        throw over(
          "no SIP answer",
          rpcFailure("canceled", "transaction failed to complete (0 intermediate responses)"),
        );
      case "refuse":
        await wait(behaviour.after);
        throw over(`refused ${behaviour.status}`, sipFailure(behaviour.status, behaviour.reason));
      case "ring":
        heard(leg, record);
        return wait(Infinity);
      case "answer":
        heard(leg, record);
        await wait(behaviour.rings);
        leg.attributes["sip.callStatus"] = "active";
        leg.attributes["sip.callTag"] = newId("tag");
        record.answeredAt = this.#clock.now();
        // The longest call counts from the leg's creation, ringing included.
        void this.#talk(room, leg, record, Math.min(behaviour.talks, maxCallDuration - behaviour.rings));
    }
  }

  async #talk(room: Room, leg: Participant, record: DialRecord, seconds: number): Promise<void> {
    await this.#clock.sleep(seconds * SECOND, leg.gone.signal);
    this.#end(room, leg, record, leg.gone.signal.aborted ? "hung up in conversation" : "talked");
  }

  #end(room: Room, leg: Participant, record: DialRecord, endedAs: string): void {
    record.endedAs ??= endedAs;
    record.endedAt ??= this.#clock.now();
    this.rooms.leave(room, leg);
  }
}

/** The phone rings, says the far end. Twilio names the call in each of its responses. */
function heard({ attributes }: Participant, { carrierId }: DialRecord): void {
  attributes["sip.callStatus"] = "ringing";
  if (carrierId !== null) attributes["sip.twilio.callSid"] = carrierId;
}

const isTwilio = (address: string): boolean => /\.twilio\.com(:\d+)?$/i.test(address);
const twilioSid = (): string => `CA${randomUUID().replaceAll("-", "")}`;

const refusal = (status: number, reason: string): Behaviour => ({ does: "refuse", status, reason, after: 0 });

const AUTH_TEXT = {
  no_credentials: "sip server required auth, but no username or password was provided",
  wrong_password: "max auth retry attempts reached for SIP invite",
} as const;

const wrong = (text: string): TwirpFailure => new TwirpFailure("invalid_argument", text);

/** In the order of livekit/protocol livekit/sip.go; nothing looks at the form of the number. */
function validate({ sipTrunkId, sipCallTo, roomName }: DialRequest): void {
  if (sipTrunkId === "") throw wrong("missing sip trunk id and sip number");
  if (sipCallTo === "") throw wrong("missing sip callee number");
  if (sipCallTo.includes("@")) throw wrong("SipCallTo should be a phone number or SIP user, not a full SIP URI");
  if (roomName === "") throw wrong("missing room name");
}
