/** How long a command takes to begin, beside a Node that does nothing. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aim, here, median } from "./measure.ts";
import { benchNumber } from "./numbers.ts";

const RUNS = 11;
const CAMPAIGNS = here("../../bin/campaigns.js");

/** At most so many times the time of `node -e 0`. */
const AIMS: readonly (readonly [argv: readonly string[], times: number])[] = [
  [["--version"], 2],
  [["--help"], 2.5],
  [["status", "bench"], 4],
];

const CREATE = "create --name bench --assistant a1 --hours 0-24 --days all --timezone UTC --csv";

/** Medians of processes that take turns, so that a busy moment hits them all. The first round fills the compile cache. */
export function startup(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  const env = { ...process.env, CAMPAIGNS_DB: join(home, "campaigns.db"), NODE_COMPILE_CACHE: join(home, "cache") };
  const commands = [["-e", "0"], ...AIMS.map(([argv]) => [CAMPAIGNS, ...argv])];
  const csv = join(home, "contacts.csv");
  writeFileSync(csv, `name,phone_number\nContact 0,${benchNumber(0)}\n`);
  try {
    spawnSync(process.execPath, [CAMPAIGNS, ...CREATE.split(" "), csv], { env });
    const taken = commands.map((): number[] => []);
    for (let round = 0; round <= RUNS; round++) {
      for (const [n, argv] of commands.entries()) {
        const began = performance.now();
        const { status, stderr } = spawnSync(process.execPath, argv, { env, encoding: "utf8" });
        if (status !== 0) throw new Error(`${argv.join(" ")} ended with ${String(status)}: ${stderr}`);
        if (round > 0) taken[n]?.push(performance.now() - began);
      }
    }
    const [bare = NaN, ...ours] = taken.map(median);
    const lines = AIMS.map(([argv, times], n) => {
      const took = ours[n] ?? NaN;
      return aim(`start of campaigns ${argv[0]}`, `at most × ${times}`, took / bare <= times, {
        value: `${took.toFixed(0)} ms`,
        baseline: `node -e 0 ${bare.toFixed(0)} ms`,
        ratio: took / bare,
      });
    });
    return Promise.resolve(lines.join("\n"));
  } finally {
    rmSync(home, { recursive: true });
  }
}
