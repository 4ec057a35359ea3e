/** One call outside any campaign: `campaigns dial`. Stored like any other before it rings. */
import { type Call, claimedAttempt, type Contact, waitingCall } from "../../domain/calls/call.ts";
import { narrowed } from "../../domain/calls/caller-id.ts";
import type { RunEvent } from "../../domain/calls/run-event.ts";
import { SECOND } from "../../domain/time/instant.ts";
import { placeKey, placeOf } from "../../domain/phones/place.ts";
import { AttemptRun } from "./attempt.ts";
import { persist } from "./backoff.ts";
import { CallerIds, refuseOthersNumbers } from "./caller-ids.ts";
import type { CarrierRecords } from "../ports/carrier.ts";
import { type Closed, closedNow, closedText, opensText, singleCallHours } from "../../domain/hours/callable-now.ts";
import { Refused, Unavailable } from "../errors.ts";
import { VERDICT_WAIT } from "./last-words.ts";
import { RunnerLease } from "./lease.ts";
import { LiveCalls } from "./live-calls.ts";
import { Pacer } from "./pacer.ts";
import { Recovery } from "./recovery.ts";
import { Reporter } from "./reporter.ts";
import type { Clock, Store, Telephony } from "../ports/index.ts";
import { CallDetailRecords } from "./call-detail-records.ts";
import { AgentCapacity } from "./agent-capacity.ts";
import type { AttemptContext, AttemptSettings } from "./attempt-context.ts";
import { steady } from "./steady.ts";
import { TrunkChoice } from "./trunk-choice.ts";
import { UnknownFates } from "./unknown-fates.ts";

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
  /** See the call to its end (default), or let go of it once the phone rings: the next run finds it, as after a crash. */
  readonly wait?: boolean;
}

export interface SingleContext {
  readonly store: Store;
  readonly telephony: Telephony;
  readonly clock: Clock;
  readonly newId: () => string;
  /** the carrier's call detail records, for a dial that nobody else can tell the end of. */
  readonly records?: CarrierRecords | null;
  readonly onEvent: (event: RunEvent) => void;
  /** Asked when the hours are closed: call all the same? Default no. The do-not-call list is not asked about. */
  readonly override?: (closed: Closed) => Promise<boolean>;
  /** Let go of the call: the next run finds it, as after a crash. */
  readonly leave?: AbortSignal;
}

const LEASE = 30 * SECOND;
/** As of a campaign, by default. */
const MIN_TALK_SECONDS = 15;

/** A single call has nobody to tell of troubles that pass. */
const ignored = (): void => {};
const passing = (error: unknown): void => {
  if (!(error instanceof Unavailable)) throw error;
};

/** Dials and sees the call through; `hangUp` ends it early. Resolves with the call as stored. Throws Refused. */
export async function dialOnce(single: SingleCall, context: SingleContext, hangUp: AbortSignal): Promise<Call> {
  const { clock, newId, records = null } = context;
  const [store, telephony] = [steady(context.store), steady(context.telephony)];
  const callerIdPool = new CallerIds(store);
  const callerIds = single.fromNumber === null ? [] : [single.fromNumber];
  const place = placeKey(placeOf(single.contact.phoneNumber, null));

  if ((await store.doNotCall(single.contact.phoneNumber, clock.now())).length > 0) {
    throw new Refused("do_not_call", "the number is on the do-not-call list", { hint: "it is not dialed, by anyone" });
  }
  const pool = await callerIdPool.pool(single.assistantId, undefined, clock.now());
  refuseOthersNumbers(pool, callerIds);
  const own = narrowed(pool.numbers, callerIds);
  const trunkId = await new TrunkChoice(store, telephony, clock).choose(single.trunkId, own, pool.othersTrunks);
  const hours = singleCallHours(single.ringSeconds);
  const closed = closedNow(hours, place, clock.now());
  if (closed !== null && (await context.override?.(closed)) !== true) throw closedRefusal(closed);

  const lease = new RunnerLease(newId(), LEASE, store, clock);
  await lease.renew();
  const at = clock.now();
  const [callId, attemptId] = [newId(), newId()];
  const call: Call = { ...waitingCall(callId, null, single.contact, place, null), attemptId };
  const attempt = claimedAttempt(attemptId, call, lease.runnerId, trunkId, at);
  await store.addSingleCall(call, attempt);
  if (closed !== null) {
    await store.recordAudit({ action: "call.forced", callId, after: { although: closed.reasons.join("; ") } });
  }

  const settings: AttemptSettings = {
    ...single,
    minTalkSeconds: MIN_TALK_SECONDS,
    assistantName: null,
    trunkId,
    callerIds,
    retry: { maxAttempts: 1, after: [0] },
    timeZone: null,
    interval: 0,
    mayRing: (where, now) => closed !== null || hours.isOpen(where, now),
  };
  const letGo = new AbortController();
  const leave = AbortSignal.any([letGo.signal, ...(context.leave === undefined ? [] : [context.leave])]);
  const shared: AttemptContext = {
    store,
    telephony,
    clock,
    live: new LiveCalls(telephony, clock, leave, ignored),
    callerIdPool,
    pace: new Pacer(clock),
    unknown: new UnknownFates(),
    agents: new AgentCapacity(clock),
    firstRingLook: SECOND / 2,
    recordings: null,
    cdr:
      records &&
      new CallDetailRecords(records, {
        store,
        clock,
        leave,
        onTrouble: ignored,
        onCarrierTrouble: ignored,
      }),
    emit: (event) => {
      context.onEvent({ at: clock.now(), ...event });
      const rings = event.type === "call_ringing" || event.type === "call_answered";
      if (rings && single.wait === false && !hangUp.aborted) letGo.abort();
    },
    waitForAgent: single.waitForAgent,
    verdictWait: VERDICT_WAIT,
    dialer: "engine",
    drain: hangUp,
    leave,
    livekitTime: null,
    leaseUntil: () => lease.until,
    onTrouble: ignored,
  };
  const run = new AttemptRun({ call, attempt }, settings, shared);

  const stop = new AbortController();
  let bug: unknown = null;
  const keeping = lease.keep(stop.signal, (error) => {
    if (!(error instanceof Unavailable)) bug ??= error;
  });
  const hangsUp = async (): Promise<void> => {
    while (!stop.signal.aborted && !(await persist(clock, () => run.hangUp(), stop.signal)))
      await clock.sleep(2 * SECOND, stop.signal);
  };
  const onHangUp = (): void => void hangsUp().catch(ignored);
  hangUp.addEventListener("abort", onHangUp);
  const recovery = new Recovery(lease.runnerId, store, telephony, clock, new Reporter(clock, ignored));
  try {
    // Rooms that an earlier dial left, or that came back after it, go while this one is under way.
    const swept = recovery.sweep(new Set([attemptId]), leave).catch(passing);
    await run.dial();
    await swept.then(() => recovery.swept());
  } finally {
    hangUp.removeEventListener("abort", onHangUp);
    stop.abort();
    await keeping;
    await lease.end();
  }
  if (bug !== null) throw bug;
  return run.record.call;
}

const closedRefusal = (closed: Closed): Refused =>
  new Refused("outside_hours", closedText(closed), {
    hint: `${opensText(closed)}; --force calls anyway`,
  });
