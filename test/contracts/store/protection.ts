/** Whom a store does not hand out: numbers that another call is at, that a cap protects, or that never agreed. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import type { ConsentRecord } from "../../../src/domain/calls/consent.ts";
import { DAY, HOUR, MINUTE } from "../../../src/domain/time/instant.ts";
import type { Cap } from "../../../src/domain/hours/rule-limits.ts";
import type { Claim } from "../../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { entry } from "./do-not-call.ts";
import { abroad, answered, dialing, ended, number, people, person, present, type Scene } from "./scene.ts";

const cap = (changes: Partial<Cap>): Cap => ({ rule: "r1", max: 1, within: DAY, after: "any", ...changes });
const inPlace = (...caps: Cap[]) => ({ open: [{ place: PLACE, caps }] });

export const consent = (n: number, changes: Partial<ConsentRecord> = {}): ConsentRecord => ({
  phoneNumber: number(n),
  channel: "ai_voice",
  purpose: "marketing",
  level: "express",
  grantedAt: NOON - DAY,
  source: "form",
  proof: "form 7",
  expiresAt: null,
  revokedAt: null,
  ...changes,
});

export function protectionContract(scene: () => Scene): void {
  const numbersOf = async (campaignId: string): Promise<string[]> =>
    (await scene().store.listCalls({ campaignId, limit: 100 })).calls.map(({ contact }) => contact.phoneNumber);
  const callTo = async (campaignId: string, n: number) =>
    present(await scene().store.callHistory(campaignId, number(n))).call;

  describe("a number", () => {
    test("that another attempt is at waits a minute, and those behind it are called", async () => {
      const [one, two] = [await scene().running(people(1)), await scene().running(people(2), { name: "two" })];
      const runner = await scene().runner(NOON, NOON + HOUR);
      const first = await scene().dialed(one, runner);
      expect((await scene().claimed(two, runner)).call.contact.phoneNumber).toBe(number(1));
      const held = await callTo(two.id, 0);
      expect(held).toMatchObject({ nextAttemptAt: NOON + MINUTE, heldBy: "another call to this number is under way" });
      await scene().save(ended(first, "busy"));
      expect(await scene().claim(two, runner, { at: NOON + MINUTE - 1 })).toBeNull();
      const claim = await scene().claimed(two, runner, { at: NOON + MINUTE });
      expect(claim.call).toMatchObject({ contact: { phoneNumber: number(0) }, heldBy: null });
      expect(await callTo(two.id, 0)).toEqual(claim.call);
    });

    test("of many campaigns is handed out by one of them, however many ask at once", async () => {
      const names = ["a", "b", "c", "d", "e", "f"];
      const campaigns = await Promise.all(names.map((name) => scene().running(people(3), { name })));
      const runner = await scene().runner();
      const asked = [...campaigns, ...campaigns, ...campaigns].map((campaign) => scene().claim(campaign, runner));
      const claims = (await Promise.all(asked)).flatMap((claim) => (claim === null ? [] : [claim]));
      const handedOut = claims.map(({ call }) => call.contact.phoneNumber);
      expect(handedOut.length).toBeGreaterThan(0);
      expect(new Set(handedOut).size).toBe(handedOut.length);
    });

    test("is held when its cap is reached, by all campaigns together, until the oldest dial that counts is old", async () => {
      const [one, two] = [await scene().running(people(1)), await scene().running(people(1), { name: "two" })];
      const runner = await scene().runner(NOON, NOON + 2 * DAY);
      await scene().save(ended(await scene().dialed(one, runner), "declined"));
      expect(await scene().claim(two, runner, { at: NOON + HOUR, ...inPlace(cap({})) })).toBeNull();
      expect(await callTo(two.id, 0)).toMatchObject({
        nextAttemptAt: NOON + DAY,
        heldBy: "rule r1: enough calls to this number",
      });
      const held = async (at: number) => (await scene().store.progress(two.id, at)).held;
      expect(await held(NOON + HOUR)).toEqual({ "rule r1: enough calls to this number": 1 });
      expect(await held(NOON + DAY)).toEqual({});
      expect(await scene().claim(two, runner, { at: NOON + DAY - 1, ...inPlace(cap({})) })).toBeNull();
      expect(await scene().claim(two, runner, { at: NOON + DAY, ...inPlace(cap({})) })).not.toBeNull();
    });

    test("is not held by dials that rang nobody, by those too old, or by a cap that has room", async () => {
      const one = await scene().running(people(1));
      const runner = await scene().runner(NOON, NOON + 99 * DAY);
      await scene().save(ended(await scene().dialed(one, runner), "trunk_error"));
      const two = await scene().running(people(1), { name: "two" });
      const claim = await scene().claimed(two, runner, inPlace(cap({})));
      const dialed = dialing(claim);
      expect(await scene().store.beginDial(dialed, 0)).toEqual({ say: "go" });
      await scene().save(ended(dialed, "declined"));
      const three = await scene().running(people(1), { name: "three" });
      const [room, long] = [cap({ max: 2 }), cap({ rule: "r2", within: 60 * DAY })];
      expect(await scene().claim(three, runner, { at: NOON + HOUR, ...inPlace(room, long) })).toBeNull();
      expect(await callTo(three.id, 0)).toMatchObject({ nextAttemptAt: NOON + 60 * DAY });
      expect(await scene().claim(three, runner, { at: NOON + 60 * DAY, ...inPlace(room, long) })).not.toBeNull();
    });

    test("whose callee declined interest rests, and others do not", async () => {
      const { store } = scene();
      const [one, two] = [await scene().running(people(2)), await scene().running(people(2), { name: "two" })];
      const runner = await scene().runner(NOON, NOON + 2 * DAY);
      const talk = answered(await scene().dialed(one, runner));
      await scene().save(talk);
      await scene().save(ended(talk, "completed", NOON + MINUTE));
      const resting = inPlace(cap({ max: 0, after: "refusal" }), cap({ rule: "r2", max: 2, after: "refusal" }));
      await store.setOutcome(talk.call.id, "not_interested", null, NOON + MINUTE);
      const other = await scene().claimed(two, runner, { at: NOON + HOUR, ...resting });
      expect(other.call.contact.phoneNumber).toBe(number(1));
      expect(await callTo(two.id, 0)).toMatchObject({
        nextAttemptAt: NOON + MINUTE + DAY,
        heldBy: "rule r1: enough calls to this number",
      });
    });

    test("is handed out where hours are open, those who wait longest first", async () => {
      const { store } = scene();
      const campaign = await scene().running([abroad(1), person(0), abroad(2), person(1)]);
      const runner = await scene().runner();
      const { waiting } = await store.snapshot(campaign, "2026-11-23");
      expect(waiting).toHaveLength(2);
      const elsewhere = present(waiting.find(({ place }) => place !== PLACE));
      expect(elsewhere).toEqual({
        place: present((await store.listCalls({ campaignId: campaign.id, limit: 1 })).calls[0]).place,
        nextDue: NOON,
      });
      expect(await scene().claim(campaign, runner, { open: [] })).toBeNull();
      expect((await scene().claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(0));
      const both = { open: [PLACE, elsewhere.place].map((place) => ({ place, caps: [] })) };
      const next = [await scene().claimed(campaign, runner, both), await scene().claimed(campaign, runner, both)];
      expect(next.map(({ call }) => call.contact.phoneNumber)).toEqual(
        [abroad(1), abroad(2)].map((c) => c.phoneNumber),
      );
    });
  });

  describe("consent", () => {
    test("is asked of everybody where the campaign wants it: at the start, the claim and the last door", async () => {
      const { store } = scene();
      expect(await store.addConsents([0, 1, 2].map((n) => consent(n)))).toBe(3);
      expect(await store.addConsents([consent(0), consent(3, { proof: null })])).toBe(1);
      await store.addConsents([consent(4, { expiresAt: NOON }), consent(5, { grantedAt: NOON + 1 })]);
      const campaign = await scene().idle(people(7), { requireConsent: true });
      const preview = await store.preview(campaign.id, NOON);
      expect([preview.callable, preview.leftOut.no_consent]).toEqual([new Map([[PLACE, 3]]), 4]);
      await store.moveCampaign(campaign.id, "start", { at: NOON });
      expect(await numbersOf(campaign.id)).toEqual([0, 1, 2].map(number));
      expect((await store.preview(campaign.id, NOON)).callable).toEqual(new Map([[PLACE, 3]]));

      const runner = await scene().runner();
      const claim = await scene().claimed(campaign, runner);
      expect(await store.revokeConsents(number(0), NOON)).toBe(1);
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "no_consent" });
      await store.revokeConsents(number(1), NOON);
      expect((await scene().claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(2));
      expect(await callTo(campaign.id, 1)).toMatchObject({
        status: "failed",
        endReason: "no_consent",
        completedAt: NOON,
      });
    });

    test("that comes after its revocation was stored, but was given before, is none", async () => {
      const { store } = scene();
      expect(await store.revokeConsents(number(0), NOON)).toBe(0);
      await store.addConsents([consent(0), consent(1)]);
      expect(await store.consentsOf(number(1))).toEqual([consent(1)]);
      expect(await store.consentsOf(number(0))).toMatchObject([{ proof: "form 7" }, { revokedAt: NOON }]);
      const campaign = await scene().running(people(2), { requireConsent: true });
      expect(await numbersOf(campaign.id)).toEqual([number(1)]);
      await store.addConsents([consent(0, { grantedAt: NOON + 1 })]);
      const later = await scene().idle(people(2), { requireConsent: true, name: "later" });
      await store.moveCampaign(later.id, "start", { at: NOON + 2 });
      expect(await numbersOf(later.id)).toEqual(people(2).map(({ phoneNumber }) => phoneNumber));
    });

    test("that was revoked forbids every call, whatever the campaign asks for, until a later one with a proof lifts it", async () => {
      const { store } = scene();
      const runner = await scene().runner(NOON, NOON + HOUR);
      const campaign = await scene().running(people(3));
      const claim = await scene().claimed(campaign, runner);
      await store.revokeConsents(number(0), NOON);
      await store.revokeConsents(number(1), NOON);
      expect(await store.beginDial(dialing(claim, NOON + 1), 0)).toEqual({ say: "no", because: "do_not_call" });
      const next = await scene().claimed(campaign, runner, { at: NOON + 1 });
      expect(next.call.contact.phoneNumber).toBe(number(2));
      expect(await callTo(campaign.id, 1)).toMatchObject({ status: "failed", endReason: "do_not_call" });

      const said = { source: "revocation", reason: "the consent was revoked" };
      const { addedBy: _, ...nobodys } = entry(0, said);
      expect(await store.doNotCall(number(0), NOON)).toEqual([nobodys]);
      expect(await store.doNotCall(number(0), NOON - 1)).toEqual([]);
      const later = await scene().idle(people(3), { name: "later" });
      expect((await store.preview(later.id, NOON + 1)).leftOut.on_list).toBe(2);
      await store.addConsents([consent(0, { grantedAt: NOON + 2 }), consent(1, { grantedAt: NOON + 2, proof: null })]);
      expect(await store.doNotCall(number(0), NOON + 1)).toEqual([nobodys]);
      expect(await store.doNotCall(number(0), NOON + 2)).toEqual([]);
      expect(await store.doNotCall(number(1), NOON + 2)).toHaveLength(1);
      await store.moveCampaign(later.id, "start", { at: NOON + 2 });
      expect(await numbersOf(later.id)).toEqual([number(0), number(2)]);
    });

    test("to something else, of a lower level or too old opens nothing where the rules of the place ask for more", async () => {
      const { store } = scene();
      const asked = { levels: ["express_written"] as const, maxDays: 365 };
      const lacking = async (id: string) =>
        (await store.preview(id, NOON, (place) => (place === PLACE ? asked : null))).lackingConsent;
      expect(await lacking((await scene().idle(people(2), { name: "nobody was asked" })).id)).toBe(2);
      const written = { level: "express_written" } as const;
      await store.addConsents([
        consent(0, { ...written, purpose: "survey" }),
        consent(1),
        consent(2, { ...written, grantedAt: NOON - 366 * DAY }),
        consent(3, written),
      ]);
      const campaign = await scene().running(people(4), { requireConsent: true });
      const survey = await scene().idle(people(4), { requireConsent: true, purpose: "survey", name: "survey" });
      expect((await store.preview(survey.id, NOON)).callable).toEqual(new Map([[PLACE, 1]]));
      // Three have a consent to marketing, and one of them the one that is asked for.
      expect(await lacking(campaign.id)).toBe(2);
      expect(await lacking((await scene().idle(people(5), { name: "any" })).id)).toBe(4);
      expect((await store.preview(survey.id, NOON, () => null)).lackingConsent).toBe(0);
      expect(await store.preview(survey.id, NOON)).not.toHaveProperty("lackingConsent");
      const runner = await scene().runner(NOON, NOON + HOUR);
      const claim = await scene().claimed(campaign, runner, { open: [{ place: PLACE, caps: [], consent: asked }] });
      expect(claim.call.contact.phoneNumber).toBe(number(3));
      expect(await callTo(campaign.id, 1)).toMatchObject({ endReason: "no_consent" });
      expect(await callTo(campaign.id, 2)).toMatchObject({ endReason: "no_consent" });
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "go" });
    });

    test("that was good at the hand-out and is no more at the last door forbids: too old, or replaced by a weaker one", async () => {
      const { store } = scene();
      const written = { level: "express_written" } as const;
      await store.addConsents([0, 1, 2, 3].map((n) => consent(n, { ...written, grantedAt: NOON - 365 * DAY + 1 })));
      const asked = { levels: ["express_written"] as const, maxDays: 365 };
      const open = { open: [{ place: PLACE, caps: [], consent: asked }] };
      const campaign = await scene().running(people(4), { requireConsent: true });
      const runner = await scene().runner(NOON, NOON + HOUR);
      const claims = [1, 2, 3, 4].map(() => scene().claimed(campaign, runner, open));
      const [tooOld, weaker, other, good] = (await Promise.all(claims)) as [Claim, Claim, Claim, Claim];
      const no = { say: "no", because: "no_consent" };
      expect(await store.beginDial(dialing(tooOld, NOON + 1), 0, asked)).toEqual(no);
      const { phoneNumber } = weaker.call.contact;
      await store.revokeConsents(phoneNumber, NOON);
      await store.addConsents([{ ...consent(0), phoneNumber, grantedAt: NOON + 1 }]);
      expect(await store.beginDial(dialing(weaker, NOON + 1), 0, { ...asked, maxDays: null })).toEqual(no);
      const spoken = { levels: ["express_written", "express"] as const, maxDays: null };
      expect(await store.beginDial(dialing(weaker, NOON + 1), 0, spoken)).toEqual({ say: "go" });
      // Said of another purpose since: one does not make up for the other.
      const survey = { ...consent(0), ...written, phoneNumber: other.call.contact.phoneNumber, purpose: "survey" };
      await store.revokeConsents(survey.phoneNumber, NOON);
      await store.addConsents([{ ...survey, grantedAt: NOON + 1 }]);
      expect(await store.beginDial(dialing(other, NOON + 1), 0, asked)).toEqual(no);
      expect(await store.beginDial(dialing(good), 0, asked)).toEqual({ say: "go" });
    });

    test("that was revoked since the turn that a dial takes was still good at that turn: it is judged by now", async () => {
      const { store } = scene();
      await store.addConsents([consent(0), consent(1)]);
      const campaign = await scene().running(people(2), { requireConsent: true });
      const runner = await scene().runner(NOON, NOON + HOUR);
      const claims = [await scene().claimed(campaign, runner), await scene().claimed(campaign, runner)];
      for (const { call } of claims) await store.revokeConsents(call.contact.phoneNumber, NOON + 30);
      const [late, early] = claims as [Claim, Claim];
      const no = { say: "no", because: "no_consent" };
      expect(await store.beginDial(dialing(late, NOON + 10), 0, undefined, NOON + 40)).toEqual(no);
      expect(await store.beginDial(dialing(early, NOON + 10), 0, undefined, NOON + 20)).toEqual({ say: "go" });
    });

    test("whose revocation is dated in the future is not void yet", async () => {
      const { store } = scene();
      await store.addConsents([consent(0, { revokedAt: NOON + DAY })]);
      const campaign = await scene().running(people(1), { requireConsent: true });
      const claim = await scene().claimed(campaign, await scene().runner(NOON, NOON + HOUR));
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "go" });
      expect(await store.doNotCall(number(0), NOON)).toEqual([]);
      expect(await store.doNotCall(number(0), NOON + DAY)).toHaveLength(1);
    });

    test("that a file speaks of is kept when a campaign is made of it; without a date it is none", async () => {
      const { store } = scene();
      const said = { grantedAt: NOON - 123, source: "web form", proof: "form 7" };
      const contacts: NewContact[] = [
        { ...person(0), consent: said },
        { ...person(1), consent: { ...said, grantedAt: null } },
        { ...person(2), consent: { ...said, level: "express_written", purpose: "survey", expiresAt: NOON + DAY } },
      ];
      const campaign = await scene().running(contacts, { requireConsent: true });
      expect(await numbersOf(campaign.id)).toEqual([number(0)]);
      expect(await store.consentsOf(number(0))).toEqual([consent(0, { ...said, level: "express" })]);
      const more = { level: "express_written", purpose: "survey", expiresAt: NOON + DAY } as const;
      expect(await store.consentsOf(number(2))).toEqual([consent(2, { ...said, ...more })]);
    });
  });

  test("who can never be called ends so when the campaign finishes; who was tried keeps how it went", async () => {
    const { store } = scene();
    const campaign = await scene().running(people(2));
    const tried = ended(await scene().dialed(campaign, await scene().runner()), "busy");
    await scene().save(tried);
    await store.moveCampaign(campaign.id, "finish", { at: NOON + HOUR });
    expect((await store.progress(campaign.id, NOON)).endings).toEqual({ outside_rules: 1, busy: 1 });
    expect(await callTo(campaign.id, 1)).toMatchObject({ status: "failed", completedAt: NOON + HOUR });
  });

  test("nobody's file has a place to look at or to set", async () => {
    const source = { kind: "csv_file", id: randomUUID() } as const;
    await expect(scene().store.unplacedContacts(source, 1)).rejects.toMatchObject({ code: "unknown_source" });
    await expect(scene().store.placeContacts(source, [])).rejects.toMatchObject({ code: "unknown_source" });
  });
}
