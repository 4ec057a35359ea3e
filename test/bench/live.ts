/** What a process costs that only follows calls: processor and memory of many live calls, beside a runner that has none. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { FarSide } from "./far-side.ts";
import { aim, type Size } from "./measure.ts";

const SIZES: Readonly<Record<Size, { readonly live: number; readonly seconds: number }>> = {
  small: { live: 200, seconds: 10 },
  full: { live: 1000, seconds: 60 },
};
/** For all of them to be answered, on a busy machine. */
const DIALED_WITHIN = 120;
const TALKS = 600;
/** Of Linux, which counts a process's time in these. */
const TICKS_PER_SECOND = 100;

interface Taken {
  /** The share of one core. */
  readonly share: number;
  readonly megabytes: number;
}

export async function live(size: Size): Promise<string> {
  if (process.platform !== "linux") return "left out: only Linux tells what another process takes";
  const { live, seconds } = SIZES[size];
  const idle = await follows(0, seconds);
  const busy = await follows(live, seconds);
  return [
    aim(`${live} live calls, share of a core`, "below 25 %", busy.share < 0.25, {
      value: `${(busy.share * 100).toFixed(1)} %`,
      baseline: `idle runner ${(idle.share * 100).toFixed(1)} %`,
      ratio: busy.share / idle.share,
    }),
    aim(`${live} live calls, memory`, "below 300 MB", busy.megabytes < 300, {
      value: `${busy.megabytes.toFixed(0)} MB`,
      baseline: `idle runner ${idle.megabytes.toFixed(0)} MB`,
      ratio: busy.megabytes / idle.megabytes,
    }),
  ].join("\n");
}

async function follows(calls: number, seconds: number): Promise<Taken> {
  await using side = await FarSide.start(0.2, TALKS);
  if (calls > 0) await side.campaign(calls, "--delay", "0s", "--concurrency", String(calls));
  const runner = side.start("run", "--watch", "--quiet");
  try {
    for (let waited = 0; ; waited++) {
      if ((await side.seen()).peak >= calls) break;
      if (waited >= DIALED_WITHIN) throw new Error(`expected ${calls} live calls within ${DIALED_WITHIN} s`);
      await sleep(1000);
    }
    await sleep(2000);
    const [pid, began] = [Number(runner.pid), performance.now()];
    const before = ticks(pid);
    await sleep(seconds * 1000);
    const passed = (performance.now() - began) / 1000;
    return { share: (ticks(pid) - before) / TICKS_PER_SECOND / passed, megabytes: memory(pid) };
  } finally {
    runner.kill("SIGKILL");
    await runner.ended;
  }
}

/** Of the processor, in its own and the system's code (proc(5): utime and stime, counted behind the name in brackets). */
function ticks(pid: number): number {
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const memory = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000;
