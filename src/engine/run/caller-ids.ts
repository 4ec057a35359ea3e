/** Which of our numbers a dial leaves with: the pool of its assistant, as the store and this runner last saw it. */
import { type CallerId, chooseCaller, narrowed } from "../../domain/calls/caller-id.ts";
import { type Instant, MINUTE } from "../../domain/time/instant.ts";
import { Refused } from "../errors.ts";
import type { CallerPool } from "../ports/caller-numbers.ts";
import type { Store } from "../ports/index.ts";

const REMEMBERED = MINUTE;

export interface CallerRequest {
  readonly assistantId: string | null;
  /** Whose campaign it is; null: the installation's; undefined: a single call. */
  readonly userId?: string | null | undefined;
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
  readonly #pools = new Map<string, { readonly at: Instant; readonly pool: Promise<CallerPool> }>();
  readonly #used = new Map<string, Instant>();
  readonly #store: Pick<Store, "callerPool">;

  constructor(store: Pick<Store, "callerPool">) {
    this.#store = store;
  }

  /** What an owner may call with as this assistant. Throws what the store says. */
  pool(assistantId: string | null, userId: string | null | undefined, now: Instant): Promise<CallerPool> {
    const key = JSON.stringify([assistantId, userId]);
    const known = this.#pools.get(key);
    // The clock may have been set back meanwhile.
    if (known !== undefined && Math.abs(now - known.at) < REMEMBERED) return known.pool;
    const pool = this.#store.callerPool(assistantId, userId);
    this.#pools.set(key, { at: now, pool });
    pool.catch(() => this.#pools.delete(key));
    return pool;
  }

  /** Takes a number for a dial that leaves now: until it is given back, its interval runs for everybody else. */
  async take({ assistantId, userId, trunkId, only, contact, sticky }: CallerRequest, now: Instant): Promise<Caller> {
    const { numbers } = await this.pool(assistantId, userId, now);
    // A carrier refuses numbers that are another trunk's.
    const onTrunk = numbers.filter((number) => number.trunkId === trunkId);
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

/** Throws Refused when one of the numbers belongs to other owners. */
export function refuseOthersNumbers({ othersNumbers }: CallerPool, only: readonly string[]): void {
  if (!only.some((number) => othersNumbers.includes(number))) return;
  throw new Refused("others_number", "expected a caller ID of this owner, got one that is assigned to another", {
    hint: "campaigns trunks shows which numbers there are to call with",
  });
}
