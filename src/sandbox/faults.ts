/** What goes wrong between a client and LiveKit: seeded, so that a run that met it can be played again. */
import { z } from "zod";
import { Random } from "./random.ts";

/** before: the request does not act, and its caller is told or not; after: it acts, and its caller is not told. */
const fault = z.strictObject({
  /** The method, such as `SIP/CreateSIPParticipant`; a beginning of it is enough, none is all. */
  method: z.string().default(""),
  chance: z.number().min(0).max(1),
  does: z.enum([
    "slow",
    "unavailable_before",
    "cpu_exhausted_before",
    "rate_limited_before",
    "drop_before",
    /** The key is refused, in plain text as LiveKit does; the key may not do this; a firewall's page, with 403. */
    "key_refused_before",
    "grant_refused_before",
    "page_before",
    /** Nothing is known of the room, as of a LiveKit that has lost its state or has not yet heard of it. */
    "not_found_before",
    "bad_gateway_after",
    "drop_after",
    "garbage_after",
    "hang_after",
    /** ListRooms leaves a room out, as LiveKit Cloud does now and then. */
    "forget_room",
    /** A webhook (method `Webhook/participant_left`): never sent, sent twice, late with all that follow in its room, or alone. */
    "webhook_lost",
    "webhook_twice",
    "webhook_late",
    "webhook_overtaken",
  ]),
  /** For `slow`, `webhook_late` and `webhook_overtaken`. */
  seconds: z.number().min(0).max(600).default(1),
});
export type Fault = z.output<typeof fault>;

export const faultsForm = z.strictObject({ seed: z.int().default(1), faults: z.array(fault).default([]) });

export interface FaultRecord {
  readonly method: string;
  readonly does: Fault["does"];
  /** The room the request was about. */
  readonly room: string;
}

export class Faults {
  readonly met: FaultRecord[] = [];
  #random = new Random(1);
  #faults: readonly Fault[] = [];

  set({ seed, faults }: z.output<typeof faultsForm>): void {
    this.#random = new Random(seed);
    this.#faults = faults;
  }

  /** What happens to this request; null: nothing. At most one fault meets a request. */
  draw(method: string, room: string): Fault | null {
    for (const candidate of this.#faults) {
      if (candidate.does.startsWith("webhook_") !== method.startsWith("Webhook/")) continue;
      if (!method.startsWith(candidate.method) || !this.#random.chance(candidate.chance)) continue;
      if (candidate.does === "forget_room" && method !== "RoomService/ListRooms") continue;
      this.met.push({ method, does: candidate.does, room });
      return candidate;
    }
    return null;
  }
}
