/** Attempts whose runner died, and the rooms that nobody cleared. */
import { roomOf, ROOM_PREFIX } from "../../domain/calls/call.ts";
import { mended } from "../../domain/calls/mended.ts";
import { saidCallback } from "../../domain/calls/said-callback.ts";
import { redact } from "../../domain/phones/redact.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { Reporter } from "./reporter.ts";
import { Unavailable } from "../errors.ts";
import type { Claim, Clock, Heard, Store, Telephony } from "../ports/index.ts";
import { campaignPromise } from "./campaign-promise.ts";
import { Hearing } from "./hearing.ts";
import { VERDICT_WAIT } from "./last-words.ts";
import { Limit } from "./limit.ts";
import type { AttemptSettings } from "./attempt-context.ts";

/** Rooms that a sweep is at, at once. */
const ROOMS_AT_ONCE = 8;
/** By how much the clocks of two runners may differ. */
const CLOCKS_APART = 5 * SECOND;

export interface Orphan {
  readonly claim: Claim;
  readonly settings: AttemptSettings;
}

export class Recovery {
  /** Rooms on their way out: whoever sweeps does not wait for a LiveKit that is slow to remove them. */
  readonly #removing = new Map<string, Promise<unknown>>();
  #bug: unknown = null;
  readonly #limit = new Limit(ROOMS_AT_ONCE);
  readonly #silentSince = new Map<string, Instant>();
  /** Attempts that have ended, whose rooms were found: until when an agent in it has time, on the monotonic clock. */
  readonly #found = new Map<string, number>();
  /** Those whose room is left to the agent in it, until then. */
  readonly #agentUntil = new Map<string, number>();
  readonly #runnerId: string;
  readonly #store: Store;
  readonly #telephony: Telephony;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #verdictWait: number;

  constructor(
    runnerId: string,
    store: Store,
    telephony: Telephony,
    clock: Clock,
    reporter: Reporter,
    verdictWait = VERDICT_WAIT,
  ) {
    this.#runnerId = runnerId;
    this.#store = store;
    this.#telephony = telephony;
    this.#clock = clock;
    this.#reporter = reporter;
    this.#verdictWait = verdictWait;
  }

  /**
   * Takes over the attempts of runners that went silent, and finds own ones that this one has not heard of; takes in what
   * others have written into the tables.
   */
  async takeOver(known: ReadonlySet<string>): Promise<Orphan[]> {
    await this.#store.admit(this.#clock.now());
    const held = await this.#store.takeOver(this.#runnerId, this.#clock.now());
    const unknown = held.filter(({ attempt }) => !known.has(attempt.id));
    // Asked once for all calls of a campaign: of many questions one fails each time where one in ten does.
    const asked = new Map<string | null, Promise<AttemptSettings>>();
    return Promise.all(
      unknown.map(async (claim) => {
        const { campaignId } = claim.call;
        const settings = asked.get(campaignId) ?? this.#settingsOf(claim);
        asked.set(campaignId, settings);
        return { claim, settings: await settings };
      }),
    );
  }

