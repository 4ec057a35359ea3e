/** What two owners say of one number: each reads, erases and finds in the audit log their own; that it is on the list is everybody's. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DAY as DAY_MS, MINUTE } from "../../src/domain/time/instant.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { NOON, verdict } from "../support/domain.ts";
import type { Shared } from "./owners.ts";
import { consent } from "./store/protection.ts";
import { ended, number, person, present, Scene } from "./store/scene.ts";

const ADA = number(0);
const LATER = NOON + 100 * DAY_MS;
const entry = (reason: string, source = "operator", n = 0) => ({
  phoneNumber: number(n),
  source,
  reason,
  addedAt: NOON,
});

const byText = (one: unknown, other: unknown): number => String(one).localeCompare(String(other));

/** Calls Ada, who is called to the end. */
const called = async (store: Store) => {
  const scene = new Scene(store);
  const campaign = await scene.running([person(0), person(1)]);
  const { call, attempt } = await scene.dialed(campaign, await scene.runner());
  expect(call.contact.phoneNumber).toBe(ADA);
  await scene.save(ended({ call, attempt }, "completed"));
  return { campaignId: campaign.id, callId: call.id, attemptId: attempt.id };
};
const forbid = (store: Store, { callId }: { readonly callId: string }, notes: string | null) =>
  store.setOutcome(callId, "do_not_call", notes, NOON);
const read = async (store: Store) =>
  (await store.doNotCall(ADA, NOON)).map(({ source, reason, addedBy }) => [source, reason, addedBy]);
const actions = async (store: Store) =>
  (await store.auditEntries({ limit: 9, phoneNumber: ADA })).map(({ action }) => action);
const numbersOf = async (store: Store) =>
  (await store.auditHistory(0, 9, ["dnc.added"])).map(({ phoneNumber }) => phoneNumber).toSorted(byText);

