import { randomUUID } from "node:crypto";
import { array, assert, asyncProperty, boolean, constantFrom, nat, option, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/domain/calls/callback.ts";
import { STOPPED } from "../../../src/domain/calls/campaign.ts";
import { type Mended, mended } from "../../../src/domain/calls/mended.ts";
import type { Verdict } from "../../../src/domain/calls/verdict.ts";
import type { RetryPolicy } from "../../../src/domain/calls/retry.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Claim, VerdictSaved } from "../../../src/engine/ports/index.ts";
import { NOON, verdict } from "../../support/domain.ts";
import { answered, ended, number, people, present, type Scene } from "./scene.ts";

const LATER = NOON + 20 * SECOND;

export function verdictsContract(scene: () => Scene): void {
  const talking = async (): Promise<Claim> => {
    const campaign = await scene().running(people(1));
    return scene().save(answered(await scene().dialed(campaign, await scene().runner(NOON, NOON + 100 * MINUTE))));
  };
  const say = (
    { attempt }: Claim,
    said: Partial<Verdict>,
    amends: Mended | null = null,
    callback: Callback | null = null,
  ): Promise<VerdictSaved> =>
    scene().store.saveVerdict({ attemptId: attempt.id, verdict: verdict(said), callback, mended: amends, at: LATER });
  const callback = { at: LATER + 60 * MINUTE, zone: "Europe/London" };
  const back = (claim: Claim, seq: number, amends: Mended | null = null, promised = callback): Promise<VerdictSaved> =>
    say(claim, { seq, outcome: "callback" }, amends, promised);
  const stored = async ({ call }: Claim) => {
    const { store } = scene();
    const history = present(await store.callHistory(present(call.campaignId), call.contact.phoneNumber));
    return { call: history.call, attempt: present(history.attempts.at(-1)) };
  };

  describe("verdicts", () => {
    test("are stored once, apart from what was seen", async () => {
      const talk = await talking();
      const said = { answeredBy: "human", outcome: "interested", notes: "keen", firstAudioMs: 640 } as const;
      expect(await say(talk, { seq: 2, ...said })).toBe("stored");
      expect(await say(talk, { seq: 2, ...said })).toBe("known");
      expect(await say(talk, { seq: 1, outcome: "not_interested" })).toBe("known");
      const now = await stored(talk);
      expect(now.attempt).toEqual({ ...talk.attempt, said: { seq: 2, ...said, endedBy: null } });
      expect(now.call).toEqual({ ...talk.call, outcome: "interested", notes: "keen" });
      const { outcomes } = await scene().store.progress(present(talk.call.campaignId), LATER);
      expect(outcomes).toEqual({ interested: 1 });
      // The engine's own changes leave it alone.
      await scene().save(ended(talk, "completed", LATER));
      expect((await stored(talk)).attempt.said).toEqual(now.attempt.said);
    });

    test("come to the same in any order, any number of times", async () => {
      const words = record({
        seq: nat(4),
        answeredBy: option(constantFrom("human", "voicemail")),
        outcome: option(constantFrom("interested", "callback", "do_not_call")),
        doNotCall: boolean(),
      });
      // One number is one text: a second one under the same number is no verdict of ours.
      const once = array(words, { minLength: 1, maxLength: 4 }).map((all) => [
        ...new Map(
          all.map((each) => [each.seq, { ...each, doNotCall: each.doNotCall || each.outcome === "do_not_call" }]),
        ).values(),
      ]);
      await assert(
        asyncProperty(once, async (said) => {
          const ends: object[] = [];
          for (const order of [said, said.toReversed(), [...said, ...said]]) {
            const talk = await talking();
            for (const each of order) await say(talk, each);
            const { call, attempt } = await stored(talk);
            const listed = (await scene().store.doNotCall(number(0), LATER)).length > 0;
            ends.push({ said: attempt.said, outcome: call.outcome, listed });
            await scene().store.removeDoNotCall([number(0)], null);
            await scene().store.moveCampaign(present(call.campaignId), "stop", { at: LATER });
            await scene().save(ended(talk, "completed", LATER));
          }
          expect(ends[1]).toEqual(ends[0]);
          expect(ends[2]).toEqual(ends[0]);
        }),
        { numRuns: 10 },
      );
    });

    test("a later one takes back what an earlier one said, but nobody off the do-not-call list", async () => {
      const talk = await talking();
      await say(talk, { seq: 1, outcome: "interested", doNotCall: true });
      await say(talk, { seq: 3 });
      expect((await stored(talk)).call.outcome).toBeNull();
      expect(await scene().store.doNotCall(number(0), LATER)).toMatchObject([
        { source: "outcome", addedBy: "operator" },
      ]);
      await scene().store.removeDoNotCall([number(0)], null);
      expect(await say(talk, { seq: 2, doNotCall: true })).toBe("known");
      expect(await scene().store.doNotCall(number(0), LATER)).toHaveLength(1);
    });

    test("an operator's outcome that came since stays; one from before gives way", async () => {
      const { store } = scene();
      const talk = await talking();
      await say(talk, { seq: 1, outcome: "interested" });
      await store.setOutcome(talk.call.id, "wrong_number", "it was not her", LATER);
      await say(talk, { seq: 2, outcome: "callback", notes: "tomorrow" });
      expect((await stored(talk)).call).toMatchObject({ outcome: "wrong_number", notes: "it was not her" });
      expect((await stored(talk)).attempt.said).toMatchObject({ outcome: "callback", notes: "tomorrow" });

      const campaign = await scene().running(people(2).slice(1), { name: "again" });
      const [waiting] = (await store.listCalls({ campaignId: campaign.id, limit: 1 })).calls;
      await store.setOutcome(present(waiting).id, "callback", null, NOON);
      const second = await scene().dialed(campaign, await scene().runner(NOON, NOON + MINUTE));
      await say(second, { seq: 1, outcome: "interested" });
      expect((await stored(second)).call.outcome).toBe("interested");
    });

    test("say of a call that is over who had answered it, and what follows", async () => {
      const policy: RetryPolicy = { maxAttempts: 2, after: [30 * MINUTE] };
      const over = await scene().save(ended(await talking(), "completed", LATER));
      expect(over.call.reachedIn).toBe(over.attempt.id);
      const machine = verdict({ seq: 1, answeredBy: "voicemail" });
      await say(over, machine, mended(over.call, over.attempt, machine, policy, NOON));
      const now = await stored(over);
      expect(now.attempt.ending).toBe("voicemail");
      expect(now.call).toMatchObject({ status: "pending", endReason: "voicemail", completedAt: null, reachedIn: null });
      expect(now.call.nextAttemptAt).toBeGreaterThanOrEqual(LATER + 30 * MINUTE);
      const human = verdict({ seq: 2, answeredBy: "human" });
      await say(over, human, mended(now.call, now.attempt, human, policy, NOON));
      expect(await stored(over)).toEqual({
        call: over.call,
        attempt: { ...over.attempt, said: expect.objectContaining({ seq: 2 }) },
      });
    });

    test("change nothing of a call that has gone on since, nor of a campaign that is over", async () => {
      const policy: RetryPolicy = { maxAttempts: 3, after: [0] };
      const runner = await scene().runner(NOON, NOON + 100 * MINUTE);
      const campaign = await scene().running(people(1), { retry: policy });
      const first = await scene().save(
        ended(await scene().save(answered(await scene().dialed(campaign, runner))), "voicemail"),
      );
      const again = await scene().dialed(campaign, runner, NOON + 40 * MINUTE);
      const human = verdict({ seq: 1, answeredBy: "human" });
      await say(first, human, mended(first.call, first.attempt, human, policy, NOON));
      expect((await stored(again)).call).toEqual(again.call);
      await scene().save(
        ended(await scene().save(answered(again, NOON + 41 * MINUTE)), "completed", NOON + 42 * MINUTE),
      );
      await scene().store.moveCampaign(campaign.id, "stop", { at: NOON + 43 * MINUTE });
      const over = await stored(again);
      const machine = verdict({ seq: 1, answeredBy: "voicemail" });
      await say(over, machine, mended(over.call, over.attempt, machine, policy, NOON));
      expect((await stored(over)).call).toMatchObject({
        status: "completed",
        endReason: "voicemail",
        nextAttemptAt: null,
      });
    });

    test("take no callback away that was promised since", async () => {
      const over = await scene().save(ended(await talking(), "completed", LATER));
      await scene().store.setOutcome(over.call.id, "callback", null, LATER, callback);
      const machine = verdict({ seq: 1, answeredBy: "voicemail" });
      await say(over, machine, mended(over.call, over.attempt, machine, { maxAttempts: 1, after: [0] }, NOON));
      expect((await stored(over)).call).toMatchObject({ status: "pending", callback, nextAttemptAt: callback.at });
    });

    test("promise a callback once the call has ended, which the next one moves or takes back", async () => {
      const talk = await talking();
      await back(talk, 1);
      expect((await stored(talk)).call).toEqual({ ...talk.call, outcome: "callback", callback });
      const later = { ...callback, at: callback.at + MINUTE };
      await back(talk, 2, null, later);
      expect(await back(talk, 1)).toBe("known");
      await scene().save(ended(talk, "completed", LATER));
      expect((await stored(talk)).call).toMatchObject({ status: "pending", callback: later, nextAttemptAt: later.at });
      await say(talk, { seq: 3, outcome: "not_interested" });
      expect((await stored(talk)).call).toMatchObject({ status: "completed", callback: null, nextAttemptAt: null });
      await back(talk, 4);
      expect((await stored(talk)).call).toMatchObject({ status: "pending", callback, completedAt: null });
    });

    test("promise a callback though who had answered comes with it, and a campaign that was done goes on", async () => {
      const over = await scene().save(ended(await talking(), "completed", LATER));
      const { store } = scene();
      const id = present(over.call.campaignId);
      await store.moveCampaign(id, "finish", { at: LATER });
      const screened = verdict({ seq: 1, answeredBy: "screening" });
      await back(over, 1, mended(over.call, over.attempt, screened, { maxAttempts: 2, after: [0] }, NOON));
      expect((await stored(over)).call).toMatchObject({ status: "pending", callback, nextAttemptAt: callback.at });
      expect((await store.findCampaigns(id))[0]?.status).toBe("running");
      await scene().expectRightCounts(present((await store.findCampaigns(id))[0]));
    });

    test("promise nothing where an operator has said otherwise, or the campaign was stopped", async () => {
      const talk = await talking();
      const mine = { ...callback, at: callback.at + MINUTE };
      await scene().store.setOutcome(talk.call.id, "callback", null, LATER, mine);
      await say(talk, { seq: 1, outcome: "not_interested" });
      expect((await stored(talk)).call).toMatchObject({ outcome: "callback", callback: mine });
      await scene().store.setOutcome(talk.call.id, "wrong_number", null, LATER);
      await back(talk, 2);
      expect((await stored(talk)).call).toMatchObject({ outcome: "wrong_number", callback: null });
      await scene().save(ended(talk, "completed", LATER));
      await scene().store.setOutcome(talk.call.id, "callback", null, LATER);
      await scene().store.moveCampaign(present(talk.call.campaignId), "stop", { at: LATER, reason: STOPPED });
      await back(talk, 3);
      expect((await stored(talk)).call).toMatchObject({ callback: null, nextAttemptAt: null });
    });

    test("of an attempt that nobody knows are none", async () => {
      const asked = { verdict: verdict({ doNotCall: true }), callback: null, mended: null, at: NOON };
      expect(await scene().store.saveVerdict({ attemptId: randomUUID(), ...asked })).toBe("gone");
      expect(await scene().store.saveVerdict({ attemptId: "no id at all", ...asked })).toBe("gone");
    });
  });
}
