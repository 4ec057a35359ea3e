/** Events and notices, as the Store port asks for them. */
import { z } from "zod";
import type { EventStore } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { eventPageOf, noticeBatchOf } from "../event-rows.ts";
import * as read from "./answers.ts";
import type { Call } from "./asking.ts";

const rows = z.array(read.row);
const page = z.object({ events: rows, last: z.number() });
const batch = z.object({ campaign: read.row, events: rows }).nullable();

/** Leases and rests are judged by the database's clock. */
export const eventVerbs = (call: Call): EventStore => ({
  events: async (campaignId, after, limit) => {
    const { events, last } = page.parse(await call("events", { campaign_id: campaignId, after, limit }));
    return eventPageOf(events, last);
  },
  claimNotices: async (at, lease, limit) => {
    const found = batch.parse(await call("claim_notices", { lease, limit }, at));
    return found === null ? null : noticeBatchOf(found.campaign, found.events);
  },
  settleNotice: async (position, how, at) => {
    const again = how.is === "failed" ? how.again : null;
    const notice = how.is === "sent" ? "sent" : again === null ? "given_up" : "due";
    read.done(await call("settle_notice", { position, notice, again }, at));
  },
  releaseNotices: async ({ campaignId, lease }, { rest, error }, at) =>
    read.done(await call("release_notices", { campaign_id: campaignId, lease, rest, error }, at)),
  dropEvents: async (before, keep, limit) =>
    read.number(await call("drop_events", { before: iso(before), keep, limit })),
});
