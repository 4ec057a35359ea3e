/**
 * One phone call on a clock, from the INVITE to its end: what the leg in the room shows meanwhile, and what the caller
 * is answered. Facts: livekit/sip v1.11 pkg/sip/outbound.go, and a real stack.
 */
import { type Instant, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { Behaviour, Reply } from "./behaviour.ts";
import type { Saying } from "./saying.ts";
import { type LeftBecause, leftAfter } from "./room-events.ts";
import { newId, type Participant, type Room, type Rooms } from "./rooms.ts";
import { rpcFailure, sipFailure, type TwirpFailure } from "./twirp.ts";

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
  /** The caller's name; empty: none; left out: the caller ID. */
  readonly displayName?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One dial that LiveKit took: a phone that rang, unless the network refused it. */
export interface DialRecord extends DialRequest {
  readonly at: Instant;
  answeredAt: Instant | null;
  endedAt: Instant | null;
  endedAs: string | null;
  /** INVITEs that left: more than one when the trunk asks for credentials, none when it cannot be reached. */
  readonly invites: number;
  /** The carrier's own id of the call, as it says it with its first response; null: it says none. */
  readonly carrierId: string | null;
  /** The caller was told what became of it. */
  readonly reply: Reply;
}

/** The server's own, seconds: default ring, default and longest call, longest a waiting request is held. */
const RINGING_TIMEOUT = 180;
const MAX_DURATION = 86_400;
const WAITED_DIAL_CAP = 80;
/** How long LiveKit waits for a far end that does not take its CANCEL. */
const CANCEL_IGNORED = 10;
/** When LiveKit hangs up on a far end that sends no audio: from the start, and when it stops. */
const MEDIA_NEVER = 30;
const MEDIA_STOPPED = 15;

export class PhoneCall {
  readonly #clock: Clock;
  readonly #rooms: Rooms;
  readonly #room: Room;
  readonly #leg: Participant;
  readonly #record: DialRecord;
  readonly #onAnswer: (says: readonly Saying[]) => void;
  readonly #limit: number;
  /** The request ends before the ring does. */
  readonly #capped: boolean;

  constructor(
    clock: Clock,
    rooms: Rooms,
    room: Room,
    leg: Participant,
    record: DialRecord,
    onAnswer: (says: readonly Saying[]) => void,
  ) {
    this.#clock = clock;
    this.#onAnswer = onAnswer;
    this.#rooms = rooms;
    this.#room = room;
    this.#leg = leg;
    this.#record = record;
    const { ringingTimeout = RINGING_TIMEOUT, waitUntilAnswered } = record;
    this.#capped = waitUntilAnswered === true && ringingTimeout > WAITED_DIAL_CAP;
    this.#limit = this.#capped ? WAITED_DIAL_CAP : ringingTimeout;
  }

  /** From INVITE to answer; what follows the answer goes on by itself. Throws what LiveKit answers otherwise. */
  async ring(behaviour: Behaviour): Promise<void> {
    switch (behaviour.does) {
      case "auth":
        throw this.#over("auth", rpcFailure("failed_precondition", AUTH_TEXT[behaviour.because]), "USER_REJECTED");
      case "unreachable":
        throw this.#over("trunk not reached", UNREACHABLE[behaviour.because](), "CLIENT_INITIATED");
      case "silence":
        await this.#wait(behaviour.after);
        throw this.#over(
          "no SIP answer",
          rpcFailure("canceled", "transaction failed to complete (0 intermediate responses)"),
        );
      case "refuse":
        if (behaviour.rings === true) this.#heard();
        await this.#wait(behaviour.after);
        throw this.#over(
          `refused ${behaviour.status}`,
          sipFailure(behaviour.status, behaviour.reason),
          leftAfter(behaviour.status),
        );
      case "trying":
        return this.#wait(Infinity);
      case "ring":
        this.#heard();
        return this.#wait(Infinity, behaviour.atTimeOut);
      case "no_codec":
        this.#heard();
        await this.#wait(behaviour.rings);
        this.#record.answeredAt = this.#clock.now();
        throw this.#over(
          "no common codec",
          rpcFailure("failed_precondition", "common audio codec not found"),
          "USER_REJECTED",
        );
      case "answer":
        this.#heard();
        await this.#wait(behaviour.rings);
        this.#leg.attributes["sip.callStatus"] = "active";
        this.#leg.attributes["sip.callTag"] = newId("tag");
        this.#record.answeredAt = this.#clock.now();
        this.#onAnswer(behaviour.says ?? []);
        void this.#talk(behaviour);
    }
  }

  /** The phone rings, says the far end. Twilio names the call in each of its responses. */
  #heard(): void {
    const { attributes } = this.#leg;
    attributes["sip.callStatus"] = "ringing";
    if (this.#record.carrierId !== null) attributes["sip.twilio.callSid"] = this.#record.carrierId;
  }

  /** Throws when the ring is over, or the room is, before the seconds are. */
  async #wait(seconds: number, atTimeOut: "stops" | "ignores" | "answers" = "stops"): Promise<void> {
    const { signal } = this.#leg.gone;
    await this.#clock.sleep(Math.min(seconds, this.#limit) * SECOND, signal);
    if (signal.aborted) throw this.#over("hung up while ringing", timedOut());
    if (seconds <= this.#limit) return;
    if (this.#capped) throw this.#over("no answer", rpcFailure("deadline_exceeded", "request timed out"));
    if (atTimeOut === "ignores") await this.#clock.sleep(CANCEL_IGNORED * SECOND, signal);
    if (atTimeOut === "answers") this.#record.answeredAt = this.#clock.now();
    throw this.#over(atTimeOut === "answers" ? "answered when given up" : "no answer", timedOut());
  }

  async #talk({ rings, talks, media = Infinity }: Behaviour & { readonly does: "answer" }): Promise<void> {
    const { signal } = this.#leg.gone;
    // The longest call counts from the leg's creation, ringing included.
    const longest = (this.#record.maxCallDuration ?? MAX_DURATION) - rings;
    const silence = media === 0 ? MEDIA_NEVER : media + MEDIA_STOPPED;
    const lasts = Math.min(talks, longest, silence);
    await this.#clock.sleep(lasts * SECOND, signal);
    const noAudio = lasts < talks && lasts === silence;
    // Said a moment before it leaves, unless LiveKit hangs up on silence: hardly a look sees it, a webhook tells it.
    if (!signal.aborted && !noAudio) this.#leg.attributes["sip.callStatus"] = "hangup";
    this.#end(signal.aborted ? "hung up in conversation" : noAudio ? "no audio" : "talked", "CLIENT_INITIATED");
  }

  #over(endedAs: string, failure: TwirpFailure, because: LeftBecause = "USER_UNAVAILABLE"): TwirpFailure {
    this.#end(endedAs, because);
    return failure;
  }

  #end(endedAs: string, because: LeftBecause): void {
    this.#record.endedAs ??= endedAs;
    this.#record.endedAt ??= this.#clock.now();
    this.#rooms.leave(this.#room, this.#leg, because);
  }
}

/** INVITEs of a dial that does this. */
export function invitesOf(behaviour: Behaviour, asksForCredentials: boolean): number {
  if (behaviour.does === "unreachable") return 0;
  if (behaviour.does === "auth") return behaviour.because === "wrong_password" ? 5 : 1;
  return asksForCredentials ? 2 : 1;
}

const timedOut = (): TwirpFailure => rpcFailure("canceled", "sip request timed out");

const AUTH_TEXT = {
  no_credentials: "sip server required auth, but no username or password was provided",
  wrong_password: "max auth retry attempts reached for SIP invite",
} as const;

const UNREACHABLE = {
  refused: () =>
    rpcFailure("failed_precondition", "transport<TCP> dial tcp 127.0.0.1:5060: connect: connection refused"),
  dns: () => rpcFailure("invalid_argument", "lookup trunk.invalid: no such host"),
} as const;
