/** A carrier's books in memory, and what they were asked. */
import { SECOND } from "../../src/domain/time/instant.ts";
import type { CarrierCall, CarrierRecords, CarrierStatus } from "../../src/engine/ports/carrier.ts";
import { fictionalNumber } from "./cli.ts";

export class Ledger implements CarrierRecords {
  readonly entries: (CarrierCall & { readonly to: string })[] = [];
  readonly asked: string[] = [];
  fails: Error | null = null;

  /** A call to the `contact`-th number of a rig, that began at `start`. */
  enter(start: number, status: CarrierStatus, more: Partial<CarrierCall & { to: string }> = {}): void {
    const { durationSeconds = status === "completed" ? 0 : null } = more;
    const endedAt = status === "completed" ? start + (durationSeconds ?? 0) * SECOND : null;
    const entry = { id: `CA${this.entries.length}`, to: fictionalNumber(0), startedAt: start, price: null, endedAt };
    this.entries.push({ ...entry, status, durationSeconds, ...more });
  }

  find(id: string): Promise<CarrierCall | null> {
    this.asked.push(id);
    return this.#answer(this.entries.find((entry) => entry.id === id) ?? null);
  }

  callsTo(number: string, from: number, until: number): Promise<readonly CarrierCall[]> {
    this.asked.push(`number ${this.entries.length}`);
    const inTime = ({ startedAt }: CarrierCall): boolean =>
      startedAt !== null && startedAt >= from && startedAt <= until;
    return this.#answer(this.entries.filter((entry) => entry.to === number && inTime(entry)));
  }

  #answer<T>(answer: T): Promise<T> {
    return this.fails === null ? Promise.resolve(answer) : Promise.reject(this.fails);
  }
}
