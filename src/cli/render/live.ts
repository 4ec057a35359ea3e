/** A live display on a terminal: what happens scrolls by above a few lines that are written anew all the time. */
import ora from "ora";
import type { RunEvent } from "../../domain/calls/run-event.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import { type Lines, terminalText } from "../lines.ts";
import type { Output } from "../output.ts";

export interface LiveDisplay {
  /** `text` null: no line scrolls by. */
  onEvent(event: RunEvent, text: string | null): void;
  stop(): Promise<void>;
}

/** `lines`: asked for twice a second, and when something happens. `notice`: hears of every event before the display shows it. */
export function liveDisplay(
  clock: Clock,
  out: Output,
  lines: () => Promise<Lines> | Lines,
  notice: (event: RunEvent) => void,
): LiveDisplay {
  // Whether there is a terminal is decided already; ora alone would stay silent wherever CI is set.
  const spinner = ora({ stream: out.stderr, discardStdin: false, text: "starting", isEnabled: true }).start();
  const stopped = new AbortController();
  let happened = new AbortController();
  const refresh = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      happened = new AbortController();
      spinner.text = terminalText(await lines()).replaceAll("\n", "\n  ");
      await clock.sleep(SECOND / 2, AbortSignal.any([stopped.signal, happened.signal]));
    }
  };
  const refreshing = refresh();
  return {
    onEvent(event, text) {
      notice(event);
      happened.abort();
      if (text === null) return;
      spinner.clear();
      out.event(null, text);
      spinner.render();
    },
    async stop() {
      stopped.abort();
      await refreshing;
      spinner.stop();
    },
  };
}
