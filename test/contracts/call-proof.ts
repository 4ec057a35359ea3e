/**
 * Whatever wrote a dial that was not allowed, audit verify --calls names it. Planted by SQL, beside the store, which lets
 * none of them go.
 */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Keys } from "../../src/adapters/encryption.ts";
import type { Campaign, CampaignSettings } from "../../src/domain/calls/campaign.ts";
import { type Instant, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { formatHead, parseHead, seal, verifyChain } from "../../src/engine/manage/audit-chain.ts";
import { proveCalls } from "../../src/engine/manage/call-proof.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { NOON, verdict } from "../support/domain.ts";
import { consent } from "./store/protection.ts";
import { answered, DAY, ended, happened, number, people, present, Scene } from "./store/scene.ts";

export interface Provable extends AsyncDisposable {
  readonly store: Store;
  /** As somebody with a shell on the database. */
  readonly sql: (text: string) => Promise<void>;
  /** The same, as a part of a list that is one entry of the log. */
  readonly inBulk: (text: string) => Promise<void>;
  /** Has an attempt the number of its call? */
  readonly attemptsHaveNumbers: boolean;
  /** What keeps the log as it is, taken away. */
  readonly unguarded: (text: string) => Promise<void>;
}

/** A statement of somebody who has the key of an encrypted database too. */
export const sealedBy =
  (keys: Keys | null) =>
  (text: string): string =>
    keys === null ? text : text.replaceAll(/'(\+\d+)'/g, (_, phone: string) => `'${keys[0].sealEqual(phone)}'`);

const iso = (at: Instant): string => new Date(at).toISOString();
const EARLIER = NOON - 60 * MINUTE;
const listed = (phoneNumber: string, source: string) => ({ phoneNumber, source, reason: null, addedAt: EARLIER });
const two = (source: string) => [listed(number(0), source), listed(number(1), source)];
const [OWNER, ANOTHER] = [randomUUID(), randomUUID()];
/** What is in the log so far was there long before the dials that follow. */
const LONG_AGO = "update audit_log set at = '2000-01-01T00:00:00.000Z'";

export function callProofContract(open: () => Promise<Provable>): void {
  let db: Provable;
  let scene: Scene;
  beforeEach(async () => {
    db = await open();
    scene = new Scene(db.store);
  });
  afterEach(() => db[Symbol.asyncDispose]());

  const callsOf = async ({ id }: Campaign) => (await db.store.listCalls({ campaignId: id, limit: 10 })).calls;

  /** A dial that nobody allowed; returns its attempt. */
  async function plant(campaign: Campaign, nth = 0, { at = NOON, day = DAY }: { at?: Instant; day?: string } = {}) {
    const call = present((await callsOf(campaign))[nth]);
    const id = randomUUID();
    const [column, value] = db.attemptsHaveNumbers ? [", phone_number", `, '${call.contact.phoneNumber}'`] : ["", ""];
    await db.sql(`insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at${column})
      values ('${id}', '${call.id}', '${campaign.id}', 'planted', 'claimed', '${iso(at)}'${value})`);
    await db.sql(
      `update call_attempts set state = 'dialing', dialed_at = '${iso(at)}', local_day = '${day}' where id = '${id}'`,
    );
    return id;
  }
  const end = (id: string, ending: string, at = NOON) =>
    db.sql(
      `update call_attempts set state = 'ended', ending = '${ending}', ended_at = '${iso(at)}' where id = '${id}'`,
    );

  const running = (count: number, changes: Partial<CampaignSettings> = {}) => scene.running(people(count), changes);
  const found = async () =>
    (await proveCalls(db.store)).violations.map(({ breach, attemptId }) => [breach, attemptId] as const);

  describe("the proof of calls", () => {
    test("finds nothing in what the store let go: retries, free attempts, caps that are reached", async () => {
      const runner = await scene.runner();
      const campaign = await running(4, { dailyCap: 3, maxPerContact: { max: 2, within: 7 * 24 * 60 * MINUTE } });
      await db.store.addConsents([consent(0)]);
      for (const ending of ["no_answer", "trunk_error", "completed"] as const)
        await scene.save(ended(await scene.dialed(campaign, runner), ending));
      await scene.dialed(campaign, runner);
      expect(await scene.claim(campaign, runner)).toBeNull();
      expect(await proveCalls(db.store)).toEqual({ dials: 4, unlogged: 0, violations: [] });
    });

    test("finds two live attempts at one number", async () => {
      const campaign = await running(1);
      const other = await running(1);
      await plant(campaign);
      const second = await plant(other);
      expect(await found()).toEqual([["parallel", second]]);
    });

    test("finds one attempt too many, and one after the last word", async () => {
      const once = await running(1, { retry: { maxAttempts: 1, after: [MINUTE] } });
      await end(await plant(once), "no_answer");
      const second = await plant(once);
      await end(second, "no_answer");
      const thrice = await scene.running([], {
        source: await scene.file(people(2).slice(1)),
        retry: { maxAttempts: 3, after: [MINUTE] },
      });
      await end(await plant(thrice), "completed");
      const again = await plant(thrice);
      expect(await found()).toEqual([
        ["too_often", second],
        ["not_again", again],
      ]);
    });

    test("finds a dial outside the hours, and one above the cap of the day", async () => {
      const campaign = await running(3, { dailyCap: 1 });
      const night = await plant(campaign, 0, { at: Date.UTC(2026, 10, 24, 3), day: "2026-11-24" });
      await plant(campaign, 1);
      const second = await plant(campaign, 2);
      expect(await found()).toEqual([
        ["hours", night],
        ["daily_cap", second],
      ]);
    });

    test("judges by the settings that held, not by those of today", async () => {
      const campaign = await running(2);
      await plant(campaign);
      await db.store.moveCampaign(campaign.id, "pause", { at: NOON });
      const window = { ...campaign.window, start: 20 * 60, end: 21 * 60 };
      await db.store.changeCampaign(campaign, { ...campaign, window }, NOON);
      const second = await plant(campaign, 1);
      expect(await found()).toEqual([["hours", second]]);
    });

    test("finds one call too many to a number, by whatever campaign", async () => {
      const limit = { maxPerContact: { max: 1, within: 60 * MINUTE } };
      const campaign = await running(1);
      await end(await plant(campaign, 0, { at: NOON - MINUTE }), "no_answer", NOON - MINUTE);
      const second = await plant(await running(1, limit));
      expect(await found()).toEqual([["number_cap", second]]);
    });

    test("finds a call to who is on the list, was on it, or has revoked", async () => {
      const campaign = await running(4);
      await db.inBulk(`insert into do_not_call_numbers (phone_number, source, created_at)
        values ('${number(0)}', 'ftc', '${iso(EARLIER)}'), ('${number(1)}', 'ftc', '${iso(EARLIER)}')`);
      await db.inBulk(`insert into consents (phone_number, channel, purpose, level, granted_at, source, revoked_at)
        values ('${number(2)}', 'ai_voice', 'marketing', 'express', '${iso(EARLIER)}', 'revocation', '${iso(EARLIER)}')`);
      const wrong = [await plant(campaign, 0), await plant(campaign, 1), await plant(campaign, 2)];
      await plant(campaign, 3);
      // Whoever takes them off afterwards hides nothing.
      await db.sql(`delete from do_not_call_numbers where phone_number = '${number(1)}'`);
      await db.store.dropDoNotCallSource("ftc");
      expect(await found()).toEqual(wrong.map((id) => ["do_not_call", id]));
    });

    test("finds a call against a prefix of a list that is taken off afterwards", async () => {
      const campaign = await running(2);
      await db.inBulk(`insert into do_not_call_numbers (phone_number, source, created_at)
        values ('+120255501*', 'premium', '${iso(EARLIER)}'), ('${number(500)}', 'premium', '${iso(EARLIER)}')`);
      await db.unguarded(LONG_AGO);
      const dial = await plant(campaign);
      expect(await found()).toEqual([["do_not_call", dial]]);
      await db.store.dropDoNotCallSource("premium");
      await plant(campaign, 1);
      expect(await found()).toEqual([["do_not_call", dial]]);
    });

    test("finds a call before a list went, though another had not taken its place: it was taken for gone by then", async () => {
      const campaign = await running(1);
      await db.store.addDoNotCall(two("spring"));
      // With a row that cannot be read the old list stays.
      await db.store.addDoNotCall([listed(number(9), "spring (arriving 1)")]);
      await db.store.settleDoNotCall("spring (arriving 1)", "spring", false);
      await db.unguarded(LONG_AGO);
      const dial = await plant(campaign);
      await db.store.dropDoNotCallSource("spring");
      await db.unguarded("delete from audit_log where action = 'dnc.removed'");
      expect(await found()).toEqual([["do_not_call", dial]]);
    });

    describe("finds nothing in a call to who was taken off", () => {
      const NAMES: readonly [string, () => Promise<unknown>][] = [
        [
          "with a short list that another took the place of",
          async () => {
            await db.store.addDoNotCall(two("ftc (arriving 1)"));
            await db.store.settleDoNotCall("ftc (arriving 1)", "ftc", true);
            await db.store.addDoNotCall(two("ftc (arriving 2)").slice(1));
            await db.store.settleDoNotCall("ftc (arriving 2)", "ftc", true);
          },
        ],
        [
          "with a whole list to which each was added alone",
          async () => {
            await db.store.addDoNotCall(two("spring"));
            await db.store.dropDoNotCallSource("spring");
          },
        ],
        [
          "with a prefix, as a part of its list",
          async () => {
            await db.store.addDoNotCall([listed("+120255501*", "spring")]);
            await db.store.dropDoNotCallSource("spring");
          },
        ],
      ];
      test.each(NAMES)("%s", async (_, listAndTakeOff) => {
        await listAndTakeOff();
        const campaign = await running(1);
        await db.unguarded(LONG_AGO);
        await scene.dialed(campaign, await scene.runner());
        expect(await found()).toEqual([]);
        // Logs of before lack it.
        await db.unguarded("delete from audit_log where action = 'dnc.removed'");
        expect(await found()).toEqual([]);
      });
    });

    test("finds nothing in a call before a list that was read before it, and stored after it", async () => {
      const campaign = await running(1);
      await scene.dialed(campaign, await scene.runner());
      const long = ["+120255501*", ...Array.from({ length: 150 }, (_, n) => number(n))];
      await db.store.addDoNotCall(long.map((each) => ({ ...listed(each, "ftc"), addedAt: NOON - 3 * SECOND })));
      expect(await found()).toEqual([]);
    });

    test("finds a call without the consent that was needed, also where one came later", async () => {
      const campaign = await running(2, { requireConsent: true });
      // The contacts lack it, and became no calls.
      const call = randomUUID();
      await db.sql(`insert into campaign_calls (id, campaign_id, phone_number, status, place, created_at, updated_at)
        values ('${call}', '${campaign.id}', '${number(7)}', 'pending', 'US', '${iso(NOON)}', '${iso(NOON)}')`);
      const dial = await plant(campaign);
      await db.store.addConsents([{ ...consent(7), grantedAt: EARLIER }]);
      expect((await found()).filter(([breach]) => breach !== "hours")).toEqual([["no_consent", dial]]);
    });

    test.each([
      ["another owner", ANOTHER, number(7), `user_id = '${OWNER}'`],
      ["another number", OWNER, number(9), `phone_number = '${number(7)}'`],
    ])("finds a call without a consent that was %s's then", async (_, owner, phoneNumber, passedOn) => {
      const campaign = await running(1, { requireConsent: true });
      await db.inBulk(`insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source, proof)
        values ('${owner}', '${phoneNumber}', 'ai_voice', 'marketing', 'express_written', '${iso(EARLIER)}', 'form', 'here')`);
      await db.sql(`insert into campaign_calls (id, campaign_id, user_id, phone_number, status, place, created_at, updated_at)
        values ('${randomUUID()}', '${campaign.id}', '${OWNER}', '${number(7)}', 'pending', 'US', '${iso(NOON)}', '${iso(NOON)}')`);
      const dial = await plant(campaign);
      await db.sql(`update consents set ${passedOn}`);
      expect((await found()).filter(([breach]) => breach !== "hours")).toEqual([["no_consent", dial]]);
    });

    test("finds a record that was rewritten, and one that is gone", async () => {
      const campaign = await running(2);
      const [first, second] = [await plant(campaign, 0), await plant(campaign, 1)];
      await db.sql(`update call_attempts set dialed_at = '${iso(NOON + MINUTE)}' where id = '${first}'`);
      await db.sql(`delete from call_attempts where id = '${second}'`);
      expect(await found()).toEqual([
        ["record", second],
        ["record", first],
      ]);
    });

    describe("is not fooled by", () => {
      const other = number(9);
      test.each<[string, (call: string, dial: string, campaign: string) => string]>([
        ["another number", (call) => `update campaign_calls set phone_number = '${other}' where id = '${call}'`],
        ["no number", (call) => `update campaign_calls set phone_number = 'erased:${call}' where id = '${call}'`],
        ["another place", (call) => `update campaign_calls set place = 'GB' where id = '${call}'`],
        ["no campaign", (call) => `update campaign_calls set campaign_id = null where id = '${call}'`],
        ["another owner", (call) => `update campaign_calls set user_id = '${randomUUID()}' where id = '${call}'`],
        ["another ending", (_, dial) => `update call_attempts set ending = 'trunk_error' where id = '${dial}'`],
        ["no answer", (_, dial) => `update call_attempts set answered_at = '${iso(NOON)}' where id = '${dial}'`],
        ["a promise", (_, dial) => `update call_attempts set callback_at = '${iso(NOON)}' where id = '${dial}'`],
        ["a dial that begins anew", (_, dial) => `update call_attempts set state = 'dialing' where id = '${dial}'`],
        [
          "another call",
          (_, dial, campaign) => `update call_attempts set call_id =
            (select id from campaign_calls where campaign_id = '${campaign}' and phone_number = '${number(1)}')
            where id = '${dial}'`,
        ],
      ])("%s of a dial", async (_, statement) => {
        const campaign = await running(2);
        const nth = (await callsOf(campaign)).findIndex(({ contact }) => contact.phoneNumber === number(0));
        const dial = await plant(campaign, nth);
        await end(dial, "no_answer");
        expect(await found()).toEqual([]);
        await db.sql(statement(present((await callsOf(campaign))[nth]).id, dial, campaign.id));
        expect((await found()).filter(([breach]) => breach === "record")).toEqual([["record", dial]]);
      });

      test("a record that is removed and written anew", async () => {
        const campaign = await running(1);
        const dial = await plant(campaign);
        const call = present((await callsOf(campaign))[0]).id;
        await db.sql(`delete from call_attempts where id = '${dial}'`);
        await db.sql(`insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at, dialed_at, local_day, ending)
          values ('${dial}', '${call}', '${campaign.id}', 'planted', 'ended', '${iso(NOON)}', '${iso(NOON)}', '${DAY}', 'trunk_error')`);
        expect(await found()).toEqual([["record", dial]]);
      });
    });

    test("is not fooled by who rewrites when a number came on the list, or forgets whom the log is about", async () => {
      const campaign = await running(2);
      await db.inBulk(`insert into do_not_call_numbers (phone_number, source, created_at)
        values ('${number(0)}', 'ftc', '${iso(EARLIER)}'), ('${number(1)}', 'ftc', '${iso(EARLIER)}')`);
      const wrong = [await plant(campaign, 0), await plant(campaign, 1)];
      await db.sql(
        `update do_not_call_numbers set created_at = '${iso(NOON + MINUTE)}' where phone_number = '${number(0)}'`,
      );
      await db.sql(`delete from do_not_call_numbers where phone_number = '${number(1)}'`);
      await expect(db.sql("delete from audit_subjects")).rejects.toThrow("only appended to");
      await expect(db.sql("update audit_subjects set phone_number = 'erased:x'")).rejects.toThrow("only appended to");
      expect(await found()).toEqual(wrong.map((id) => ["do_not_call", id]));
    });

    test("takes for no such change what the program itself finds out, and who is erased", async () => {
      const runner = await scene.runner();
      const campaign = await running(3, { retry: { maxAttempts: 1, after: [MINUTE] } });
      const [blamed, talked] = [await scene.dialed(campaign, runner), await scene.dialed(campaign, runner)];
      await scene.save(ended(await scene.save(answered(talked)), "completed"));
      const refused = { type: "ended", at: NOON + MINUTE, ending: "invalid_number", sipStatus: 404 } as const;
      await scene.save(happened(blamed, refused));
      const mended = {
        was: "completed",
        ending: "voicemail",
        status: "no_answer",
        nextAttemptAt: null,
        reachedIn: null,
      } as const;
      const said = { attemptId: talked.attempt.id, verdict: verdict({}), callback: null, at: NOON };
      await db.store.saveVerdict({ ...said, mended });
      await db.store.moveCampaign(campaign.id, "trip", {
        at: NOON + MINUTE,
        reason: "broken",
        blamed: "invalid_number",
      });
      const endings = async () => (await db.store.auditedDials(null, 9)).map(({ ending }) => String(ending)).toSorted();
      expect(await endings()).toEqual(["trunk_error", "voicemail"]);
      const logged = await db.store.auditEntries({ limit: 99, dials: true });
      expect((await db.store.auditEntries({ limit: 99 })).map(({ action }) => action)).not.toContain("call.mended");
      expect(logged.filter(({ action }) => action === "call.mended").map(({ attemptId }) => attemptId)).toEqual([
        blamed.attempt.id,
        talked.attempt.id,
      ]);
      expect(await db.store.erase(number(0), NOON)).toEqual([]);
      expect(await db.store.purge("calls", NOON + MINUTE, 10)).toMatchObject({ rows: 0 });
      expect(await found()).toEqual([]);
    });

    test("knows nothing of a dial that no log has, and says so", async () => {
      const campaign = await running(1);
      const call = present((await callsOf(campaign))[0]);
      await db.sql(`insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at, dialed_at)
        values ('${randomUUID()}', '${call.id}', '${campaign.id}', 'before', 'ended', '${iso(NOON)}', '${iso(NOON)}')`);
      expect(await proveCalls(db.store)).toEqual({ dials: 0, unlogged: 1, violations: [] });
    });
  });

  describe("the log", () => {
    test("is changed by nobody, not even with a shell on the database", async () => {
      await running(1);
      await expect(db.sql("update audit_log set after = null")).rejects.toThrow("only appended to");
      await expect(db.sql("delete from audit_log")).rejects.toThrow("only appended to");
      const entry = `insert into audit_log (seq, at, action) values (0, '${iso(NOON)}', 'dnc.removed')`;
      await expect(db.sql(entry)).rejects.toThrow(/only appended to|non-DEFAULT value/);
    });

    test.each([
      ["changed", "update audit_log set after = '{}' where link = 1"],
      ["removed in the middle", "delete from audit_log where link = 2"],
      ["cut off at the end", "delete from audit_log where link >= 3"],
      ["moved", "update audit_log set link = -1 where link = 2; update audit_log set link = 2 where link = 3"],
    ])("that was %s is found by whoever kept its head", async (_, statement) => {
      const campaign = await running(1);
      await db.store.moveCampaign(campaign.id, "pause", { at: NOON });
      const head = await seal(db.store);
      expect(head.link).toBe(3);
      await db.unguarded(statement);
      await expect(verifyChain(db.store, head)).rejects.toMatchObject({ code: "chain_broken" });
    });

    test("that hides an entry under a link that is none is found; before, the entry was in no chain", async () => {
      await running(1);
      await expect(db.sql("update audit_log set link = -1 where seq = 1")).rejects.toThrow("only appended to");
      const head = await seal(db.store);
      await db.unguarded("update audit_log set link = -1, hash = 'x' where link = 1");
      await expect(verifyChain(db.store, null)).rejects.toMatchObject({
        message: expect.stringContaining("link -1") as string,
      });
      await expect(verifyChain(db.store, head)).rejects.toMatchObject({ code: "chain_broken" });
    });

    test("that was empty has a head, which can be compared with", async () => {
      const head = formatHead(await seal(db.store));
      expect(head).toBe("0:");
      await running(1);
      expect((await verifyChain(db.store, parseHead(head))).kept?.link).toBe(0);
    });

    test("has entries that are put among older ones, and says which; those of transactions that took minutes are none", async () => {
      const entry = (seq: number, at: Instant) =>
        db.unguarded(`insert into audit_log (seq, at, action)
        ${db.attemptsHaveNumbers ? "" : "overriding system value"} values (${seq}, '${iso(at)}', 'dnc.removed')`);
      await entry(10, NOON);
      await entry(20, NOON + 9 * MINUTE);
      await seal(db.store);
      await entry(5, NOON);
      const late = await seal(db.store);
      expect((await verifyChain(db.store, null)).head).toEqual(late);
      await entry(30, NOON + 60 * MINUTE);
      const head = await seal(db.store);
      // It may say that it is new: its place is old all the same.
      await entry(6, NOON + 60 * MINUTE);
      await expect(verifyChain(db.store, head)).rejects.toMatchObject({
        code: "chain_broken",
        message: expect.stringContaining("link 5: it was written later") as string,
      });
      // Somebody has looked at it, and kept another head.
      const seen = await seal(db.store);
      expect((await verifyChain(db.store, seen)).head).toEqual(seen);
    });

    test("has whoever wrote beside the program as another", async () => {
      const campaign = await running(1);
      await db.sql(`update campaigns set daily_cap = 9 where id = '${campaign.id}'`);
      const [entry] = await db.store.auditEntries({ limit: 1 });
      expect(entry).toMatchObject({ action: "campaign.changed", after: expect.stringContaining("9") as string });
      expect(entry?.actor ?? "db:").toMatch(/^db:/);
    });
  });
}
