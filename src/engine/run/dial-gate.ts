/** The last door before a phone rings: the hours, a caller ID, the pace, and what the store has to say. */
import { TOLERANCE } from "../../domain/calls/callback.ts";
import { parsePhone } from "../../domain/phones/phone.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { Caller } from "./caller-ids.ts";
import { Unavailable } from "../errors.ts";
import type { Clock, Leave } from "../ports/index.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import type { Fate } from "./unknown-fates.ts";
import type { AttemptContext, Outcome, AttemptSettings } from "./attempt-context.ts";

/** Who waits for a number looks up this often: the call may have been stopped. */
const LONGEST_NAP = SECOND;

/** A dial that is stored leaves within this time or not at all: what the gate was told may be true no longer. */
const LEAVES_WITHIN = 2 * SECOND;

/** The dial is stored. */
export interface Passed {
  readonly leave: Leave;
  /** When, on the monotonic clock. */
  readonly at: number;
}

export const isPassed = (gate: object | string): gate is Passed => typeof gate === "object" && "leave" in gate;

/** Resolves with what lets the dial go when it is stored, else with how the attempt ends instead. */
export async function passDialGate(
  record: AttemptRecord,
  settings: AttemptSettings,
  context: AttemptContext,
  isHungUp: () => boolean,
  agentStays: () => Promise<boolean | null>,
  fate: Fate,
): Promise<Outcome | Passed> {
  const { clock, pace, drain, leave, leaseUntil, onTrouble } = context;
  const stop = AbortSignal.any([drain, leave]);
  const { interval, trunkId, trunkInterval = 0 } = settings;
  using turn = pace.turn({ id: record.call.campaignId ?? "", interval }, { id: trunkId, interval: trunkInterval });
  if (!isSpelled(record.call.contact.phoneNumber)) return REFUSED.invalid_number;
  if (context.dialer === "agent" && record.attempt.charge !== undefined) return NOT_OURS_TO_END;
  for (;;) {
    const untold = isHungUp() || stop.aborted || fate.reason !== null ? null : fate.lineUp();
    if (untold !== null) {
      await Promise.race([untold, clock.sleep(LONGEST_NAP, stop)]);
      continue;
    }
    const stays = await agentStays();
    if (stays !== true) return stays === null ? AGENT_UNSEEN : AGENT_LEFT;
    if (stop.aborted || isHungUp()) return released("the runner stopped before the dial");
    const at = clock.now();
    if (!settings.mayRing(record.call.place, at)) return released("calling hours ended before the dial");
    const { callbackAt } = record.attempt;
    if (callbackAt !== null && at > callbackAt + TOLERANCE) return released("too late for the callback");
    const unknown = fate.reason;
    if (unknown !== null) return released(unknown);
    const dayOf = (when: Instant): string | null => settings.timeZone && localDay(settings.timeZone, when);
    const day = dayOf(at);
    const isPossible = (when: Instant): boolean =>
      when >= record.attempt.claimedAt && dayOf(when) === day && settings.mayRing(record.call.place, when);
    try {
      const caller = await takeCaller(record, settings, context, at);
      if (caller.is === "wait") {
        await clock.sleep(Math.min(caller.until - at, LONGEST_NAP), stop);
        continue;
      }
      const { wait } = turn;
      if (wait > 0) {
        caller.giveBack();
        await clock.sleep(Math.min(Math.ceil(wait), LONGEST_NAP), stop);
        continue;
      }
      // Somebody else was faster.
      if (fate.lineUp() !== null) {
        caller.giveBack();
        continue;
      }
      fate.leaves();
      const isFresh = fresh(clock, leaseUntil);
      const consent = settings.consentAsked?.(record.call.place) ?? undefined;
      const stored = turn.stamp(at, isPossible);
      const gate = await record.beginDial(at, stored, day, caller.number, interval, consent);
      if (gate.say === "go") {
        turn.keep();
        const may = (): boolean => !leave.aborted && !isHungUp() && isFresh();
        return { leave: (look) => turn.leave(look).then(may), at: clock.monotonic() };
      }
      caller.giveBack();
      fate.stays();
      if (gate.say === "no") return gate.because === "not_yours" ? "not_ours" : REFUSED[gate.because];
      const until = gate.until - clock.now();
      turn.putOff(until);
      await clock.sleep(Math.min(until, LONGEST_NAP), stop);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      onTrouble(error);
      return released("the database did not answer before the dial");
    }
  }
}

/**
 * Whether so little time has passed since now that what the gate said still holds: by both clocks, since the monotonic one
 * may stand still while the machine sleeps. A process that slept through its lease may have been relieved of the attempt.
 */
function fresh(clock: Clock, leaseUntil: () => Instant): () => boolean {
  const [wall, start] = [clock.now(), clock.monotonic()];
  return () => {
    const passed = Math.max(clock.now() - wall, clock.monotonic() - start);
    return passed <= LEAVES_WITHIN && clock.now() < leaseUntil();
  };
}

/** Whatever wrote it: in E.164 as the parser spells it. */
function isSpelled(number: string): boolean {
  const phone = parsePhone(number);
  return phone.ok && phone.number === number;
}

/** The caller ID stays the same for a contact's retries. */
function takeCaller(
  record: AttemptRecord,
  settings: AttemptSettings,
  { callerIdPool }: AttemptContext,
  at: Instant,
): Promise<Caller> {
  const { contact, fromNumber: sticky } = record.call;
  const { assistantId, userId, trunkId, callerIds: only } = settings;
  return callerIdPool.take({ assistantId, userId, trunkId, only, contact: contact.phoneNumber, sticky }, at);
}

/** Given back before it was dialed, at no cost to the contact. */
export const released = (detail: string): Outcome => ({ end: { ending: "released", detail } });

const NOT_OURS_TO_END = {
  end: {
    ending: "misconfigured",
    detail:
      "a campaign with a budget dials by itself, so that its calls are cut off in time: run without --dialer agent",
  },
} as const;
const AGENT_UNSEEN = released("LiveKit did not say before the dial whether the agent is still there");
const AGENT_LEFT = { end: { ending: "no_agent", detail: "it left before the dial" } } as const;

export const AGENTS_BUSY = released("no agent was free before the dial");
export const TOO_LATE = released("the dial could not leave in time after it was stored");

const REFUSED = {
  not_running: released("the campaign was paused or stopped before the dial"),
  daily_cap: released("the daily cap was reached before the dial"),
  budget: released("the budget was spent before the dial"),
  trunk_full: released("the trunk was at its limit of calls before the dial"),
  clock: released("the database's clock said something else, or it answered too late"),
  changed: released("the number or the callback was changed before the dial"),
  invalid_number: { end: { ending: "invalid_number", detail: "the number is not spelled in E.164" } },
  do_not_call: { end: { ending: "do_not_call", detail: "put on the do-not-call list before the dial" } },
  no_consent: { end: { ending: "no_consent", detail: "the consent was revoked or ran out before the dial" } },
} as const satisfies Record<string, Outcome>;
