/** As much of a shell as the examples of a help need: words, quotes, variables, pipes, `&&`, redirections, and a few programs. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

export interface Step {
  readonly argv: readonly string[];
  readonly stdin: string;
}

/** What a program printed, and its exit code. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
}

export interface Shell {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Programs by name. */
  readonly programs: Readonly<Record<string, (step: Step) => Said | Promise<Said>>>;
}

const said = (stdout = ""): Said => ({ code: 0, stdout });

/** A line; the exit code is that of the last program that ran. */
export async function sh(line: string, shell: Shell): Promise<Said> {
  let last = said();
  for (const command of line.split(" && ")) {
    const [, inner] = /^source <\((.*)\)$/.exec(command) ?? [];
    last = await (inner === undefined ? piped(command, shell) : sh(inner, shell));
    if (last.code !== 0) break;
  }
  return last;
}

async function piped(command: string, shell: Shell): Promise<Said> {
  let last = said();
  for (const part of command.split(" | ")) {
    const words = wordsOf(part, shell);
    const to = words.findIndex((word) => word === ">" || word === ">>");
    const argv = to < 0 ? words : words.slice(0, to);
    last = await execute({ argv, stdin: last.stdout }, shell);
    if (to < 0) continue;
    const write = words[to] === ">" ? writeFileSync : appendFileSync;
    write(resolve(shell.cwd, words[to + 1] ?? ""), last.stdout);
    last = { ...last, stdout: "" };
  }
  return last;
}

function execute(step: Step, { cwd, programs }: Shell): Said | Promise<Said> {
  const [name = "", ...args] = step.argv;
  if (name === "echo") return said(`${args.join(" ")}\n`);
  if (name === "printf") return said(args[1] ?? "");
  if (name === "cat") return said(args.map((path) => readFileSync(resolve(cwd, path), "utf8")).join(""));
  const program = programs[name];
  if (program === undefined) throw new Error(`expected a program that the test knows, got "${name}"`);
  return program(step);
}

/** Without quotes, comments and backslashes before a line's end. */
function wordsOf(part: string, { env }: Shell): string[] {
  const found = part.replaceAll("\\\n", " ").matchAll(/"([^"]*)"|'([^']*)'|(?<=\s|^)#.*|(\S+)/g);
  const value = (text: string): string => text.replaceAll(/\$([A-Z_]+)/g, (_, name: string) => env[name] ?? "");
  return [...found].flatMap(([, double, single, bare]) => {
    if (single !== undefined) return [single];
    if (double !== undefined) return [value(double)];
    return bare === undefined ? [] : [value(bare).replace(/^~(?=\/)/, env["HOME"] ?? "")];
  });
}
