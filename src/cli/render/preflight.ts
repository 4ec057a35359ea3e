/** What a start would come to → text. */
import { budgetText, money } from "../../domain/calls/budget.ts";
import type { BudgetForecast } from "../../domain/calls/budget-forecast.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { isStale, type RuleTable } from "../../domain/hours/rules.ts";
import type { LeftOut } from "../../engine/ports/index.ts";
import type { Preflight } from "../../engine/manage/preflight.ts";
import { count } from "./contacts.ts";
import { byCountry } from "./import-report.ts";
import { when } from "../../domain/time/when.ts";

/** Laws move: a table that nobody has looked at for half a year is said to be so; null: it is fresh. */
export function staleRules(table: RuleTable, now: Instant): string | null {
  if (!isStale(table, now)) return null;
  return `the calling rules are from ${table.version}, more than 180 days ago: check them, or use --rules-file`;
}

const LEFT_OUT = {
  marked: "marked do-not-call in the file or list",
  on_list: "on the do-not-call list",
  no_consent: "without a proven consent",
  duplicate: "duplicate number",
  unusable: "the number cannot be dialed",
} as const satisfies Record<LeftOut, string>;

function budgetLines(forecast: BudgetForecast): string[] {
  const { budget, answerRate, expected, most, covers, coversSurely, unpriced } = forecast;
  const rate = `${Math.round(answerRate * 1000) / 10} %`;
  return [
    `budget            ${budgetText(budget, forecast)}`,
    `  expected cost   ${money(expected)} if ${rate} answer, ${money(most)} if every call lasts as long as it may`,
    `  enough for      about ${count(covers, "contact")}, and ${coversSurely.toLocaleString("en")} in any case`,
    ...(unpriced === 0
      ? []
      : [`  no price for    ${count(unpriced, "contact")}: it will not start; add their prefixes to the prices`]),
  ];
}

export function preflightText({
  campaign,
  oldList,
  callable,
  countries,
  never,
  stateRows,
  lackingConsent,
  leftOut,
  budget,
  firstDialAt,
  throughAt,
}: Preflight): string[] {
  const { timeZone } = campaign;
  const lines = [`${count(callable, "contact")} will be called`];
  if (oldList !== null) lines.push(`  not before this is mended: ${oldList.because}`, `  ${oldList.advice}`);
  if (Object.keys(countries).length > 1) lines.push(`  by country of the number: ${byCountry(countries)}`);
  for (const [why, n] of Object.entries(leftOut)) {
    if (n > 0) lines.push(`  ${n.toLocaleString("en")} left out: ${LEFT_OUT[why as LeftOut]}`);
  }
  for (const { because, contacts } of never) {
    lines.push(`  ${contacts.toLocaleString("en")} never callable: ${because}`);
  }
  if (lackingConsent > 0) {
    const what = campaign.requireConsent ? "they will not be called" : "--require-consent calls none of them";
    lines.push(
      `  ${lackingConsent.toLocaleString("en")} of them lack the consent that their country's rule asks for: ${what}`,
    );
  }
  if (stateRows > 0) {
    lines.push(
      `  ${stateRows.toLocaleString("en")} of them may be in a state whose own rules close some of these hours: --rules us or ca applies those too`,
    );
  }
  if (budget !== null) lines.push(...budgetLines(budget));
  if (firstDialAt !== null) {
    const finish = throughAt === null ? "more than a year away" : when(throughAt, timeZone);
    lines.push(`first dial        ${when(firstDialAt, timeZone)}`);
    lines.push(`estimated finish  ${finish}, with one attempt per contact at this pace, daily cap and hours`);
  }
  return lines;
}
