/** The use-cases around the audit log: who did what and when, and whether it can be believed. */
import { readDate } from "../../domain/calls/contact.ts";
import { parseDuration } from "../../domain/time/duration.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { Misused } from "../errors.ts";
import type { AuditEntry, ChainHead, Clock, Store } from "../ports/index.ts";
import { type ChainReport, parseHead, seal, verifyChain } from "./audit-chain.ts";
import { type CallReport, proveCalls } from "./call-proof.ts";

export interface AuditQuestion {
  /** A duration back from now, or a date. */
  readonly since?: string | undefined;
  readonly campaignId?: string | undefined;
  /** In E.164. */
  readonly phoneNumber?: string | undefined;
  readonly dials?: boolean | undefined;
  readonly limit: number;
}

export class AuditLog {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The newest first. Throws Misused. */
  entries({ since, campaignId, phoneNumber, dials, limit }: AuditQuestion): Promise<readonly AuditEntry[]> {
    return this.#store.auditEntries({
      limit,
      ...(since !== undefined && { since: sinceOf(since, this.#clock.now()) }),
      ...(campaignId !== undefined && { campaignId }),
      ...(phoneNumber !== undefined && { phoneNumber }),
      // Whoever asks about one number wants to know when it was called.
      dials: dials ?? phoneNumber !== undefined,
    });
  }

  /** Seals what is not in the chain yet; returns its end. */
  head(): Promise<ChainHead> {
    return seal(this.#store);
  }

  /** `kept`: a head that was kept elsewhere. Throws Misused, and Refused where the log was changed. */
  verify(kept?: string): Promise<ChainReport> {
    const head = kept === undefined ? null : parseHead(kept);
    if (kept !== undefined && head === null) {
      throw new Misused("head", "--head: expected a head such as 12:5f0c…, as campaigns audit head prints it");
    }
    return verifyChain(this.#store, head);
  }

  proveCalls(): Promise<CallReport> {
    return proveCalls(this.#store);
  }
}

function sinceOf(text: string, now: Instant): Instant {
  const age = parseDuration(text);
  const since = age === null ? readDate(text) : now - age;
  if (since !== null) return since;
  throw new Misused("since", `--since: expected a duration such as 7d, or a date such as 2026-11-23, got "${text}"`);
}
