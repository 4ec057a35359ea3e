/**
 * Wald's sequential probability ratio test for a share that may rise at any time (Page's CUSUM): each hit adds
 * ln(sick / healthy) to a score, each miss adds ln((1 - sick) / (1 - healthy)), which is below 0. A score of
 * ln(1 / falseAlarms) decides for sick: Wald's upper boundary, where the evidence is 1 / falseAlarms times likelier of
 * sick than of healthy. The lower boundary is 0, at which it begins afresh: what was healthy for a day may fall sick now,
 * and must not have the day's credit.
 */
export interface Shares {
  /** Hits of what is well, at most, and of what is sick, at least. */
  readonly healthy: number;
  readonly sick: number;
  /** The chance that one beginning of a healthy history is taken for sick. */
  readonly falseAlarms: number;
}

/** What speaks for sick: hits among so many, since the test began afresh. */
export interface Evidence {
  readonly hits: number;
  readonly of: number;
}

/** `now`: sick by all that was seen, or null. `first`: when it was first sick, whatever came after; null: never. */
export function sequentialTest(
  seen: Iterable<boolean>,
  { healthy, sick, falseAlarms }: Shares,
): { readonly now: Evidence | null; readonly first: Evidence | null } {
  const [hit, miss] = [Math.log(sick / healthy), Math.log((1 - sick) / (1 - healthy))];
  const boundary = Math.log(1 / falseAlarms);
  let [score, hits, of] = [0, 0, 0];
  let first: Evidence | null = null;
  for (const isHit of seen) {
    score += isHit ? hit : miss;
    of += 1;
    if (isHit) hits += 1;
    if (score <= 0) [score, hits, of] = [0, 0, 0];
    if (score >= boundary) first ??= { hits, of };
  }
  return { now: score >= boundary ? { hits, of } : null, first };
}
