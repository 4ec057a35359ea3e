/**
 * Calls in conversation. Each is looked at by itself, in its own room: a room that cannot be read hides no other call,
 * and LiveKit's list of rooms, which lags 5 s behind, decides nothing. What a webhook tells is looked at at once, and ends
 * nothing by itself; while webhooks can be relied on, looks are rare. A call past its maximum is cut off whatever else fails.
 */
import { roomOf } from "../../domain/calls/call.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, Heard, News, Presence, Telephony } from "../ports/index.ts";
import { Conversation, type Judgement, type Over } from "./conversation.ts";
import { Hearsay } from "./hearsay.ts";
import { Limit } from "./limit.ts";
import { isBusy, LookBudget } from "./look-budget.ts";
import { Trust } from "./trust.ts";

/** A live call is looked at this often while there are few. */
export const LIVE_POLL = SECOND;
/** And this often while webhooks say what happens to it. */
const RARE_POLL = 10 * LIVE_POLL;
/** Looks under way at once: enough for 250 a second at 120 ms each. */
const LOOKS_AT_ONCE = 32;
/** A look that takes longer goes on beside them: forty rooms about which LiveKit says nothing would hide all the others. */
const SLOW = 0.3 * SECOND;
/** How soon after a look that missed the callee the next one follows. */
const CONFIRM = SECOND / 2;
/** And how soon it is asked once more whether it was told. */
const ASKED_AGAIN = 0.8 * CONFIRM;
/** How long a whole room must be missing that nobody removed here: as when the agent removes it to hang up. */
const ROOM_MISSING = 2 * SECOND;
/** The same for a LiveKit that knows no trunk either: it has lost its state, and the calls come back with it. */
const STATE_MISSING = 40 * SECOND;
/** Why a signal aborts that nobody throws: without a reason an error is made for it, with its stack. */
export const DONE = "done";

/** The longest pause after looks that failed. */
const LONGEST_PAUSE = 8 * SECOND;

/** Why a call is over. `removed`: its room was, by us. */
export interface LiveEnd {
  readonly because: "callee_left" | "agent_left" | "too_long" | "removed";
  readonly at: Instant;
  /** Milliseconds by which `at` may be wrong. */
  readonly uncertain: number;
  /** Since when the callee was without an agent; null: never. */
  readonly aloneSince: Instant | null;
  /** The agent's process is gone, for longer than `aloneSince` says; null: nobody told. */
  readonly crashed: boolean | null;
  /** LiveKit has hung up, since nothing was heard of the far end. */
  readonly noAudio: boolean;
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
  /** May looks be rare? No: something is waited for that only they see. */
  readonly mayRest: () => boolean;
  /** Sees what each look has seen: it is the one request that is made for each call. */
  readonly onLook: (presence: Presence) => void;
  /** Hears what the agent has left in the room, once it has gone. */
  readonly onHeard: (heard: Heard) => void;
}

interface Watch {
  readonly hearsay: Hearsay;
  /** Ends it. */
  readonly cut: (because: "too_long" | "removed") => void;
  /** Looks now, or sleeps on if it need not. */
  wake: () => void;
  /** A webhook told something that no look has seen. */
  isTold: boolean;
}

export class LiveCalls {
  /** Per room. */
  readonly #watched = new Map<string, Watch>();
  readonly #trust = new Trust();
  /** Rooms whose last look failed. */
  readonly #failing = new Set<string>();
  readonly #limit = new Limit(LOOKS_AT_ONCE);
  readonly #budget = new LookBudget();
  readonly #telephony: Telephony;
  readonly #clock: Clock;
  readonly #leave: AbortSignal;
  readonly #onTrouble: (trouble: Unavailable | null) => void;
  readonly #onDoubt: () => void;

  /**
   * `onTrouble` hears of each failed look, and of null when all rooms can be read again; `onDoubt` of a callee who seems to
   * have gone: it may have been told.
   */
  constructor(
    telephony: Telephony,
    clock: Clock,
    leave: AbortSignal,
    onTrouble: (trouble: Unavailable | null) => void,
    onDoubt: () => void = () => {},
  ) {
    this.#telephony = telephony;
    this.#clock = clock;
    this.#leave = leave;
    this.#onTrouble = onTrouble;
    this.#onDoubt = onDoubt;
  }

  /** What webhooks have told, as the store has it. */
  hears({ told, heardAgo }: Pick<News, "told" | "heardAgo">): void {
    const now = this.#clock.monotonic();
    this.#trust.reads(heardAgo, now);
    for (const each of told) {
      const watch = this.#watched.get(roomOf(each.attemptId));
      if (watch?.hearsay.hears(each, now) !== true) continue;
      watch.isTold = true;
      watch.wake();
    }
  }

