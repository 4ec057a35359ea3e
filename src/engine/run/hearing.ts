/**
 * What an agent says of one attempt, look by look: each new verdict is to be stored, and what could not be read is told
 * once. Stores nothing itself.
 */
import type { Said, Verdict } from "../../domain/calls/verdict.ts";
import type { Heard } from "../ports/index.ts";

export class Hearing {
  /** By its own count the newest; null: nothing since this runner listens. */
  #verdict: Verdict | null = null;
  #seq: number;
  /** The callee's wish to be called no more has been passed on. */
  #wished = false;
  readonly #told = new Set<string>();

  /** `before`: what is stored already. */
  constructor(before: Said | null) {
    this.#seq = before?.seq ?? -1;
  }

  get verdict(): Verdict | null {
    return this.#verdict;
  }

  /** No more is to come. */
  get isOver(): boolean {
    return this.#verdict?.final === true;
  }

  /** What is to be stored; null: nothing new. A wish to be called no more counts however late its verdict comes. */
  hears({ verdict }: Heard): Verdict | null {
    if (verdict === null) return null;
    const isNew = verdict.seq > this.#seq;
    const wish = verdict.doNotCall && !this.#wished;
    if (!isNew && !wish) return null;
    this.#wished ||= verdict.doNotCall;
    if (isNew) {
      this.#seq = verdict.seq;
      this.#verdict = verdict;
    }
    return verdict;
  }

  /** Problems that were not told before. */
  misses({ problems }: Heard): readonly string[] {
    const fresh = problems.filter((problem) => !this.#told.has(problem));
    for (const problem of fresh) this.#told.add(problem);
    return fresh;
  }
}
