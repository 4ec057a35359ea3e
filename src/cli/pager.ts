/** More than a window shows goes through the operator's pager. */
import { spawn } from "node:child_process";
import type { Io } from "./io.ts";

export interface Pager {
  /** For the shell. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a shell answers where there is no such command, or none that it may run. */
const NONE = [126, 127];
/** A pager that was quit early takes no more, and Ctrl-C in it is its own affair. */
const ignore = (): void => {};

/** Resolves when it was read, to its end or not. False: there is no such pager, and nobody has seen anything. */
export async function page(text: string, { command, env }: Pager, io: Pick<Io, "on" | "off">): Promise<boolean> {
  io.on("SIGINT", ignore);
  try {
    const pager = spawn(command, { shell: true, stdio: ["pipe", "inherit", "inherit"], env: { ...env } });
    pager.stdin.on("error", ignore);
    pager.stdin.end(text);
    const code = await new Promise<number | null>((resolve) => {
      pager.on("error", () => resolve(127));
      pager.on("close", resolve);
    });
    return !NONE.includes(code ?? 0);
  } finally {
    io.off("SIGINT", ignore);
  }
}

/** By the process's own environment: a settings file names no command to run. Null: output is printed as it is. */
export function pagerOf(env: Io["env"], wide: boolean): Pager | null {
  const { PAGER = process.platform === "win32" ? "" : "less", CI, TERM, LESS } = env;
  if (["", "cat"].includes(PAGER.trim()) || (CI ?? "") !== "" || TERM === "dumb") return null;
  // As git has it: ends by itself where all of it fits, keeps colours, leaves the text behind.
  return { command: PAGER, env: { ...env, LESS: LESS ?? (wide ? "FRXS" : "FRX") } };
}
