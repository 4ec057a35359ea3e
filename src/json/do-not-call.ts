/** Entries and sources of the do-not-call list → JSON. */
import type { Instant } from "../domain/time/instant.ts";
import { DAY } from "../domain/time/instant.ts";
import type { DoNotCallEntry, DoNotCallSource } from "../engine/ports/index.ts";
import { iso } from "./calls.ts";

export const entryJson = ({ phoneNumber, source, reason, addedAt, addedBy, expiresAt }: DoNotCallEntry) => ({
  phone_number: phoneNumber,
  source,
  reason,
  added_at: iso(addedAt),
  expires_at: expiresAt === undefined ? null : iso(expiresAt),
  added_by: addedBy ?? null,
});

export const sourceJson = ({ source, entries, refreshedAt }: DoNotCallSource, now: Instant) => ({
  source,
  entries,
  refreshed_at: iso(refreshedAt),
  age_days: daysSince(refreshedAt, now),
});

export const daysSince = (at: Instant, now: Instant): number => Math.max(0, Math.floor((now - at) / DAY));
