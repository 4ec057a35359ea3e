/** Rows ↔ who has consented, for every SQL store. */
import { z } from "zod";
import { CONSENT_LEVELS, type ConsentRecord } from "../domain/calls/consent.ts";
import type { Instant } from "../domain/time/instant.ts";
import type { ConsentsAsked, DoNotCallEntry, OpenPlace } from "../engine/ports/index.ts";
import { iso, isoOrNull, onFirstUse, type Plain, type Row } from "./columns.ts";

const instant = z.string().transform((text) => Date.parse(text));
const text = z.string();

const consentRow = onFirstUse(() =>
  z.object({
    phone_number: text,
    channel: z.literal("ai_voice"),
    purpose: text,
    level: z.enum(CONSENT_LEVELS),
    granted_at: instant,
    source: text,
    proof: text.nullable(),
    expires_at: instant.nullable(),
    revoked_at: instant.nullable(),
  }),
);

export function consentOf(raw: Row): ConsentRecord {
  const row = consentRow().parse(raw);
  return {
    phoneNumber: row.phone_number,
    channel: row.channel,
    purpose: row.purpose,
    level: row.level,
    grantedAt: row.granted_at,
    source: row.source,
    proof: row.proof,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

export const consentValues = (consent: ConsentRecord): Record<string, Plain> => ({
  phone_number: consent.phoneNumber,
  channel: consent.channel,
  purpose: consent.purpose,
  level: consent.level,
  granted_at: iso(consent.grantedAt),
  source: consent.source,
  proof: consent.proof,
  expires_at: isoOrNull(consent.expiresAt),
  revoked_at: isoOrNull(consent.revokedAt),
});

/** A revocation, as an entry of the do-not-call list. */
export const revocation = (phoneNumber: string, since: Instant): DoNotCallEntry => ({
  phoneNumber,
  source: "revocation",
  reason: "the consent was revoked",
  addedAt: since,
});

/** Which consents are asked for where, of these places. */
export const askedAt = (
  places: Iterable<string>,
  asked: ConsentsAsked,
): Required<Pick<OpenPlace, "place" | "consent">>[] =>
  [...places].flatMap((place) => {
    const consent = asked(place);
    return consent === null ? [] : [{ place, consent }];
  });
