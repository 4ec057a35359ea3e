/**
 * Do callees hear nothing? An agent that is in the room and silent, or late, looks well from outside: calls are answered,
 * and over. What shows it is the callee, who hangs up at once, and the agent's own word of when it spoke first. Both are
 * watched by the test of sequential-test.ts, per campaign and caller ID:
 *
 *                                          healthy   sick   in a row
 *   the callee ends the call within 6 s       25 %   60 %      11
 *   the first words come later than 2 s       10 %   50 %       6
 *
 * healthy is what campaigns that are well see at most, sick what an operator wants to hear of within the hour. One false
 * alarm in 10,000 beginnings: ln 10,000 = 9.2, and a call of a sick campaign brings 0.6 ln 2.4 + 0.4 ln 0.533 = 0.27 on
 * average. By `npm run bench -- dead-air` a campaign at 60 % is paused after 28 answered calls (median), and one at 25 %
 * wrongly 0.1 times in 10,000. A tenth of that would cost some 8 more people who hear silence.
 */
import { redact } from "../phones/redact.ts";
import { type Instant, SECOND } from "../time/instant.ts";
import type { Attempt } from "./call.ts";
import { type Evidence, sequentialTest, type Shares } from "./sequential-test.ts";
import type { Said } from "./verdict.ts";

/** An attempt that was answered; it may go on. */
export interface Talk extends Pick<Attempt, "callId" | "answeredAt" | "endedAt" | "uncertainSeconds" | "endedByUs"> {
  readonly callerId: string | null;
  readonly said: Pick<Said, "answeredBy" | "firstAudioMs" | "endedBy"> | null;
}

export const SICKNESSES = ["early_hang_ups", "late_words"] as const;
export type Sickness = (typeof SICKNESSES)[number];

/** What a campaign was paused for. */
export interface Held {
  readonly sickness: Sickness;
  /** Of the calls that decided it. */
  readonly share: number;
  /** The caller IDs it comes with, while calls with others are well; none: it comes with all. */
  readonly callerIds: readonly string[];
  /** The newest such calls, to listen to: ids, three at most. */
  readonly calls: readonly string[];
}

/** What the guard found, and what the operator said of it. */
export interface Guard {
  readonly held: Held | null;
  /** Shares that were accepted as this campaign's usual ones. */
  readonly accepted: Readonly<Partial<Record<Sickness, number>>>;
}

export const UNGUARDED: Guard = { held: null, accepted: {} };

const EARLY = 6 * SECOND;
/** Both stores count those above it as they are written: the triggers that keep attempt_counts have it as a number. */
export const LATE_MS = 2000;
/** From the answer on: by then a long call and one that ended at once are both told apart, so neither goes first. */
const SETTLED = 10 * SECOND;
/** Talks that are looked at, the newest. */
export const TALKS = 1000;

interface Kind {
  readonly shares: Shares;
  /** Null: cannot tell, which is evidence of nothing. */
  readonly isHit: (talk: Talk, now: Instant) => boolean | null;
  readonly words: (hits: number, of: number) => string;
}

const FALSE_ALARMS = 1e-4;
const KINDS: Readonly<Record<Sickness, Kind>> = {
  early_hang_ups: {
    shares: { healthy: 0.25, sick: 0.6, falseAlarms: FALSE_ALARMS },
    isHit: endedEarly,
    words: (hits, of) => `the callee ended ${hits} of ${of} answered calls within 6 s`,
  },
  late_words: {
    shares: { healthy: 0.1, sick: 0.5, falseAlarms: FALSE_ALARMS },
    isHit: spokeLate,
    words: (hits, of) => `the agent's first words came later than 2 s in ${hits} of ${of} answered calls`,
  },
};

/** What is wrong with a campaign; `talks`: since it was started or resumed, oldest first. Null: nothing that shows. */
export function deadAir(
  talks: readonly Talk[],
  accepted: Guard["accepted"],
  now: Instant,
): (Held & { readonly because: string }) | null {
  // As most often: nothing to weigh.
  if (talks.length === 0) return null;
  const settled = talks.filter(({ answeredAt }) => answeredAt !== null && answeredAt <= now - SETTLED);
  for (const sickness of SICKNESSES) {
    const { shares, isHit, words } = KINDS[sickness];
    const expected = usual(shares, accepted[sickness]);
    if (expected === null) continue;
    const told = settled.flatMap((talk) => {
      const hit = isHit(talk, now);
      return hit === null ? [] : [{ ...talk, hit }];
    });
    const test = (of: readonly { hit: boolean }[]): Evidence | null =>
      sequentialTest(
        of.map(({ hit }) => hit),
        expected,
      ).first;
    const byCallerId = Map.groupBy(told, ({ callerId }) => callerId);
    const sickIds = [...byCallerId].flatMap(([id, its]) => (id !== null && test(its) !== null ? [id] : []));
    const others = told.filter(({ callerId }) => callerId === null || !sickIds.includes(callerId));
    const isTheirs = sickIds.length > 0 && others.length > 0 && test(others) === null;
    const blamed = isTheirs ? told.filter(({ callerId }) => callerId !== null && sickIds.includes(callerId)) : told;
    if (!isTheirs && test(told) === null) continue;
    const { hits, of } = test(blamed) ?? { hits: blamed.filter(({ hit }) => hit).length, of: blamed.length };
    const callerIds = isTheirs ? sickIds : [];
    const calls = blamed.filter(({ hit }) => hit).slice(-EXAMPLES);
    const held = { sickness, share: hits / of, callerIds, calls: calls.map(({ callId }) => callId) };
    const who = isTheirs ? ` with caller ID ${sickIds.map(redact).join(" and ")}, not with others` : "";
    return { ...held, because: `${words(hits, of)}${who}; listen to ${held.calls.join(", ")}` };
  }
  return null;
}

const EXAMPLES = 3;

/** A higher share that was accepted is healthy; what is sick is as much likelier as it was. Null: all may be so. */
function usual({ healthy, sick, falseAlarms }: Shares, accepted = 0): Shares | null {
  const now = Math.max(healthy, accepted);
  if (now >= 1) return null;
  const odds = (oddsOf(now) * oddsOf(sick)) / oddsOf(healthy);
  return { healthy: now, sick: odds / (1 + odds), falseAlarms };
}
const oddsOf = (share: number): number => share / (1 - share);

/** Machines hang up when their time is over, and let people who hear nothing wait. */
const isMachine = ({ said }: Talk): boolean =>
  said?.answeredBy === "voicemail" || said?.answeredBy === "screening" || said?.answeredBy === "ivr";

/** Whoever hung up: a call that lasted was not ended early. */
function endedEarly(talk: Talk, now: Instant): boolean | null {
  const { answeredAt, endedAt, uncertainSeconds, endedByUs, said } = talk;
  if (answeredAt === null || isMachine(talk)) return null;
  const lasted = (endedAt ?? now) - answeredAt;
  const doubt = uncertainSeconds * SECOND;
  if (lasted - doubt >= EARLY) return false;
  const byCallee = endedAt !== null && !endedByUs && said?.endedBy !== "agent";
  return byCallee && lasted + doubt < EARLY ? true : null;
}

function spokeLate(talk: Talk): boolean | null {
  const ms = talk.said?.firstAudioMs ?? null;
  return ms === null || isMachine(talk) ? null : ms > LATE_MS;
}

/** The operator has looked: the share that held the campaign is its usual one from now on. */
export const acceptedBy = ({ held, accepted }: Guard): Guard =>
  held === null ? { held, accepted } : { held: null, accepted: { ...accepted, [held.sickness]: held.share } };
