import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CAMPAIGN_STATUSES, type MoveName, moved, MOVES } from "../../../src/domain/calls/campaign.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON } from "../../support/domain.ts";
import type { Call } from "../../../src/domain/calls/call.ts";
import type { Claim } from "../../../src/engine/ports/index.ts";
import { ended, happened, number, people, person, present, type Scene } from "./scene.ts";

export function campaignsContract(scene: () => Scene): void {
  /** Refused by the trunk at noon, due again at one, when `then` ends it. */
  const blamed = async (then: (again: Claim, at: Instant) => Promise<unknown>): Promise<Call> => {
    const { store } = scene();
    const campaign = await scene().running(people(1));
    const runner = await scene().runner(NOON, NOON + 3 * HOUR);
    const first = await scene().dialed(campaign, runner);
    const refused = { type: "ended", at: NOON + 1, ending: "no_answer", sipStatus: 480 } as const;
    await scene().save(happened(first, refused));
    await then(await scene().dialed(campaign, runner, NOON + HOUR), NOON + HOUR + SECOND);
    await store.moveCampaign(campaign.id, "trip", { at: NOON + 2 * HOUR, reason: "broken", blamed: "no_answer" });
    await scene().expectRightCounts(campaign);
    expect(await scene().claim(campaign, runner, { at: NOON + 2 * HOUR })).toBeNull();
    return present(await store.findCall(first.call.id));
  };

  describe("a campaign", () => {
    test("is kept as it was created, and found by id", async () => {
      const { store } = scene();
      const settings = {
        prompt: "Ask about the plan.\nThen say good-bye.",
        assistantName: "Robin",
        dailyCap: 7,
        window: { days: ["fri", "sat"], start: 22 * 60, end: 2 * 60 },
        timeZone: "Europe/London",
        retry: { maxAttempts: 4, after: [MINUTE, HOUR] },
        trunkId: "ST_1",
        callerIds: ["+12025550190", "+12025550191"],
      } as const;
      const created = await scene().idle(people(2), settings);
      expect(created).toMatchObject({ ...settings, status: "idle", statusAt: NOON, createdAt: NOON, recent: "" });
      expect(await store.findCampaigns(created.id)).toEqual([created]);
    });

    test("keeps windows with minutes, its purpose and its own limit, and whole hours for those who read the tables", async () => {
      const { store } = scene();
      const days = ["mon", "sat"] as const;
      const settings = {
        window: { days, start: 9 * 60 + 30, end: 12 * 60 },
        moreWindows: [{ days, start: 14 * 60, end: 17 * 60 + 15 }],
        purpose: "survey",
        maxPerContact: { max: 3, within: 168 * HOUR },
      } as const;
      const created = await scene().idle(people(1), settings);
      expect(created).toMatchObject(settings);
      expect(await store.findCampaigns(created.id)).toEqual([created]);
    });

    test("keeps what its calls tell the carrier: a name, which may be none, and headers", async () => {
      const { store } = scene();
      const settings = { displayName: "", headers: { "X-Account": "spring=2026", "P-Charge": "é" } };
      const created = await scene().idle(people(1), settings);
      expect(created).toMatchObject(settings);
      expect(await store.findCampaigns(created.id)).toEqual([created]);
    });

    test("has a name of its own: of many who want one at once, one gets it", async () => {
      const { store } = scene();
      const { source } = await scene().idle(people(1));
      const wanted = { ...(await scene().idle([])), name: "Spring", source };
      const made = await Promise.allSettled(
        Array.from({ length: 10 }, () => store.createCampaign(randomUUID(), wanted, NOON)),
      );
      const refused = made.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
      expect(refused).toHaveLength(9);
      for (const each of refused) expect(each).toMatchObject({ code: "name_taken" });
      expect(await store.findCampaigns("Spring")).toHaveLength(1);
    });

    test("is found by id, else by name in any case, else by the beginning of its id", async () => {
      const { store } = scene();
      const ids = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"];
      const { source } = await scene().idle([], { name: "other" });
      const { id: _, ...settings } = { ...(await scene().idle([], { name: "third" })), source };
      await store.createCampaign(present(ids[0]), { ...settings, name: "Spring" }, NOON);
      // Its name looks like the beginning of the other's id, and goes before it.
      await store.createCampaign(present(ids[1]), { ...settings, name: "aaaaaaaa-0000-4000-8000-000000000" }, NOON);
      const found = async (ref: string): Promise<string[]> => (await store.findCampaigns(ref)).map(({ id }) => id);
      expect(await found("spring")).toEqual([ids[0]]);
      expect((await found("aaaaaaaa")).toSorted()).toEqual(ids);
      expect(await found("aaaaaaaa-0000-4000-8000-000000000")).toEqual([ids[1]]);
      expect(await found("aaaaaaaa-0000-4000-8000-000000000001")).toEqual([ids[0]]);
      expect(await found("nobody")).toEqual([]);
      expect(await found("a%")).toEqual([]);
      expect(await found("aaaaaaa_")).toEqual([]);
      expect(await found(randomUUID())).toEqual([]);
    });

    test("is listed with the others, or with those of its status", async () => {
      const { store } = scene();
      const idle = await scene().idle(people(1), { name: "idle" });
      const running = await scene().running(people(1), { name: "running" });
      expect((await store.listCampaigns()).map(({ id }) => id).toSorted()).toEqual([idle.id, running.id].toSorted());
      expect(await store.listCampaigns("running")).toEqual([running]);
      expect(await store.listCampaigns("paused")).toEqual([]);
    });

    test("says when dialing goes on, and is listed in that order", async () => {
      const { store } = scene();
      const later = await scene().running(people(1), { name: "later" });
      const sooner = await scene().running(people(1), { name: "sooner" });
      await store.setNextCallAt(later.id, NOON + 2 * HOUR);
      await store.setNextCallAt(sooner.id, NOON + HOUR);
      expect((await store.listCampaigns("running")).map(({ name }) => name)).toEqual(["sooner", "later"]);
      await store.setNextCallAt(sooner.id, null);
      expect((await store.listCampaigns("running")).map(({ name }) => name)).toEqual(["later", "sooner"]);
    });

    // How to get from idle to each status.
    const PATHS = {
      idle: [],
      running: ["start"],
      paused: ["start", "pause"],
      completed: ["start", "stop"],
      error: ["start", "fail"],
    } as const satisfies Record<(typeof CAMPAIGN_STATUSES)[number], readonly MoveName[]>;

    test.each(CAMPAIGN_STATUSES)("that is %s makes the moves of the table and no other", async (status) => {
      const { store } = scene();
      for (const move of Object.keys(MOVES) as MoveName[]) {
        const { id } = await scene().idle(people(1), { name: move });
        for (const step of PATHS[status]) await store.moveCampaign(id, step, { at: NOON });
        const [before] = await store.findCampaigns(id);
        expect(before?.status).toBe(status);
        const expected = moved(status, move);
        const after = await store.moveCampaign(id, move, { at: NOON + HOUR, reason: "because" });
        if (expected === null) expect(after).toBeNull();
        else expect(after).toMatchObject({ status: expected, statusReason: "because", statusAt: NOON + HOUR });
        expect(await store.findCampaigns(id)).toEqual([after ?? before]);
      }
    });

    test("that does not exist moves nowhere", async () => {
      expect(await scene().store.moveCampaign(randomUUID(), "start", { at: NOON })).toBeNull();
    });

    test("started becomes calls once, in order; suppressed and repeated numbers are left out and counted", async () => {
      const { store } = scene();
      const first = await scene().running([person(1)], { name: "first" });
      const [call] = (await store.listCalls({ campaignId: first.id, limit: 1 })).calls;
      await store.setOutcome(present(call).id, "do_not_call", null, NOON);

      const second = await scene().idle([person(3), person(1), person(2)], { name: "second" });
      expect((await store.progress(second.id, NOON)).total).toBe(0);
      const started = await Promise.all([1, 2, 3].map((n) => store.moveCampaign(second.id, "start", { at: NOON + n })));
      expect(started.filter((campaign) => campaign !== null)).toHaveLength(1);
      const { calls } = await store.listCalls({ campaignId: second.id, limit: 10 });
      expect(calls.map(({ contact }) => contact.phoneNumber)).toEqual([number(3), number(2)]);
      expect(calls[0]).toMatchObject({ status: "pending", attemptsSpent: 0, attemptId: null });
      expect(await store.progress(second.id, NOON)).toMatchObject({ total: 2, skipped: 1, calls: { pending: 2 } });
      expect(await store.snapshot(second, "2026-11-23")).toMatchObject({ live: 0, today: 0, lastHandOut: null });
    });

    test("of a file without anybody to call starts with no calls", async () => {
      const campaign = await scene().running([]);
      expect((await scene().store.snapshot(campaign, "2026-11-23")).waiting).toEqual([]);
    });

    test("that is over and has live calls has them hung up by a stop that hangs up, and stays as it ended", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2), { name: "over" });
      const runner = await scene().runner();
      const dialed = await scene().dialed(campaign, runner);
      await store.moveCampaign(campaign.id, "stop", { at: NOON, reason: "enough" });
      const late = { at: NOON + MINUTE, hangUp: true, reason: "at once" };
      expect(await store.hangUps([campaign.id])).toEqual([]);
      const hung = await store.moveCampaign(campaign.id, "stop", late);
      expect(hung).toMatchObject({ status: "completed", hangUp: true, statusReason: "enough", statusAt: NOON });
      expect(await store.hangUps([campaign.id])).toEqual([campaign.id]);
      const [move] = await store.auditEntries({ campaignId: campaign.id, limit: 1 });
      expect(move?.action).toBe("campaign.moved");
      expect([move?.before, move?.after].map((json) => JSON.parse(json ?? ""))).toMatchObject([
        { status: "completed" },
        { status: "completed", reason: "enough" },
      ]);
      await scene().save(ended(dialed, "hung_up", NOON + MINUTE));
      expect(await store.moveCampaign(campaign.id, "stop", late)).toBeNull();
    });

    test("stopped ends the calls not under way, says whether live ones are to be hung up, and why", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(4), { name: "stopped" });
      const runner = await scene().runner();
      await scene().dialed(campaign, runner);
      // One that was tried once and waits keeps how it went.
      const tried = ended(await scene().dialed(campaign, runner), "busy", NOON + SECOND);
      await scene().save(tried);
      const stopped = await store.moveCampaign(campaign.id, "stop", {
        at: NOON + MINUTE,
        hangUp: true,
        reason: "stop",
      });
      expect(stopped).toMatchObject({ status: "completed", hangUp: true, statusReason: "stop" });
      const progress = await scene().expectRightCounts(campaign);
      expect(progress).toMatchObject({ total: 4, calls: { calling: 1, busy: 1, failed: 2, pending: 0 } });
      expect(progress.endings).toEqual({ stopped: 2, busy: 1 });
      const call = await store.findCall(tried.call.id);
      expect(call).toMatchObject({
        status: "busy",
        endReason: "busy",
        completedAt: NOON + MINUTE,
        nextAttemptAt: null,
      });
      const other = await scene().running(people(1), { name: "other" });
      expect(await store.hangUps([campaign.id, other.id])).toEqual([campaign.id]);
      expect(await store.hangUps([])).toEqual([]);
    });

    test("is not finished while an attempt is under way that was handed out since somebody looked", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const claim = await scene().claimed(campaign, await scene().runner());
      expect(await store.moveCampaign(campaign.id, "finish", { at: NOON })).toBeNull();
      await scene().save(ended(claim, "declined"));
      expect(await store.moveCampaign(campaign.id, "finish", { at: NOON })).toMatchObject({ status: "completed" });
    });

    test("tripped by a trunk that refuses everybody, gives the contacts of that run their attempts back", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(4));
      const runner = await scene().runner(NOON, NOON + HOUR);
      const refused = async (at: Instant, sipStatus?: number): Promise<Claim> => {
        const claim = await scene().dialed(campaign, runner, at);
        const end = { type: "ended", at: at + 1, ending: "invalid_number" } as const;
        await scene().save(happened(claim, sipStatus === undefined ? end : { ...end, sipStatus }));
        return claim;
      };
      const before = await refused(NOON, 404);
      const talked = await scene().dialed(campaign, runner, NOON + SECOND);
      const answered = happened(talked, { type: "answered", at: NOON + 2 * SECOND, sipCallId: null });
      await scene().save(answered);
      await scene().save(happened(answered, { type: "ended", at: NOON + MINUTE, ending: "completed" }));
      const wronged = await refused(NOON + 2 * MINUTE, 404);
      const own = await refused(NOON + 3 * MINUTE);

      const at = NOON + 4 * MINUTE;
      await store.moveCampaign(campaign.id, "trip", { at, reason: "broken", blamed: "invalid_number" });
      await scene().expectRightCounts(campaign);
      for (const { call } of [before, own])
        expect(await store.findCall(call.id)).toMatchObject({ status: "failed", endReason: "invalid_number" });
      expect(await store.findCall(wronged.call.id)).toMatchObject({
        status: "pending",
        attemptsSpent: 0,
        attemptsFree: 1,
        nextAttemptAt: at,
        endReason: "trunk_error",
        completedAt: null,
      });
      const history = await store.callHistory(campaign.id, wronged.call.contact.phoneNumber);
      expect(history?.attempts).toMatchObject([{ ending: "trunk_error", sipStatus: 404 }]);
      expect((await store.progress(campaign.id, at)).dials).toBe(3);
    });

    test("tripped, leaves the attempts of phones that rang, and of those who were called before another rang", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(5));
      const runner = await scene().runner(NOON, NOON + HOUR);
      const declines = async (minute: number, rang: boolean): Promise<string> => {
        const claim = await scene().dialed(campaign, runner, NOON + minute * MINUTE);
        const end = {
          type: "ended",
          at: claim.attempt.claimedAt + SECOND,
          ending: "declined",
          sipStatus: 603,
        } as const;
        await scene().save(happened(claim, { ...end, rang }));
        return claim.call.id;
      };
      const before = await declines(0, false);
      // It rings on while the trunk breaks down.
      const ringing = await scene().dialed(campaign, runner, NOON + MINUTE);
      const wronged = await declines(2, false);
      const rang = await declines(3, true);
      await scene().save(ended(ringing, "no_answer", NOON + 4 * MINUTE));
      const at = NOON + 5 * MINUTE;
      await store.moveCampaign(campaign.id, "trip", { at, reason: "broken", blamed: "declined" });
      await scene().expectRightCounts(campaign);
      for (const id of [before, rang])
        expect(await store.findCall(id)).toMatchObject({ status: "busy", endReason: "declined", attemptsSpent: 1 });
      expect(await store.findCall(wronged)).toMatchObject({ status: "pending", attemptsSpent: 0, nextAttemptAt: at });
    });

    describe("tripped, sets no call pending again that something else has ended since", () => {
      test.each([
        ["lost", "failed"],
        ["hung_up", "failed"],
        ["do_not_call", "failed"],
        ["declined", "busy"],
      ] as const)("%s", async (ending, status) => {
        const call = await blamed((again, at) => scene().save(ended(again, ending, at)));
        expect(call).toMatchObject({
          status,
          endReason: ending,
          nextAttemptAt: null,
          attemptsSpent: 1,
          attemptsFree: 1,
        });
        expect(call.completedAt).toBe(NOON + HOUR + SECOND);
      });

      test("a phone that rang out, by which the trunk got through: it waits for its retry, as it would have", async () => {
        const call = await blamed((again, at) => scene().save(ended(again, "no_answer", at)));
        expect(call).toMatchObject({ status: "pending", endReason: "no_answer", attemptsSpent: 2 });
        expect(call.nextAttemptAt).toBeGreaterThan(NOON + 2 * HOUR);
      });

      test("a person who was erased", async () => {
        const call = await blamed(async (again, at) => {
          const gone = happened(again, { type: "ended", at, ending: "no_answer", sipStatus: 480 });
          await scene().save({
            ...gone,
            call: { ...gone.call, status: "no_answer", nextAttemptAt: null, completedAt: at },
          });
          await scene().store.erase(again.call.contact.phoneNumber, at);
        });
        expect(call).toMatchObject({ status: "no_answer", nextAttemptAt: null });
      });
    });

    test("resumed after the breaker makes one probing call, and keeps its history otherwise", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(6));
      const runner = await scene().runner();
      for (let n = 0; n < 5; n++) {
        await scene().save(ended(await scene().claimed(campaign, runner), "no_agent", NOON));
      }
      expect((await store.findCampaigns(campaign.id))[0]?.recent).toBe("xxxxx");
      await store.moveCampaign(campaign.id, "trip", { at: NOON, reason: "broken" });
      expect((await store.moveCampaign(campaign.id, "resume", { at: NOON }))?.recent).toBe("p");
    });
  });
}
