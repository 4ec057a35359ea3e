/**
 * Outbound trunks as LiveKit keeps them: listed, made, changed, removed. Credentials go in and never come out: nothing
 * here has a field for one.
 */
import type { SipHeaders } from "../../domain/calls/sip-headers.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Trunk } from "./index.ts";

export const TRANSPORTS = ["auto", "udp", "tcp", "tls"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface OutboundTrunk extends Trunk {
  readonly transport: Transport;
  /** Where the callees are, as two letters; null: not said. */
  readonly country: string | null;
  /** Whether LiveKit holds a user name for it. */
  readonly hasCredentials: boolean;
  /** Names of the headers that it sends; the values are nobody's business here. */
  readonly headerNames: readonly string[];
  /** Null: a LiveKit too old to say. */
  readonly createdAt: Instant | null;
}

export interface TrunkCredentials {
  readonly username: string;
  readonly password: string;
}

export interface NewTrunk {
  readonly name: string;
  /** Host, with a port or without; no `sip:`. */
  readonly address: string;
  /** Caller IDs in E.164, at least one. */
  readonly numbers: readonly string[];
  readonly transport: Transport;
  readonly country: string | null;
  readonly credentials: TrunkCredentials | null;
  /** Sent with each INVITE. */
  readonly headers?: SipHeaders;
}

/** Throws `Misused` when LiveKit refuses the key or the trunk, `Unavailable` when it does not answer. */
export interface TrunkAdmin {
  list(): Promise<readonly OutboundTrunk[]>;
  /** Sent once: a repetition could make a second trunk. After an error it may exist all the same: list() shows it. */
  create(trunk: NewTrunk): Promise<OutboundTrunk>;
  /** Adds a caller ID and keeps the others; harmless when it is on the trunk. */
  addNumber(id: string, number: string): Promise<void>;
  setCredentials(id: string, credentials: TrunkCredentials): Promise<void>;
  /** Not an error when there is none: LiveKit does not say. */
  delete(id: string): Promise<void>;
}
