/** Whom one must not call: what the store checks as it hands a call out, and again before the dial. */
import { describe, expect, test } from "vitest";
import type { ConsentRecord } from "../../../src/domain/consent.ts";
import { DAY as A_DAY, HOUR, MINUTE } from "../../../src/domain/instant.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { dialing, ended, number, people, person, present, type Scene } from "./scene.ts";

const consent = (n: number, changes: Partial<ConsentRecord> = {}): ConsentRecord => ({
  phoneNumber: number(n),
  channel: "ai_voice",
  purpose: "marketing",
  level: "express",
  grantedAt: NOON - A_DAY,
  source: "web form",
  proof: "form 12",
  expiresAt: null,
  revokedAt: null,
  ...changes,
});

export function suppressionContract(scene: () => Scene): void {
  const entry = (n: number) => ({ phoneNumber: number(n), source: "operator", reason: null, addedAt: NOON });

  describe("the do-not-call list", () => {
    test("holds a number once, says since when, from whom and why, and lists by number, page by page", async () => {
      const { store } = scene();
      expect(await store.addDoNotCall([entry(2), entry(1), { ...entry(0), reason: "asked" }])).toBe(3);
      expect(await store.addDoNotCall([{ ...entry(1), source: "later" }, entry(3)])).toBe(1);
      expect(await store.doNotCall(number(1))).toEqual(entry(1));
      expect(await store.doNotCall(number(9))).toBeNull();
      expect((await store.listDoNotCall(2, null)).map(({ phoneNumber }) => phoneNumber)).toEqual([
        number(0),
        number(1),
      ]);
      expect((await store.listDoNotCall(9, number(1))).map(({ phoneNumber }) => phoneNumber)).toEqual([
        number(2),
        number(3),
      ]);
      expect(await store.removeDoNotCall([number(1), number(9)])).toBe(1);
      expect(await store.doNotCall(number(1))).toBeNull();
      expect(await store.addDoNotCall([])).toBe(0);
    });

    test("ends a call that waits as it would be handed out, and stops one that was, before the dial", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(3));
      const runner = await scene().runner();
      const claim = await scene().claimed(campaign, runner);
      await store.addDoNotCall([entry(0), entry(1)]);
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "do_not_call" });
      expect((await scene().claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(2));
      expect(present(await store.callHistory(campaign.id, number(1))).call).toMatchObject({
        status: "failed",
        endReason: "do_not_call",
      });
    });
  });

  describe("consents", () => {
    test("are kept once, and revoked at once; a revocation outlives an older consent that comes later", async () => {
      const { store } = scene();
      expect(await store.addConsents([consent(0), consent(0), consent(1)])).toBe(2);
      expect(await store.consentsOf(number(0))).toEqual([consent(0)]);
      expect(await store.revokeConsents(number(0), NOON)).toBe(1);
      await store.addConsents([consent(0, { source: "another form" })]);
      const campaign = await scene().running(people(2), { requireConsent: true });
      const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 9 });
      expect(calls.map(({ contact }) => contact.phoneNumber)).toEqual([number(1)]);
    });

    test.each<[string, Partial<ConsentRecord>, boolean]>([
      ["a proven one", {}, true],
      ["one without proof", { proof: null }, false],
      ["one that has run out", { expiresAt: NOON }, false],
      ["one that runs out later", { expiresAt: NOON + 1 }, true],
      ["one from tomorrow", { grantedAt: NOON + A_DAY }, false],
    ])("%s", async (_, changes, calls) => {
      await scene().store.addConsents([consent(0, changes)]);
      const campaign = await scene().running(people(1), { requireConsent: true });
      expect((await scene().store.progress(campaign.id, NOON)).total).toBe(calls ? 1 : 0);
    });

    test("that end after the start end the call, at the claim and before the dial", async () => {
      const { store } = scene();
      await store.addConsents([consent(0), consent(1)]);
      const campaign = await scene().running(people(2), { requireConsent: true });
      const runner = await scene().runner();
      const claim = await scene().claimed(campaign, runner);
      for (const n of [0, 1]) await store.revokeConsents(number(n), NOON);
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "no_consent" });
      expect(await scene().claim(campaign, runner)).toBeNull();
      expect(present(await store.callHistory(campaign.id, number(1))).call.endReason).toBe("no_consent");
    });
  });

  describe("places", () => {
    test("only calls at open places are handed out, and the snapshot says who waits where", async () => {
      const { store } = scene();
      const abroad = person(7, { phoneNumber: "+447700900123" });
      const campaign = await scene().running([abroad, person(0)]);
      const runner = await scene().runner();
      const { waiting } = await store.snapshot(campaign, "2026-11-23");
      expect(waiting.map(({ place }) => place).toSorted()).toEqual(["GB Europe/London", PLACE].toSorted());
      expect(await scene().claim(campaign, runner, { open: [] })).toBeNull();
      expect((await scene().claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(0));
      expect(await scene().claim(campaign, runner)).toBeNull();
      const open = [{ place: "GB Europe/London", caps: [] }];
      expect((await scene().claimed(campaign, runner, { open })).call.contact.phoneNumber).toBe(abroad.phoneNumber);
    });

    test("before a start it is known who would be called where, and who not", async () => {
      const { store } = scene();
      await store.addDoNotCall([entry(1)]);
      const campaign = await scene().idle([person(0), person(1), { ...person(2), ...{ doNotCall: true } }]);
      const { callable, leftOut } = await store.preview(campaign.id, NOON);
      expect([...callable]).toEqual([[PLACE, 1]]);
      expect(leftOut).toMatchObject({ marked: 1, on_list: 1, no_consent: 0 });
      expect(await store.unplacedContacts(campaign.source, 10)).toEqual([]);
    });
  });

  describe("a number", () => {
    test("that another attempt is at waits a minute: two campaigns do not ring one phone at once", async () => {
      const [first, second] = [
        await scene().running(people(1), { name: "a" }),
        await scene().running(people(1), { name: "b" }),
      ];
      const runner = await scene().runner(NOON, NOON + HOUR);
      const claim = await scene().claimed(first, runner);
      expect(await scene().claim(second, runner)).toBeNull();
      const held = present(await scene().store.callHistory(second.id, number(0))).call;
      expect(held).toMatchObject({ nextAttemptAt: NOON + MINUTE, heldBy: "another call to this number is under way" });
      await scene().save(ended(claim, "released"));
      expect((await scene().claimed(second, runner, { at: NOON + MINUTE })).call.heldBy).toBeNull();
    });

    test("is protected by caps over all campaigns; dials that rang nobody do not count", async () => {
      const caps = [{ rule: "R", max: 1, within: HOUR, after: "any" as const }];
      const open = [{ place: PLACE, caps }];
      const [first, second] = [
        await scene().running(people(1), { name: "a" }),
        await scene().running(people(1), { name: "b" }),
      ];
      const runner = await scene().runner(NOON, NOON + 2 * HOUR);
      const free = await scene().save(ended(await scene().dialed(first, runner), "trunk_error", NOON));
      const due = present(free.call.nextAttemptAt);
      const change = dialing(await scene().claimed(first, runner, { at: due, open }), due);
      expect(await scene().store.beginDial(change, 0)).toEqual({ say: "go" });
      await scene().save(ended(change, "declined", due + 1));
      expect(await scene().claim(second, runner, { at: due + MINUTE, open })).toBeNull();
      const { call } = present(await scene().store.callHistory(second.id, number(0)));
      expect(call).toMatchObject({ nextAttemptAt: due + HOUR, heldBy: "rule R: enough calls to this number" });
      expect(await scene().claim(second, runner, { at: due + HOUR, open })).not.toBeNull();
    });
  });
}
