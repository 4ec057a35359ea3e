/**
 * Somebody's data as an argument. On the command line every process of the machine can read it, and the shell keeps it:
 * `-` reads it from standard input, `@FILE` from a file.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text as readText } from "node:stream/consumers";
import { messageOf, Misused } from "../engine/errors.ts";
import { phoneArgument } from "../engine/manage/phone-argument.ts";
import type { Session } from "./session.ts";

type Given = Pick<Session, "io" | "out">;

/** For the help of commands that take some. */
export const PRIVATE_HELP = `
A number or a name on the command line can be read by every user of this machine, and stays in the shell's history:
- reads it from standard input instead, and @FILE from a file.`;

/** Numbers in E.164, or what else `parse` makes of them; from standard input or a file one a line. Throws Misused, without the number. */
export async function numbersFrom(
  texts: readonly string[],
  session: Given,
  parse: (text: string) => string = phoneArgument,
): Promise<string[]> {
  if (texts.filter((text) => text === "-").length > 1) {
    throw new Misused("stdin", "expected - once, got it twice: standard input can be read only once");
  }
  const lines = await Promise.all(texts.map((text) => linesOf(text, session)));
  return lines.flat().map(parse);
}

/** The same for one number. */
export async function numberFrom(text: string, session: Given): Promise<string> {
  const [number, ...others] = await numbersFrom([text], session);
  if (number !== undefined && others.length === 0) return number;
  throw new Misused("number", `expected one number, got ${others.length === 0 ? "none" : others.length + 1}`);
}

/** A name or another text of one line. */
export async function textFrom(text: string, session: Given): Promise<string> {
  const [line, ...others] = await linesOf(text, session);
  if (line !== undefined && others.length === 0) return line;
  throw new Misused("text", `expected one line, got ${others.length === 0 ? "none" : others.length + 1}`);
}

async function linesOf(text: string, { io, out }: Given): Promise<string[]> {
  if (text === "-") {
    if ("isTTY" in io.stdin && io.stdin.isTTY === true) out.note("type it, Enter, then Ctrl-D");
    return filled(await readText(io.stdin));
  }
  return text.startsWith("@") ? filled(fileText(resolve(io.cwd(), text.slice(1)))) : [text];
}

/** Without a byte order mark and empty lines. */
const filled = (text: string): string[] =>
  text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

function fileText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Misused("file", `expected a readable file behind @: ${messageOf(error)}`, { hint: "check the path" });
  }
}
