/** Rooms, agents and phone calls: what the engine asks of LiveKit. */
import type { Contact } from "../../domain/calls/contact.ts";
import type { SipHeaders } from "../../domain/calls/sip-headers.ts";
import type { OnVoicemail } from "../../domain/calls/retry.ts";
import type { Verdict } from "../../domain/calls/verdict.ts";
import type { Ending } from "../../domain/calls/ending.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { CampaignsError } from "../errors.ts";

/** Everything LiveKit is told about one attempt. */
export interface DialOrder {
  readonly attemptId: string;
  readonly callId: string;
  /** Which dial of the call it is, from 1; those that rang nobody are not counted. */
  readonly attempt: number;
  /** What the agent is to do when a voicemail answers. */
  readonly onVoicemail: Pick<OnVoicemail, "does" | "message"> & { readonly messageLeftBefore: boolean };
  readonly campaignId: string | null;
  readonly room: string;
  readonly callee: string;
  readonly trunkId: string;
  readonly contact: Contact;
  readonly assistantId: string | null;
  readonly assistantName: string | null;
  readonly prompt: string | null;
  /** Caller ID; null = the trunk chooses. */
  readonly fromNumber: string | null;
  /** The caller's name; empty: none; left out: LiveKit says the caller ID. */
  readonly displayName?: string;
  /** For the carrier, above those of the trunk. */
  readonly headers?: SipHeaders;
  readonly ringSeconds: number;
  readonly maxDurationSeconds: number;
  /** Left out: nothing holds it back. */
  readonly leave?: Leave;
}

/**
 * The last word on the request that rings the phone, once all of it but the writing is done. Resolves when its turn has come: it is
 * written at once; false: it must not leave any more. `look`: what has to be done right before, and takes no more than a moment.
 */
export type Leave = (look: () => Promise<void>) => Promise<boolean>;

/** Why an attempt ended without a conversation; `detail` is for the operator and holds no numbers or names. */
export interface Problem {
  readonly ending: Ending;
  readonly sipStatus?: number;
  readonly detail: string;
  /** LiveKit refuses every request like it, whoever is called: nobody need be dialed before that is over. */
  readonly trouble?: CampaignsError;
}

export type DialResult =
  | { readonly is: "answered"; readonly sipCallId: string }
  | ({ readonly is: "ended" } & Problem)
  /** It was not to leave any more, and has not. */
  | { readonly is: "unsent" }
  /** A phone may be ringing or answered: look at the room, never dial again. */
  | { readonly is: "unknown"; readonly detail: string };

/** The callee's leg: being dialed, and nobody knows whether a phone rings; ringing; in conversation; or not there. */
export type Leg = "dialing" | "ringing" | "active" | "absent";

/** What an agent has written. */
export interface Heard {
  /** Null: none could be read. */
  readonly verdict: Verdict | null;
  /** What was left out, and why; nothing of what it said. */
  readonly problems: readonly string[];
}

/** Who is in a room. */
export interface Presence {
  /** Agents that are connected, by identity. */
  readonly agents: readonly string[];
  /** Of whoever was called into the room, by this program or by the agent. */
  readonly leg: Leg;
  /** LiveKit knows no such room: it went with its call, or LiveKit's node has not heard of it. Left out: it knows it, or lists nobody. */
  readonly noRoom?: true;
  /** When the leg came, by LiveKit's clock; left out: it does not say. */
  readonly since?: Instant;
  /** The carrier's own id of the call; null: it has not said one, or says none. */
  readonly carrierId: string | null;
  /** By the agents themselves: nobody else is believed. Null: nothing yet. */
  readonly heard: Heard | null;
}

/** A room as LiveKit's list of rooms has it, which lags. */
export interface ListedRoom {
  readonly name: string;
  /** Agents are not counted. */
  readonly callees: number;
  /** What the agent has left in it. */
  readonly heard: Heard | null;
}

export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly numbers: readonly string[];
}

/** What time it is at LiveKit, in whole seconds; null: it does not say. */
export type LiveKitTime = () => Promise<Instant | null>;

/**
 * Rooms, agents and phone calls. Requests that ring nobody are repeated on failure by the adapter, and then thrown as
 * `Unavailable`, or `Misused` when LiveKit refuses the key; dial() is never repeated by anyone.
 */
export interface Telephony {
  /** Creates the room and asks the agent to join it; says what went wrong, or null. Repeating it changes nothing. */
  openRoom(order: DialOrder): Promise<Problem | null>;
  /**
   * Asks for an agent once more: LiveKit loses dispatches, and never repeats one. Not repeated here either, since each brings
   * an agent.
   */
  callAgent(order: DialOrder): Promise<void>;
  /** Not an error when it is gone. */
  removeAgent(room: string, identity: string): Promise<void>;
  /** Nobody, if there is no such room. One request. */
  presence(room: string): Promise<Presence>;
  /** Rings the phone: exactly one request. Resolves when answered or over; never rejects. */
  dial(order: DialOrder): Promise<DialResult>;
  /** Of these rooms, those that exist. One request for all of them. */
  listedRooms(names: readonly string[]): Promise<readonly ListedRoom[]>;
  /**
   * Hangs up whoever is in the room and removes it. `unknown`: LiveKit knows no such room, which is no proof that nobody
   * talks: a server that has lost its state knows none either, while the calls go on.
   */
  closeRoom(room: string): Promise<"removed" | "unknown">;
  /** All rooms that belong to attempts, whoever made them. */
  attemptRooms(): Promise<readonly ListedRoom[]>;
  trunks(): Promise<readonly Trunk[]>;
}
