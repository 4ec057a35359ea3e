/**
 * Retry policy + attempts spent → when again, or never.
 *
 * There is one cap of attempts per contact, whatever the endings were: budgets per ending add up, and one retry
 * becomes three.
 */
import type { Instant } from "../time/instant.ts";
import { MINUTE } from "../time/instant.ts";

export const ON_VOICEMAIL = ["retry", "message", "hang_up"] as const;
/**
 * What is done when a voicemail answers. retry: hang up, and call again · message: let the agent leave the message, once
 * for each contact, and call again · hang_up: hang up, and leave it at that.
 */
export interface OnVoicemail {
  readonly does: (typeof ON_VOICEMAIL)[number];
  readonly message: string | null;
  /** Milliseconds until it is called again; null: as after other attempts. */
  readonly after: number | null;
}

export interface RetryPolicy {
  /** Attempts that may ring the contact's phone, in all; at least 1. */
  readonly maxAttempts: number;
  /** Milliseconds to wait after the 1st, 2nd, … attempt; the last one repeats. At least one entry. */
  readonly after: readonly number[];
  /** Also call again those whose call the agent left at its start; default no. */
  readonly agentLost?: boolean;
  /** Left out: retry. */
  readonly voicemail?: OnVoicemail;
}

/**
 * When the next attempt is due, counted from the end of the last; null when none is left.
 *
 * `spread` (0 ≤ spread < 1, fixed per contact) moves it up to a tenth of the interval, at most 5 minutes, later, never
 * sooner: all the no-answers of 09:00 must not fall due in the same second.
 */
export function nextAttemptAt(policy: RetryPolicy, spent: number, endedAt: Instant, spread: number): Instant | null {
  if (spent >= policy.maxAttempts) return null;
  const interval = policy.after[Math.min(spent, policy.after.length) - 1] ?? policy.after[0] ?? 0;
  return endedAt + interval + Math.floor(spread * Math.min(interval / 10, 5 * MINUTE));
}

/**
 * A number in [0, 1) that depends on the text alone, so that the same contact is always spread the same way: FNV-1a, then
 * the finaliser of MurmurHash3, without which texts that differ in their last letter land side by side.
 */
export function spreadOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
