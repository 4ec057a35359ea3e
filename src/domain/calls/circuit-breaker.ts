/**
 * What recent attempts say about our own side: when to stop dialing (the breaker), when to dial slower, and when fewer
 * at once. All of it is computed from one short text kept with the campaign, one letter per attempt, oldest first:
 *
 *   `.` somebody answered, was busy, or let it ring      `x` our side failed (trunk, LiveKit, no agent)
 *   `i` the number does not exist   `d` declined   `n` the trunk said that nobody answers, and nothing was seen to ring: see refusals.ts
 *   `t` told that we dial too fast          `c` told that too many calls are up
 *   `a` the agent was lost in the call      `g` the agent stayed in the call
 *   `r` the trunk refused a number of a country that it refuses while it serves others: see destinations.ts
 *   `f` the same of a prefix within a country
 *   `p` resumed, to be probed               `q` resumed after lost agents, to be probed until an agent stays
 *
 * An answered call leaves two letters: `.` for the trunk when it is answered, `a` or `g` for the agent when it has ended.
 */

import { type Expectation, type Refusal, refusedAlike } from "./refusals.ts";

/** What one attempt says about our own side. */
export type Mark = "." | Refusal | "r" | "f" | "x" | "t" | "c" | "a" | "g";

/** Letters kept per campaign. */
export const RECENT_LENGTH = 100;

/** Failures in a row. A trunk that loses one call in ten at random has five in a row once in 100,000. */
export const STREAK = 5;
/** The far end gave a real answer. */
const FAR_END = ".idn";
/** Sooner than for the trunk: each of them is a person who hears silence. */
const AGENT_STREAK = 3;
const SHARE_OF = 20;
const SHARE = 0.6;
/** Good attempts in a row that undo one halving. */
const RECOVERY = 5;
const SLOWEST_FACTOR = 32;
/** What a delay of 0 is taken for once the carrier asks to slow down, milliseconds. */
const SLOWED_FROM = 500;

export const remember = (recent: string, letter: string): string => (recent + letter).slice(-RECENT_LENGTH);

/** Why dialing must stop, in words; null while it may go on. */
export const breaker = (recent: string): string | null =>
  brokenSide(recent.replaceAll(/[agq]/g, "")) ?? lostAgents(recent.replaceAll(/[^agq]/g, ""));

/** Without what is refused for its destination, which says nothing of the trunk, and would hide that it broke meanwhile. */
export const attemptsIn = (recent: string): string => recent.replaceAll(/[rf]/g, "");

/** How many of the last ones are this letter, in a row. */
export const streakOf = (recent: string, letter: string): number =>
  recent.length - 1 - Array.from(recent).findLastIndex((each) => each !== letter);

/** Of trunk and LiveKit. */
function brokenSide(recent: string): string | null {
  if (recent.endsWith("px")) return "the test call after the resume failed on our side too";
  const attempts = attemptsIn(recent);
  const streak = streakOf(attempts, "x");
  if (streak >= STREAK) return `the last ${streak} attempts failed on our side`;
  const failures = failuresIn(attempts, "x");
  return failures === null ? null : `${failures} of the last ${SHARE_OF} attempts failed on our side`;
}

function lostAgents(recent: string): string | null {
  if (recent.endsWith("qa")) return "the agent left the test call after the resume too";
  const streak = streakOf(recent, "a");
  if (streak >= AGENT_STREAK) return `the agent left the last ${streak} calls at their start`;
  const failures = failuresIn(recent, "a");
  return failures === null ? null : `the agent left ${failures} of the last ${SHARE_OF} calls at their start`;
}

/** How many of the last ones are this letter, when that is too many and the last one is. */
function failuresIn(recent: string, letter: string): number | null {
  const share = recent.slice(-SHARE_OF);
  const failures = share.split(letter).length - 1;
  return share.length === SHARE_OF && failures >= SHARE_OF * SHARE && recent.endsWith(letter) ? failures : null;
}

/**
 * Do others get through, so that a trunk that refuses one number says something of that number? Not asked of those to blame, and
 * long ago only if nobody else was refused since.
 */
export const getsThrough = (recent: string): boolean =>
  recent.slice(-SHARE_OF).includes(".") || /\.[agrf]*$/.test(recent);

/** Is a country to blame for what was refused lately, or a prefix? */
export const refusesSome = (recent: string, letter: "r" | "f"): boolean => recent.slice(-SHARE_OF).includes(letter);

/** The history of a campaign that is stopped for its trunk's sake: what it says is dealt with, and a test call is to come. */
export const AFTER_TRIP = "p";

/** The history after a resume: a campaign that tripped first makes one test call. */
export function afterResume(recent: string, expect: Expectation = "normal"): string {
  // No answer since: the test call is still to come.
  const probe = (["r", "f"] as const).filter((letter) => refusesSome(recent, letter)).join("") + AFTER_TRIP;
  if (/p[^.]*$/.test(recent)) return probe;
  if (breaker(recent) === null && refusedAlike(recent, expect) === null) return recent;
  return lostAgents(recent.replaceAll(/[^agq]/g, "")) === null ? probe : "q";
}

/** Milliseconds between dials: `delay`, or more while the carrier or LiveKit asks for it. */
export function interval(recent: string, delay: number): number {
  let factor = 1;
  let good = 0;
  for (const letter of recent) {
    if (letter === "t") [factor, good] = [Math.min(factor * 2, SLOWEST_FACTOR), 0];
    else if (FAR_END.includes(letter) && ++good % RECOVERY === 0) factor = Math.max(1, factor / 2);
  }
  return factor === 1 ? delay : Math.max(delay, SLOWED_FROM) * factor;
}

/** Calls at once: `limit`, or fewer while the carrier asks for it, or one while probing. */
export function concurrency(recent: string, limit: number): number {
  let allowed = limit;
  let good = 0;
  for (const letter of recent) {
    if (letter === "c") [allowed, good] = [Math.max(1, Math.floor(allowed / 2)), 0];
    else if (FAR_END.includes(letter) && ++good % RECOVERY === 0) allowed = Math.min(limit, allowed + 1);
  }
  // Nobody got through since, whatever a destination was blamed for.
  const probing = /p[agrfx]*$/.test(recent) || /q[^ag]*$/.test(recent);
  return probing ? 1 : allowed;
}