export function ownersWordsContract(open: () => Promise<Shared>): void {
  describe("of a number that two owners know", () => {
    const [alice, bob] = [randomUUID(), randomUUID()];
    let shared: Shared;
    let hers: Store, his: Store, everybodys: Store;
    beforeEach(async () => {
      shared = await open();
      [hers, his, everybodys] = [shared.as(alice), shared.as(bob), shared.as()];
    });
    afterEach(() => shared[Symbol.asyncDispose]());

    const reasons = async () => (await everybodys.doNotCall(ADA, NOON)).map(({ reason }) => reason).toSorted(byText);

    test("the do-not-call list told one owner what the other had written there, and who it was", async () => {
      await forbid(hers, await called(hers), "she wept");
      expect(await read(hers)).toEqual([["outcome", "she wept", alice]]);
      expect(await read(everybodys)).toEqual([["outcome", "she wept", alice]]);
      expect(await read(his)).toEqual([["outcome", null, undefined]]);
      const told = [
        await his.listDoNotCall(9, null, null),
        await his.personalData(ADA),
        await his.doNotCall(ADA, NOON),
      ];
      expect(JSON.stringify(told)).toContain("outcome");
      for (const secret of ["she wept", alice]) expect(JSON.stringify(told)).not.toContain(secret);
      const { do_not_call_numbers: whole } = await hers.personalData(ADA);
      expect(whole).toMatchObject([{ reason: "she wept", added_by: alice }]);
      // A consent that was revoked is the owner's own to know.
      await his.revokeConsents(ADA, NOON);
      expect((await his.doNotCall(ADA, NOON)).at(-1)?.reason).toBe("the consent was revoked");
    });

    test("what several have put on the list, or the operator, has no single owner's words", async () => {
      await everybodys.addDoNotCall([entry("by letter", "letters")]);
      await hers.addDoNotCall([entry("she wept")]);
      await his.addDoNotCall([entry("he sighed")]);
      for (const store of [hers, his])
        expect((await read(store)).toSorted(byText)).toEqual([
          ["letters", null, "operator"],
          ["operator", null, "several"],
        ]);
      expect(await reasons()).toEqual(["by letter", "she wept"]);
    });

    test("what came of one owner's call became the reason of the other's entry", async () => {
      const calls = [await called(hers), await called(his)] as const;
      await forbid(hers, calls[0], null);
      await forbid(his, calls[1], "he sighed");
      expect(await read(hers)).toEqual([["outcome", null, "several"]]);
      expect(await reasons()).toEqual([null]);
    });

    test("one owner took off the list a wish that the other's contact had uttered as well, and that one was called", async () => {
      const calls = [await called(hers), await called(his)] as const;
      await hers.addDoNotCall([{ ...entry("for an hour", "outcome"), expiresAt: NOON + MINUTE }]);
      await forbid(his, calls[1], null);
      expect(await hers.removeDoNotCall([ADA], null)).toBe(0);
      expect(await hers.dropDoNotCallSource("outcome")).toBe(0);
      expect((await his.doNotCall(ADA, LATER)).map(({ addedBy }) => addedBy)).toEqual(["several"]);
      expect(await everybodys.removeDoNotCall([ADA], null)).toBe(1);
      await forbid(hers, calls[0], null);
      const { attemptId } = calls[1];
      const said = verdict({ outcome: "do_not_call", doNotCall: true });
      await everybodys.saveVerdict({ attemptId, verdict: said, callback: null, mended: null, at: NOON });
      expect(await hers.removeDoNotCall([ADA], null)).toBe(0);
    });

    test("what an agent said of an owner's call was the operator's, whose run heard it", async () => {
      const { attemptId } = await called(hers);
      const said = verdict({ notes: "she wept", outcome: "do_not_call", doNotCall: true });
      await everybodys.saveVerdict({ attemptId, verdict: said, callback: null, mended: null, at: NOON });
      expect(await read(hers)).toEqual([["outcome", "she wept", alice]]);
    });

    test("an erasure took the other owner's reasons and kept answers", async () => {
      const calls = [await called(hers), await called(his)] as const;
      await forbid(hers, calls[0], "she wept");
      await his.addDoNotCall([entry("he sighed")]);
      await everybodys.addDoNotCall([entry("by letter", "letters")]);
      const answer = { request: "r", status: 200, body: JSON.stringify({ called: ADA }) };
      const answers = async () =>
        Promise.all(
          [hers, his, everybodys].map(async (store) => {
            const claim = await store.claimKey("key", "again", NOON);
            return claim.is === "answered" && claim.answer.status;
          }),
        );
      for (const store of [hers, his, everybodys]) {
        await store.claimKey("key", "claim", NOON);
        await store.answerKey("key", "claim", answer);
      }
      expect(await hers.erase(ADA, NOON)).not.toBeNull();
      expect(await reasons()).toEqual(["by letter", "he sighed", null, null]);
      expect(await answers()).toEqual([409, 200, 200]);
      expect((await his.personalData(ADA)).campaign_calls).toHaveLength(1);
      expect(await his.erase(ADA, NOON)).not.toBeNull();
      expect(await reasons()).toEqual(["by letter", null, null, null]);
      expect(await answers()).toEqual([409, 409, 200]);
      expect(await everybodys.erase(ADA, NOON)).not.toBeNull();
      // Whoever erases, on the list Ada stays.
      expect(await reasons()).toEqual([null, null, null, null]);
      expect(await answers()).toEqual([409, 409, 409]);
    });

    test("an erasure takes a reason that may be this owner's, since several have written the entry", async () => {
      await hers.addDoNotCall([entry("she wept")]);
      await his.addDoNotCall([entry("he sighed")]);
      expect(await hers.erase(ADA, NOON)).not.toBeNull();
      expect(await reasons()).toEqual([null, null]);
    });

    test("a purge of one owner's old calls took the other's reasons", async () => {
      const calls = [await called(hers), await called(his)] as const;
      await forbid(hers, calls[0], "she wept");
      await his.purge("variables", LATER, 10);
      await everybodys.purge("variables", LATER, 10, calls[1].campaignId);
      expect(await reasons()).toEqual(["she wept"]);
      for (const { campaignId } of calls)
        present(await everybodys.moveCampaign(campaignId, "stop", { at: NOON + MINUTE }));
      await everybodys.purge("calls", LATER, 10, calls[1].campaignId);
      expect(await reasons()).toEqual(["she wept"]);
      await everybodys.purge("variables", LATER, 10, calls[0].campaignId);
      expect(await reasons()).toEqual([null]);
    });

    const HIS = {
      "a call that waits": async () => void (await new Scene(his).running([person(0)])),
      "a row of a file": async () => void (await new Scene(his).file([person(0)])),
      "a contact of a list": async () => {
        const file = await new Scene(his).file([person(0)]);
        await his.mergeContactFile(file.id, { id: randomUUID(), name: "members" }, NOON);
        await his.dropContactFile(file.id);
      },
      "a consent": async () => void (await his.addConsents([consent(0)])),
    } as const;
    test.each(Object.keys(HIS) as (keyof typeof HIS)[])(
      "the audit log stays whole for the other, who still has %s, when one owner erases them",
      async (what) => {
        await HIS[what]();
        await his.addDoNotCall([entry("he sighed")]);
        const before = await actions(his);
        expect(before).toContain("dnc.added");
        await hers.addConsents([consent(0)]);
        expect(await hers.erase(ADA, NOON)).not.toBeNull();
        expect(await actions(his)).toEqual(before);
        expect(await his.erase(ADA, NOON)).not.toBeNull();
        expect(await actions(everybodys)).toEqual([]);
      },
    );

    test("an erasure that the operator takes off the list had all its owners, as JSON, for its owner in the audit log", async () => {
      for (const store of [hers, his]) expect(await store.erase(ADA, NOON)).not.toBeNull();
      expect(await everybodys.removeDoNotCall([ADA], "erased")).toBe(1);
      expect((await everybodys.auditEntries({ limit: 1 }))[0]).toMatchObject({ action: "dnc.removed", userId: null });
    });

    test("the history for a proof has of the list what is about numbers that the owner has called", async () => {
      await called(his);
      await hers.addDoNotCall([entry("she wept"), entry("she wept", "operator", 1), entry("she wept", "operator", 2)]);
      expect(await numbersOf(his)).toEqual([ADA]);
      expect(await numbersOf(hers)).toEqual([0, 1, 2].map(number));
    });
  });
}
