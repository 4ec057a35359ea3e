import { describe, expect, test } from "vitest";
import type { Campaign } from "../../../src/domain/calls/campaign.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON, verdict } from "../../support/domain.ts";
import { answered, ended, people, present, type Scene } from "./scene.ts";

export function eventsContract(scene: () => Scene): void {
  const told = async ({ id }: Campaign, after = 0, limit = 100) => {
    const { events } = await scene().store.events(id, after, limit);
    return events.map(({ type, data }) => [type, data]);
  };
  const types = async (campaign: Campaign): Promise<unknown[]> => (await told(campaign)).map(([type]) => type);

  const claim = (at = NOON, limit = 10) => scene().store.claimNotices(at, MINUTE, limit);

  describe("an event", () => {
    test("tells of a call that is over, what was said of it, and what became of its campaign", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2), { name: "spring" });
      const runner = await scene().runner(NOON, NOON + HOUR);
      const talk = await scene().save(answered(await scene().dialed(campaign, runner)));
      const { id: attemptId } = talk.attempt;
      const said = verdict({ seq: 1, answeredBy: "human", outcome: "interested", notes: "keen on +12025550100" });
      await store.saveVerdict({ attemptId, verdict: said, callback: null, mended: null, at: NOON + SECOND });
      await scene().save(ended(talk, "completed", NOON + MINUTE));
      await store.setOutcome(talk.call.id, "not_interested", "no, after all", NOON + HOUR);
      await store.moveCampaign(campaign.id, "pause", { at: NOON, reason: "for lunch" });
      await store.moveCampaign(campaign.id, "resume", { at: NOON });
      await store.moveCampaign(campaign.id, "stop", { at: NOON, reason: "enough" });
      const call = { call_id: talk.call.id };
      expect(await told(campaign)).toEqual([
        ["campaign.started", { reason: null }],
        ["call.outcome", { ...call, outcome: "interested" }],
        ["call.verdict", expect.objectContaining({ ...call, attempt_id: attemptId, seq: 1, answered_by: "human" })],
        [
          "call.ended",
          {
            ...call,
            attempt_id: attemptId,
            status: "completed",
            end_reason: "completed",
            sip_status_code: null,
            call_duration: 60,
            outcome: "interested",
            next_attempt_at: null,
          },
        ],
        ["call.outcome", { ...call, outcome: "not_interested" }],
        ["campaign.paused", { reason: "for lunch" }],
        ["campaign.resumed", { reason: null }],
        ["campaign.completed", { reason: "enough" }],
      ]);
      const { events } = await store.events(campaign.id, 0, 100);
      expect(new Set(events.map(({ id }) => id)).size).toBe(8);
      expect(events[3]).toMatchObject({ at: NOON + MINUTE, campaignId: campaign.id, campaign: "spring" });
      expect(JSON.stringify(events)).not.toMatch(/keen|after all|\+1202/);
    });

    test("says when a call is tried again, in the spelling of instants", async () => {
      const campaign = await scene().running(people(1));
      await scene().save(ended(await scene().dialed(campaign, await scene().runner()), "busy", NOON));
      const { calls } = await scene().store.listCalls({ campaignId: campaign.id, limit: 1 });
      const next_attempt_at = new Date(present(calls[0]?.nextAttemptAt ?? null)).toISOString();
      const again = { status: "pending", end_reason: "busy", next_attempt_at };
      expect((await told(campaign)).at(-1)).toEqual(["call.ended", expect.objectContaining(again)]);
    });

    test("of waiting is told once for each reason, and again after a dial", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const waits = (because?: string) => store.setNextCallAt(campaign.id, NOON + HOUR, because);
      await waits("outside calling hours");
      await waits("outside calling hours");
      await waits();
      await waits("daily cap reached");
      await scene().dialed(campaign, await scene().runner());
      await waits("daily cap reached");
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
      await store.moveCampaign(campaign.id, "resume", { at: NOON });
      await waits("daily cap reached");
      const next_call_at = new Date(NOON + HOUR).toISOString();
      expect((await told(campaign)).filter(([type]) => type === "campaign.waiting")).toEqual([
        ["campaign.waiting", { reason: "outside calling hours", next_call_at }],
        ...Array.from({ length: 3 }, () => ["campaign.waiting", { reason: "daily cap reached", next_call_at }]),
      ]);
    });

    test("is no event where nothing changed, nor for a single call outside any campaign", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const claim = await scene().dialed(campaign, await scene().runner());
      await store.setOutcome(claim.call.id, "interested", null, NOON);
      await store.setOutcome(claim.call.id, "interested", "still", NOON);
      const single = await scene().single(await scene().runner());
      await store.setOutcome(single.call.id, "interested", null, NOON);
      expect(await types(campaign)).toEqual(["campaign.started", "call.outcome"]);
    });

    test("is read page by page, from where one was", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const other = await scene().running(people(1), { name: "other" });
      for (const move of ["pause", "resume", "stop"] as const)
        await store.moveCampaign(campaign.id, move, { at: NOON });
      const first = await store.events(campaign.id, 0, 3);
      expect(first.events.map(({ type }) => type)).toEqual(["campaign.started", "campaign.paused", "campaign.resumed"]);
      expect(first.last).toBe(first.events[2]?.position);
      const rest = await store.events(campaign.id, first.last, 3);
      expect(rest.events.map(({ type }) => type)).toEqual(["campaign.completed"]);
      expect(await store.events(campaign.id, rest.last, 3)).toEqual({ events: [], last: rest.last });
      expect(await store.events(campaign.id, null, 3)).toEqual({ events: [], last: rest.last });
      expect(await types(other)).toEqual(["campaign.started"]);
    });

    test("is dropped when it is old, or one of too many", async () => {
      const { store } = scene();
      const campaign = await scene().idle(people(1));
      const move = (name: "start" | "pause" | "resume", at: number) => store.moveCampaign(campaign.id, name, { at });
      for (const [day, name] of (["start", "pause", "resume", "pause", "resume"] as const).entries())
        await move(name, NOON + (day + 1) * DAY);
      expect(await store.dropEvents(NOON + 3 * DAY, 100, 1)).toBe(1);
      expect(await store.dropEvents(NOON + 3 * DAY, 100, 10)).toBe(1);
      expect(await types(campaign)).toEqual(["campaign.resumed", "campaign.paused", "campaign.resumed"]);
      expect(await store.dropEvents(NOON, 2, 10)).toBe(1);
      expect(await store.dropEvents(NOON, 2, 10)).toBe(0);
      const { last } = await store.events(campaign.id, null, 1);
      expect(await store.dropEvents(NOON + 9 * DAY, 2, 10)).toBe(2);
      await move("pause", NOON + 9 * DAY);
      expect((await store.events(campaign.id, last, 10)).events.map(({ type }) => type)).toEqual(["campaign.paused"]);
    });
  });

  describe("a notice", () => {
    const URL = "https://hooks.example.com/campaigns";
    const notified = (changes = {}): Promise<Campaign> => scene().running(people(1), { notifyUrl: URL, ...changes });

    test("is due for a campaign that names a receiver, and handed out to one", async () => {
      await scene().running(people(1), { name: "silent" });
      const campaign = await notified();
      expect((await scene().store.findCampaigns(campaign.id))[0]?.notifyUrl).toBe(URL);
      const batch = present(await claim());
      expect(batch).toMatchObject({ campaignId: campaign.id, userId: null, url: URL, failures: 0 });
      const [notice] = batch.notices;
      expect(batch.notices.map(({ type, tries }) => [type, tries])).toEqual([["campaign.started", 0]]);
      // Another process does not get what is being sent; once it is silent for too long, it does.
      expect(await claim(NOON + MINUTE - 1)).toBeNull();
      expect(present(await claim(NOON + MINUTE)).notices[0]?.id).toBe(notice?.id);
    });

    test("that was sent is not sent again; one that failed is, when its time has come", async () => {
      const { store } = scene();
      const campaign = await notified();
      const batch = present(await claim());
      const { position = 0, id } = batch.notices[0] ?? {};
      await store.settleNotice(position, { is: "failed", again: HOUR }, NOON);
      await store.releaseNotices(batch, { rest: MINUTE, error: "it answered 500" }, NOON);
      const state = async () => (await store.progress(campaign.id, NOON)).notices;
      expect(await state()).toEqual({ due: 1, givenUp: 0, error: "it answered 500", nextTryAt: NOON + MINUTE });
      expect(await claim(NOON + MINUTE)).toBeNull();
      const again = present(await claim(NOON + HOUR));
      expect([again.failures, again.notices[0]?.id, again.notices[0]?.tries]).toEqual([1, id, 1]);
      await store.settleNotice(position, { is: "sent" }, NOON + HOUR);
      // Whoever was slow does not make it due again.
      await store.settleNotice(position, { is: "failed", again: 0 }, NOON + HOUR);
      await store.releaseNotices(again, { rest: 0, error: null }, NOON + HOUR);
      expect(await state()).toEqual({ due: 0, givenUp: 0, error: null, nextTryAt: null });
      expect(await claim(NOON + DAY)).toBeNull();
    });

    test("is given up, and counted", async () => {
      const { store } = scene();
      const campaign = await notified();
      const batch = present(await claim());
      await store.settleNotice(batch.notices[0]?.position ?? 0, { is: "failed", again: null }, NOON);
      await store.releaseNotices(batch, { rest: 0, error: "it answered 410" }, NOON);
      expect((await store.progress(campaign.id, NOON)).notices).toMatchObject({ due: 0, givenUp: 1 });
      expect(await claim(NOON + DAY)).toBeNull();
    });

    test("goes out in order, and to those first who were left alone longest", async () => {
      const { store } = scene();
      const busy = await notified({ name: "busy" });
      for (const move of ["pause", "resume", "pause"] as const) await store.moveCampaign(busy.id, move, { at: NOON });
      const first = present(await claim(NOON, 2));
      expect(first.notices.map(({ type }) => type)).toEqual(["campaign.started", "campaign.paused"]);
      await store.releaseNotices(first, { rest: 0, error: null }, NOON);
      const quiet = await notified({ name: "quiet" });
      expect(present(await claim(NOON + SECOND)).campaignId).toBe(quiet.id);
      expect(present(await claim(NOON + SECOND)).campaignId).toBe(busy.id);
      // Its lease was taken over: what it says of the receiver is old.
      await store.releaseNotices(first, { rest: HOUR, error: "late" }, NOON + 2 * SECOND);
      expect(present(await claim(NOON + 2 * MINUTE)).failures).toBe(0);
    });

    test("goes to another receiver at once", async () => {
      const { store } = scene();
      const campaign = await notified();
      const batch = present(await claim());
      await store.releaseNotices(batch, { rest: DAY, error: "it answered 410" }, NOON);
      const paused = present(await store.moveCampaign(campaign.id, "pause", { at: NOON }));
      const other = { ...paused, notifyUrl: "https://other.example.com/" };
      await store.changeCampaign(paused, other, NOON);
      expect(present(await claim(NOON + SECOND))).toMatchObject({ url: other.notifyUrl, failures: 0 });
      const { notifyUrl: _, ...silent } = other;
      await store.changeCampaign(other, silent, NOON);
      expect(await claim(NOON + DAY)).toBeNull();
    });
  });
}
