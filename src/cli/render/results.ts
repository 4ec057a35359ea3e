/** What a campaign came to → text. */
import type { ChalkInstance } from "chalk";
import type { Dials } from "../../domain/calls/figures.ts";
import type { Results } from "../../engine/manage/results.ts";
import { cell, cut } from "./cells.ts";
import { asOf, type Bar, type Chart, chartsOf, factsOf } from "./charts.ts";
import { widthOf } from "./width.ts";

/** A bar says no more when it is longer, and nothing when it is shorter. */
const [SHORTEST, LONGEST] = [6, 40];
const GAP = "  ";

export function resultsText(results: Results, chalk: ChalkInstance, width = Infinity): string[] {
  const { report } = results;
  const { name, status } = report.campaign;
  const facts = factsOf(results);
  return [
    `${cut(name, width - status.length - GAP.length)}${GAP}${status}`,
    cut(asOf(results), width),
    ...chartsOf(results).flatMap((chart) => chartText(chart, chalk, width)),
    ...(facts.length === 0 ? [] : ["", ...facts.map((fact) => cut(fact, width))]),
  ];
}

function chartText({ title, note, bars, day }: Chart, chalk: ChalkInstance, width: number): string[] {
  const most = Math.max(...bars.map(({ n }) => n));
  const widest = (of: (bar: Bar) => string): number => Math.max(...bars.map((bar) => widthOf(of(bar))));
  const [numbers, says] = [widest(({ n }) => count(n)), widest(({ says = "" }) => says)];
  const labels = Math.min(
    widest(({ label }) => label),
    Math.max(10, width - numbers - says - 3 * GAP.length),
  );
  const left = width - labels - numbers - says - 4 * GAP.length;
  const room = left < SHORTEST ? 0 : Math.min(LONGEST, left);
  return [
    "",
    chalk.bold(cut(title, width)),
    ...(note === "" ? [] : [chalk.dim(cut(note, width))]),
    ...(day === undefined ? [] : [cut(`${GAP}0h ${sparkline(day)} 23h`, width)]),
    ...bars.map((bar) =>
      cut(
        [
          GAP + cell(bar.label, labels),
          ...(room === 0 ? [] : [drawn(bar, most, room)]),
          cell(count(bar.n), numbers, "right"),
          cell(bar.says ?? "", says, "right"),
        ]
          .join(GAP)
          .trimEnd(),
        width,
      ),
    ),
  ];
}

const count = (n: number): string => n.toLocaleString("en");

/** `███▒▒▒▒`: filled as far as it is full; whatever there is one of can be seen. */
function drawn({ n, full = n }: Bar, most: number, room: number): string {
  const long = (part: number): number => (part === 0 ? 0 : Math.max(1, Math.round((part / most) * room)));
  const filled = Math.min(long(full), long(n));
  return cell("█".repeat(filled) + "▒".repeat(long(n) - filled), room);
}

/** `··▁▃█▅··`: dials of each hour. */
function sparkline(day: readonly Dials[]): string {
  const most = Math.max(...day.map(({ dials }) => dials));
  const height = (dials: number): string => "▁▂▃▄▅▆▇█"[Math.ceil((dials / most) * 8) - 1] ?? "·";
  return day.map(({ dials }) => height(dials)).join("");
}