  /** An adopted attempt needs no trunk any more: it is not dialed again. */
  async #settingsOf({ call }: Claim): Promise<AttemptSettings> {
    const [campaign] = call.campaignId === null ? [] : await this.#store.findCampaigns(call.campaignId);
    const terms = campaign ? { ...campaign, promise: campaignPromise(campaign) } : SINGLE_CALL_TERMS;
    return { ...terms, trunkId: "", interval: 0, mayRing: () => false };
  }

  /**
   * Removes the rooms of attempts that have ended, but for those of `known` attempts: left-overs of a crash, and rooms that
   * came back, as when an agent reconnects to one that was removed. Nobody is hung up on: while a callee is in the room it
   * stays, unless it was us who ended the call. Rooms of other databases are not ours to touch.
   */
  async sweep(known: ReadonlySet<string>, leave: AbortSignal): Promise<void> {
    const rooms = new Map(
      (await this.#telephony.attemptRooms()).map(({ name, heard }) => [name.slice(ROOM_PREFIX.length), heard]),
    );
    const ids = [...rooms.keys()].filter((id) => !known.has(id));
    this.#reporter.answers("livekit");
    for (const found of [this.#found, this.#agentUntil])
      for (const id of found.keys()) if (!rooms.has(id)) found.delete(id);
    if (ids.length === 0) return;
    for (const claim of await this.#store.endedAttempts(ids)) {
      const { id } = claim.attempt;
      if (this.#removing.has(id)) continue;
      const removed = this.#limit
        .run(() => this.#remove(claim, rooms.get(id) ?? null, leave))
        .catch((error: unknown) => (this.#bug ??= error))
        .finally(() => this.#removing.delete(id));
      this.#removing.set(id, removed);
    }
  }

  /** Resolves when the rooms that were found have been removed, or could not be. */
  async swept(): Promise<void> {
    await Promise.all(this.#removing.values());
    if (this.#bug !== null) throw this.#bug;
  }

  /** Until when an agent of a call that has ended may stay in its room; null: there is none. The next sweep ends it. */
  async agentsUntil(): Promise<Instant | null> {
    await this.swept();
    if (this.#agentUntil.size === 0) return null;
    return this.#clock.now() + Math.max(...this.#agentUntil.values()) - this.#clock.monotonic();
  }

  async #remove(claim: Claim, left: Heard | null, leave: AbortSignal): Promise<void> {
    const room = roomOf(claim.attempt.id);
    this.#agentUntil.delete(claim.attempt.id);
    try {
      await this.#hear(claim, left);
      if (!claim.attempt.endedByUs && (await this.#isInUse(claim, leave))) return;
      await this.#telephony.closeRoom(room);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#reporter.trouble("livekit", error); // the next sweep meets it again
    }
  }

  /** A callee is in the room, or an agent that may have more to say of a call that ended a moment ago. */
  async #isInUse(claim: Claim, leave: AbortSignal): Promise<boolean> {
    const isThere = async (): Promise<boolean> => {
      const { leg, noRoom, agents, heard } = await this.#telephony.presence(roomOf(claim.attempt.id));
      await this.#hear(claim, heard);
      // Without a room there is nothing to remove; if LiveKit is wrong, somebody may be in it.
      if (leg !== "absent" || noRoom === true) return true;
      return agents.length > 0 && heard?.verdict?.final !== true && this.#agentHasTime(claim);
    };
    if (await isThere()) return true;
    // Once is no proof: LiveKit's lists miss a participant now and then, and its nodes a room.
    await this.#clock.sleep(SECOND, leave);
    return leave.aborted || isThere();
  }

  /** Since the call ended, but never longer than since its room was found: the clock by which it ended may have been ahead. */
  #agentHasTime({ attempt: { id, endedAt } }: Claim): boolean {
    const now = this.#clock.monotonic();
    const ago = Math.max(0, this.#clock.now() - (endedAt ?? 0));
    const until = this.#found.get(id) ?? now - ago + this.#verdictWait + CLOCKS_APART;
    this.#found.set(id, until);
    if (now < until) this.#agentUntil.set(id, until);
    return now < until;
  }

  /** What the agent has said since its call's runner died. */
  async #hear(claim: Claim, heard: Heard | null): Promise<void> {
    const words = heard && new Hearing(claim.attempt.said).hears(heard);
    if (words === null) return;
    const { retry, promise } = await this.#settingsOf(claim);
    const { call, attempt } = claim;
    const [at, attemptId] = [this.#clock.now(), attempt.id];
    const { verdict, callback, refused } = saidCallback(words, call.place, at, promise);
    const said = { attemptId, verdict, callback, mended: mended(call, attempt, verdict, retry, at), at };
    if ((await this.#store.saveVerdict(said)) !== "stored" || refused === null) return;
    const { id: callId, campaignId, contact } = call;
    const number = redact(contact.phoneNumber);
    this.#reporter.report({ type: "verdict_ignored", problems: [refused], campaignId, callId, attemptId, number });
  }

  /** Until when to wait for the lease of a runner that may have died a moment ago; null when all others show life. */
  async silentUntil(): Promise<Instant | null> {
    let until: Instant | null = null;
    for (const lease of await this.#store.othersLeases(this.#runnerId)) {
      const first = this.#silentSince.get(lease.runnerId);
      if (first === undefined) {
        this.#silentSince.set(lease.runnerId, lease.until);
        this.#reporter.report({ type: "silent_runner", until: lease.until });
      }
      // A lease that has moved since it was first seen belongs to a runner that lives.
      if (first === undefined || first === lease.until) until = Math.min(until ?? Infinity, lease.until);
    }
    return until;
  }
}

/** Defaults of `dial`, for a single call whose runner died. */
const SINGLE_CALL_TERMS = {
  assistantId: null,
  assistantName: null,
  prompt: null,
  callerIds: [],
  ringSeconds: 45,
  maxDurationSeconds: 1800,
  minTalkSeconds: 15,
  retry: { maxAttempts: 1, after: [0] },
  timeZone: null,
} as const;
