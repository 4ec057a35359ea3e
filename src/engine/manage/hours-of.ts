/** The calling hours of a campaign, as this program reads its rules. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import { CallingHours } from "../../domain/hours/calling-hours.ts";
import { InvalidRules } from "../../domain/hours/rules.ts";
import { Misused } from "../errors.ts";

/** When the campaign may call whom. Throws Misused when its rules cannot be read by this program. */
export function callingHoursOf(campaign: Campaign): CallingHours {
  try {
    return new CallingHours(campaign);
  } catch (error) {
    if (!(error instanceof InvalidRules)) throw error;
    throw new Misused("rules", `the calling rules of "${campaign.name}" cannot be read: ${error.message}`, {
      hint: "use the version of campaigns that created it",
    });
  }
}
