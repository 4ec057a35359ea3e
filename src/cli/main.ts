/** argv, environment, streams → exit code: the one place that catches everything. */
import { CampaignsError, messageOf, Unavailable } from "../engine/errors.ts";
import { asked } from "./completion/asked.ts";
import type { Io } from "./io.ts";
import { terminalJson, terminalText } from "./lines.ts";
import { isStreamError, watchStreams } from "./streams.ts";
import { version } from "./version.ts";

/**
 * 0 done · 1 refused · 2 wrong usage or configuration · 3 somebody else is down, or the output cannot be written · 70 our
 * bug · 130/143 interrupted. Never rejects.
 */
export async function main(given: Io): Promise<number> {
  const { io, settled } = watchStreams(given);
  const code = await run(io);
  const trouble = await settled();
  if (trouble === null) return code;
  await explain(trouble, io);
  return code === 0 ? trouble.exitCode : code;
}

async function run(io: Io): Promise<number> {
  let exitCode = 0;
  try {
    const words = asked(io);
    if (words !== null) {
      await (await import("./completion/complete.ts")).complete(words, io);
      return 0;
    }
    // Nothing else is asked for: who reads command lines need not be loaded.
    if (io.argv.length === 3 && io.argv[2] === "--version") {
      io.stdout.write(`${version()}\n`);
      return 0;
    }
    const { createProgram } = await import("./program.ts");
    const program = await createProgram(io, (code) => (exitCode = code));
    await program.parseAsync([...io.argv]);
    return exitCode;
  } catch (error) {
    return await explain(error, io);
  }
}

async function explain(error: unknown, io: Io): Promise<number> {
  if (error instanceof CampaignsError) {
    const { code, message, lines, hint, exitCode } = error;
    const said = [`campaigns: ${lines[0]}`, ...lines.slice(1), ...(hint === undefined ? [] : [`  ${hint}`])];
    io.stderr.write(
      `${io.argv.includes("--json") ? terminalJson({ error: { code, message, hint } }) : terminalText(said)}\n`,
    );
    const { default: debug } = await import("debug");
    debug("campaigns")("%O", error);
    return exitCode;
  }
  if (isStreamError(error)) {
    return await explain(new Unavailable("input_output", `reading or writing failed: ${messageOf(error)}`), io);
  }
  const { CommanderError } = await import("commander");
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Else Commander has said what it had to say.
    if (!io.argv.includes("--json")) return 2;
    return await explain((await import("./usage.ts")).usageError(error), io);
  }
  const stack = ((error instanceof Error ? error.stack : undefined) ?? String(error)).split("\n");
  const message = "this is a bug in campaigns; please report it";
  const said = io.argv.includes("--json")
    ? terminalJson({ error: { code: "bug", message, stack } })
    : terminalText([`campaigns: ${message}`, ...stack]);
  io.stderr.write(`${said}\n`);
  return 70;
}
