/** What a campaign will come to → text. */
import { when } from "../../domain/time/when.ts";
import type { Simulation } from "../../engine/manage/simulate.ts";
import { hoursOf, simulationJson, type Told } from "../../json/simulation.ts";
import { preflightText } from "./preflight.ts";
import { table } from "./table.ts";

/** Hours that are shown of a campaign; more are in the JSON. */
const HOURS = 24;

/** As many as a run would have calls at once, if it were not held back. */
function agentsText({ campaign: { concurrency }, agents }: Simulation, peak: number): string {
  if (peak < concurrency) return `agents needed: ${peak}`;
  const limit = `${peak} calls at once are as many as are allowed`;
  return agents === null
    ? `agents needed: ${peak}; ${limit}, and with a delay of 0 nothing else holds it back`
    : `agents needed: ${agents} at this pace; ${limit}, so with ${peak} it takes longer`;
}

export function simulationText(simulation: Simulation, told: Told): string[] {
  const { campaign, expected, runs, from } = simulation;
  const json = simulationJson(simulation, told);
  const at =
    (never: string) =>
    (iso: string | null): string =>
      iso === null ? never : when(Date.parse(iso), campaign.timeZone);
  const { budget } = json;
  type Spread<T> = { readonly p10: T; readonly p50: T; readonly p90: T };
  const row = <T>(
    name: string,
    { p10, p50, p90 }: Spread<T>,
    text = (value: T): string => Number(value).toLocaleString("en"),
  ) => [name, ...[p10, p50, p90].map(text)];
  const known =
    from === 0 ? "what is usual is assumed: --like takes it from a campaign that has run" : `as ${from} attempts went`;
  const rows = [
    ["", "P10", "P50", "P90"],
    row("ends", json.ends_at, at(budget?.used_up_at.p10 == null ? "not within a year" : "not with this budget")),
    ...(budget === null
      ? []
      : [
          row("budget used up", budget.used_up_at, at("no")),
          row(`spent of ${budget.amount} ${budget.currency}`, budget.spent),
        ]),
    row("dials", json.dials),
    row("answered", json.answered),
    row("not reached", json.not_reached),
    row("busiest hour", json.busiest_hour),
    row("calls at once", json.peak_live),
    row("minutes of talk", json.talk_minutes),
    ...(json.cost === null ? [] : [row("billed minutes", json.billed_minutes), row("cost", json.cost)]),
  ];
  const hours = hoursOf(runs);
  const most = Math.max(1, ...hours.map(([, dials]) => dials));
  return [
    ...preflightText(expected),
    "",
    `${runs.length} runs, ${Math.round(json.answer_rate * 100)} % answered, ${known}; --seed ${told.seed} plays them again`,
    ...table(rows),
    agentsText(simulation, json.peak_live.p90),
    "",
    ...hours
      .slice(0, HOURS)
      .map(
        ([hour, dials]) =>
          `${when(hour, campaign.timeZone)}  ${"▇".repeat(Math.round((dials / most) * 30)) || "▏"} ${dials}`,
      ),
    ...(hours.length > HOURS ? [`… and ${hours.length - HOURS} hours more, with --json`] : []),
  ];
}
