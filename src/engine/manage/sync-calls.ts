/**
 * What the carrier has in its books about a campaign's calls: final status, duration, price. Asked by the carrier's own
 * id where it is known, else by number and time; what could be one of two calls stays unknown.
 */
import type { CarrierCall, CarrierRecords, UnsyncedAttempt } from "../ports/carrier.ts";
import { hasRival, lookUp } from "../ports/carrier-lookup.ts";
import type { Clock, Store } from "../ports/index.ts";

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
