/** First signal: drain. Second: leave. The exit code tells the parent what happened. */
import type { RunSignals } from "../engine/run/runner.ts";
import type { Io } from "./io.ts";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const satisfies Partial<
  Record<NodeJS.Signals, number>
>;

export interface Interruptions extends RunSignals, Disposable {
  /** 130, 143 … once interrupted; null before. */
  readonly exitCode: () => number | null;
}

export function listenForSignals(io: Io): Interruptions {
  const drain = new AbortController();
  const leave = new AbortController();
  let exitCode: number | null = null;
  const listeners = Object.entries(EXIT_CODES).map(([signal, code]) => {
    const onSignal = (): void => {
      exitCode ??= code;
      (drain.signal.aborted ? leave : drain).abort();
    };
    io.on(signal as NodeJS.Signals, onSignal);
    return [signal as NodeJS.Signals, onSignal] as const;
  });
  return {
    drain: drain.signal,
    leave: leave.signal,
    exitCode: () => exitCode,
    [Symbol.dispose]: () => listeners.forEach(([signal, listener]) => io.off(signal, listener)),
  };
}
