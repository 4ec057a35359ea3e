/**
 * What recent attempts say about our own side: when to stop dialing (the breaker), when to dial slower, and when fewer
 * at once. All of it is computed from one short text kept with the campaign, one letter per attempt, oldest first:
 *
 *   `.` the far end gave a real answer      `x` our side failed (trunk, LiveKit, agent)
 *   `t` told that we dial too fast          `c` told that too many calls are up       `p` resumed, to be probed
 */

/** What one attempt says about our own side. */
export type Mark = "." | "x" | "t" | "c";

/** Letters kept per campaign. */
export const RECENT_LENGTH = 40;

const STREAK = 5;
const SHARE_OF = 20;
const SHARE = 0.6;
/** Good attempts in a row that undo one halving. */
const RECOVERY = 5;
const SLOWEST_FACTOR = 32;
/** What a delay of 0 is taken for once the carrier asks to slow down, milliseconds. */
const SLOWED_FROM = 500;

export const remember = (recent: string, letter: string): string => (recent + letter).slice(-RECENT_LENGTH);

/** Why dialing must stop, in words; null while it may go on. */
export function breaker(recent: string): string | null {
  if (recent.endsWith("px")) return "the probing call after the resume failed on our side too";
  const streak = recent.length - recent.replace(/x+$/, "").length;
  if (streak >= STREAK) return `the last ${streak} attempts failed on our side`;
  const share = recent.slice(-SHARE_OF);
  const failures = share.replaceAll(/[^x]/g, "").length;
  if (share.length === SHARE_OF && failures >= SHARE_OF * SHARE && recent.endsWith("x"))
    return `${failures} of the last ${SHARE_OF} attempts failed on our side`;
  return null;
}

/** The history after a resume: a campaign that tripped first makes one probing call. */
export const afterResume = (recent: string): string => (breaker(recent) === null ? recent : "p");

/** Milliseconds between dials: `delay`, or more while the carrier or LiveKit asks for it. */
export function interval(recent: string, delay: number): number {
  let factor = 1;
  let good = 0;
  for (const letter of recent) {
    if (letter === "t") [factor, good] = [Math.min(factor * 2, SLOWEST_FACTOR), 0];
    else if (letter === "." && ++good % RECOVERY === 0) factor = Math.max(1, factor / 2);
  }
  return factor === 1 ? delay : Math.max(delay, SLOWED_FROM) * factor;
}

/** Calls at once: `limit`, or fewer while the carrier asks for it, or one while probing. */
export function concurrency(recent: string, limit: number): number {
  let allowed = limit;
  let good = 0;
  for (const letter of recent) {
    if (letter === "c") [allowed, good] = [Math.max(1, Math.floor(allowed / 2)), 0];
    else if (letter === "." && ++good % RECOVERY === 0) allowed = Math.min(limit, allowed + 1);
  }
  return recent.endsWith("p") ? 1 : allowed;
}
