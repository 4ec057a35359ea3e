/** What a campaign came to → JSON. */
import { byLocalTime, type Figures, type Histogram, quantile } from "../domain/calls/figures.ts";
import { parsePlace } from "../domain/phones/place.ts";
import type { Results } from "../engine/manage/results.ts";
import { iso } from "./calls.ts";
import { budgetJson, costJson } from "./cost.ts";

export function resultsJson({ report, figures, costs }: Results) {
  const { campaign, progress, contacts, at } = report;
  const { hours, weekdays } = byLocalTime(figures.dials, campaign.timeZone);
  return {
    id: campaign.id,
    name: campaign.name,
    execution_status: campaign.status,
    at: iso(at),
    timezone: campaign.timeZone,
    funnel: { contacts, ...funnelOf(figures, progress.reached), outcomes: progress.outcomes },
    dials: sum(figures.dials, ({ dials }) => dials),
    by_hour: hours.map((counts, hour) => ({ hour, ...counts })),
    by_weekday: weekdays,
    dials_until_reached: triesOf(figures).map(([dials, n]) => ({ dials, contacts: n })),
    talk_seconds: spread(figures.talks),
    seconds_to_dial: spread(figures.joins),
    first_words: progress.firstWords,
    end_reasons: figures.endings,
    held: figures.held.map(({ by, place, n }) => {
      const { country, state } = parsePlace(place);
      return { by, country, state, contacts: n };
    }),
    budget: campaign.budget && report.spending ? budgetJson(campaign.budget, report.spending) : null,
    costs: costs.map(costJson),
  };
}

/** Contacts that came so far, however often they were dialed. */
const funnelOf = ({ contacts }: Figures, reached: number) => ({
  dialed: sum(contacts, ({ n }) => n),
  answered: sum(contacts, ({ answered, n }) => (answered ? n : 0)),
  reached,
});

/** Contacts that were reached with their first dial, their second and so on. */
function triesOf({ contacts }: Figures): [number, number][] {
  const reached = new Map<number, number>();
  for (const { reachedBy, n } of contacts)
    if (reachedBy !== null) reached.set(reachedBy, (reached.get(reachedBy) ?? 0) + n);
  return [...reached].toSorted(([one], [other]) => one - other);
}

const spread = (histogram: Histogram) => ({
  calls: sum(histogram, ({ n }) => n),
  p10: quantile(histogram, 0.1),
  p50: quantile(histogram, 0.5),
  p90: quantile(histogram, 0.9),
});

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
