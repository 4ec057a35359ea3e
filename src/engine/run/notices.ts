/**
 * Tells the receivers of campaigns what happened, beside the dialing and never in its way. What is to be told is in the store, and
 * handed out under a lease: nothing is lost with the process, and what was sent but not marked is sent again under the same id.
 */
import { wholeEvent } from "../../domain/calls/campaign-event.ts";
import { againIn, restFor } from "../../domain/calls/telling.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, EventStore, NoticeBatch } from "../ports/index.ts";
import type { Messenger } from "../ports/messenger.ts";
import { backoff, passing } from "./backoff.ts";

/** How long another process waits before it takes over what this one was given. */
const LEASE = MINUTE;
/** Longer than a messenger waits for an answer. */
const ONE_SEND = 15 * SECOND;
const BATCH = 50;
/** Receivers told at once: a slow one keeps the others waiting only where all of these are slow. */
const AT_ONCE = 8;
const POLL = 5 * SECOND;
/** Many things that happen at once are looked for once. */
const SETTLE = SECOND / 2;
/** One that wants to hear no more is asked again, in case it changed its mind, after all that it missed is dropped. */
const GONE = 30 * DAY;

const KEPT_FOR = 7 * DAY;
const KEPT = 200_000;
const DROPPED_AT_ONCE = 2000;

export interface NoticesContext {
  readonly store: EventStore;
  readonly messenger: Messenger;
  readonly clock: Clock;
  /** The first failure of a receiver after it answered; null: it answers again. */
  readonly onTrouble: (campaign: string, error: string | null) => void;
  readonly dice?: () => number;
}

export class Notices {
  readonly #context: NoticesContext;
  readonly #telling = new Set<Promise<void>>();
  #wake = new AbortController();
  #dropped = -Infinity;
  /** What was thrown that is no trouble of others. */
  #bug: unknown = null;

  constructor(context: NoticesContext) {
    this.#context = context;
  }

  /** Something may have happened. */
  wake(): void {
    this.#wake.abort();
  }

  /** Until `stop`; what is being sent then is seen to its end, or left to others with `leave`. */
  async run(stop: AbortSignal, leave: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    while (!stop.aborted) {
      this.#wake = new AbortController();
      const given = await this.#next(leave);
      if (given === "more") continue;
      if (given === "nothing") {
        await this.#dropOld();
        await clock.sleep(SETTLE, stop);
      }
      await clock.sleep(POLL, AbortSignal.any([stop, this.#wake.signal]));
    }
    await this.#settled();
  }

  /** Tells what is due, and no more once `stop` is aborted. */
  async flush(stop: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    while (!stop.aborted) {
      this.#wake = new AbortController();
      const given = await this.#next(stop);
      if (given === "more") continue;
      if (given === "nothing" && this.#telling.size === 0) break;
      await clock.sleep(POLL, AbortSignal.any([stop, this.#wake.signal]));
    }
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#telling);
    if (this.#bug !== null) throw this.#bug;
  }

  /** Begins with what one receiver is to be told. */
  async #next(leave: AbortSignal): Promise<"more" | "nothing" | "busy"> {
    if (this.#bug !== null) throw this.#bug;
    if (this.#telling.size >= AT_ONCE) return "busy";
    const { store, clock } = this.#context;
    let batch: NoticeBatch | null = null;
    for (let failures = 1; ; failures++) {
      try {
        batch = await store.claimNotices(clock.now(), LEASE, BATCH);
        break;
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        if (leave.aborted) return "nothing";
        await clock.sleep(backoff(failures), leave);
      }
    }
    if (batch === null) return "nothing";
    const telling = this.#tell(batch, leave)
      .catch((error: unknown) => {
        // What could not be marked is sent again.
        if (!(error instanceof Unavailable)) this.#bug ??= error;
      })
      .finally(() => {
        this.#telling.delete(telling);
        this.#wake.abort();
      });
    this.#telling.add(telling);
    return "more";
  }

  async #tell(batch: NoticeBatch, leave: AbortSignal): Promise<void> {
    const { store, messenger, clock, onTrouble, dice = Math.random } = this.#context;
    const until = clock.monotonic() + LEASE - ONE_SEND;
    // Rows that nobody can read are no reason to ask at once again.
    let how: { rest: number; error: string | null } = { rest: batch.notices.length === 0 ? MINUTE : 0, error: null };
    for (const notice of batch.notices) {
      if (leave.aborted || clock.monotonic() > until) break;
      const { url, userId } = batch;
      const body = JSON.stringify(wholeEvent(notice));
      const answer = await messenger.send({ url, userId, body, id: `evt_${notice.id}` }, leave);
      if (answer.is === "received") {
        await store.settleNotice(notice.position, { is: "sent" }, clock.now());
        if (how.error === null && batch.failures > 0 && notice === batch.notices[0]) onTrouble(notice.campaign, null);
        continue;
      }
      // We broke it off: it is nobody's failure, and is sent again.
      if (leave.aborted) break;
      const { error, retryAfter, gone } = answer;
      const again = againIn(notice.tries + 1, retryAfter, dice());
      // One that wants to hear no more has not refused this event; it is there for another receiver.
      await store.settleNotice(notice.position, { is: "failed", again }, clock.now());
      how = { rest: gone ? GONE : restFor(batch.failures + 1, retryAfter, dice()), error };
      if (batch.failures === 0) onTrouble(notice.campaign, error);
      break;
    }
    await store.releaseNotices(batch, how, clock.now());
  }

  async #dropOld(): Promise<void> {
    const { store, clock } = this.#context;
    if (clock.monotonic() - this.#dropped < HOUR) return;
    this.#dropped = clock.monotonic();
    await passing(async () => {
      while ((await store.dropEvents(clock.now() - KEPT_FOR, KEPT, DROPPED_AT_ONCE)) === DROPPED_AT_ONCE);
    });
  }
}
