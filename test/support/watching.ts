/** Somebody who looks at the screen of a runner on the manual clock. */
import { Chalk } from "chalk";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { Output } from "../../src/cli/output.ts";
import { screenLines } from "../../src/cli/render/screen.ts";
import type { Io } from "../../src/cli/io.ts";
import { RunScreen } from "../../src/cli/run-screen.ts";
import type { Session } from "../../src/cli/session.ts";
import { listenForSignals } from "../../src/cli/signals.ts";
import type { RunnerOptions } from "../../src/engine/run/runner.ts";
import type { Store, Telephony } from "../../src/engine/ports/index.ts";
import type { Rig, Working } from "./engine.ts";
import { terminal } from "./program.ts";

const plain = new Chalk({ level: 0 });

export interface Watching extends Working, AsyncDisposable {
  readonly screen: RunScreen;
  /** Characters that the terminal was sent so far. */
  readonly sent: () => number;
  /** What the window shows. */
  readonly lines: (columns?: number, rows?: number) => string[];
}

/** A runner that stays, and its screen; `stdin`: what keys come from. */
export async function watch(
  rig: Rig,
  options: Partial<RunnerOptions> = {},
  {
    store = rig.store,
    telephony = rig.telephony,
    names = true,
  }: { store?: Store; telephony?: Telephony; names?: boolean } = {},
): Promise<Watching> {
  const signals = new EventEmitter();
  const stderr = terminal(80);
  let sent = 0;
  stderr.on("data", (chunk: unknown) => (sent += String(chunk).length));
  const io: Io = {
    argv: [],
    env: {},
    cwd: () => "/",
    stdin: new PassThrough(),
    stdout: new PassThrough().resume(),
    stderr,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  };
  const config = {
    clockZone: "UTC",
    json: false,
    quiet: false,
    color: false,
    dumb: false,
    debug: "",
    wide: false,
    pager: null,
  };
  const session = { io, clock: rig.clock, config, out: new Output(io, config) } as unknown as Session;
  const interruptions = listenForSignals(io);
  let working: Working | null = null;
  const runner = () => {
    if (working === null) throw new Error("expected a runner");
    return working.runner;
  };
  const screen = new RunScreen({ session, campaigns: rig.campaigns, signals: interruptions, names, runner });
  const running = await rig.store.listCampaigns("running");
  working = rig.work(
    {
      watch: true,
      ...options,
      onEvent: (event) => {
        rig.events.push(event);
        screen.tells(event);
      },
      onLook: (look) => screen.looks(look),
    },
    store,
    telephony,
  );
  await screen.open(running.map(({ id }) => id));
  return {
    ...working,
    screen,
    sent: () => sent,
    lines: (columns = 80, rows = 24) => screenLines(screen.state, { columns, rows }, plain),
    [Symbol.asyncDispose]: async () => {
      const closed = screen[Symbol.asyncDispose]();
      closed.catch(() => {}); // awaited below
      await rig.clock.advance(1000);
      await closed;
      interruptions[Symbol.dispose]();
      working.drain.abort();
      working.leave.abort();
      await rig.clock.advance(1000);
    },
  };
}
