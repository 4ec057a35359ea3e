/** Whom one must not call: the do-not-call list, and consents. */
import type { ConsentRecord } from "../../domain/calls/consent.ts";
import type { Instant } from "../../domain/time/instant.ts";

/** The source of what an erasure leaves. Whoever is on that list is erased again after a restore or a move. */
export const ERASED = "erased";

export interface DoNotCallEntry {
  /** In E.164, or a prefix of such numbers with an asterisk: `+1900*`. */
  readonly phoneNumber: string;
  /** Who put it there: `operator`, `outcome`, the name of a list or file. */
  readonly source: string;
  /** A store that is opened for an owner shows it to whoever wrote it: it may be a note of their call. */
  readonly reason: string | null;
  readonly addedAt: Instant;
  /**
   * Who wrote it: `operator`, an owner's id, `several` of them. The store knows, and heeds nothing that is said here;
   * undefined: it was written before this was kept, or is another owner's.
   */
  readonly addedBy?: string;
  /** From then on it forbids nothing; undefined: for ever. */
  readonly expiresAt?: Instant;
}

export interface DoNotCallSource {
  readonly source: string;
  readonly entries: number;
  /** When it was last imported whole; of one that never was, when the newest of its numbers came. */
  readonly refreshedAt: Instant;
}

/** Part of the Store. */
export interface SuppressionStore {
  /**
   * Puts numbers on the do-not-call list, for every campaign, at once. A number is on it once for each source; what is
   * there already stays as it is, but for a longer term. The store keeps who added it. Returns how many entries are new.
   */
  addDoNotCall(entries: readonly DoNotCallEntry[]): Promise<number>;
  /**
   * Takes numbers off the list of one source, or of all (null); returns how many were on it. A store that is opened for an
   * owner takes off what that owner alone has added, here and below.
   */
  removeDoNotCall(phoneNumbers: readonly string[], source: string | null): Promise<number>;
  /** Takes all numbers of a source off the list; returns how many entries there were. */
  dropDoNotCallSource(source: string): Promise<number>;
  /**
   * Gives the entries of the source `arriving` to `source`; with `replace`, in place of those it had. In one transaction,
   * so that nobody is ever free between the old list and the new one; nothing happens when none is arriving. Returns how
   * many old entries were removed.
   */
  settleDoNotCall(arriving: string, source: string, replace: boolean): Promise<number>;
  /** All of the list was read at that time. */
  refreshDoNotCallSource(source: string, at: Instant): Promise<void>;
  /**
   * The entries that forbid a call to the number at that instant: its own, and those of its prefixes. Oldest first, then by
   * source; a revoked consent is the last.
   */
  doNotCall(phoneNumber: string, at: Instant): Promise<readonly DoNotCallEntry[]>;
  /**
   * By number (an encrypted store has an order of its own), then source: all entries of at most `limit` numbers, those after
   * the number `after`.
   */
  listDoNotCall(limit: number, after: string | null, source: string | null): Promise<readonly DoNotCallEntry[]>;
  /** By name; without entries that have run out. */
  doNotCallSources(at: Instant): Promise<readonly DoNotCallSource[]>;
  /** Adds consents; one that is known already (same number, purpose, source and time) changes nothing. Returns how many are new. */
  addConsents(consents: readonly ConsentRecord[]): Promise<number>;
  /** Revokes every consent to call the number, at once and everywhere. Returns how many there were. */
  revokeConsents(phoneNumber: string, at: Instant): Promise<number>;
  /** Oldest first. */
  consentsOf(phoneNumber: string): Promise<readonly ConsentRecord[]>;
}
