/** What a process gives a program: arguments, environment, streams, signals. Tests pass their own. */
import type { Readable, Writable } from "node:stream";

/** A stream that may be one. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export interface Io {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: () => string;
  readonly stdin: Readable;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Aborted once something could not be written. */
  readonly outputLost?: AbortSignal;
  /** Of the process, and what stops it until its shell goes on with it. */
  readonly pid?: number;
  kill?(pid: number, signal: NodeJS.Signals): unknown;
  /** `exit`: the process ends, one way or another; only what is done at once is still done. */
  on(signal: NodeJS.Signals | "exit", listener: () => void): unknown;
  off(signal: NodeJS.Signals | "exit", listener: () => void): unknown;
}
