/** A window that is taken is given back, on every way out. */
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { fullScreen } from "../../src/cli/full-screen.ts";
import type { Io } from "../../src/cli/io.ts";
import type { Key } from "../../src/cli/keys.ts";
import { ManualClock } from "../../src/sandbox/index.ts";
import { NOON } from "../support/domain.ts";
import { terminal } from "../support/program.ts";

const ENTER = "\u001b[?1049h";
const LEAVE = "\u001b[?25h\u001b[?1049l";

/** A terminal with a keyboard, and a screen on it. */
function taken(lines = (): string[] => ["a line"]) {
  const signals = new EventEmitter();
  const [written, raw, stops, keys] = [[] as string[], [] as boolean[], [] as string[], [] as Key[]];
  const stderr = terminal(80);
  stderr.on("data", (text) => written.push(String(text)));
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (is: boolean) => void raw.push(is),
  });
  const at = { inFront: true };
  const io: Io = {
    argv: [],
    env: {},
    cwd: () => "/",
    stdin,
    stdout: new PassThrough(),
    stderr,
    pid: 1,
    kill: (_, signal) => void stops.push(signal),
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  };
  const clock = new ManualClock(NOON);
  const screen = fullScreen(
    io,
    clock,
    lines,
    (key) => keys.push(key),
    () => at.inFront,
  );
  const text = (): string => written.join("");
  return { at, clock, keys, raw, screen, signals, stdin, stderr, stops, text, written };
}

const close = async ({ clock, screen }: ReturnType<typeof taken>): Promise<void> => {
  const closed = Promise.resolve(screen[Symbol.asyncDispose]());
  closed.catch(() => {}); // whoever awaits it hears of it
  await clock.advance(1000);
  await closed;
};

test("it is drawn at most four times a second, and not at all when nothing changed", async () => {
  let n = 0;
  const on = taken(() => [`line ${n++}`, "another"]);
  for (let i = 0; i < 100; i++) {
    on.screen.changed();
    await on.clock.advance(10);
  }
  expect(n).toBeLessThanOrEqual(6);
  await close(on);

  const still = taken(() => ["the same"]);
  await still.clock.advance(500);
  const before = still.written.length;
  for (let i = 0; i < 20; i++) {
    still.screen.changed();
    await still.clock.advance(300);
  }
  expect(still.written).toHaveLength(before);
  await close(still);
});

test("the end gives back the window and the keyboard, and listens to nothing any more", async () => {
  const on = taken();
  on.stdin.write("pq");
  await on.clock.advance(300);
  await close(on);
  expect(on.keys).toEqual(["pause", "quit"]);
  expect(on.raw).toEqual([true, false]);
  expect(on.text().split(ENTER)).toHaveLength(2);
  expect(on.text().endsWith(LEAVE)).toBe(true);
  expect(on.signals.eventNames()).toEqual([]);
  expect([on.stdin.listenerCount("data"), on.stderr.listenerCount("resize")]).toEqual([0, 0]);
});

test("Ctrl-Z gives both back before the process stops, and takes them again when it is in front", async () => {
  const on = taken();
  on.stdin.write("\u001a");
  await on.clock.advance(300);
  expect(on.stops).toEqual(["SIGSTOP"]);
  expect(on.raw).toEqual([true, false]);
  expect(on.text().endsWith(LEAVE)).toBe(true);
  // Continued in the background: a terminal that is another's stops whoever sets it.
  on.at.inFront = false;
  on.signals.emit("SIGCONT");
  await on.clock.advance(3000);
  expect(on.raw).toEqual([true, false]);
  on.at.inFront = true;
  await on.clock.advance(1300);
  expect(on.raw).toEqual([true, false, true]);
  expect(on.text().split(ENTER)).toHaveLength(3);
  await close(on);
});

test("a process that ends in the middle gives the window back", async () => {
  const on = taken();
  on.signals.emit("exit");
  expect(on.text().endsWith(LEAVE)).toBe(true);
  await close(on);
  expect(on.text().split(LEAVE)).toHaveLength(2);
});

test("a window of another size is drawn from nothing", async () => {
  const on = taken();
  await on.clock.advance(300);
  on.stderr.emit("resize");
  await on.clock.advance(300);
  expect(on.text().split("\u001b[H\u001b[J").at(-1)).toContain("a line");
  await close(on);
});

test("a bug in what is drawn ends no run: it is told of when the run is over", async () => {
  const bug = new RangeError("Invalid count value: -1");
  const on = taken(() => {
    throw bug;
  });
  await on.clock.advance(5000);
  expect(on.text().endsWith(LEAVE)).toBe(true);
  expect(on.raw.at(-1)).toBe(false);
  await expect(close(on)).rejects.toBe(bug);
});
