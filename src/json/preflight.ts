/** What a start would come to → JSON. */
import type { Preflight } from "../engine/manage/preflight.ts";
import { budgetForecastJson } from "./cost.ts";
import { iso } from "./calls.ts";

export const preflightJson = ({
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
}: Preflight) => ({
  callable,
  old_list: oldList?.source ?? null,
  countries,
  never: never.map(({ because, contacts }) => ({ because, contacts })),
  state_rows_would_close: stateRows,
  lacking_consent: lackingConsent,
  left_out: leftOut,
  budget: budget && budgetForecastJson(budget),
  first_dial_at: iso(firstDialAt),
  through_at: iso(throughAt),
});
