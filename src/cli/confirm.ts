/** A yes that is typed: for what one should not do by a slip of the finger. */
import { createInterface } from "node:readline";
import type { Io } from "./io.ts";
import { type Lines, terminalText } from "./lines.ts";

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
