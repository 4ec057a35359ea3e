/**
 * What the carrier has in its books about a campaign's calls: final status, duration, price. Asked by the carrier's own
 * id where it is known, else by number and time; what could be one of two calls stays unknown.
 */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { CarrierCall, CarrierRecords } from "../ports/carrier.ts";
import type { Clock, Store } from "../ports/index.ts";

export interface UnsyncedAttempt {
  readonly attemptId: string;
  /** E.164. */
  readonly phoneNumber: string;
  readonly dialedAt: Instant;
  /** The carrier's id of the call; null: not known. */
  readonly carrierId: string | null;
}

/** A sum of prices. */
export interface Cost {
  readonly unit: string;
  /** Millionths of the unit. */
  readonly micros: number;
  /** Calls with a price in this unit. */
  readonly calls: number;
}

export interface Synced {
  /** Attempts looked up. */
  readonly asked: number;
  /** Records stored. */
  readonly found: number;
  /** The carrier has no such call: it never got there. */
  readonly missing: number;
  /** More than one call could be it. */
  readonly ambiguous: number;
  /** Found, but the price is not known yet; asked again the next time. */
  readonly unpriced: number;
}

/** How much earlier and later than our own clock the carrier may have taken a dial; LiveKit is between the two. */
const EARLIER = 5 * SECOND;
const LATER = 30 * SECOND;
const PAGE = 100;

export async function syncCalls(
  campaignId: string,
  records: CarrierRecords,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  stop: AbortSignal,
): Promise<Synced> {
  const sums = { asked: 0, found: 0, missing: 0, ambiguous: 0, unpriced: 0 };
  let after: UnsyncedAttempt | undefined;
  do {
    const page: readonly UnsyncedAttempt[] = await store.unsyncedAttempts(campaignId, PAGE, after);
    after = page.at(-1);
    for (const attempt of page) {
      if (stop.aborted) return sums;
      sums.asked++;
      const record = await certain(attempt, records, store);
      if (typeof record === "string") sums[record]++;
      else if (!(await store.saveCarrierCall(attempt.attemptId, record, clock.now()))) sums.ambiguous++;
      else {
        sums.found++;
        if (record.status === "completed" && record.price === null) sums.unpriced++;
      }
    }
  } while (after !== undefined);
  return sums;
}

/** The record of an attempt, if it can be no other's. */
async function certain(
  attempt: UnsyncedAttempt,
  records: CarrierRecords,
  store: Store,
): Promise<CarrierCall | "missing" | "ambiguous"> {
  const record = await lookUp(attempt, records);
  if (typeof record === "string" || attempt.carrierId !== null) return record;
  return (await hasRival(attempt, store)) ? "ambiguous" : record;
}

/** Did another attempt of ours dial the number so near that a record found by number and time could be of either? */
export async function hasRival(
  { attemptId, phoneNumber, dialedAt }: UnsyncedAttempt,
  store: Pick<Store, "contactRecord" | "callHistory">,
): Promise<boolean> {
  const { calls } = await store.contactRecord(phoneNumber);
  for (const { call } of calls) {
    const { campaignId } = call;
    // A single call has one attempt, which is known by its start alone.
    const history = campaignId && (await store.callHistory(campaignId, phoneNumber));
    const others = history
      ? history.attempts.filter(({ id }) => id !== attemptId).map((other) => other.dialedAt)
      : call.attemptId === attemptId
        ? []
        : [call.startedAt];
    if (others.some((at) => at !== null && mayBeOneAnothers(at, dialedAt))) return true;
  }
  return false;
}

/** Could the record of a dial at one time be of a dial at the other? */
const mayBeOneAnothers = (one: Instant, other: Instant): boolean => Math.abs(one - other) <= EARLIER + LATER;

/** The carrier's record of an attempt, if it can only be one. */
export async function lookUp(
  { carrierId, phoneNumber, dialedAt }: Omit<UnsyncedAttempt, "attemptId">,
  records: CarrierRecords,
): Promise<CarrierCall | "missing" | "ambiguous"> {
  if (carrierId !== null) return (await records.find(carrierId)) ?? "missing";
  const [record, ...others] = await records.callsTo(phoneNumber, dialedAt - EARLIER, dialedAt + LATER);
  if (record === undefined) return "missing";
  return others.length > 0 ? "ambiguous" : record;
}
