/** What a campaign will come to → JSON. */
import { amountOf } from "./cost.ts";
import { percentiles, type Simulation } from "../engine/manage/simulate.ts";

export interface Told {
  readonly seed: number;
  readonly price?: number | undefined;
}

const iso = (at: number): string | null => (at === Infinity ? null : new Date(at).toISOString());
const rounded = (n: number): number => Math.round(n * 100) / 100;

export function simulationJson({ campaign, from, odds, runs, agents }: Simulation, { seed, price }: Told) {
  const of = (value: (run: Simulation["runs"][number]) => number) => percentiles(runs.map(value));
  const when = (value: (run: Simulation["runs"][number]) => number | null) => {
    const { p10, p50, p90 } = of((run) => value(run) ?? Infinity);
    return { p10: iso(p10), p50: iso(p50), p90: iso(p90) };
  };
  const money = of(({ minutes }) => minutes * (price ?? 0));
  return {
    id: campaign.id,
    name: campaign.name,
    seed,
    runs: runs.length,
    learned_from: from,
    answer_rate: rounded(odds.answers.reduce((sum, each) => sum + each, 0) / odds.answers.length),
    ends_at: when(({ endsAt }) => endsAt),
    budget:
      campaign.budget === undefined
        ? null
        : {
            amount: amountOf(campaign.budget.micros),
            currency: campaign.budget.currency,
            spent: of(({ spent }) => amountOf(spent ?? 0)),
            used_up_at: when(({ usedUpAt }) => usedUpAt),
          },
    dials: of(({ dials }) => dials),
    answered: of(({ answered }) => answered),
    not_reached: of(({ missed }) => missed),
    busiest_hour: of(({ hours }) => Math.max(0, ...hours.values())),
    peak_live: of(({ peak }) => peak),
    agents_needed: agents,
    talk_minutes: of(({ talkSeconds }) => Math.round(talkSeconds / 60)),
    billed_minutes: of(({ minutes }) => minutes),
    cost: price === undefined ? null : { p10: rounded(money.p10), p50: rounded(money.p50), p90: rounded(money.p90) },
    hours: hoursOf(runs).map(([at, dials]) => ({ at: new Date(at).toISOString(), dials })),
  };
}

/** Dials by hour, as many as on average. */
export function hoursOf(runs: Simulation["runs"]): [number, number][] {
  const all = new Map<number, number>();
  for (const { hours } of runs) for (const [at, dials] of hours) all.set(at, (all.get(at) ?? 0) + dials);
  return [...all].toSorted(([one], [other]) => one - other).map(([at, dials]) => [at, Math.round(dials / runs.length)]);
}
