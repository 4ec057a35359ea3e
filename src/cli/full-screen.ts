/**
 * A whole terminal window: entered, drawn, and given back on every way out: the end, an error, Ctrl-Z, and the end of the
 * process itself. What was on the terminal before is there again afterwards.
 */
import { createLogUpdate } from "log-update";
import { SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { Io } from "./io.ts";
import { type Key, type Keyboard, keyboard } from "./keys.ts";
import { terminalText } from "./lines.ts";
import type { Size } from "./render/screen-state.ts";

const ENTER = "\u001b[?1049h\u001b[H\u001b[J\u001b[?25l";
const CLEAR = "\u001b[H\u001b[J";
const LEAVE = "\u001b[?25h\u001b[?1049l";

/** At most four times a second. */
const SHORTEST = SECOND / 4;
/** Ages grow. */
const LONGEST = SECOND;

export interface FullScreen extends AsyncDisposable {
  /** Something has changed: draw it as soon as it is time. */
  readonly changed: () => void;
  readonly hasKeys: boolean;
}

/** `lines`: what is to be seen now. `isInFront`: whether this process may use the terminal; asked when it comes back. */
export function fullScreen(
  io: Io,
  clock: Clock,
  lines: (size: Size) => readonly string[],
  onKey: (key: Key) => void,
  isInFront: () => boolean,
): FullScreen {
  const { stderr } = io;
  const draw = createLogUpdate(stderr, { showCursor: true });
  const stopped = new AbortController();
  let shown = false;
  let change = new AbortController();
  let keys: Keyboard | null = null;
  let bug: unknown = null;

  const enter = (): void => {
    shown = true;
    stderr.write(ENTER);
    draw.done();
  };
  const leave = (): void => {
    if (shown) stderr.write(LEAVE);
    shown = false;
  };
  const suspend = (): void => {
    keys?.release();
    leave();
    io.kill?.(io.pid ?? 0, "SIGSTOP");
  };
  const resume = (): void => {
    if (shown || stopped.signal.aborted || !isInFront()) return;
    keys?.listen();
    enter();
    change.abort();
  };
  const resized = (): void => {
    if (!shown) return;
    // What the terminal has wrapped anew is in no place that is known.
    stderr.write(CLEAR);
    draw.done();
    change.abort();
  };

  const refresh = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      change = new AbortController();
      // Put into the background, it had to leave; nothing tells that it is in front again.
      if (!shown) resume();
      const size = { columns: stderr.columns ?? 80, rows: stderr.rows || 24 };
      try {
        if (shown) draw(terminalText(lines(size)));
      } catch (error) {
        // Calls are under way: they are seen to their end without a screen, and the bug is told of then.
        bug = error;
        keys?.release();
        leave();
        return;
      }
      await clock.sleep(SHORTEST, stopped.signal);
      await clock.sleep(LONGEST - SHORTEST, AbortSignal.any([stopped.signal, change.signal]));
    }
  };

  io.on("SIGTSTP", suspend);
  io.on("SIGCONT", resume);
  io.on("exit", leave);
  stderr.on("resize", resized);
  enter();
  keys = keyboard(io.stdin, (key) => (key === "suspend" ? suspend() : onKey(key)));
  const refreshing = refresh();
  return {
    changed: () => change.abort(),
    hasKeys: keys !== null,
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      keys?.[Symbol.dispose]();
      leave();
      io.off("SIGTSTP", suspend);
      io.off("SIGCONT", resume);
      io.off("exit", leave);
      stderr.off("resize", resized);
      await refreshing;
      if (bug !== null) throw bug;
    },
  };
}
