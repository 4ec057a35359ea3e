/**
 * Calls in conversation. Each is looked at by itself, in its own room: a room that cannot be read hides no other call,
 * and LiveKit's list of rooms, which lags 5 s behind, decides nothing. A call past its maximum is cut off whatever else
 * fails.
 */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, Heard, Presence, Telephony } from "../ports/index.ts";
import { Conversation, type Judgement } from "./conversation.ts";
import { Limit } from "./limit.ts";
import { isBusy, LookBudget } from "./look-budget.ts";

/** A live call is looked at this often while there are few. */
export const LIVE_POLL = SECOND;
/** Looks under way at once: enough for 150 a second at 200 ms each. */
const LOOKS_AT_ONCE = 32;
/** How soon after a look that missed the callee the next one follows. */
const CONFIRM = SECOND / 2;
/** How long a whole room must be missing that nobody removed here: as when the agent removes it to hang up. */
const ROOM_MISSING = 2 * SECOND;
/** The same for a LiveKit that knows no trunk either: it has lost its state, and the calls come back with it. */
const STATE_MISSING = 40 * SECOND;
/** The longest pause after looks that failed. */
const LONGEST_PAUSE = 8 * SECOND;

/** Why a call is over. `removed`: its room was, by us. */
export interface LiveEnd {
  readonly because: "callee_left" | "agent_left" | "too_long" | "removed";
  readonly at: Instant;
  /** Milliseconds by which `at` may be wrong. */
  readonly uncertain: number;
  /** When the callee was first seen without an agent; null: never. */
  readonly aloneSince: Instant | null;
  /** The callee has gone, and an agent is still in the room: it may have more to say. */
  readonly agentStays: boolean;
}

export interface LiveCall {
  readonly room: string;
  readonly expectAgent: boolean;
  /** When the callee was last known to be there. */
  readonly seenAt: Instant;
  /** It is cut off after so many milliseconds, whatever the server does. */
  readonly longest: number;
  /** Sees what each look has seen: it is the one request that is made for each call. */
  readonly onLook: (presence: Presence) => void;
  /** Hears what the agent has left in the room, once it has gone. */
  readonly onHeard: (heard: Heard) => void;
}

export class LiveCalls {
  /** Per room: ends the watch. */
  readonly #watched = new Map<string, (because: "too_long" | "removed") => void>();
  /** Rooms whose last look failed. */
  readonly #failing = new Set<string>();
  readonly #limit = new Limit(LOOKS_AT_ONCE);
  readonly #budget = new LookBudget();
  readonly #telephony: Telephony;
  readonly #clock: Clock;
  readonly #leave: AbortSignal;
  readonly #onTrouble: (trouble: Unavailable | null) => void;

  /** `onTrouble` hears of each failed look, and of null when all rooms can be read again. */
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

  /** Resolves when the conversation is over; never, when the runner leaves first. */
  follow(call: LiveCall): Promise<LiveEnd> {
    const { promise, resolve, reject } = Promise.withResolvers<LiveEnd>();
    const [wall, start] = [this.#clock.now(), this.#clock.monotonic()];
    // Wall time that is true to how long the call lasted, should somebody set the clock meanwhile.
    const instant = (moment: number): Instant => Math.round(wall + moment - start);
    const conversation = new Conversation(start - Math.max(0, wall - call.seenAt), call.expectAgent);
    const over = new AbortController();
    const settle = (
      because: LiveEnd["because"],
      at: number,
      uncertain = 0,
      alone = conversation.alone,
      agentStays = false,
    ): void => {
      if (over.signal.aborted) return;
      over.abort();
      this.#watched.delete(call.room);
      this.#failing.delete(call.room);
      resolve({ because, at: instant(at), uncertain, aloneSince: alone === null ? null : instant(alone), agentStays });
    };
    const cut = (because: "too_long" | "removed"): void => settle(because, this.#clock.monotonic());
    this.#watched.set(call.room, cut);
    const stop = AbortSignal.any([over.signal, this.#leave]);
    void this.#clock.sleep(call.longest, stop).then(() => {
      if (!stop.aborted) cut("too_long");
    });
    this.#watch(call, conversation, stop).then((end) => {
      if (end !== null) settle(end.because, end.at, end.uncertain, end.alone, end.agentStays);
    }, reject);
    return promise;
  }

  /** The room was removed, and with it whoever was in it. */
  removed(room: string): void {
    this.#watched.get(room)?.("removed");
  }

  /** Looks until the conversation is over, or until the signal: then null. */
  async #watch(
    call: LiveCall,
    conversation: Conversation,
    stop: AbortSignal,
  ): Promise<Exclude<Judgement, string> | null> {
    let pause = Math.max(LIVE_POLL, this.turn);
    let failures = 0;
    for (let asked = this.#clock.monotonic(); ;) {
      // From look to look, however long one takes.
      await this.#clock.sleep(pause - (this.#clock.monotonic() - asked), stop);
      asked = this.#clock.monotonic();
      const verdict = stop.aborted ? null : await this.#limit.run(() => this.#look(call, conversation));
      if (stop.aborted || verdict === null) return null;
      if (typeof verdict !== "string") return verdict;
      failures = verdict === "failed" ? failures + 1 : 0;
      pause = Math.max(this.turn, Math.min(LIVE_POLL * 2 ** failures, LONGEST_PAUSE));
      if (verdict === "confirm") pause = CONFIRM;
    }
  }

  async #look({ room, onLook, onHeard }: LiveCall, conversation: Conversation): Promise<Judgement | "failed"> {
    try {
      const asked = this.#clock.monotonic();
      const presence = await this.#telephony.presence(room);
      onLook(presence);
      const at = this.#clock.monotonic();
      const verdict = conversation.saw(presence, asked, at);
      const left = typeof verdict !== "string" && presence.agents.length === 0;
      // What it has left in the room is read before anybody says how the call ended.
      const [listed] = left ? await this.#telephony.listedRooms([room]) : [];
      if (listed !== undefined && listed.heard !== null) onHeard(listed.heard);
      const gone = left && verdict.because === "callee_left";
      const believed = !gone || listed !== undefined || at - verdict.at >= (await this.#doubt());
      this.#answered(room);
      this.#budget.answered();
      return believed ? verdict : "confirm";
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      conversation.failed();
      if (isBusy(error)) this.#budget.refused(this.#clock.monotonic(), this.turn);
      this.#failing.add(room);
      this.#onTrouble(error);
      return "failed";
    }
  }

  /** How long a whole room may be missing before that is believed, milliseconds. */
  async #doubt(): Promise<number> {
    return (await this.#telephony.trunks()).length > 0 ? ROOM_MISSING : STATE_MISSING;
  }

  /** LiveKit is well again when no room is left that could not be read. */
  #answered(room: string): void {
    this.#failing.delete(room);
    if (this.#failing.size === 0) this.#onTrouble(null);
  }

  /** Milliseconds from one look at a call to the next that keep all of them within their requests a second. */
  get turn(): number {
    return (this.#watched.size / this.#budget.perSecond) * SECOND;
  }
}
