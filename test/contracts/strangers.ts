/** Rows that somebody else has written into the tables: a frontend, or the system before. Nothing of it stops anybody. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HOUR, type Instant, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../support/domain.ts";
import { consent } from "./store/protection.ts";
import { DAY, dialing, ended, number, people, person, present, Scene, TOMORROW } from "./store/scene.ts";

/** A store, and the tables under it. Values as JSON has them: the adapter spells lists, maps and flags. */
export interface Outside extends AsyncDisposable {
  readonly store: Store;
  readonly insert: (table: string, row: object) => Promise<void>;
  /** `past`: as it was written before the schema had a check against it. */
  readonly update: (table: string, id: string, changes: object, past?: "past") => Promise<void>;
  readonly remove: (table: string, id: string) => Promise<void>;
}

const ODD_CAMPAIGNS: readonly (readonly [column: string, value: unknown])[] = [
  ["time_zone", "Mars/Olympus"],
  ["calling_days", ["someday"]],
  ["start_hour", 99],
  ["end_hour", 25],
  ["calling_hours", "early"],
  ["max_per_contact", "often"],
  ["prices", { "+44": 1 }],
];

const ODD_NUMBERS = ["911", "*72", "+12025550101\r\n", "(202) 555-0101", "+1 202 555 0101"];

