/** What a campaign came to, as charts: the same ones for a terminal and for a page. */
import { budgetText } from "../../domain/calls/budget.ts";
import { type Dials, stepped } from "../../domain/calls/figures.ts";
import { type Ending, ENDINGS } from "../../domain/calls/ending.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import { timeOfDay } from "../../domain/time/when.ts";
import type { Results } from "../../engine/manage/results.ts";
import { resultsJson } from "../../json/results.ts";
import { costText } from "./cost.ts";

export interface Bar {
  readonly label: string;
  readonly n: number;
  /** Of `n`, what is drawn full, the rest pale; left out: all of it. */
  readonly full?: number;
  /** Said beside it. */
  readonly says?: string;
}

export interface Chart {
  readonly title: string;
  readonly note: string;
  readonly bars: readonly Bar[];
  /** Of each hour of the day, for a column each; left out: bars only. */
  readonly day?: readonly Dials[];
}

/** Charts without a bar are left out. */
export function chartsOf(results: Results): Chart[] {
  const { figures } = results;
  const { funnel, by_hour: hours, by_weekday: weekdays, ...json } = resultsJson(results);
  const { contacts, dialed, answered, reached } = funnel;
  const outcomes = Object.entries(funnel.outcomes).filter(([, n]) => n > 0);
  const ended = Object.values(figures.endings).reduce((sum, n) => sum + n, 0);
  const charts: Chart[] = [
    {
      title: "From dial to outcome",
      note: "contacts; share of the step before",
      bars: [
        { label: "contacts", n: contacts },
        { label: "dialed", n: dialed, says: percent(dialed, contacts) },
        { label: "answered", n: answered, says: percent(answered, dialed) },
        { label: "reached", n: reached, says: percent(reached, answered) },
        ...outcomes
          .toSorted(([, one], [, other]) => other - one)
          .map(([outcome, n]) => ({ label: outcome.replaceAll("_", " "), n, says: percent(n, reached) })),
      ],
    },
    {
      title: "Answers by hour",
      note: "dials, callee's clock; full: answered",
      bars: hours.filter(({ dials }) => dials > 0).map((each) => callsBar(`${two(each.hour)}:00`, each)),
      day: hours,
    },
    {
      title: "Answers by weekday",
      note: "dials, callee's clock; full: answered",
      bars: weekdays.filter(({ dials }) => dials > 0).map((each) => callsBar(each.weekday, each)),
    },
    {
      title: "Dials until reached",
      note: "contacts, by the dial that reached them",
      bars: [
        ...json.dials_until_reached.map(({ dials, contacts: n }) => ({ label: `dial ${dials}`, n })),
        { label: "nobody so far", n: dialed - reached },
      ].map((bar) => ({ ...bar, says: percent(bar.n, dialed) })),
    },
    {
      title: "Length of calls",
      note: spreadText(json.talk_seconds),
      bars: steps(figures.talks, [10, 30, 60, 120, 300]),
    },
    {
      title: "Setting up, until the dial",
      note: spreadText(json.seconds_to_dial),
      bars: steps(figures.joins, [1, 2, 5, 10]),
    },
    {
      title: "Endings",
      note: "of all attempts, rung or not",
      bars: Object.entries(figures.endings)
        .toSorted(([, one], [, other]) => other - one)
        .map(([ending, n]) => ({ label: ENDINGS[ending as Ending].words, n, says: percent(n, ended) })),
    },
    {
      title: "Held",
      note: "contacts who wait longer, and why",
      bars: json.held
        .toSorted((one, other) => other.contacts - one.contacts)
        .map(({ by, country, state, contacts: n }) => ({
          label: `${[country ?? "?", state].filter(Boolean).join("-")}: ${by}`,
          n,
        })),
    },
  ];
  return charts.filter(({ bars }) => bars.some(({ n }) => n > 0));
}

/** `2026-11-29 09:00:00 Europe/London`: it is kept, and read in another year. */
export const asOf = ({ report: { at, campaign } }: Results): string =>
  `${localDay(campaign.timeZone, at)} ${timeOfDay(at, campaign.timeZone)} ${campaign.timeZone}`;

/** What no chart shows. */
export function factsOf({ report, costs }: Results): string[] {
  const { told, late } = report.progress.firstWords;
  return [
    ...(report.progress.dials === 0 ? ["nobody was dialed so far"] : []),
    ...(told === 0 ? [] : [`first words after 2 s: ${late} of ${told} calls`]),
    ...(report.campaign.budget && report.spending
      ? [`budget: ${budgetText(report.campaign.budget, report.spending)}`]
      : []),
    ...costs.map((cost) => `cost: ${costText([cost])}`),
  ];
}

const two = (n: number): string => String(n).padStart(2, "0");
const percent = (part: number, whole: number): string => (whole === 0 ? "" : `${Math.round((part / whole) * 100)} %`);

const callsBar = (label: string, { dials, answered }: Dials): Bar => ({
  label,
  n: dials,
  full: answered,
  says: percent(answered, dials),
});

const spreadText = ({ p50, p90 }: { p50: number | null; p90: number | null }): string =>
  p50 === null ? "" : `median ${p50} s, 90 % within ${p90} s`;

function steps(histogram: Parameters<typeof stepped>[0], edges: readonly number[]): Bar[] {
  const counts = stepped(histogram, edges);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const label = (at: number): string =>
    at === 0
      ? `under ${edges[0]} s`
      : at === edges.length
        ? `${edges.at(-1)} s or more`
        : `${edges[at - 1]} to ${edges[at]} s`;
  return counts
    .slice(0, counts.findLastIndex((n) => n > 0) + 1)
    .map((n, at) => ({ label: label(at), n, says: percent(n, total) }));
}
