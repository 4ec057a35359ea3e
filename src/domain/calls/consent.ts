/**
 * Consent to be called: who agreed to what, when, and how that can be shown. The call is made by an artificial voice, for
 * which several laws ask for the callee's consent before the first call (United States: 47 CFR 64.1200(a)).
 */
import type { ConsentLevel } from "../hours/consent-level.ts";
import type { ConsentAsked } from "../hours/rule-limits.ts";
import { DAY } from "../time/instant.ts";
import type { Instant } from "../time/instant.ts";

export { CONSENT_LEVELS, type ConsentLevel } from "../hours/consent-level.ts";

export interface ConsentRecord {
  /** The right belongs to the number's user. E.164. */
  readonly phoneNumber: string;
  /** Live voices and messages are other channels: consent to them does not cover this one. */
  readonly channel: "ai_voice";
  /** `marketing`, `service`, `debt`, `survey`. */
  readonly purpose: string;
  readonly level: ConsentLevel;
  readonly grantedAt: Instant;
  /** Where it was given: a form, a recorded call. */
  readonly source: string;
  /** What was agreed to, or where that can be seen; null: nothing shows it. */
  readonly proof: string | null;
  /** null: it holds until it is revoked. */
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
}

/** A consent, and whether it allows a call. */
export interface JudgedConsent extends ConsentRecord {
  readonly valid: boolean;
}

/**
 * Which of a number's consents allow a call at this instant: those with a proof, given and not run out, after the last
 * revocation of any of them. A revocation that is still to come voids nothing yet.
 */
export function judged(consents: readonly ConsentRecord[], at: Instant): readonly JudgedConsent[] {
  const revoked = lastRevocation(consents, at) ?? -Infinity;
  return consents.map((consent) => {
    const { proof, grantedAt, expiresAt } = consent;
    const holds = proof !== null && grantedAt <= at && (expiresAt === null || at < expiresAt);
    return { ...consent, valid: holds && revoked < grantedAt };
  });
}

/**
 * Since when the number must not be called at all, whatever a campaign asks for: its consent was revoked, and no later one
 * with a proof has lifted that. Null: it may be.
 */
export function revokedSince(consents: readonly ConsentRecord[], at: Instant): Instant | null {
  const revoked = lastRevocation(consents, at);
  if (revoked === null) return null;
  const lifted = consents.some(({ proof, grantedAt }) => proof !== null && revoked < grantedAt && grantedAt <= at);
  return lifted ? null : revoked;
}

/** Does any of them allow a call for this purpose, and is what the rules of the place ask for? `asked` null: any will do. */
export const isAllowed = (
  consents: readonly ConsentRecord[],
  purpose: string,
  asked: ConsentAsked | null,
  at: Instant,
): boolean =>
  judged(consents, at).some(
    ({ valid, purpose: given, level, grantedAt }) =>
      valid &&
      given === purpose &&
      (asked === null ||
        (asked.levels.includes(level) && (asked.maxDays === null || grantedAt > at - asked.maxDays * DAY))),
  );

function lastRevocation(consents: readonly ConsentRecord[], at: Instant): Instant | null {
  const past = consents.flatMap(({ revokedAt }) => (revokedAt !== null && revokedAt <= at ? [revokedAt] : []));
  return past.length === 0 ? null : Math.max(...past);
}
