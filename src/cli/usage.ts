/** What Commander finds wrong with a command line. */
import type { CommanderError } from "commander";
import { Misused } from "../engine/errors.ts";

/** Without what was typed where nothing like it belongs: it may be a number. */
export const unquoted = (text: string): string =>
  text.replace(/( but got \d+): .*/s, "$1.\n").replace(/^(error: unknown command) '[+\d].*'/, "$1");

/** As an error of ours, for those who read JSON. */
export function usageError({ code, message }: CommanderError): Misused {
  if (code === "commander.help")
    return new Misused("missing_command", "expected a command, got none", { hint: "--help lists the commands" });
  const [said = "", advice] = unquoted(message)
    .replace(/^error: /, "")
    .trim()
    .split("\n");
  return new Misused(
    code.replace("commander.", "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    said,
    {
      hint: advice?.replace(/^\(Did (.*)\)$/, "did $1") ?? "--help shows what is expected",
    },
  );
}
