/**
 * A project's functions, asked with rows that are sealed as its rows are. What they are sealed with is compared there before
 * anything is read or written; where it has become something else, the request is made anew, or there is no key for it.
 */
import { z } from "zod";
import type { Instant } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import { type Keys, encryptionOf, refuseUnfinished, vaultFor } from "../encryption.ts";
import { Rpc, type SupabaseSettings } from "./rpc.ts";
import { checkVersion } from "./schema.ts";
import { Sealer } from "./sealer.ts";

/** Made anew where the project turns out to be sealed otherwise. */
export type Asked = object | ((sealer: Sealer) => object);
export type Call = (verb: string, request: Asked, at?: Instant | null) => Promise<unknown>;

export interface AskingSettings extends SupabaseSettings {
  /** Contact data is sealed with the first, and opened with all. A project that is not encrypted is then refused. */
  readonly keys?: Keys | null | undefined;
}

/** Verbs for which numbers may be written in two ways: they read, or somebody asks not to be called. */
const MEANWHILE = new Set(
  `list_contact_lists find_contact_lists list_contacts list_variables contact_record list_campaigns find_campaigns talks
  snapshot progress figures list_calls find_call call_history call_of open_recordings others_leases ended_attempts hang_ups
  webhook_senders attempt_of_carrier news do_not_call do_not_call_sources consents_of unplaced_contacts events list_numbers
  caller_pool trunk_is_others trunk_limits unsynced_attempts costs personal_data outlived recording_places audit_entries
  unsealed_audit sealed_audit audit_history audited_dials add_do_not_call revoke_consents`.split(/\s+/),
);

const otherwise = z.object({ sealed_otherwise: z.record(z.string(), z.unknown()).nullable() });

export class Asking {
  /** Whose rows; null: everybody's. */
  readonly owner: string | null;
  readonly #db: Rpc;
  readonly #keys: Keys | null;
  #sealer: Sealer;
  #checked: Promise<void> | null = null;

  constructor({ keys = null, ...settings }: AskingSettings, clock: Clock) {
    this.owner = settings.userId ?? null;
    this.#db = new Rpc(settings, clock);
    this.#keys = keys;
    this.#sealer = Sealer.expected(keys);
  }

  get sealer(): Sealer {
    return this.#sealer;
  }

  readonly call: Call = (verb, request, at = null) => this.#ask("call", verb, request, at);

  /** As call(), but what may have been done is never asked for again. */
  readonly once: Call = (verb, request, at = null) => this.#ask("once", verb, request, at);

  async #ask(how: "call" | "once", verb: string, request: Asked, at: Instant | null): Promise<unknown> {
    await this.#ready();
    for (;;) {
      const sealer = this.#sealer;
      if (!MEANWHILE.has(verb)) refuseUnfinished(sealer.vault);
      const told = typeof request === "function" ? (request as (sealer: Sealer) => object)(sealer) : request;
      const answer = await this.#db[how](verb, told, at, sealer.word);
      const other = otherwise.safeParse(answer);
      if (!other.success) return sealer.open(answer);
      const found = encryptionOf(other.data.sealed_otherwise ?? undefined);
      this.#sealer = new Sealer(vaultFor(found, this.#keys), found);
    }
  }

  /** The first verb finds out whether the project's schema is the program's. */
  #ready(): Promise<void> {
    this.#checked ??= this.#db.version().then(checkVersion);
    return this.#checked.catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
  }
}
