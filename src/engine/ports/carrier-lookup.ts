/** The carrier's record of one of our attempts, taken only when it can be no other attempt's. */
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { CarrierCall, CarrierRecords, UnsyncedAttempt } from "./carrier.ts";
import type { Store } from "./store.ts";

/** How much earlier and later than our own clock the carrier may have taken a dial; LiveKit is between the two. */
const EARLIER = 5 * SECOND;
const LATER = 30 * SECOND;
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
