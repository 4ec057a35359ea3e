/**
 * First signal: drain. Second: leave. The exit code tells the parent what happened. SIGHUP is a terminal that was closed,
 * or, where there is none, an operator who wants the settings read again.
 */
import type { RunSignals } from "../engine/run/runner.ts";
import type { Io } from "./io.ts";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const satisfies Partial<
  Record<NodeJS.Signals, number>
>;

export interface Interruptions extends RunSignals, Disposable {
  /** 130, 143 … once interrupted; null before. */
  readonly exitCode: () => number | null;
  /** As SIGINT does: where Ctrl-C is a character. */
  readonly interrupt: () => void;
  /** No new calls, as the operator wishes: no interruption. */
  readonly drainOnly: () => void;
}

const hasTerminal = (io: Io): boolean =>
  [io.stdin, io.stdout, io.stderr].some((stream) => "isTTY" in stream && stream.isTTY);

/** `reload`: what a SIGHUP without a terminal does; absent: it ends the command as the others do. */
export function listenForSignals(io: Io, reload?: () => void): Interruptions {
  const drain = new AbortController();
  const leave = new AbortController();
  let exitCode: number | null = null;
  const interrupt = (code: number): void => {
    exitCode ??= code;
    (drain.signal.aborted ? leave : drain).abort();
  };
  const listeners = Object.entries(EXIT_CODES).map(([signal, code]) => {
    const onSignal = (): void => {
      if (signal === "SIGHUP" && reload !== undefined && !hasTerminal(io)) return reload();
      interrupt(code);
    };
    io.on(signal as NodeJS.Signals, onSignal);
    return [signal as NodeJS.Signals, onSignal] as const;
  });
  return {
    drain: drain.signal,
    leave: leave.signal,
    exitCode: () => exitCode,
    interrupt: () => interrupt(EXIT_CODES.SIGINT),
    drainOnly: () => drain.abort(),
    [Symbol.dispose]: () => listeners.forEach(([signal, listener]) => io.off(signal, listener)),
  };
}
