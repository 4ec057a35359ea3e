/** Who did what and when: in the log with the thing itself, without anybody's number or name, and in a chain. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/domain/time/instant.ts";
import { GENESIS, hashOf, seal, verifyChain } from "../../../src/engine/manage/audit-chain.ts";
import { proveCalls } from "../../../src/engine/manage/call-proof.ts";
import { NOON, verdict } from "../../support/domain.ts";
import { consent } from "./protection.ts";
import { ended, number, people, person, present, type Scene } from "./scene.ts";

const listed = (n: number, source = "operator") => ({
  phoneNumber: number(n),
  source,
  reason: "said Zoe",
  addedAt: NOON,
});

/** As it is written: sealed, in base64 with nonce and tag, after the key's id. */
const [SEALS, NAMES_ITS_KEY] = [28, 10];
const lengthOf = (text: string): number =>
  expect.toSatisfy((length: number) =>
    [text.length, NAMES_ITS_KEY + Math.ceil(((text.length + SEALS) * 4) / 3)].includes(length),
  ) as number;

export function auditContract(scene: () => Scene): void {
  const all = async (dials = false) => (await scene().store.auditEntries({ limit: 1000, dials })).toReversed();
  const actions = async (dials = false) => (await all(dials)).map(({ action }) => action);
  describe("the audit log", () => {
    test("has moves and changed settings, before and after, and who did it", async () => {
      const campaign = await scene().idle(people(1), { prompt: "call Zoe" });
      await scene().store.changeCampaign(campaign, { ...campaign, dailyCap: 7, prompt: "call Zoe soon" }, NOON);
      await scene().store.moveCampaign(campaign.id, "start", { at: NOON });
      await scene().store.moveCampaign(campaign.id, "pause", { at: NOON, reason: "lunch" });
      const entries = await all();
      expect(entries.map(({ action }) => action)).toEqual([
        "campaign.created",
        "campaign.changed",
        "campaign.moved",
        "campaign.moved",
      ]);
      expect(entries.every(({ campaignId, actor }) => campaignId === campaign.id && actor === "campaigns")).toBe(true);
      const [created, changed, , paused] = entries.map(({ before, after }) => [before, after].map(said));
      expect(created?.[1]).toMatchObject({
        name: campaign.name,
        daily_cap: 100,
        campaign_prompt: lengthOf("call Zoe"),
      });
      expect(changed).toEqual([
        { daily_cap: 100, campaign_prompt: lengthOf("call Zoe") },
        { daily_cap: 7, campaign_prompt: lengthOf("call Zoe soon") },
      ]);
      expect(paused).toMatchObject([{ status: "running" }, { status: "paused", reason: "lunch" }]);
    });

    test("has what was done to numbers, and neither number nor name nor what was said", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running([person(0, { email: "zoe@example.com", variables: { city: "Ulm" } })]);
      await scene().store.addDoNotCall([listed(5), { ...listed(6), phoneNumber: "+1900*" }]);
      await scene().store.removeDoNotCall([number(5)], null);
      await scene().store.addConsents([consent(0)]);
      await scene().store.revokeConsents(number(9), NOON);
      const claim = await scene().dialed(campaign, runner);
      await scene().save(ended(claim, "no_answer"));
      await scene().store.setOutcome(claim.call.id, "do_not_call", "Zoe shouted", NOON);
      await scene().store.recordAudit({ action: "person.exported", phoneNumber: number(0), after: { rows: 3 } });
      expect(await actions(true)).toEqual([
        "campaign.created",
        "campaign.moved",
        "dnc.added",
        "dnc.added",
        "dnc.removed",
        "consent.added",
        "consent.revoked",
        "call.dialed",
        "call.ended",
        "call.outcome",
        "dnc.added",
        "person.exported",
      ]);
      const text = JSON.stringify(await all(true));
      for (const secret of [number(0), number(5), number(9), "Zoe", "zoe@example.com", "Ulm", "+1900"])
        expect(text).not.toContain(secret);
      const [dialed] = (await all(true)).filter(({ action }) => action === "call.dialed");
      expect(dialed).toMatchObject({
        actor: `runner:${runner}`,
        callId: claim.call.id,
        attemptId: claim.attempt.id,
        campaignId: campaign.id,
      });
    });

    test("is asked by campaign, number, time, and page by page", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(1));
      await scene().idle([], { name: "another" });
      const claim = await scene().dialed(campaign, runner);
      await scene().store.addDoNotCall([listed(0)]);
      await scene().store.addDoNotCall([listed(1)]);
      const asked = async (filter: Partial<Parameters<Scene["store"]["auditEntries"]>[0]>) =>
        (await scene().store.auditEntries({ limit: 100, ...filter })).map(({ action }) => action);
      expect(await asked({ campaignId: campaign.id })).toEqual(["campaign.moved", "campaign.created"]);
      expect(await asked({ phoneNumber: number(0), dials: true })).toEqual(["dnc.added", "call.dialed"]);
      expect(await asked({ phoneNumber: number(1) })).toEqual(["dnc.added"]);
      expect(await asked({ phoneNumber: number(7) })).toEqual([]);
      expect(await asked({ since: Date.now() + MINUTE })).toEqual([]);
      expect(await asked({ since: Date.now() - MINUTE })).toHaveLength(5);
      const [newest] = await scene().store.auditEntries({ limit: 1 });
      expect(await asked({ limit: 2, before: present(newest).seq })).toEqual(["dnc.added", "campaign.created"]);
      expect(claim.call.id).not.toBe("");
    });

    test("has a list that comes or goes as a whole as one entry, but for those whom somebody called", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(1));
      await scene().save(ended(await scene().dialed(campaign, runner), "no_answer"));
      const many = Array.from({ length: 150 }, (_, n) => listed(n, "ftc"));
      await scene().store.addDoNotCall(many);
      await scene().store.addDoNotCall(many.slice(0, 120).map((entry) => ({ ...entry, source: "ftc (arriving 1)" })));
      await scene().store.settleDoNotCall("ftc (arriving 1)", "ftc", true);
      await scene().store.dropDoNotCallSource("ftc");
      const entries = (await all()).filter(({ action }) => action.startsWith("dnc."));
      expect(entries.map(({ action, after }) => [action, said(after)])).toEqual([
        ["dnc.added", put("ftc")],
        ["dnc.imported", { source: "ftc", added: 150 }],
        ["dnc.added", put("ftc (arriving 1)")],
        ["dnc.imported", { source: "ftc (arriving 1)", added: 120 }],
        ["dnc.removed", {}],
        ["dnc.added", put("ftc")],
        ["dnc.removed", {}],
        ["dnc.imported", { source: "ftc", removed: 150, added: 120 }],
        ["dnc.removed", {}],
        ["dnc.dropped", { source: "ftc", removed: 120 }],
      ]);
    });

    test("has whom our numbers were assigned to, how fast a trunk may be used, and how old a list is; a dial is no change", async () => {
      const { store } = scene();
      const assignment = {
        id: randomUUID(),
        number: number(90),
        assistantId: "a1",
        trunkId: "ST_1",
        trunkName: "one",
        interval: 0,
      };
      await store.assignNumber(assignment, NOON);
      await store.assignNumber(assignment, NOON + MINUTE);
      await store.unassignNumber(number(90));
      await store.setTrunkLimit({ trunkId: "ST_1", interval: 0, concurrency: 2 }, NOON);
      await store.setTrunkLimit({ trunkId: "ST_1", interval: 0, concurrency: 2 }, NOON);
      await store.setTrunkLimit({ trunkId: "ST_1", interval: 500, concurrency: 2 }, NOON);
      await store.dropTrunkLimit("ST_1");
      await store.refreshDoNotCallSource("ftc", NOON);
      await store.refreshDoNotCallSource("ftc", NOON + MINUTE);
      const pool = { number: number(90), assistant: "a1", trunk: "ST_1" };
      expect((await all()).map(({ action, before, after }) => [action, said(before), said(after)])).toMatchObject([
        ["number.assigned", {}, pool],
        ["number.unassigned", pool, { number: number(90), trunk: null }],
        ["trunk.limited", {}, { trunk: "ST_1", interval_ms: 0, concurrency: 2 }],
        ["trunk.limited", { interval_ms: 0 }, { interval_ms: 500 }],
        ["trunk.unlimited", { interval_ms: 500, concurrency: 2 }, {}],
        ["dnc.dated", {}, { source: "ftc" }],
        ["dnc.dated", { source: "ftc" }, { source: "ftc" }],
      ]);
    });

    test("knows nobody who was erased, and says that somebody was", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(2));
      await scene().save(ended(await scene().dialed(campaign, runner), "completed"));
      await scene().store.addDoNotCall([listed(0)]);
      expect(await scene().store.auditEntries({ limit: 9, phoneNumber: number(0) })).toHaveLength(1);
      expect((await scene().store.personalData(number(0))).audit_log).toHaveLength(2);
      await scene().store.erase(number(0), NOON);
      expect(await scene().store.auditEntries({ limit: 9, phoneNumber: number(0), dials: true })).toEqual([]);
      const [erased] = await scene().store.auditEntries({ limit: 1 });
      expect(erased).toMatchObject({ action: "person.erased", subject: null });
      expect(said(present(erased).after)).toEqual({ contacts: 1, calls: 1 });
      // Whoever has the number from here on is another.
      await scene().store.addDoNotCall([listed(0, "later")]);
      const subjects = (await all()).flatMap(({ subject }) => subject ?? []);
      expect(subjects.at(-1)).not.toBe(subjects[0]);
    });
  });

  describe("the chain of the audit log", () => {
    test("is sealed in order, goes on, and is read anew", async () => {
      expect(await seal(scene().store)).toEqual(GENESIS);
      const campaign = await scene().idle(people(1));
      const first = await seal(scene().store);
      expect(first.link).toBe(1);
      const [entry] = await scene().store.sealedAudit(0, 10);
      expect(first.hash).toBe(hashOf(GENESIS, present(entry)));
      await scene().store.moveCampaign(campaign.id, "start", { at: NOON });
      await scene().store.moveCampaign(campaign.id, "stop", { at: NOON });
      const { head, kept } = await verifyChain(scene().store, first);
      expect(head.link).toBe(3);
      expect(kept).toEqual(first);
      expect(await seal(scene().store)).toEqual(head);
      await expect(verifyChain(scene().store, { ...head, link: 4 })).rejects.toMatchObject({ code: "chain_broken" });
      await expect(verifyChain(scene().store, { ...first, link: 2 })).rejects.toMatchObject({ code: "chain_broken" });
    });

    test("is sealed by one at a time", async () => {
      await scene().idle(people(1));
      const { entries } = await scene().store.unsealedAudit(10);
      const seals = entries.map(({ seq }) => ({ seq, hash: "a".repeat(64) }));
      expect(await scene().store.sealAudit(1, seals)).toBe(false);
      expect(await scene().store.sealAudit(0, seals)).toBe(true);
      expect(await scene().store.sealAudit(0, seals)).toBe(false);
      await expect(verifyChain(scene().store, null)).rejects.toMatchObject({ code: "chain_broken" });
    });

    test("holds when people are erased, and what is old is purged", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(3));
      await scene().save(ended(await scene().dialed(campaign, runner), "completed"));
      await scene().store.addDoNotCall([listed(1)]);
      const head = await seal(scene().store);
      await scene().store.erase(number(0), NOON);
      await scene().store.erase(number(1), NOON);
      await scene().store.moveCampaign(campaign.id, "stop", { at: NOON });
      for (const what of ["contacts", "variables", "calls"] as const)
        await scene().store.purge(what, Date.now() + MINUTE, 100);
      expect((await verifyChain(scene().store, head)).head.link).toBeGreaterThan(head.link);
      expect(await actions()).toContain("data.purged");
    });
  });

  test("dials that the store let go were allowed, and the log is enough to tell", async () => {
    const runner = await scene().runner();
    const campaign = await scene().running(people(3), { requireConsent: false });
    const claim = await scene().dialed(campaign, runner);
    await scene().save(ended(claim, "completed"));
    await scene().store.saveVerdict({
      attemptId: claim.attempt.id,
      verdict: verdict({ outcome: "not_interested" }),
      callback: null,
      mended: null,
      at: NOON,
    });
    await scene().save(ended(await scene().dialed(campaign, runner), "trunk_error"));
    await scene().store.addDoNotCall([listed(0)]);
    expect(await proveCalls(scene().store)).toEqual({ dials: 2, unlogged: 0, violations: [] });
  });
}

const put = (source: string): unknown => expect.objectContaining({ source });
const said = (text: string | null): unknown => (text === null ? {} : JSON.parse(text));