export function strangersContract(open: () => Promise<Outside>): void {
  let outside: Outside;
  let scene: Scene;
  beforeEach(async () => {
    outside = await open();
    scene = new Scene(outside.store);
  });
  afterEach(() => outside[Symbol.asyncDispose]());

  const callTo = async (campaignId: string, phone: string) =>
    present(await outside.store.callHistory(campaignId, phone)).call;

  describe("a row that somebody else wrote", () => {
    test.each([null, "9999-01-01T00:00:00.000Z", "2026-11-22T00:00:00.000Z", "infinity", "-infinity"])(
      "into the last use of our number as %s sets nobody's pace: the dials do",
      async (odd) => {
        const { store } = outside;
        const [caller, interval] = ["+442079460100", 10 * MINUTE];
        const id = randomUUID();
        await store.assignNumber(
          { id, number: caller, assistantId: "a1", trunkId: "ST_1", trunkName: "one", interval },
          NOON,
        );
        const campaign = await scene.running(people(2));
        const runner = await scene.runner(NOON, NOON + HOUR);
        const first = dialing(await scene.claimed(campaign, runner), NOON, DAY, caller);
        expect(await store.beginDial(first, 0)).toEqual({ say: "go" });
        await outside.update("phone_number", id, { last_used_at: odd });

        const at = NOON + MINUTE;
        expect((await store.callerPool("a1")).numbers).toMatchObject([{ number: caller, lastUsedAt: NOON }]);
        expect(await store.listNumbers("a1")).toMatchObject([{ lastUsedAt: NOON }]);
        const early = dialing(await scene.claimed(campaign, runner, { at }), at, DAY, caller);
        expect(await store.beginDial(early, 0)).toEqual({ say: "wait", until: NOON + interval });
        const turn = { ...early, attempt: { ...early.attempt, dialedAt: NOON + interval } };
        expect(await store.beginDial(turn, 0)).toEqual({ say: "go" });
      },
    );

    test("on the do-not-call list with an odd instant still forbids, and blocked the whole list", async () => {
      const { store } = outside;
      const row = { source: "somebody", reason: null, created_at: new Date(NOON).toISOString(), expires_at: null };
      await outside.insert("do_not_call_numbers", { ...row, phone_number: number(0), created_at: "infinity" });
      await outside.insert("do_not_call_numbers", { ...row, phone_number: number(1), expires_at: "infinity" });
      await outside.insert("do_not_call_numbers", { ...row, phone_number: number(2) });
      const odd = { phoneNumber: number(0), source: "somebody", reason: null, addedAt: 0 };
      expect(await store.listDoNotCall(10, null, null)).toEqual([
        odd,
        { ...odd, phoneNumber: number(1), addedAt: NOON },
        { ...odd, phoneNumber: number(2), addedAt: NOON },
      ]);
      expect(await store.doNotCall(number(0), NOON)).toEqual([odd]);
      expect(await store.doNotCall(number(1), NOON)).toHaveLength(1);
      expect(await store.doNotCallSources(NOON)).toMatchObject([{ source: "somebody", entries: 3 }]);
    });

    test.each([
      [{ phone_number: "911" }],
      [{ phone_number: "*" }],
      [{ phone_number: "+*" }],
      [{ phone_number: "+1 202 555 0163" }],
      [{ phone_number: "+12025550163*x" }],
      [{ phone_number: "+1234567890123456" }],
      [{ phone_number: "+12025550101\r\n" }],
      [{ source: "" }],
      [{ source: "x".repeat(201) }],
      [{ source: "a\u001b]52;c;cHduZWQ=\u0007" }],
      [{ source: "a\nb" }],
      [{ reason: "x".repeat(501) }],
    ])("never comes onto the do-not-call list with %j", async (odd) => {
      const row = {
        phone_number: number(0),
        source: "somebody",
        reason: null,
        created_at: new Date(NOON).toISOString(),
      };
      await outside.insert("do_not_call_numbers", row);
      await expect(
        outside.insert("do_not_call_numbers", { ...row, phone_number: number(1), ...odd }),
      ).rejects.toThrow();
      expect(await outside.store.listDoNotCall(9, null, null)).toHaveLength(1);
    });

    test("and notes of any length reach the list as a short line, with whose outcome it was", async () => {
      const campaign = await scene.running(people(1));
      const call = await callTo(campaign.id, number(0));
      const notes = `asked\r\nnot to be called\t${"x".repeat(10_000)}`;
      await outside.update("campaign_calls", call.id, { outcome: "do_not_call", notes });
      const [entry] = await outside.store.doNotCall(number(0), NOON);
      expect(entry).toMatchObject({ source: "outcome", addedBy: "operator" });
      expect(entry?.reason).toMatch(/^asked {2}not to be called x{400}/);
      expect(entry?.reason).toHaveLength(500);
    });

    test.each(ODD_CAMPAIGNS)(
      "of a campaign with an odd %s stops that campaign alone, and says why",
      async (column, value) => {
        const { store } = outside;
        const both = [person(0), person(2)];
        const [odd, sane] = [await scene.running(both), await scene.running([person(1)], { name: "sane" })];
        const runner = await scene.runner();
        const held = await scene.claimed(odd, runner);
        await outside.update("campaigns", odd.id, { [column]: value }, "past");
        // Whoever listed it a moment before is handed out nothing, and a dial does not leave.
        expect(await scene.claim(odd, runner)).toBeNull();
        expect(await store.beginDial(dialing(held), 0)).toEqual({ say: "no", because: "not_running" });
        const running = await store.listCampaigns("running");
        const seen = present(running.find(({ id }) => id === odd.id));
        expect(seen).toMatchObject({
          status: "error",
          statusReason: expect.stringContaining(`column ${column}`) as string,
        });
        expect(running.find(({ id }) => id === sane.id)).toEqual(sane);
        if (column !== "time_zone") expect((await store.findCampaigns(odd.id))[0]?.status).toBe("error");
        await store.moveCampaign(odd.id, "fail", { at: NOON, reason: seen.statusReason ?? "" });
        expect(await scene.claim(odd, runner)).toBeNull();
        expect((await scene.claimed(sane, runner)).call.contact.phoneNumber).toBe(number(1));
        expect((await store.listCampaigns("running")).map(({ id }) => id)).toEqual([sane.id]);
        expect((await store.listCampaigns("error")).map(({ id }) => id)).toEqual([odd.id]);
      },
    );

    test.each([...ODD_CAMPAIGNS.slice(1, 4), ["time_zone", "no zone"] as const])(
      "is refused with an odd %s of a campaign",
      async (column, value) => {
        const { id } = await scene.idle(people(1));
        await expect(outside.update("campaigns", id, { [column]: value })).rejects.toThrow(column);
      },
    );

    test.each([
      ["variables", { age: 42 }],
      ["variables", [1]],
      ["next_attempt_at", "-infinity"],
      ["next_attempt_at", "infinity"],
    ])("is refused with an odd %s of a call", async (column, value) => {
      const campaign = await scene.running(people(1));
      const { id } = await callTo(campaign.id, number(0));
      await expect(outside.update("campaign_calls", id, { [column]: value })).rejects.toThrow(column);
    });

    test.each([
      ["variables", { age: 42 }],
      ["next_attempt_at", "-infinity"],
    ])("of a call with an odd %s ends that call alone", async (column, value) => {
      const { store } = outside;
      const campaign = await scene.running(people(2));
      const { id } = await callTo(campaign.id, number(0));
      await outside.update("campaign_calls", id, { [column]: value }, "past");
      await store.snapshot(campaign, DAY);
      const runner = await scene.runner();
      expect((await scene.claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(1));
      expect(await store.findCall(id)).toMatchObject({
        status: "failed",
        endReason: "unreadable",
        heldBy: expect.stringContaining(`column ${column}`) as string,
      });
      await scene.expectRightCounts(campaign);
    });

    test.each(ODD_NUMBERS)("with the number %j is dialed by nobody", async (odd) => {
      const { store } = outside;
      const campaign = await scene.running(people(2));
      const { id } = await callTo(campaign.id, number(0));
      await outside.update("campaign_calls", id, { phone_number: odd });
      const runner = await scene.runner();
      expect((await scene.claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(1));
      expect(await scene.claim(campaign, runner)).toBeNull();
      expect(await store.findCall(id)).toMatchObject({ status: "failed", endReason: "invalid_number" });
      await scene.expectRightCounts(campaign);
    });

    test("that changes a number between claim and dial holds the dial", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(1));
      const claim = await scene.claimed(campaign, await scene.runner());
      await outside.update("campaign_calls", claim.call.id, { phone_number: number(9) });
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "changed" });
    });

    test("that marks the contact of a list do-not-call holds at the claim and at the last door", async () => {
      const { store } = outside;
      const list = { id: randomUUID(), name: "list" };
      const file = await scene.file(people(2));
      await store.mergeContactFile(file.id, list, NOON);
      const campaign = await scene.running([], { source: { kind: "contact_list", id: list.id } });
      const runner = await scene.runner();
      const claim = await scene.claimed(campaign, runner);
      for (const n of [0, 1]) {
        const { contact } = present((await store.contactRecord(number(n))).inLists[0]);
        await outside.update("contacts", present(contact.id), { do_not_call: true });
      }
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "do_not_call" });
      expect(await scene.claim(campaign, runner)).toBeNull();
      expect(await callTo(campaign.id, number(1))).toMatchObject({ status: "failed", endReason: "do_not_call" });
    });

    test("that marks the contact of a file do-not-call holds as well", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(2));
      const runner = await scene.runner();
      const claim = await scene.claimed(campaign, runner);
      for (const n of [0, 1]) {
        const { contact } = await callTo(campaign.id, number(n));
        await outside.update("csv_contacts", present(contact.id), { do_not_call: true });
      }
      expect(await store.beginDial(dialing(claim), 0)).toEqual({ say: "no", because: "do_not_call" });
      expect(await scene.claim(campaign, runner)).toBeNull();
    });

    test("that adds a call to somebody who is marked do-not-call in the campaign's file dials nobody", async () => {
      const { store } = outside;
      const marked = { ...person(1), doNotCall: true };
      const campaign = await scene.running([person(0), marked]);
      const runner = await scene.runner();
      await scene.save(ended(await scene.dialed(campaign, runner), "completed"));
      const times = { created_at: new Date(NOON).toISOString(), updated_at: new Date(NOON).toISOString() };
      const row = { id: randomUUID(), campaign_id: campaign.id, phone_number: number(1), status: "pending", ...times };
      // Of the file alone: the start has put the number on the list as well.
      await store.removeDoNotCall([number(1)], null);
      await outside.insert("campaign_calls", row);
      await store.admit(NOON + SECOND);
      expect(await scene.claim(campaign, runner, { at: NOON + 5 * SECOND })).toBeNull();
      expect(await callTo(campaign.id, number(1))).toMatchObject({ status: "failed", endReason: "do_not_call" });
    });

    test("that says a contact must not be called any more is on the do-not-call list at once", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(2));
      const { id } = await callTo(campaign.id, number(0));
      await outside.update("campaign_calls", id, { outcome: "do_not_call" });
      expect((await store.doNotCall(number(0), NOON)).map(({ source }) => source)).toEqual(["outcome"]);
      expect((await scene.claimed(campaign, await scene.runner())).call.contact.phoneNumber).toBe(number(1));
    });

    test("asks consent by the spelling that is dialed", async () => {
      const { store } = outside;
      await store.addConsents([consent(0), consent(1)]);
      const campaign = await scene.running(people(1), { requireConsent: true });
      const { id } = await callTo(campaign.id, number(0));
      await outside.update("campaign_calls", id, { phone_number: number(2) });
      expect(await scene.claim(campaign, await scene.runner())).toBeNull();
      expect(await store.findCall(id)).toMatchObject({ endReason: "no_consent" });
    });
  });

  describe("what somebody else wrote is taken in", () => {
    test("a campaign that was only set to running starts, and its contacts become calls once", async () => {
      const { store } = outside;
      const campaign = await scene.idle(people(3));
      await outside.update("campaigns", campaign.id, { execution_status: "running" });
      await store.admit(NOON);
      await store.admit(NOON + MINUTE);
      expect(await store.progress(campaign.id, NOON)).toMatchObject({ total: 3, calls: { pending: 3 } });
      const running = present((await store.listCampaigns("running"))[0]);
      expect((await scene.claimed(running, await scene.runner())).call).toMatchObject({ place: PLACE });
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
      await store.moveCampaign(campaign.id, "resume", { at: NOON });
      expect(await store.progress(campaign.id, NOON)).toMatchObject({ total: 3 });
    });

    test("a pending call without due time or place is due, where its number lives", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(1));
      const { id } = await callTo(campaign.id, number(0));
      await outside.update("campaign_calls", id, { next_attempt_at: null, place: "" });
      await store.admit(NOON + MINUTE);
      expect(await store.findCall(id)).toMatchObject({ status: "pending", nextAttemptAt: NOON + MINUTE, place: PLACE });
      expect((await store.snapshot(campaign, DAY)).waiting).toEqual([{ place: PLACE, nextDue: NOON + MINUTE }]);
    });

    test("a new pending call, as a frontend writes it, is called; one without a number ends", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(1));
      const at = new Date(NOON).toISOString();
      for (const [id, phone_number] of [
        [randomUUID(), number(5)],
        [randomUUID(), "911"],
      ]) {
        const row = { id, campaign_id: campaign.id, phone_number, status: "pending", created_at: at, updated_at: at };
        await outside.insert("campaign_calls", row);
      }
      await store.admit(NOON);
      expect(await callTo(campaign.id, number(5))).toMatchObject({ nextAttemptAt: NOON, place: PLACE });
      expect(await callTo(campaign.id, "911")).toMatchObject({ status: "failed", endReason: "invalid_number" });
    });

    test("a call said to be under way, by no attempt, is lost: nobody knows whether it rang", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(3));
      const ours = await scene.dialed(campaign, await scene.runner());
      const { id } = await callTo(campaign.id, number(1));
      await outside.update("campaign_calls", id, { status: "calling" });
      await store.admit(NOON);
      expect(await store.findCall(id)).toMatchObject({ status: "failed", endReason: "lost", completedAt: NOON });
      expect(await store.findCall(ours.call.id)).toEqual(ours.call);
      expect((await store.progress(campaign.id, NOON)).calls).toMatchObject({ pending: 1, calling: 1, failed: 1 });
    });

    test("a call said to be under way by no attempt was forgotten when its campaign finished: it ends first", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(1));
      const { id } = await callTo(campaign.id, number(0));
      await outside.update("campaign_calls", id, { status: "calling" });
      expect(await store.moveCampaign(campaign.id, "finish", { at: NOON })).toBeNull();
      await store.admit(NOON);
      expect(await store.findCall(id)).toMatchObject({ status: "failed", endReason: "lost" });
      expect(await store.moveCampaign(campaign.id, "finish", { at: NOON })).toMatchObject({ status: "completed" });
    });

    test("two rows for one number are one call: the second is refused", async () => {
      const campaign = await scene.running(people(1));
      const at = new Date(NOON).toISOString();
      const row = { id: randomUUID(), campaign_id: campaign.id, phone_number: number(0), status: "pending" };
      await expect(outside.insert("campaign_calls", { ...row, created_at: at, updated_at: at })).rejects.toThrow(
        /unique/i,
      );
    });

    test("a campaign that was deleted is hung up on, and its attempts are nobody's", async () => {
      const { store } = outside;
      const [gone, kept] = [await scene.running(people(1)), await scene.running([person(1)], { name: "kept" })];
      const dialed = await scene.dialed(gone, await scene.runner());
      await outside.remove("campaigns", gone.id);
      expect(await store.hangUps([gone.id, kept.id])).toEqual([gone.id]);
      expect(await store.save(ended(dialed, "busy"))).toBe("not_yours");
    });
  });

  test("the daily cap counts the dials of the day, whatever a counter says and whichever day dialed last", async () => {
    const { store } = outside;
    const campaign = await scene.running(people(6), { dailyCap: 2 });
    const runner = await scene.runner(NOON, NOON + 2 * HOUR);
    await scene.dialed(campaign, runner);
    await scene.dialed(campaign, runner, NOON, TOMORROW);
    await outside.update("campaigns", campaign.id, { current_daily_calls: 0 });
    await scene.dialed(campaign, runner);
    expect(await scene.claim(campaign, runner)).toBeNull();
    expect((await store.snapshot(campaign, DAY)).today).toBe(2);
    expect((await store.snapshot(campaign, TOMORROW)).today).toBe(1);
  });

  test("a dial of a machine whose clock was ahead held the others until then, an interval at a time", async () => {
    const { store } = outside;
    const campaign = await scene.running(people(4), { delay: MINUTE });
    const runner = await scene.runner(NOON, NOON + 9 * HOUR);
    await store.setTrunkLimit({ trunkId: "ST_1", interval: MINUTE, concurrency: null }, NOON);
    const request = { trunkId: "ST_1", interval: MINUTE };
    const dial = async (at: Instant) => {
      const claim = await scene.claim(campaign, runner, { ...request, at });
      return claim && (await store.beginDial(dialing(claim, at), MINUTE));
    };
    expect(await dial(NOON + 3 * HOUR)).toEqual({ say: "go" });
    expect(await dial(NOON)).toEqual({ say: "go" });
    // From here on they keep the pace among themselves.
    expect(await dial(NOON + SECOND)).toBeNull();
    expect(await dial(NOON + MINUTE)).toEqual({ say: "go" });
    const claim = present(await scene.claim(campaign, runner, { trunkId: "ST_2", interval: 0, at: NOON + MINUTE }));
    expect(await store.beginDial(dialing(claim, NOON + MINUTE + SECOND), MINUTE)).toEqual({
      say: "wait",
      until: NOON + 2 * MINUTE,
    });
  });
}
