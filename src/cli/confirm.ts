/** A yes that is typed: for what one should not do by a slip of the finger. */
import { createInterface } from "node:readline";
import { Misused } from "../engine/errors.ts";
import type { Io } from "./io.ts";
import { type Lines, terminalText } from "./lines.ts";
import { listenForSignals } from "./signals.ts";

export const isTerminal = ({ stdin, stderr }: Pick<Io, "stdin" | "stderr">): boolean =>
  "isTTY" in stdin && stdin.isTTY === true && stderr.isTTY === true;

/** `what`: "Type yes to …". Only the word itself counts; the end of the input and the signal are a no. */
export async function typedYes(
  question: Lines,
  what: string,
  { stdin, stderr }: Pick<Io, "stdin" | "stderr">,
  signal: AbortSignal,
): Promise<boolean> {
  stderr.write(`${terminalText(question)}\nType yes to ${what}: `);
  // Not in raw mode, in which Ctrl-C would be a character and no signal.
  for await (const line of createInterface({ input: stdin, terminal: false, signal })) return line.trim() === "yes";
  stderr.write("\n");
  return false;
}

/** Asks on a terminal; a script says --yes. `no`: what is said when it was no. */
export async function agreed(
  io: Io,
  yes: boolean,
  question: Lines,
  { no, hint }: { no: string; hint?: string },
): Promise<void> {
  if (yes) return;
  if (!isTerminal(io)) throw new Misused("yes", "expected --yes, since nobody is there to ask", { hint });
  using signals = listenForSignals(io);
  if (!(await typedYes(question, "go on", io, signals.drain))) throw new Misused("yes", no, { hint });
}
