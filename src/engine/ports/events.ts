/** Events of campaigns, written with what they tell of, by whoever changes it; and notices: who is to be told of them by a request. */
import type { CampaignEvent } from "../../domain/calls/campaign-event.ts";
import type { Instant } from "../../domain/time/instant.ts";

export interface EventPage {
  /** By position, which rises within a campaign: one that can be seen later has a higher one. */
  readonly events: readonly (CampaignEvent & { readonly position: number })[];
  /** Where to go on. */
  readonly last: number;
}

/** Events that a campaign's receiver is to be told of, handed out to one process. */
export interface NoticeBatch {
  readonly campaignId: string;
  readonly userId: string | null;
  readonly url: string;
  /** Of the receiver, one after the other. */
  readonly failures: number;
  /** Who holds it: another one's rest is no longer this one's to set. */
  readonly lease: string;
  /** In order, those first that were tried least: one that is refused for ever holds up nothing. */
  readonly notices: readonly Notice[];
}

export interface Notice extends CampaignEvent {
  readonly position: number;
  /** Earlier ones, all of which failed. */
  readonly tries: number;
}

/** How telling a campaign's receiver goes. */
export interface NoticeState {
  /** Events that it is yet to be told of, and those that it never will be. */
  readonly due: number;
  readonly givenUp: number;
  /** What was wrong with the last one; null: it went through. */
  readonly error: string | null;
  /** When it is tried again; null: as soon as there is something to tell. */
  readonly nextTryAt: Instant | null;
}

/** Part of the Store. */
export interface EventStore {
  /** Events of a campaign that come after `after`, at most `limit`; null: none, only where they end now. */
  events(campaignId: string, after: number | null, limit: number): Promise<EventPage>;
  /**
   * Hands out events that are due, at most `limit`, of the campaign whose receiver was left alone longest. Nobody else is given
   * any of that campaign for `lease` milliseconds, or until releaseNotices. Null: nothing is due.
   */
  claimNotices(at: Instant, lease: number, limit: number): Promise<NoticeBatch | null>;
  /** What came of one. `again`: in so many milliseconds; null: never. */
  settleNotice(
    position: number,
    how: { readonly is: "sent" } | { readonly is: "failed"; readonly again: number | null },
    at: Instant,
  ): Promise<void>;
  /** The receiver is left alone for `rest` milliseconds. `error`: what was wrong; null: nothing. */
  releaseNotices(
    batch: Pick<NoticeBatch, "campaignId" | "lease">,
    how: { readonly rest: number; readonly error: string | null },
    at: Instant,
  ): Promise<void>;
  /**
   * Removes events older than `before`, and of those that nobody is yet to be told of all but the newest `keep`; at most
   * `limit` at once. Returns how many.
   */
  dropEvents(before: Instant, keep: number, limit: number): Promise<number>;
}
