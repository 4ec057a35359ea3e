/** Output that cannot be written: a closed pane (EIO), a full disk (ENOSPC), a reader that is gone (EPIPE). */
import { messageOf, Unavailable } from "../engine/errors.ts";
import type { Io } from "./io.ts";

/** What a process gives a program, and what has become of its output. */
export interface Streams {
  readonly io: Io;
  /** Waits until all output is written or lost; then the error, if there is one to report. */
  readonly settled: () => Promise<Unavailable | null>;
}

/** From now on no stream ends the program: what is lost is known to `io.outputLost`, and what is written later is dropped. */
export function watchStreams(given: Io): Streams {
  const lost = new AbortController();
  let first: NodeJS.ErrnoException | null = null;
  for (const stream of [given.stdout, given.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // A reader that has seen enough, such as head, has all it wanted; a run must know of it all the same.
      if (stream !== given.stdout || error.code !== "EPIPE") first ??= error;
      lost.abort();
    });
  }
  const io: Io = {
    argv: given.argv,
    env: given.env,
    cwd: () => given.cwd(),
    // Opened when it is first read.
    get stdin() {
      return given.stdin;
    },
    stdout: given.stdout,
    stderr: given.stderr,
    outputLost: lost.signal,
    ...(given.pid !== undefined && { pid: given.pid }),
    kill: (pid, signal) => given.kill?.(pid, signal),
    on: (signal, listener) => given.on(signal, listener),
    off: (signal, listener) => given.off(signal, listener),
  };
  return {
    io,
    settled: async () => {
      await Promise.all([written(given.stdout), written(given.stderr)]);
      return first === null ? null : unwritable(first);
    },
  };
}

/** Resolves when the stream has taken all of it, or will take no more. */
function written(stream: Io["stdout"]): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored !== null || stream.writableLength === 0) setImmediate(resolve);
    // The error event comes behind it.
    else stream.write("", () => setImmediate(resolve));
  });
}

const unwritable = (error: NodeJS.ErrnoException): Unavailable =>
  new Unavailable("output", `the output could not be written: ${messageOf(error)}`, {
    hint: "what the command did is stored; campaigns status shows it",
  });

/** A stream of the process failed where nobody listened: at the terminal, such as a question that was never answered. */
export const isStreamError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["EIO", "ENOSPC", "EPIPE", "ENXIO"].includes(String(error.code));
