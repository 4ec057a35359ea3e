/**
 * Encrypts the contact data of a project, decrypts it, or gives it another key: batch by batch, each a transaction, so that it
 * may be broken off and gone on with at any row. Until it is over nobody is called, and who asks not to be is put on the list.
 */
import { z } from "zod";
import type { Clock } from "../../engine/ports/index.ts";
import {
  type Encryption,
  encryptionOf,
  inUse,
  type Keys,
  type KeyStatus,
  nextState,
  type Rekeying,
  type Renewed,
  turned,
  vaultFor,
} from "../encryption.ts";
import type { Row } from "../columns.ts";
import { row } from "./answers.ts";
import { Rpc, type SupabaseSettings } from "./rpc.ts";
import { checkVersion } from "./schema.ts";
import { Sealer, wordOf } from "./sealer.ts";

/** Every table that holds contact data, and what finds a row of it. Calls first: of whom was dialed, the log tells each entry that goes. */
const TABLES: readonly (readonly [table: string, ...key: string[]])[] = [
  ["campaign_calls", "id"],
  ["call_attempts", "id"],
  ["do_not_call_numbers", "phone_number", "source"],
  ["consents", "id"],
  ["contacts", "id"],
  ["csv_contacts", "id"],
  ["campaigns", "id"],
  ["webhooks_heard", "attempt_id", "event"],
  ["request_keys", "owner", "key"],
  ["audit_subjects", "id"],
];
const BATCH = 500;
/** Somebody else may write as long as it takes: a frontend, or who asks not to be called. */
const ROUNDS = 10;

const status = z.object({ encryption: row.nullable(), numbers: z.record(z.string(), z.number()) });
const begun = z.enum(["begun", "turned", "in_use"]);
const over = z.enum(["done", "turned", "left"]);
const missed = z.number().nullable();

export class ProjectKeys {
  readonly #db: Rpc;
  readonly #clock: Clock;
  readonly #keys: Keys | null;
  #checked = false;

  constructor(settings: SupabaseSettings, clock: Clock, keys: Keys | null) {
    this.#db = new Rpc(settings, clock);
    this.#clock = clock;
    this.#keys = keys;
  }

  async status(): Promise<KeyStatus> {
    const { encryption, numbers } = status.parse(await this.#ask("encryption", {}));
    return { encryption: encryptionOf(encryption ?? undefined), numbers };
  }

  /** From here on what is written is written anew. False: there is nothing to do. */
  async begin(what: Rekeying, keys: Keys): Promise<boolean> {
    const { encryption: found } = await this.status();
    const next = nextState(what, found, keys);
    if (next === null) return false;
    const request = { was: wordOf(found), next: next === found ? null : next };
    const answer = begun.parse(await this.#ask("begin_rekeying", request, true));
    if (answer === "in_use") throw inUse();
    // Asked again after it was done, since the answer was lost.
    if (answer === "turned" && wordOf((await this.status()).encryption) !== wordOf(next)) throw turned();
    return true;
  }

  /** Renews row after row from the beginning, and ends with the last; says after each batch how many rows it has been through. */
  async *renewRows(size = BATCH): AsyncGenerator<Renewed> {
    const { encryption: began } = await this.status();
    const sealer = new Sealer(vaultFor(began, this.#keys, "accept"), began);
    for (let round = 1; ; round++) {
      let [rows, unopened, others] = [0, 0, 0];
      for (const [table, ...key] of TABLES) {
        for (let after: Row | null = null; ;) {
          const page: Row[] = z.array(row).parse(await this.#ask("rows_to_rekey", { table, after, limit: size }));
          const last = page.at(-1);
          if (last === undefined) break;
          const renewed = page.map((stored) => ({ stored, ...sealer.renewed(stored) }));
          others += await this.#store(began, table, key, renewed);
          rows += page.length;
          unopened += renewed.filter(({ isWhole }) => !isWhole).length;
          after = picked(last, key);
          yield { rows, unopened };
        }
      }
      const answer = others > 0 ? "left" : over.parse(await this.#ask("end_rekeying", { sealing: wordOf(began) }));
      // Asked again after it was done, since the answer was lost.
      if (answer === "turned" && isOver(began, (await this.status()).encryption)) return yield { rows, unopened };
      if (answer === "turned" || round === ROUNDS) throw turned();
      if (answer === "done") return yield { rows, unopened };
    }
  }

  /** How many somebody else has changed meanwhile. */
  async #store(
    began: Encryption | null,
    table: string,
    key: readonly string[],
    renewed: readonly { readonly stored: Row; readonly changes: Row }[],
  ): Promise<number> {
    const rows = renewed
      .filter(({ changes }) => Object.keys(changes).length > 0)
      .map(({ stored, changes }) => ({
        key: picked(stored, key),
        was: picked(stored, Object.keys(changes)),
        changes,
      }));
    if (rows.length === 0) return 0;
    const answer = missed.parse(await this.#ask("rekey", { sealing: wordOf(began), table, rows }));
    if (answer === null) throw turned();
    return answer;
  }

  async #ask(verb: string, request: object, now = false): Promise<unknown> {
    if (!this.#checked) checkVersion(await this.#db.version());
    this.#checked = true;
    return this.#db.call(verb, request, now ? this.#clock.now() : null);
  }
}

const picked = (stored: Row, columns: readonly string[]): Row =>
  Object.fromEntries(columns.map((column) => [column, stored[column] ?? null]));

const isOver = (began: Encryption | null, found: Encryption | null): boolean =>
  began?.state === "decrypting" ? found === null : found?.state === "sealed" && found.key_id === began?.key_id;
