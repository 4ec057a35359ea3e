/**
 * How well a campaign keeps its pace, as the far side sees it: the mean, once it is reached, and the most dials within any
 * second. The first seconds are the agents': they are asked for a few at a time, then more and more.
 */
import { FarSide } from "./far-side.ts";
import { aim, here, node, type Size } from "./measure.ts";

const PACES = [1, 5, 20, 50];
/** How long each is kept. */
const SECONDS: Readonly<Record<Size, number>> = { small: 15, full: 60 };
/** Until the pace is reached, milliseconds. */
const RAMP = 5000;

/** Dials a second, once the pace is reached; `came`: when each came to its far end, in order. */
export function meanKept(came: readonly number[]): number {
  const first = came.findIndex((at) => at >= (came[0] ?? NaN) + RAMP);
  return ((came.length - 1 - first) / ((came.at(-1) ?? NaN) - (came[first] ?? NaN))) * 1000;
}

/** Dials in so many seconds of a pace, and until it is reached. */
export const dialsOf = (perSecond: number, seconds: number): number => perSecond * (seconds + RAMP / 1000) + 1;

/** Lines enough for calls of a second, and their agents. */
const LINES_PER_DIAL = 8;

export async function pace(size: Size): Promise<string> {
  const lines: string[] = [];
  for (const perSecond of PACES) {
    const dials = dialsOf(perSecond, SECONDS[size]);
    const { mean, most } = await kept(perSecond, dials);
    const said = `mean of ${dials} dials`;
    lines.push(
      aim(`pace of ${perSecond} a second, ${said}`, "within 1 %", Math.abs(mean / perSecond - 1) <= 0.01, {
        value: mean.toFixed(2),
        baseline: `the ideal ${perSecond}`,
        ratio: mean / perSecond,
      }),
      aim(`pace of ${perSecond} a second, most within any second`, `at most ${perSecond}`, most <= perSecond, {
        value: String(most),
        baseline: `the ideal ${perSecond}`,
        ratio: most / perSecond,
      }),
    );
  }
  return lines.join("\n");
}

async function kept(perSecond: number, dials: number): Promise<{ readonly mean: number; readonly most: number }> {
  await using side = await FarSide.start(0.2, 1);
  const lines = Math.max(10, perSecond * LINES_PER_DIAL);
  await side.campaign(dials, "--cps", String(perSecond), "--concurrency", String(lines));
  await node("campaigns run", dials, [here("../../bin/campaigns.js"), "run", "--quiet"], side.settings);
  const came = (await side.seen()).calls.map(({ at }) => at).toSorted((a, b) => a - b);
  if (came.length !== dials) throw new Error(`expected ${dials} dials, the far side saw ${came.length}`);
  const within = came.map((at, n) => n + 1 - came.findIndex((other) => other > at - 1000));
  return { mean: meanKept(came), most: Math.max(...within) };
}
