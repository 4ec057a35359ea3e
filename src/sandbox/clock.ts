/** A clock that stands still until a test moves it: seconds of a campaign pass in microseconds, in a fixed order. */
import { setImmediate as turn } from "node:timers/promises";
import type { Instant } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";

interface Sleeper {
  readonly due: Instant;
  readonly wake: () => void;
}

/** Turns of the event loop that let everything that can go on without time go on: a write to a file takes one. */
const TURNS = 10;

export class ManualClock implements Clock {
  /** Time that only passes; wall time is this and what the clock was set by. */
  #now: Instant;
  #setBy = 0;
  /** Those who sleep, the first to wake first; of equals, the first to fall asleep. */
  #sleepers: Sleeper[] = [];

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now + this.#setBy;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Somebody sets the wall clock forward by `ms`, or back; nobody who sleeps wakes sooner or later for it. */
  set(ms: number): void {
    this.#setBy += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const sleeper: Sleeper = {
        due: this.#now + Math.ceil(Math.max(0, ms)),
        wake: () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      const later = this.#sleepers.findIndex(({ due }) => due > sleeper.due);
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  /** Lets `ms` pass, waking whoever is due in between at their own time. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.#settle();
    while ((this.#sleepers[0]?.due ?? Infinity) <= until) await this.#wakeFirst();
    this.#now = until;
    await this.#settle();
  }

  /** Lets as much time pass as the promise needs, at most `limit` ms; throws when it is not settled by then. */
  async finish<T>(promise: Promise<T>, limit: number): Promise<T> {
    const until = this.#now + limit;
    const settled = new AbortController();
    const settle = (): void => settled.abort();
    promise.then(settle, settle);
    await this.#settle();
    while (!settled.signal.aborted) {
      const due = this.#sleepers[0]?.due ?? Infinity;
      if (due > until) throw new Error(`not done after ${limit} ms; next to wake: ${due - this.#now} ms from now`);
      await this.#wakeFirst();
    }
    return promise;
  }

  async #wakeFirst(): Promise<void> {
    const [first] = this.#sleepers;
    if (first === undefined) return;
    this.#now = Math.max(this.#now, first.due);
    first.wake();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    for (let n = 0; n < TURNS; n++) await turn();
  }
}
