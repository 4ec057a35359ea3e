/** Which of our numbers a dial leaves with: the pool of its assistant, as the store and this runner last saw it. */
import { type CallerId, chooseCaller, narrowed } from "../../domain/calls/caller-id.ts";
import { type Instant, MINUTE } from "../../domain/time/instant.ts";
import type { CallerNumber } from "../ports/caller-numbers.ts";
import type { Store } from "../ports/index.ts";

const REMEMBERED = MINUTE;

export interface CallerRequest {
  readonly assistantId: string | null;
  readonly trunkId: string;
  /** Only these numbers; they are the pool when the assistant has none of them. Empty: all it has. */
  readonly only: readonly string[];
  /** The number to be called, E.164. */
  readonly contact: string;
  /** The number it was called with before. */
  readonly sticky: string | null;
}

export type Caller =
  /** `number` null: the trunk's own. `giveBack`: the dial did not leave after all. */
  | { readonly is: "use"; readonly number: string | null; readonly giveBack: () => void }
  | { readonly is: "wait"; readonly until: Instant };

/** An assistant's numbers are asked for once a minute at most. What leaves here in between is remembered here. */
export class CallerIds {
  readonly #pools = new Map<string, { readonly until: Instant; readonly pool: Promise<readonly CallerNumber[]> }>();
  readonly #used = new Map<string, Instant>();
  readonly #store: Pick<Store, "listNumbers">;

  constructor(store: Pick<Store, "listNumbers">) {
    this.#store = store;
  }

  /** The numbers of an assistant. Throws what the store says. */
  pool(assistantId: string | null, now: Instant): Promise<readonly CallerNumber[]> {
    if (assistantId === null) return Promise.resolve([]);
    const known = this.#pools.get(assistantId);
    if (known !== undefined && now < known.until) return known.pool;
    const pool = this.#store.listNumbers(assistantId);
    this.#pools.set(assistantId, { until: now + REMEMBERED, pool });
    pool.catch(() => this.#pools.delete(assistantId));
    return pool;
  }

  /** Takes a number for a dial that leaves now: until it is given back, its interval runs for everybody else. */
  async take({ assistantId, trunkId, only, contact, sticky }: CallerRequest, now: Instant): Promise<Caller> {
    const pool = await this.pool(assistantId, now);
    // A carrier refuses numbers that are another trunk's.
    const onTrunk = pool.filter((number) => number.trunkId === trunkId);
    const own = narrowed(onTrunk, only);
    const choices = own.length > 0 ? own : only.map((number) => ({ number, lastUsedAt: null, interval: 0 }));
    const chosen = chooseCaller(
      choices.map((caller) => this.#asUsed(caller)),
      contact,
      sticky,
      now,
    );
    if (chosen.is === "wait") return chosen;
    if (chosen.is === "none") return { is: "use", number: null, giveBack: () => {} };
    const { number } = chosen.caller;
    const before = this.#used.get(number);
    this.#used.set(number, now);
    const giveBack = (): void => {
      if (this.#used.get(number) !== now) return;
      if (before === undefined) this.#used.delete(number);
      else this.#used.set(number, before);
    };
    return { is: "use", number, giveBack };
  }

  #asUsed({ number, lastUsedAt, interval }: CallerId): CallerId {
    const here = this.#used.get(number) ?? null;
    const latest = here === null || lastUsedAt === null ? (here ?? lastUsedAt) : Math.max(here, lastUsedAt);
    return { number, lastUsedAt: latest, interval };
  }
}
