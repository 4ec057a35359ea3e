/** Attempts whose runner died, and the rooms that nobody cleared. */
import { roomOf, ROOM_PREFIX } from "../../domain/calls/call.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Reporter } from "./reporter.ts";
import { Unavailable } from "../errors.ts";
import type { Claim, Clock, EndedAttempt, Store, Telephony } from "../ports/index.ts";
import { Limit } from "./limit.ts";
import type { AttemptSettings } from "./attempt-context.ts";

/** Rooms that a sweep is at, at once. */
const ROOMS_AT_ONCE = 8;

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
  readonly #runnerId: string;
  readonly #store: Store;
  readonly #telephony: Telephony;
  readonly #clock: Clock;
  readonly #reporter: Reporter;

  constructor(runnerId: string, store: Store, telephony: Telephony, clock: Clock, reporter: Reporter) {
    this.#runnerId = runnerId;
    this.#store = store;
    this.#telephony = telephony;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  /**
   * Takes over the attempts of runners that went silent, and finds own ones that this one has not heard of; takes in what
   * others have written into the tables.
   */
  async takeOver(known: ReadonlySet<string>): Promise<Orphan[]> {
    await this.#store.admit(this.#clock.now());
    const held = await this.#store.takeOver(this.#runnerId, this.#clock.now());
    const unknown = held.filter(({ attempt }) => !known.has(attempt.id));
    return Promise.all(unknown.map(async (claim) => ({ claim, settings: await this.#settingsOf(claim) })));
  }

  /** An adopted attempt needs no trunk any more: it is not dialed again. */
  async #settingsOf({ call }: Claim): Promise<AttemptSettings> {
    const [campaign] = call.campaignId === null ? [] : await this.#store.findCampaigns(call.campaignId);
    return { ...(campaign ?? SINGLE_CALL_TERMS), trunkId: "", interval: 0, mayRing: () => false };
  }

  /**
   * Removes the rooms of attempts that have ended, but for those of `known` attempts: left-overs of a crash, and rooms that
   * came back, as when an agent reconnects to one that was removed. Nobody is hung up on: while a callee is in the room it
   * stays, unless it was us who ended the call. Rooms of other databases are not ours to touch.
   */
  async sweep(known: ReadonlySet<string>): Promise<void> {
    const rooms = await this.#telephony.attemptRooms();
    const ids = rooms.map((room) => room.slice(ROOM_PREFIX.length)).filter((id) => !known.has(id));
    this.#reporter.answers("livekit");
    if (ids.length === 0) return;
    for (const attempt of await this.#store.endedAttempts(ids)) {
      if (this.#removing.has(attempt.id)) continue;
      const removed = this.#limit
        .run(() => this.#remove(attempt))
        .catch((error: unknown) => (this.#bug ??= error))
        .finally(() => this.#removing.delete(attempt.id));
      this.#removing.set(attempt.id, removed);
    }
  }

  /** Resolves when the rooms that were found have been removed, or could not be. */
  async swept(): Promise<void> {
    await Promise.all(this.#removing.values());
    if (this.#bug !== null) throw this.#bug;
  }

  async #remove({ id, byUs }: EndedAttempt): Promise<void> {
    const room = roomOf(id);
    try {
      if (byUs || (await this.#telephony.presence(room)).leg === "absent") await this.#telephony.closeRoom(room);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#reporter.trouble("livekit", error); // the next sweep meets it again
    }
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
