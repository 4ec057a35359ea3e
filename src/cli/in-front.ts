/** Whether a terminal is ours to use: a job in the background that takes it is stopped by the system, calls and all. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Io } from "./io.ts";

export function isInFront({ pid }: Pick<Io, "pid">): boolean {
  if (pid === undefined) return true;
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // Behind the name, which may hold anything: state, parent, group, session, terminal, the terminal's group.
    const [, , group, , , inFront] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return inFront === group || inFront === "-1";
  } catch {
    return psSays(pid);
  }
}

/** Where there is no /proc, ps marks what is in front with a plus. */
function psSays(pid: number): boolean {
  try {
    return execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).includes("+");
  } catch {
    return true;
  }
}
