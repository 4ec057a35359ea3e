/** Runs a program and says what it took; prints figures as a table. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Figure {
  readonly what: string;
  readonly rows: number;
  /** Seconds by the clock, and of all processors. On a busy machine they part. */
  readonly wall: number;
  readonly cpu: number;
  /** Bytes; null when the program is none of ours. */
  readonly peak: number | null;
  /** Of it, at most, bytes: V8's heap; what was left of that after a whole collection; what is mapped from files. */
  readonly memory?: { readonly heap: number; readonly live: number; readonly mapped: number };
}

/** How long a bench may take: a few minutes for all parts, or as long as the figures need. */
export type Size = "small" | "full";

/** What a figure is beside the barest thing that does such work, in the same run. */
export interface Beside {
  readonly value: string;
  readonly baseline: string;
  readonly ratio: number;
}

export interface Aimed extends Partial<Beside> {
  readonly figure: string;
  readonly aim: string;
  readonly met: boolean;
}

/** All figures so far. */
export const aimed: Aimed[] = [];

/** A figure with what it is to be. */
export function aim(figure: string, wanted: string, met: boolean, beside?: Beside): string {
  aimed.push({ figure, aim: wanted, met, ...beside });
  const measured = beside === undefined ? "" : `: ${beside.value}, ${beside.baseline}: × ${beside.ratio.toFixed(2)}`;
  return `${met ? "✓" : "✗"} ${figure}${measured} (aim: ${wanted})`;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const USAGE = new URL("./usage.js", import.meta.url).href;

/** A script or program of Node, in a process of its own. Throws when it fails. */
export async function node(what: string, rows: number, argv: readonly string[], env = {}): Promise<Figure> {
  const began = performance.now();
  const child = spawn(process.execPath, ["--import", USAGE, ...argv], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let [said, usage] = ["", ""];
  child.stderr?.on("data", (chunk) => (said += String(chunk)));
  child.stdio[3]?.on("data", (chunk) => (usage += String(chunk)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${what} ended with ${String(code)}: ${said}`);
  const { peak, cpu, ...memory } = JSON.parse(usage) as Record<"peak" | "cpu" | "heap" | "live" | "mapped", number>;
  return { what, rows, wall: (performance.now() - began) / 1000, cpu, peak, memory };
}

/** Any other program; null when it is not on this machine. */
export async function other(
  what: string,
  rows: number,
  command: string,
  argv: readonly string[],
): Promise<Figure | null> {
  const began = performance.now();
  const child = spawn(command, argv, { stdio: "ignore" });
  const code = await new Promise((resolve) => child.on("error", () => resolve(null)).on("close", resolve));
  if (code !== 0) return null;
  return { what, rows, wall: (performance.now() - began) / 1000, cpu: NaN, peak: null };
}

export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `baseline`: what the time of each is divided by. */
export function table(figures: readonly Figure[], baseline: Figure): string {
  const lines = [
    ["", "seconds", "of processor", "rows/s", "peak MB", `× ${baseline.what}`],
    ...figures.map(({ what, rows, wall, cpu, peak }) => [
      what,
      wall.toFixed(1),
      Number.isNaN(cpu) ? "" : cpu.toFixed(1),
      Math.round(rows / wall).toLocaleString("en"),
      peak === null ? "" : (peak / 1e6).toFixed(0),
      (wall / rows / (baseline.wall / baseline.rows)).toFixed(2),
    ]),
  ];
  return inColumns(lines);
}

/** All figures that have an aim. */
export const summary = (figures: readonly Aimed[]): string =>
  inColumns([
    ["", "measured", "baseline", "ratio", "aim", "met"],
    ...figures.map(({ figure, value = "", baseline = "", ratio, aim: wanted, met }) => [
      figure,
      value,
      baseline,
      ratio === undefined ? "" : `× ${ratio.toFixed(2)}`,
      wanted,
      met ? "✓" : "✗",
    ]),
  ]);

function inColumns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  "),
    )
    .join("\n");
}
