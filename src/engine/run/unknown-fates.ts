/**
 * Dials of which nobody knows yet what became of them, per trunk. Beyond a few nothing more is claimed through that trunk:
 * a server whose answers cannot be read would else be given the whole list, and each of its contacts be lost.
 */
const MOST = 3;

export class UnknownFates {
  readonly #perTrunk = new Map<string, number>();

  /** A dial's fate is unknown until the returned function is called. */
  enter(trunkId: string): () => void {
    this.#add(trunkId, 1);
    let known = false;
    return () => {
      if (!known) this.#add(trunkId, -1);
      known = true;
    };
  }

  /** Why nothing is to be dialed through the trunk for now, in words; null: it may be. */
  reason(trunkId: string): string | null {
    const count = this.#perTrunk.get(trunkId) ?? 0;
    return count < MOST ? null : `what became of ${count} dials through the trunk is not known yet`;
  }

  #add(trunkId: string, change: number): void {
    this.#perTrunk.set(trunkId, (this.#perTrunk.get(trunkId) ?? 0) + change);
  }
}
