/** How long a command takes to begin, beside a Node that does nothing. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aim, here } from "./measure.ts";

const RUNS = 21;
const CAMPAIGNS = here("../../bin/campaigns.js");

/** At most so many times the time of `node -e 0`. */
const AIMS: readonly (readonly [argv: readonly string[], times: number])[] = [
  [["--version"], 2.5],
  [["--help"], 2.5],
  [["list"], 4],
];

/** Medians of processes that take turns, so that a busy moment hits them all. The first round fills the compile cache. */
export function startup(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  const env = { ...process.env, CAMPAIGNS_DB: join(home, "campaigns.db"), NODE_COMPILE_CACHE: join(home, "cache") };
  const commands = [["-e", "0"], ...AIMS.map(([argv]) => [CAMPAIGNS, ...argv])];
  try {
    const taken = commands.map((): number[] => []);
    for (let round = 0; round <= RUNS; round++) {
      for (const [n, argv] of commands.entries()) {
        const began = performance.now();
        const { status, stderr } = spawnSync(process.execPath, argv, { env, encoding: "utf8" });
        if (status !== 0) throw new Error(`${argv.join(" ")} ended with ${String(status)}: ${stderr}`);
        if (round > 0) taken[n]?.push(performance.now() - began);
      }
    }
    const [bare = NaN, ...ours] = taken.map((times) => times.toSorted((a, b) => a - b)[(RUNS - 1) / 2] ?? NaN);
    const lines = AIMS.map(([argv, times], n) => {
      const took = ours[n] ?? NaN;
      const figure = `campaigns ${argv.join(" ")}: ${took.toFixed(0)} ms, ${(took / bare).toFixed(1)} × node -e 0`;
      return aim(figure, `${times} ×`, took / bare <= times);
    });
    return Promise.resolve([`node -e 0: ${bare.toFixed(0)} ms`, ...lines].join("\n"));
  } finally {
    rmSync(home, { recursive: true });
  }
}
