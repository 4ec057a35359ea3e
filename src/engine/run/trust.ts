/**
 * Whether webhooks can be relied on for now, so that looks may be rare. They can while some arrive, while what was heard can
 * be read, and while none was missed: whatever else is the case, looks go on as if there were none.
 */
import { MINUTE, SECOND } from "../../domain/time/instant.ts";

/** Webhooks that are silent for so long may have stopped. */
const SILENT = 30 * SECOND;
/** What was heard is read every 2 s: later than this it cannot be read. */
const UNREAD = 6 * SECOND;
/** How long they are not relied on after one was missed. */
const DOUBTED = MINUTE;

/** Moments on the monotonic clock. */
export class Trust {
  #heardAt = -Infinity;
  #readAt = -Infinity;
  #doubtedUntil = -Infinity;

  /** `heardAgo`: milliseconds since one arrived; null: none ever did. */
  reads(heardAgo: number | null, now: number): void {
    this.#readAt = now;
    if (heardAgo !== null) this.#heardAt = now - heardAgo;
  }

  /** Webhooks come to this store, or came once. */
  get isHeard(): boolean {
    return this.#heardAt > -Infinity;
  }

  /** Something happened, and no webhook said so. */
  missed(now: number): void {
    this.#doubtedUntil = now + DOUBTED;
  }

  holds(now: number): boolean {
    return now - this.#heardAt <= SILENT && now - this.#readAt <= UNREAD && now >= this.#doubtedUntil;
  }
}
