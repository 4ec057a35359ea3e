/**
 * Dials of which nobody knows yet what became of them, per trunk. A server whose answers cannot be read would else be given the
 * whole list, and each of its contacts be lost. So
 *
 * - beyond a few whose answers could not be read, nothing more is dialed through that trunk; and
 * - only as many are under way as the dials that were told of have earned, and a few at the start or after an answer that could not be
 *   read: without a pace a whole list would leave before the first answer.
 */
const MOST = 3;

interface Trunk {
  /** That have left, and of which nothing was heard. */
  underWay: number;
  /** Whose answers could not be read. */
  unreadable: number;
  /** How many may be both. */
  most: number;
  /** Those that wait for room, in the order in which they came. */
  readonly waiting: Set<Fate>;
}

const room = ({ underWay, unreadable, most }: Trunk): number => most - underWay - unreadable;

export class UnknownFates {
  readonly #trunks = new Map<string, Trunk>();

  /** Of one dial through the trunk, which is yet to leave. */
  fate(trunkId: string): Fate {
    return new Fate(this.#of(trunkId));
  }

  /** Why nothing is to be dialed through the trunk for now, in words; null: it may be. */
  reason(trunkId: string): string | null {
    return reasonOf(this.#of(trunkId));
  }

  #of(trunkId: string): Trunk {
    const trunk = this.#trunks.get(trunkId) ?? {
      underWay: 0,
      unreadable: 0,
      most: MOST,
      waiting: new Set(),
    };
    this.#trunks.set(trunkId, trunk);
    return trunk;
  }
}

function reasonOf({ unreadable }: Trunk): string | null {
  return unreadable < MOST ? null : `what became of ${unreadable} dials through the trunk is not known yet`;
}

/** Known at the end of its scope, if not before. */
export class Fate implements Disposable {
  readonly #trunk: Trunk;
  #counts: "underWay" | "unreadable" | null = null;
  #turn: PromiseWithResolvers<void> | null = null;

  constructor(trunk: Trunk) {
    this.#trunk = trunk;
  }

  /** Why nothing is to be dialed through the trunk for now, in words; null: it may be. */
  get reason(): string | null {
    return reasonOf(this.#trunk);
  }

  /** Others may have to wait for what is heard of this one: it is the last that may be under way. */
  get isWaitedFor(): boolean {
    return room(this.#trunk) <= 0;
  }

  /** Null: its dial may leave now; else what resolves when that is to be asked again. */
  lineUp(): Promise<void> | null {
    if (room(this.#trunk) > 0) {
      this.#trunk.waiting.delete(this);
      return null;
    }
    this.#trunk.waiting.add(this);
    this.#turn ??= Promise.withResolvers();
    return this.#turn.promise;
  }

  /** From now on it counts. */
  leaves(): void {
    this.#count("underWay");
  }

  /** It was not to leave yet. */
  stays(): void {
    this.#count(null);
  }

  /** LiveKit told of it. */
  known(): void {
    if (this.#counts === "underWay") this.#trunk.most *= 2;
    this.#count(null);
  }

  /** Its answer could not be read. */
  unreadable(): void {
    this.#trunk.most = MOST;
    this.#count("unreadable");
  }

  [Symbol.dispose](): void {
    this.#trunk.waiting.delete(this);
    this.#count(null);
  }

  #count(as: "underWay" | "unreadable" | null): void {
    if (this.#counts !== null) this.#trunk[this.#counts]--;
    if (as !== null) this.#trunk[as]++;
    this.#counts = as;
    // As many as there is room for: to wake a thousand for each of them would cost more than their dials.
    let left = room(this.#trunk);
    for (const fate of this.#trunk.waiting) {
      if (left-- <= 0) break;
      fate.#wake();
    }
  }

  #wake(): void {
    this.#trunk.waiting.delete(this);
    this.#turn?.resolve();
    this.#turn = null;
  }
}
