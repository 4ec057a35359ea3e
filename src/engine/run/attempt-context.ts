/** What an attempt has to go by: the terms of its campaign, and what all attempts of a runner share. */
import type { Promises } from "../../domain/calls/callback-wish.ts";
import type { NewRunEvent } from "../../domain/calls/run-event.ts";
import type { ConsentAsked } from "../../domain/hours/rule-limits.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Policy } from "../../domain/calls/call.ts";
import type { RecordingPlan } from "../../domain/calls/recording.ts";
import type { SipHeaders } from "../../domain/calls/sip-headers.ts";
import type { AgentCapacity } from "./agent-capacity.ts";
import type { CallerIds } from "./caller-ids.ts";
import type { Unavailable } from "../errors.ts";
import type { LiveCalls } from "./live-calls.ts";
import type { Pacer } from "./pacer.ts";
import type { Clock, LiveKitTime, Store, Telephony } from "../ports/index.ts";
import type { CallDetailRecords } from "./call-detail-records.ts";
import type { End } from "./attempt-record.ts";
import type { Recordings } from "./recordings.ts";
import type { UnknownFates } from "./unknown-fates.ts";

/** What an attempt takes from its campaign, or from the options of `dial`. */
export interface AttemptSettings {
  readonly assistantId: string | null;
  /** Whose campaign it is; null: the installation's; undefined: a single call. */
  readonly userId?: string | null;
  readonly assistantName: string | null;
  readonly prompt: string | null;
  readonly trunkId: string;
  /** The only caller IDs to choose from; empty: the pool of the assistant, else the trunk's own. */
  readonly callerIds: readonly string[];
  readonly displayName?: string;
  readonly record?: RecordingPlan;
  readonly headers?: SipHeaders;
  readonly ringSeconds: number;
  readonly maxDurationSeconds: number;
  /** An agent that leaves sooner after the answer is lost; one that leaves later has ended the call. */
  readonly minTalkSeconds: number;
  readonly retry: Policy;
  /** The clock of the daily cap; null for a single call. */
  readonly timeZone: string | null;
  /** Milliseconds between two dials. */
  readonly interval: number;
  /** The same of its trunk; left out: nobody has said yet. */
  readonly trunkInterval?: number;
  /** Do hours and rules allow to ring this phone now? */
  readonly mayRing: (place: string, at: Instant) => boolean;
  /** What can be promised to a contact who lives there and wants to be called again; left out: nothing. */
  readonly promise?: Promises;
  /** What a consent to be called there must be; left out: no consent is asked for. */
  readonly consentAsked?: (place: string) => ConsentAsked | null;
}

/** engine: this program dials · agent: the agent dials, with what it finds in its metadata. */
export type Dialer = "engine" | "agent";

/** What all attempts of a runner share. */
export interface AttemptContext {
  readonly store: Store;
  readonly telephony: Telephony;
  readonly clock: Clock;
  readonly live: LiveCalls;
  readonly callerIdPool: CallerIds;
  readonly pace: Pacer;
  /** Dials of which nobody knows yet what became of them. */
  readonly unknown: UnknownFates;
  /** How many calls the agents can take. */
  readonly agents: AgentCapacity;
  /** Milliseconds from the dial to the first look whether the phone rings; default: late enough to save requests. */
  readonly firstRingLook?: number;
  /** What the carrier has in its books; null: there is nobody to ask. */
  readonly cdr: CallDetailRecords | null;
  /** Null: nobody can record. */
  readonly recordings: Recordings | null;
  readonly emit: (event: NewRunEvent) => void;
  readonly waitForAgent: boolean;
  /** Milliseconds that an agent has to say what came of a call whose callee has gone. */
  readonly verdictWait: number;
  /** Who sends the request that rings the phone. */
  readonly dialer: Dialer;
  /** No new dials; live calls go on. */
  readonly drain: AbortSignal;
  /** Let go of everything at once. */
  readonly leave: AbortSignal;
  /** Null: there is nobody to ask. */
  readonly livekitTime: LiveKitTime | null;
  /** Until when the runner's own lease holds. */
  readonly leaseUntil: () => Instant;
  readonly onTrouble: (trouble: Unavailable) => void;
}

/** How a part of the attempt came out: an end to be stored, or nothing more to do since it is not ours any more. */
export type Outcome =
  | { readonly end: End; readonly at?: Instant; /** The agent may have more to say. */ readonly agentStays?: boolean }
  | "not_ours";
