/**
 * Who takes lists of people out over HTTP is in the audit log: once a day for each token and list. An entry for every page would
 * bury the others.
 */
import { DAY } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { Context } from "./context.ts";

/** Kept in mind; whoever comes after that may be told of twice. */
const MOST = 10_000;

export class Exports {
  readonly #clock: Clock;
  readonly #told = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Before the answer leaves. `campaignId`: whose calls; null: the list is no campaign's. */
  tell(c: Context, what: string, campaignId: string | null): Promise<void> {
    const { principal, store } = c.var;
    const day = Math.floor(this.#clock.now() / DAY);
    const key = JSON.stringify([day, principal.owner, principal.id, what, campaignId]);
    const known = this.#told.get(key);
    if (known !== undefined) return known;
    if (this.#told.size >= MOST) this.#told.clear();
    const told = store.recordAudit({ action: "data.exported", campaignId, after: { what, by: "api" } });
    this.#told.set(key, told);
    told.catch(() => this.#told.delete(key));
    return told;
  }
}
