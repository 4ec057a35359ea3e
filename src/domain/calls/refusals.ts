/**
 * Is everybody refused in the same way? A trunk that is broken in the far end's words (404, 480, 603 to everybody) looks
 * like a list of bad numbers. The test of sequential-test.ts tells them apart, begun afresh by each answered call. The share
 * is what a healthy trunk refuses in that way, at most:
 *
 *   refusal          share   in a row   with --expect-answers low: share   in a row
 *   invalid number    30 %      12                                  60 %      28
 *   declined          20 %       9                                  50 %      21
 *   no answer, said   50 %      21                                  80 %      65
 *
 * A phone that rings until we give up, or the carrier does, says that the trunk works. One that rang and declined, or does not
 * exist, still counts: LiveKit calls it ringing as well when a broken trunk plays an announcement to everybody.
 *
 * The same is asked of the last dials through the trunk, of all campaigns together: a trunk that is broken for several small
 * campaigns burns no few contacts in each, and one that lately answered others vouches for itself.
 */
import { sequentialTest } from "./sequential-test.ts";

/** How many answers the operator expects: `low` for lists that are really that bad. */
export const EXPECTATIONS = ["normal", "low"] as const;
export type Expectation = (typeof EXPECTATIONS)[number];

/** Letters of the history: see circuit-breaker.ts. */
export type Refusal = "i" | "d" | "n";

/** Endings that are one letter each. */
type Refused = "invalid_number" | "declined" | "no_answer";

interface Kind {
  readonly ending: Refused;
  readonly words: string;
  readonly share: Readonly<Record<Expectation, number>>;
}

const KINDS: Readonly<Record<Refusal, Kind>> = {
  i: { ending: "invalid_number", words: "the number does not exist", share: { normal: 0.3, low: 0.6 } },
  d: { ending: "declined", words: "declined", share: { normal: 0.2, low: 0.5 } },
  n: { ending: "no_answer", words: "nobody answers", share: { normal: 0.5, low: 0.8 } },
};

const LETTERS = ["i", "d", "n"] as const satisfies readonly Refusal[];

/** What a broken trunk refuses in one and the same way. */
const BROKEN = 0.99;
/** The chance that one start of a healthy trunk's history is taken for broken. */
const FALSE_ALARMS = 1e-6;

/** Of a campaign and its trunk; the trunk alone stops no campaign that was not refused in that way itself. */
export function refused(recent: string, trunk: string, expect: Expectation): Suspicion | null {
  const [own, all] = [refusedAlike(recent, expect), refusedAlike(trunk, expect)];
  if (all === null) return trunk.includes(".") ? null : own;
  return own ?? (recent.endsWith(all.letter) ? all : null);
}

export interface Suspicion {
  readonly letter: Refusal;
  readonly because: string;
  /** Attempts that ended so since a phone last rang out, was busy or answered are the trunk's, but for those that rang. */
  readonly blamed: Refused;
}

/** `recent`: letters of one attempt each, oldest first; null: nothing suspicious. */
export function refusedAlike(recent: string, expect: Expectation): Suspicion | null {
  if (recent === "") return null;
  const said = Array.from(recent.slice(recent.lastIndexOf(".") + 1).replaceAll(/[^ind]/g, ""));
  for (const letter of LETTERS) {
    const { ending, words, share } = KINDS[letter];
    const alike = said.map((each) => each === letter);
    const evidence = sequentialTest(alike, { healthy: share[expect], sick: BROKEN, falseAlarms: FALSE_ALARMS }).now;
    if (evidence === null) continue;
    const because = `the trunk refused ${evidence.hits} calls in the same way, "${words}", and none was answered`;
    return { letter, because, blamed: ending };
  }
  return null;
}
