/** Runs a whole command in this process: argv and environment in, exit code and text out. */
import { clearLine, cursorTo, moveCursor } from "node:readline";
import { EventEmitter } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import debug from "debug";
import { main } from "../../src/cli/main.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { Ran, Scratch } from "./cli.ts";

export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: string;
  /** What somebody at a terminal types. */
  readonly typed?: string;
  /** Somebody looks at both streams. */
  readonly onTerminal?: boolean;
  /** Of that terminal; 0: it does not know, as under expect or docker run -t. */
  readonly columns?: number;
  /** Its lines; left out: it does not know. */
  readonly rows?: number;
  /** SIGTERM comes once this is printed. */
  readonly until?: RegExp | undefined;
}

/** A stream that moves its cursor as a terminal's does. */
export function terminal(columns = 120, rows?: number): PassThrough & { isTTY: boolean } {
  const stream = new PassThrough();
  return Object.assign(stream, {
    isTTY: true,
    columns,
    ...(rows !== undefined && { rows }),
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (dx: number, dy: number) => moveCursor(stream, dx, dy),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  });
}

export async function program(
  argv: readonly string[],
  { env = {}, cwd, stdin = "", typed, onTerminal = typed !== undefined, columns, rows, until }: Given,
): Promise<Ran> {
  const stream = (): PassThrough => (onTerminal ? terminal(columns, rows) : new PassThrough());
  const [stdout, stderr, signals] = [stream(), stream(), new EventEmitter()];
  const [out, err] = [text(stdout), text(stderr)];
  let printed = "";
  const onPrinted = (chunk: unknown): void => {
    printed += String(chunk);
    if (until?.test(printed) !== true) return;
    for (const stream of [stdout, stderr]) stream.off("data", onPrinted);
    signals.emit("SIGTERM");
  };
  if (until !== undefined) for (const stream of [stdout, stderr]) stream.on("data", onPrinted);
  const code = await main({
    argv: ["node", "campaigns", ...argv],
    env,
    cwd: () => cwd,
    stdin: typed === undefined ? Readable.from([stdin]) : Object.assign(Readable.from([typed]), { isTTY: true }),
    stdout,
    stderr,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  });
  // DEBUG is written to this process's environment, from which others start.
  debug.disable();
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}

/** What `scratch.run` does in a process of its own, in this one: a tenth of the cost, for commands that nobody kills. */
export const inside = (scratch: Scratch, ...args: string[]): Promise<Ran> =>
  program(args, { cwd: scratch.dir, env: scratch.how().env });

/** The tree of all commands, for those who look at it and run none. */
export function wholeProgram(): Promise<Command> {
  const [stdin, stdout, stderr] = [Readable.from([]), new PassThrough(), new PassThrough()];
  const io = {
    argv: ["node", "campaigns"],
    env: {},
    cwd: () => "/",
    stdin,
    stdout,
    stderr,
    on: () => {},
    off: () => {},
  };
  return createProgram(io, () => {}, true);
}
