/** What a campaign can promise to a contact who wants to be called again. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import { promise, type Promises } from "../../domain/calls/callback-wish.ts";
import { CallingHours } from "../../domain/hours/calling-hours.ts";
import { InvalidRules } from "../../domain/hours/rules.ts";

export const campaignPromise =
  (campaign: Campaign): Promises =>
  (wish, place, now) => {
    try {
      return promise(wish, place, new CallingHours(campaign), campaign.timeZone, now);
    } catch (error) {
      if (!(error instanceof InvalidRules)) throw error;
      return { is: "refused", because: `the campaign's calling rules cannot be read: ${error.message}`, hint: null };
    }
  };
