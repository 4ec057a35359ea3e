/**
 * What LiveKit and the carrier tell by themselves. It is signed, and still only hearsay: it may come late, twice, out of
 * order or never. So it says when to look and since when something is over; a look says whether it is.
 */
import type { Instant } from "../../domain/time/instant.ts";
import type { CarrierStatus } from "./carrier.ts";
import type { Heard } from "./telephony.ts";

/** leg: the callee's. room_finished: nobody is in the room any more. carrier_ended: the call is over in the carrier's books. */
export const TOLD = ["leg_joined", "leg_left", "agent_left", "room_finished", "carrier_ended"] as const;
export type WhatTold = (typeof TOLD)[number];

/**
 * left: for good · no_audio: for good, since the far end sent none · crashed: an agent whose process is gone, for longer than
 * LiveKit says · unsure: it may come back.
 */
export const HOW_TOLD = ["left", "no_audio", "crashed", "unsure"] as const;
export type HowTold = (typeof HOW_TOLD)[number];

export interface Told {
  readonly what: WhatTold;
  readonly how: HowTold;
  /** Milliseconds from the event to its arrival here, at least; and by how much it may be more. Null: nobody can tell. */
  readonly late: number;
  readonly uncertain: number | null;
  /** What an agent had written that has gone; null: nothing. */
  readonly said: Heard | null;
  readonly attemptId: string;
  /** The sender's id of the event. */
  readonly eventId: string;
}

export interface Webhook extends Told {
  /** By the sender's clock: of one kind the last counts, of two of an instant the one with the higher id. */
  readonly sentAt: Instant;
}

/** What LiveKit has signed. */
export type RoomEvent = Omit<Webhook, "late" | "uncertain">;

/** What the carrier has signed of one call in its books. */
export interface CarrierEvent {
  readonly carrierId: string;
  readonly status: CarrierStatus;
  readonly durationSeconds: number | null;
  readonly sentAt: Instant | null;
  readonly eventId: string;
}

export interface ToldOf extends Told {
  /** Milliseconds since it arrived, by the store's clock. */
  readonly ago: number;
}

export type WebhookSender = "livekit" | "twilio";

/** What a runner has to know at once. */
export interface News {
  /** Of the campaigns, those whose calls are to be hung up: as `hangUps`. */
  readonly hangUps: readonly string[];
  /** Of the attempts: of each the last of a kind. */
  readonly told: readonly ToldOf[];
  /** Milliseconds since a webhook of LiveKit's arrived, whatever it told; null: none ever did. */
  readonly heardAgo: number | null;
}

/** Part of the Store. */
export interface WebhookStore {
  /**
   * Keeps the last of its kind, so that any order and any number of the same come to the same. `known`: it was kept, or a
   * later one was · `unknown`: there is no such attempt of this owner, or whom it was to is erased.
   */
  hear(webhook: Webhook, at: Instant): Promise<"stored" | "known" | "unknown">;
  /** A webhook came that could be read, whatever it told. */
  heardFrom(sender: WebhookSender, at: Instant): Promise<void>;
  /** Milliseconds since each sender was heard of, by the store's clock; one that never was is left out. */
  webhookSenders(at: Instant): Promise<Readonly<Partial<Record<WebhookSender, number>>>>;
  /** The attempt whose call has this id in the carrier's books; null: none is known. */
  attemptOfCarrier(carrierId: string): Promise<string | null>;
  news(attemptIds: readonly string[], campaignIds: readonly string[], at: Instant): Promise<News>;
}
