/** What a round wants of the store that it plays on: how the program is told of it, and the rows after the storm. */
import type { Random } from "../../src/sandbox/index.ts";
import type { Rows } from "./promises.ts";

/** A store that was never used, for one round. */
export interface RoundStore extends AsyncDisposable {
  /** How a process is told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** As few runners share it in a round; three are the most. */
  readonly fewestRunners: number;
  /** From now on requests to it and its answers get lost, where there is a network in between; null: none any more. */
  lose(random: Random | null): void;
  /** So many have been lost. */
  losses(): number;
  rows(): Promise<Rows>;
}

/** Makes them; several are used at once. */
export interface Stores extends AsyncDisposable {
  fresh(): Promise<RoundStore>;
}
