/** What the doctor found. */
import type { ChalkInstance } from "chalk";
import type { CheckResult, Health } from "../../engine/doctor/doctor.ts";

type Counts = Record<Health, number>;

export function countsOf(results: readonly CheckResult[]): Counts {
  const counts = { ok: 0, warning: 0, failed: 0 } satisfies Counts;
  for (const { health } of results) counts[health]++;
  return counts;
}

export const checkJson = ({ blockedBy, ...result }: CheckResult): object => ({ ...result, blocked_by: blockedBy });

const MARKS = { ok: "green", warning: "yellow", failed: "red" } as const satisfies Record<Health, string>;
const WIDTH = 11;
const MARGIN = " ".repeat(9 + WIDTH + 2);

/** What could not be checked is said once, below what stands in its way. */
export function examinedText(results: readonly CheckResult[], chalk: ChalkInstance): string[] {
  const made = results.filter(({ blockedBy }) => blockedBy === null);
  const lines = made.flatMap((result) => {
    const { check, health, found, todo } = result;
    const behind = results.filter(({ blockedBy }) => blockedBy === check).map((one) => one.check);
    return [
      `${chalk[MARKS[health]](health.padEnd(7))}  ${check.padEnd(WIDTH)}  ${found}`,
      ...(todo === null ? [] : [`${MARGIN}→ ${todo}`]),
      ...(behind.length === 0 ? [] : [`${MARGIN}not checked before that is put right: ${behind.join(", ")}`]),
    ];
  });
  return [...lines, "", summary(countsOf(made), results.length - made.length)];
}

function summary({ ok, warning, failed }: Counts, unchecked: number): string {
  const counted = `${ok} ok, ${warning} warning${warning === 1 ? "" : "s"}, ${failed} failed`;
  return unchecked === 0 ? counted : `${counted}, ${unchecked} not checked`;
}
