/**
 * Consent to be called: who agreed to what, when, and how that can be shown. The call is made by an artificial voice, for
 * which several laws ask for the callee's consent before the first call (United States: 47 CFR 64.1200(a)).
 */
import type { ConsentLevel } from "../hours/consent-level.ts";
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
 * revocation of any of them.
 */
export function judged(consents: readonly ConsentRecord[], at: Instant): readonly JudgedConsent[] {
  const revoked = Math.max(-Infinity, ...consents.map(({ revokedAt }) => revokedAt ?? -Infinity));
  return consents.map((consent) => {
    const { proof, grantedAt, expiresAt } = consent;
    const holds = proof !== null && grantedAt <= at && (expiresAt === null || at < expiresAt);
    return { ...consent, valid: holds && revoked < grantedAt };
  });
}
