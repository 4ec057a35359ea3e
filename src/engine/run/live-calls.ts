/**
 * Calls in conversation, watched with one request for all of them. A call has ended when its room is empty or gone
 * twice in a row, and the callee is not in it either: LiveKit's room list misses a room now and then, and to believe it
 * would hang up on somebody.
 */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, Telephony } from "../ports/index.ts";

/** How often live calls are looked at. */
export const LIVE_POLL = 2 * SECOND;
/** How often it is checked that the agent is still in the room: one request per call, so less often. */
const AGENT_POLL = 10 * SECOND;

export type LiveEnd = { readonly at: Instant; readonly because: "callee_left" | "agent_left" | "too_long" };

export interface Conversation {
  readonly room: string;
  readonly expectAgent: boolean;
  /** It is cut off then, whatever the server does. */
  readonly latest: Instant;
  /** Hears of the carrier's id of the call whenever it is seen. */
  readonly onCarrierId: (id: string) => void;
}

interface Watched extends Conversation {
  readonly resolve: (end: LiveEnd) => void;
  missedSince: Instant | null;
  agentChecked: Instant;
  agentMissed: boolean;
}

export class LiveCalls {
  readonly #watched = new Map<string, Watched>();
  #polling = false;
  readonly #telephony: Telephony;
  readonly #clock: Clock;
  readonly #leave: AbortSignal;
  readonly #onTrouble: (trouble: Unavailable | null) => void;

  /** `onTrouble` hears of each failed look, and of null when looking works again. */
  constructor(
    telephony: Telephony,
    clock: Clock,
    leave: AbortSignal,
    onTrouble: (trouble: Unavailable | null) => void,
  ) {
    this.#telephony = telephony;
    this.#clock = clock;
    this.#leave = leave;
    this.#onTrouble = onTrouble;
  }

  /** Resolves when the conversation is over. */
  follow(conversation: Conversation): Promise<LiveEnd> {
    const { promise, resolve } = Promise.withResolvers<LiveEnd>();
    const agentChecked = this.#clock.now();
    const watched: Watched = { ...conversation, resolve, missedSince: null, agentChecked, agentMissed: false };
    this.#watched.set(conversation.room, watched);
    if (!this.#polling) void this.#poll();
    return promise;
  }

  /** The room was removed, and with it whoever was in it. */
  removed(room: string): void {
    const call = this.#watched.get(room);
    if (call !== undefined) this.#end(room, call, { at: this.#clock.now(), because: "callee_left" });
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#watched.size > 0 && !this.#leave.aborted) {
      await this.#clock.sleep(LIVE_POLL, this.#leave);
      if (this.#leave.aborted) break;
      try {
        await this.#look();
        this.#onTrouble(null);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        this.#onTrouble(error);
      }
    }
    this.#polling = false;
  }

  async #look(): Promise<void> {
    const now = this.#clock.now();
    // A call that is answered while LiveKit is being asked is not in the answer, and has not ended.
    const asked = [...this.#watched];
    const counts = await this.#telephony.callees(asked.map(([room]) => room));
    for (const [room, call] of asked) {
      if ((counts.get(room) ?? 0) > 0) call.missedSince = null;
      else if (call.missedSince === null) call.missedSince = now;
      else if ((await this.#telephony.presence(room)).leg !== "absent") call.missedSince = null;
      else this.#end(room, call, { at: call.missedSince, because: "callee_left" });

      if (now >= call.latest) this.#end(room, call, { at: now, because: "too_long" });
      if (call.expectAgent && now - call.agentChecked >= AGENT_POLL) await this.#checkAgent(room, call, now);
    }
  }

  async #checkAgent(room: string, call: Watched, now: Instant): Promise<void> {
    const { agent: present, carrierId } = await this.#telephony.presence(room);
    // Seen in passing: this is the one request that is made for each call.
    if (carrierId !== null) call.onCarrierId(carrierId);
    if (present) call.agentChecked = now;
    // Looked at again with the next poll: a grace of one poll for an agent that is being replaced.
    else if (call.agentMissed) this.#end(room, call, { at: now, because: "agent_left" });
    call.agentMissed = !present;
  }

  #end(room: string, call: Watched, end: LiveEnd): void {
    if (this.#watched.get(room) !== call) return;
    this.#watched.delete(room);
    call.resolve(end);
  }
}
