/** What a round wants of the store that it plays on: how the program is told of it, and the rows after the storm. */
import type { Random } from "../../src/sandbox/index.ts";
import type { Rows } from "./promises.ts";

/** What a gateway says instead of the store. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** A store that was never used, for one round. */
export interface RoundStore extends AsyncDisposable {
  /** How a process is told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** The embedded store's; null: there is none. */
  readonly file: string | null;
  /** As few runners share it in a round; three are the most. */
  readonly fewestRunners: number;
  /** From now on requests to it and its answers get lost, where there is a network in between; null: none any more. */
  lose(random: Random | null): void;
  /** So many have been lost. */
  losses(): number;
  /** From now on all requests are answered so; null: no more. False: nobody stands between, so nothing is refused. */
  refuse(refusal: Refusal | null): boolean;
  /** Does somebody hold it, so that nobody else can write? */
  isHeld(): boolean;
  rows(): Promise<Rows>;
  /**
   * Writes into its tables beside the program, in SQL that both understand; returns how many rows that changed. Throws what
   * the database says. `past`: as it was written before the schema had its checks.
   */
  write(sql: string, past?: "past"): Promise<number>;
}

/** Makes them; several are used at once. */
export interface Stores extends AsyncDisposable {
  fresh(): Promise<RoundStore>;
}
