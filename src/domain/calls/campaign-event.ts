/** What happened to a campaign and its calls, as it is told to whoever listens. It names calls by id, and nobody by number. */
import type { Instant } from "../time/instant.ts";

export const EVENT_TYPES = [
  /** An attempt is over. `status` says whether its call waits for another one. */
  "call.ended",
  "call.verdict",
  /** Said by the agent, an operator or a frontend. */
  "call.outcome",
  "campaign.started",
  "campaign.resumed",
  /** Not a status: a runner found that nothing may be dialed, for another reason than it told last. */
  "campaign.waiting",
  "campaign.paused",
  "campaign.failed",
  "campaign.completed",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface CampaignEvent {
  /** The same however often it is told. */
  readonly id: string;
  readonly type: EventType;
  readonly at: Instant;
  readonly campaignId: string;
  readonly campaign: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The whole of it, as it is told to programs. */
export const wholeEvent = ({ type, at, campaignId, campaign, data }: CampaignEvent) => ({
  type,
  timestamp: new Date(at).toISOString(),
  data: { campaign_id: campaignId, campaign_name: campaign, ...data },
});
