/** Answers that many ask for at once, made once for all of them, and kept for as long as nobody can tell. */
import type { Instant } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";

/** Milliseconds for which an answer is good. */
const KEPT = 250;
const MOST = 1000;

export class Recent<T> {
  readonly #clock: Clock;
  readonly #answers = new Map<string, { readonly answer: Promise<T>; readonly until: Instant }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer to `key`, made anew by `make` where it is too old. What could not be made is not kept. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const now = this.#clock.monotonic();
    const known = this.#answers.get(key);
    if (known !== undefined && known.until > now) return known.answer;
    if (this.#answers.size >= MOST) this.#answers.clear();
    const answer = make();
    this.#answers.set(key, { answer, until: now + KEPT });
    answer.catch(() => this.#answers.delete(key));
    return answer;
  }

  /** Something was changed: whoever did it is to see it. */
  clear(): void {
    this.#answers.clear();
  }
}
