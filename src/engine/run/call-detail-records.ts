/**
 * Attempts whose room cannot tell any more how they ended, and what the carrier has in its books about them. A record
 * counts only if it can be no other call's, and for one attempt only; whatever is not certain stays `lost`, and is not
 * dialed again. A carrier that does not answer holds nobody up.
 */
import type { Blame } from "../../domain/calls/call.ts";
import { type Instant, MINUTE, SECOND } from "../../domain/time/instant.ts";
import type { Ending } from "../../domain/calls/ending.ts";
import { persist } from "./backoff.ts";
import {
  type CarrierCall,
  carrierIdOf,
  type CarrierRecords,
  type CarrierStatus,
  type UnsyncedAttempt,
} from "../ports/carrier.ts";
import { CampaignsError, type Unavailable } from "../errors.ts";
import type { Clock, Store } from "../ports/index.ts";
import type { AttemptRecord, End } from "./attempt-record.ts";
import { hasRival, lookUp } from "../ports/carrier-lookup.ts";

/** How long a call may still be under way in the books when its room is gone. */
const SETTLES_WITHIN = MINUTE;
/** How late after its dial a call may come into the books. */
const ENTERED_WITHIN = MINUTE;
const LOOK = 5 * SECOND;

/** How an attempt ended by its record; null: it has not ended yet. */
const ENDS = {
  queued: null,
  initiated: null,
  ringing: null,
  "in-progress": null,
  completed: "completed",
  busy: "busy",
  "no-answer": "no_answer",
  // Hung up while it rang: by LiveKit when the ring was over, or since the runner was gone.
  canceled: "no_answer",
  // It did not get through; the record does not say whether the number or the trunk is to blame.
  failed: "trunk_error",
} as const satisfies Record<CarrierStatus, Ending | null>;

const WHY_NOT = {
  missing: "the carrier has no record of it",
  ambiguous: "the carrier's record of it could be another call's",
  under_way: "the carrier has it as under way still",
  contradicts: "the carrier's record of it is of no conversation",
} as const;
type WhyNot = (typeof WHY_NOT)[keyof typeof WHY_NOT] | `the carrier could not be asked: ${string}`;

export interface CallDetailRecordsContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly leave: AbortSignal;
  /** Hears of a database that does not answer; it is asked again. */
  readonly onTrouble: (trouble: Unavailable) => void;
  /** Hears of a carrier that does not answer, which is not asked again, and of null when it does. */
  readonly onCarrierTrouble: (trouble: CampaignsError | null) => void;
}

export class CallDetailRecords {
  readonly #records: CarrierRecords;
  readonly #context: CallDetailRecordsContext;

  constructor(records: CarrierRecords, context: CallDetailRecordsContext) {
    this.#records = records;
    this.#context = context;
  }

  /** How an attempt ended that was dialed, and of which LiveKit knows nothing more; `not_ours`: it is another runner's now. */
  async settle(record: AttemptRecord, why: Blame): Promise<{ readonly end: End; readonly at?: Instant } | "not_ours"> {
    const found = await this.#recordOf(record);
    const said = (words: string): Blame => ({ ...why, detail: [why.detail, words].filter(Boolean).join("; ") });
    if (typeof found === "string") return { end: { ending: "lost", ...said(found) } };

    const now = this.#context.clock.now();
    const end: End = { ending: ENDS[found.status] ?? "lost", ...said(`the carrier's record says ${found.status}`) };
    record.identified(now, found.id);
    if (end.ending !== "completed") return { end };
    const { since, until } = conversationIn(found, record.attempt.dialedAt ?? record.attempt.claimedAt, now);
    return (await record.answered(since, found.id, why)) === "stored" ? { at: until, end } : "not_ours";
  }

  /** When a conversation ended that is over, as long as it was by the carrier's clock; null: it cannot tell. */
  async endOf(record: AttemptRecord): Promise<Instant | null> {
    const found = await this.#recordOf(record);
    const { answeredAt } = record.attempt;
    if (typeof found === "string" || answeredAt === null) return null;
    record.identified(this.#context.clock.now(), found.id);
    return answeredAt + (found.durationSeconds ?? 0) * SECOND;
  }

  /** The final record of an attempt, which from then on is its own; else why there is none. */
  async #recordOf({ call, attempt }: AttemptRecord): Promise<CarrierCall | WhyNot> {
    const { clock, leave } = this.#context;
    const { phoneNumber } = call.contact;
    const dialedAt = attempt.dialedAt ?? attempt.claimedAt;
    const asked = { attemptId: attempt.id, phoneNumber, dialedAt, carrierId: carrierIdOf(attempt.sipCallId) };
    if (asked.carrierId === null && (await this.#persist(() => hasRival(asked, this.#context.store))))
      return WHY_NOT.ambiguous;
    const began = clock.monotonic();
    const dialedAgo = Math.max(0, clock.now() - dialedAt);
    for (;;) {
      const found = await this.#lookUp(asked);
      leave.throwIfAborted();
      if (found === "ambiguous") return WHY_NOT.ambiguous;
      if (found instanceof CampaignsError) return `the carrier could not be asked: ${found.message}`;
      if (found !== "missing" && ENDS[found.status] !== null) {
        const contradicts = attempt.state === "answered" && found.status !== "completed";
        if (contradicts) return WHY_NOT.contradicts;
        return (await this.#persist(() => this.#take(asked, found))) ? found : WHY_NOT.ambiguous;
      }
      const waited = clock.monotonic() - began;
      const isLate = found === "missing" ? dialedAgo + waited >= ENTERED_WITHIN : waited >= SETTLES_WITHIN;
      if (isLate) return found === "missing" ? WHY_NOT.missing : WHY_NOT.under_way;
      await clock.sleep(LOOK, leave);
      leave.throwIfAborted();
    }
  }

  #take({ attemptId }: UnsyncedAttempt, found: CarrierCall): Promise<boolean> {
    return this.#context.store.saveCarrierCall(attemptId, found, this.#context.clock.now());
  }

  async #lookUp(asked: UnsyncedAttempt): Promise<CarrierCall | "missing" | "ambiguous" | CampaignsError> {
    try {
      const found = await lookUp(asked, this.#records);
      this.#context.onCarrierTrouble(null);
      return found;
    } catch (error) {
      if (!(error instanceof CampaignsError)) throw error;
      this.#context.onCarrierTrouble(error);
      return error;
    }
  }

  #persist<T>(act: () => Promise<T>): Promise<T> {
    const { clock, leave, onTrouble } = this.#context;
    return persist(clock, act, leave, onTrouble);
  }
}

/** The conversation of a record on our clock: as long as it says, after the dial, and over by now. */
function conversationIn(
  { durationSeconds, endedAt }: CarrierCall,
  dialedAt: Instant,
  now: Instant,
): { readonly since: Instant; readonly until: Instant } {
  const length = (durationSeconds ?? 0) * SECOND;
  const since = Math.max(dialedAt, Math.min(endedAt ?? now, now) - length);
  return { since, until: since + length };
}
