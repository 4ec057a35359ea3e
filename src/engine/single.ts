/** One call outside any campaign: `campaigns dial`. Stored like any other before it rings. */
import { type Call, claimedAttempt, type Contact, waitingCall } from "../domain/call.ts";
import { narrowed } from "../domain/caller.ts";
import type { RunEvent } from "../domain/events.ts";
import { SECOND } from "../domain/instant.ts";
import { placeKey, placeOf } from "../domain/zones.ts";
import { type AttemptContext, AttemptRun, type Terms } from "./attempt.ts";
import { Callers } from "./callers.ts";
import { Refused } from "./errors.ts";
import { RunnerLease } from "./lease.ts";
import { LiveCalls } from "./live.ts";
import type { Clock, Store, Telephony } from "./ports.ts";
import { Trunks } from "./trunks.ts";

export interface SingleCall {
  readonly contact: Contact;
  readonly assistantId: string | null;
  readonly prompt: string | null;
  readonly trunkId: string | null;
  /** Caller ID in E.164; null: one of the assistant's, else the trunk's own. */
  readonly fromNumber: string | null;
  readonly ringSeconds: number;
  readonly maxDurationSeconds: number;
  readonly waitForAgent: boolean;
}

export interface SingleContext {
  readonly store: Store;
  readonly telephony: Telephony;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly onEvent: (event: RunEvent) => void;
}

const LEASE = 30 * SECOND;

/** A single call has nobody to tell of troubles that pass. */
const ignored = (): void => {};

/** Dials and sees the call to its end; `hangUp` ends it early. Resolves with the call as stored. */
export async function dialOnce(single: SingleCall, context: SingleContext, hangUp: AbortSignal): Promise<Call> {
  const { store, telephony, clock, newId } = context;
  const callers = new Callers(store);
  const callerIds = single.fromNumber === null ? [] : [single.fromNumber];
  const pool = narrowed(await callers.pool(single.assistantId, clock.now()), callerIds);
  const trunkId = await new Trunks(telephony, clock).choose(single.trunkId, pool);
  if ((await store.doNotCall(single.contact.phoneNumber)) !== null) {
    throw new Refused("do_not_call", "the number is on the do-not-call list", { hint: "it is not dialed, by anyone" });
  }
  const lease = new RunnerLease(newId(), LEASE, store, clock);
  await lease.renew();

  const at = clock.now();
  const [callId, attemptId] = [newId(), newId()];
  const place = placeKey(placeOf(single.contact.phoneNumber, null));
  const call: Call = { ...waitingCall(callId, null, single.contact, place, null), attemptId };
  const attempt = claimedAttempt(attemptId, call, lease.runnerId, at);
  await store.addSingleCall(call, attempt);

  const terms: Terms = {
    ...single,
    assistantName: null,
    trunkId,
    callerIds,
    retry: { maxAttempts: 1, after: [0] },
    timeZone: null,
    interval: 0,
    mayRing: () => true,
  };
  const never = new AbortController().signal;
  const shared: AttemptContext = {
    store,
    telephony,
    clock,
    live: new LiveCalls(telephony, clock, never, ignored),
    callers,
    emit: (event) => context.onEvent({ at: clock.now(), ...event }),
    waitForAgent: single.waitForAgent,
    dialer: "engine",
    drain: hangUp,
    leave: never,
    leaseUntil: () => lease.until,
    onTrouble: ignored,
  };
  const run = new AttemptRun({ call, attempt }, terms, shared);
  const stop = new AbortController();
  const keeping = lease.keep(stop.signal, ignored);
  const onHangUp = (): void => void run.hangUp().catch(ignored);
  hangUp.addEventListener("abort", onHangUp);
  try {
    await run.dial();
  } finally {
    hangUp.removeEventListener("abort", onHangUp);
    stop.abort();
    await keeping;
    await lease.end();
  }
  return run.record.call;
}
