/**
 * How long ago something happened whose sender says when in whole seconds of a clock of its own. That is believed while some
 * of what it sends comes within moments by both clocks; else only that it happened before it came here.
 */
import { type Instant, MINUTE, SECOND } from "../../domain/time/instant.ts";

/** What is older says nothing of clocks that somebody may have set since. */
const REMEMBERED = 10 * MINUTE;
/** A second that is not told, and the way here. */
const PROMPT = 1.5 * SECOND;

export interface HowLate {
  /** Milliseconds ago, at least; and by how much it may be more, null: nobody can tell. */
  readonly late: number;
  readonly uncertain: number | null;
}

export class SenderClock {
  /** Each less late than those before it: the first is the least of all that are remembered. */
  #least: { readonly at: Instant; readonly delay: number }[] = [];

  /** `sentAt`: null: it does not say. */
  read(sentAt: Instant | null, at: Instant): HowLate {
    if (sentAt === null) return { late: 0, uncertain: null };
    const delay = at - sentAt;
    this.#remember(delay, at);
    const agrees = this.#agrees();
    if (delay < 0) return { late: 0, uncertain: null };
    const late = agrees ? Math.max(0, delay - SECOND) : 0;
    return { late, uncertain: agrees ? delay - late : Math.max(delay, SECOND) };
  }

  #agrees(): boolean {
    const least = this.#least[0]?.delay ?? Infinity;
    return least >= 0 && least < PROMPT;
  }

  #remember(delay: number, at: Instant): void {
    this.#least = this.#least.filter((each) => each.delay < delay && at - each.at <= REMEMBERED && each.at <= at);
    this.#least.push({ at, delay });
  }
}
