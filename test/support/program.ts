/** Runs a whole command in this process: argv and environment in, exit code and text out. */
import { EventEmitter } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { main } from "../../src/cli/main.ts";
import type { Ran } from "./cli.ts";

export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: string;
}

export async function program(argv: readonly string[], { env = {}, cwd, stdin = "" }: Given): Promise<Ran> {
  const [stdout, stderr, signals] = [new PassThrough(), new PassThrough(), new EventEmitter()];
  const [out, err] = [text(stdout), text(stderr)];
  const code = await main({
    argv: ["node", "campaigns", ...argv],
    env,
    cwd: () => cwd,
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}
