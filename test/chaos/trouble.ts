/** Trouble that a round has beside kills and freezes, and the stage that it is played on. */
import type { DialRecord, Fault, Random, Sandbox } from "../../src/sandbox/index.ts";
import type { Scratch } from "../support/cli.ts";
import type { Rows } from "./promises.ts";
import type { Runners } from "./runners.ts";
import type { RoundStore } from "./stores.ts";

/** Where it is played. */
export interface Stage {
  readonly scratch: Scratch;
  readonly sandbox: Sandbox;
  readonly store: RoundStore;
  readonly runners: Runners;
  /** Of this trouble alone. */
  readonly random: Random;
  /** In the campaign of the round, numbered from 0. */
  readonly contacts: number;
  /** As `campaigns create` wants them, for further campaigns. */
  readonly settings: readonly string[];
  /** What goes wrong with requests anyway; a trouble may add to it before the first runner. */
  readonly faults: { readonly seed: number; readonly faults: Fault[] };
}

export interface Trouble {
  /** What the summary counts. */
  readonly played: string;
  readonly count: number;
  /** Before the first runner. */
  readonly prepare?: () => Promise<void>;
  /** While runners are killed and frozen. It is over when `storm` is. */
  readonly rage?: (storm: AbortSignal) => Promise<void>;
  /** Between the storm and the calm. */
  readonly aftermath?: () => Promise<void>;
  /** Promises of its own, after the calm. */
  readonly check?: (dials: readonly DialRecord[], rows: Rows) => Iterable<string>;
}