  /** Resolves when the conversation is over; never, when the runner leaves first. */
  follow(call: LiveCall): Promise<LiveEnd> {
    const { promise, resolve, reject } = Promise.withResolvers<LiveEnd>();
    const [wall, start] = [this.#clock.now(), this.#clock.monotonic()];
    // Wall time that is true to how long the call lasted, should somebody set the clock meanwhile.
    const instant = (moment: number): Instant => Math.round(wall + moment - start);
    const hearsay = new Hearsay();
    const conversation = new Conversation(start - Math.max(0, wall - call.seenAt), call.expectAgent, hearsay);
    const over = new AbortController();
    const settle = (
      because: LiveEnd["because"],
      at: number,
      {
        uncertain = 0,
        alone = conversation.alone,
        crashed = null,
        noAudio = false,
        agentStays = false,
      }: Partial<Over> = {},
    ): void => {
      if (over.signal.aborted) return;
      over.abort(DONE);
      this.#watched.delete(call.room);
      this.#failing.delete(call.room);
      const aloneSince = alone === null ? null : instant(alone);
      resolve({ because, at: instant(at), uncertain, aloneSince, crashed, noAudio, agentStays });
    };
    const cut = (because: "too_long" | "removed"): void => {
      const now = this.#clock.monotonic();
      // It may have ended any time since somebody saw it.
      const uncertain = this.#failing.has(call.room) ? now - conversation.lastSeen : 0;
      settle(because, now, { uncertain });
    };
    const watch: Watch = { hearsay, cut, wake: () => {}, isTold: false };
    this.#watched.set(call.room, watch);
    const stop = AbortSignal.any([over.signal, this.#leave]);
    void this.#clock.sleep(call.longest, stop).then(() => {
      if (!stop.aborted) cut("too_long");
    });
    stop.addEventListener("abort", () => watch.wake(), { once: true });
    this.#watch(call, conversation, watch, stop).then((end) => {
      if (end !== null) settle(end.because, end.at, end);
    }, reject);
    return promise;
  }

  /** The room was removed, and with it whoever was in it. */
  removed(room: string): void {
    this.#watched.get(room)?.cut("removed");
  }

  /** Looks until the conversation is over, or until the signal: then null. */
  async #watch(call: LiveCall, conversation: Conversation, watch: Watch, stop: AbortSignal): Promise<Over | null> {
    let pause = (): number => Math.max(LIVE_POLL, this.turn);
    let failures = 0;
    for (let asked = this.#clock.monotonic(); ;) {
      // From look to look, however long one takes.
      await this.#until(() => (watch.isTold ? asked : asked + pause()), watch, stop);
      watch.isTold = false;
      asked = this.#clock.monotonic();
      const verdict = stop.aborted ? null : await this.#inTurn(() => this.#look(call, conversation));
      if (stop.aborted || verdict === null) return null;
      if (typeof verdict !== "string") {
        if (watch.hearsay.isTold && !verdict.told) this.#missed(this.#clock.monotonic());
        return verdict;
      }
      failures = verdict === "failed" ? failures + 1 : 0;
      const patience = Math.min(LIVE_POLL * 2 ** failures, LONGEST_PAUSE);
      const rests = (): boolean => verdict === "on" && this.#rests(call, conversation, watch);
      pause = verdict === "confirm" ? () => CONFIRM : () => Math.max(this.turn, rests() ? RARE_POLL : patience);
      if (verdict === "confirm" && this.#trust.isHeard) this.#doubts(stop);
    }
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const { seen } = await this.#limit.run(async () => {
      const done = new AbortController();
      const seen = act().finally(() => done.abort(DONE));
      await Promise.race([seen, this.#clock.sleep(SLOW, done.signal)]);
      return { seen };
    });
    return seen;
  }

  /** It may have been told, or be told before the callee is looked for again. */
  #doubts(stop: AbortSignal): void {
    this.#onDoubt();
    void this.#clock.sleep(ASKED_AGAIN, stop).then(() => {
      if (!stop.aborted) this.#onDoubt();
    });
  }

  /** Sleeps until the moment, which whoever wakes it may have changed. */
  async #until(moment: () => number, watch: Watch, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const left = moment() - this.#clock.monotonic();
      if (left <= 0) return;
      const woken = new AbortController();
      watch.wake = () => woken.abort(DONE);
      await this.#clock.sleep(left, woken.signal);
    }
  }

  #rests(call: LiveCall, { alone }: Conversation, { hearsay }: Watch): boolean {
    return hearsay.isQuiet && alone === null && call.mayRest() && this.#trust.holds(this.#clock.monotonic());
  }

  /** Of no call it is known any more that webhooks tell what happens to it. */
  #missed(now: number): void {
    this.#trust.missed(now);
    for (const { wake } of this.#watched.values()) wake();
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
      const isListed = listed !== undefined && presence.noRoom !== true;
      const believed = !gone || verdict.forGood || isListed || at - verdict.missed >= (await this.#doubt());
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
