/** Requests that must not be acted on twice, whoever hears them. */
import type { Instant } from "../../domain/time/instant.ts";

/** `taken`: somebody acts on it, or began to and nobody knows how far it came. */
export type KeyClaim =
  { readonly is: "yours" } | { readonly is: "taken" } | { readonly is: "answered"; readonly answer: KeptAnswer };

export interface KeptAnswer {
  /** Stands for the request: another one with the same key is a mistake. */
  readonly request: string;
  readonly status: number;
  readonly body: string;
}

export interface RequestKeyStore {
  /** Gives the key to the first who asks, for a day. `claim`: chosen by the caller, so that asking again is no second claim. */
  claimKey(key: string, claim: string, at: Instant): Promise<KeyClaim>;
  /** Keeps the answer that everybody gets who asks with the key again. */
  answerKey(key: string, claim: string, answer: KeptAnswer): Promise<void>;
}
