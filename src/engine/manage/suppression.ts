/** The use-cases around consents. */
import {
  type ConsentLevel,
  type ConsentRecord,
  CONSENT_LEVELS,
  judged,
  type JudgedConsent,
} from "../../domain/calls/consent.ts";
import { readDate } from "../../domain/calls/contact.ts";
import { Misused } from "../errors.ts";
import type { Clock, Store } from "../ports/index.ts";

/** As an operator says it: `--source`, `--proof` … */
export interface ConsentInput {
  readonly source: string;
  readonly proof?: string | undefined;
  /** Default express. */
  readonly level?: string | undefined;
  /** Default marketing. */
  readonly purpose?: string | undefined;
  /** A date, with a time or without; default now. */
  readonly grantedAt?: string | undefined;
  readonly expiresAt?: string | undefined;
}

export class Suppression {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Throws Misused with what is wrong. */
  async grant(phoneNumber: string, input: ConsentInput): Promise<JudgedConsent> {
    const { level = "express", purpose = "marketing", source, proof = null } = input;
    if (!isLevel(level)) {
      throw new Misused("consent", `level: expected one of ${CONSENT_LEVELS.join(", ")}, got "${level}"`);
    }
    const grantedAt = dateOf("granted at", input.grantedAt) ?? this.#clock.now();
    const expiresAt = dateOf("expires at", input.expiresAt);
    const what = { channel: "ai_voice", purpose, level, source, proof } as const;
    const consent: ConsentRecord = { phoneNumber, ...what, grantedAt, expiresAt, revokedAt: null };
    await this.#store.addConsents([consent]);
    const all = await this.consents(phoneNumber);
    return (
      all.find((other) => other.source === source && other.grantedAt === grantedAt) ?? { ...consent, valid: false }
    );
  }

  /** At once and everywhere. Returns how many consents there were. */
  revoke(phoneNumber: string): Promise<number> {
    return this.#store.revokeConsents(phoneNumber, this.#clock.now());
  }

  /** Oldest first. */
  async consents(phoneNumber: string): Promise<readonly JudgedConsent[]> {
    return judged(await this.#store.consentsOf(phoneNumber), this.#clock.now());
  }
}

const isLevel = (text: string): text is ConsentLevel => CONSENT_LEVELS.some((level) => level === text);

function dateOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const date = readDate(text);
  if (date === null) throw new Misused("consent", `${name}: expected a date such as 2026-11-23, got "${text}"`);
  return date;
}
