/** The use-case behind `report`: what a campaign came to so far. Only reads. */
import type { Figures } from "../../domain/calls/figures.ts";
import type { Cost } from "../ports/carrier.ts";
import type { Store } from "../ports/index.ts";
import type { CampaignReport, Campaigns } from "./campaigns.ts";

export interface Results {
  readonly report: CampaignReport;
  readonly figures: Figures;
  /** As the carrier billed it, where that is stored. */
  readonly costs: readonly Cost[];
}

export async function resultsOf(campaigns: Campaigns, store: Store, ref: string): Promise<Results> {
  const { id } = await campaigns.look(ref);
  const report = await campaigns.report(id);
  return { report, figures: await store.figures(id, report.at), costs: await store.costs(id) };
}
