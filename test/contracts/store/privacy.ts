/** What a store knows of a person, that it forgets them, and what is old. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Recording, recordingThat } from "../../../src/domain/calls/recording.ts";
import { DAY, MINUTE } from "../../../src/domain/time/instant.ts";
import { PURGED } from "../../../src/engine/ports/privacy.ts";
import { NOON, verdict } from "../../support/domain.ts";
import { consent } from "./protection.ts";
import { answered, dialing, ended, number, people, person, present, type Scene } from "./scene.ts";

const LATER = NOON + 100 * DAY;

const recorded = (name: string): Recording => ({ ...recordingThat("complete"), location: `s3://bucket/${name}.ogg` });

export function privacyContract(scene: () => Scene): void {
  const finished = async () => {
    const runner = await scene().runner();
    const campaign = await scene().running([person(0, { variables: { city: "Springfield" } }), person(1)]);
    for (let n = 0; n < 2; n++) {
      const claim = await scene().dialed(campaign, runner);
      await scene().save(ended(claim, "completed"));
    }
    present(await scene().store.moveCampaign(campaign.id, "finish", { at: NOON + MINUTE }));
    return campaign;
  };
  const purge = async (...asked: Parameters<Scene["store"]["purge"]>): Promise<number> =>
    (await scene().store.purge(...asked)).rows;
  /** Where the recordings lie that this forgets. */
  const forgotten = async (...asked: Parameters<Scene["store"]["purge"]>): Promise<readonly string[]> =>
    (await scene().store.purge(...asked)).recordings;

  const sizes = async (n: number): Promise<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(await scene().store.personalData(number(n)))
        .map(([table, rows]) => [table, rows.length] as const)
        // What the audit log has of them is its own contract's.
        .filter(([table, count]) => count > 0 && table !== "audit_log"),
    );
  const callsOf = async (campaignId: string) => (await scene().store.listCalls({ campaignId, limit: 100 })).calls;

  describe("a person", () => {
    test("is in every table that holds their number", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(2));
      const claim = await scene().dialed(campaign, runner);
      await scene().save(ended(claim, "completed"));
      await scene().store.addConsents([consent(0)]);
      await scene().store.setOutcome(claim.call.id, "do_not_call", "please not", NOON);
      expect(await sizes(0)).toEqual({
        csv_contacts: 1,
        campaign_calls: 1,
        call_attempts: 1,
        consents: 1,
        do_not_call_numbers: 1,
      });
      expect(await sizes(1)).toEqual({ csv_contacts: 1, campaign_calls: 1 });
      const data = await scene().store.personalData(number(0));
      expect(data.campaign_calls[0]).toMatchObject({ contact_name: "Person 0", notes: "please not" });
    });

    test("is gone when erased: but for the do-not-call list, and calls that are nobody's", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running([
        person(0, { email: "zero@example.com", variables: { city: "Springfield" } }),
        person(1),
      ]);
      const claim = await scene().dialed(campaign, runner);
      await scene().save(ended(await scene().save(answered(claim)), "completed"));
      await scene().store.setOutcome(claim.call.id, "do_not_call", "please not", NOON);
      const said = verdict({ notes: "please not, said Zoe", outcome: "do_not_call" });
      await scene().store.saveVerdict({
        attemptId: claim.attempt.id,
        verdict: said,
        callback: null,
        mended: null,
        at: NOON,
      });
      const before = await scene().store.progress(campaign.id, NOON);
      await scene().store.addConsents([consent(0)]);

      expect(await scene().store.erase(number(0), NOON + MINUTE)).toEqual([]);
      // Off one list, the number still is on the other.
      expect(await scene().store.doNotCall(number(0), NOON + MINUTE)).toMatchObject([
        { source: "outcome", reason: null },
        { source: "erased", reason: null },
      ]);
      expect(await sizes(0)).toEqual({ do_not_call_numbers: 2 });
      expect(await scene().store.progress(campaign.id, NOON)).toEqual(before);
      const erased = present((await callsOf(campaign.id)).find(({ id }) => id === claim.call.id));
      expect(erased).toMatchObject({
        contact: { id: null, name: null, email: null, variables: {}, phoneNumber: `erased:${claim.call.id}` },
        notes: null,
        status: "completed",
        outcome: "do_not_call",
        sipCallId: null,
      });
      const [attempt] = (await scene().store.callHistory(campaign.id, erased.contact.phoneNumber))?.attempts ?? [];
      expect(attempt?.said).toMatchObject({ notes: null, outcome: "do_not_call" });
      expect(await sizes(1)).toEqual({ csv_contacts: 1, campaign_calls: 1 });
      // Nobody can ask the carrier about a number that is gone.
      expect(await scene().store.unsyncedAttempts(campaign.id, 10)).toEqual([]);
      // Asked twice, for instance since the answer was lost.
      expect(await scene().store.erase(number(0), NOON + MINUTE)).toEqual([]);
    });

    test("stays gone, though more is told of a call to them when it is over", async () => {
      const { store } = scene();
      const runner = await scene().runner();
      const campaign = await scene().running(people(2));
      const [claim, other] = [await scene().dialed(campaign, runner), await scene().dialed(campaign, runner)];
      await scene().save(ended(await scene().save(answered(claim)), "completed"));
      expect(await store.erase(number(0), NOON)).toEqual([]);
      const erased = () => store.callHistory(campaign.id, `erased:${claim.call.id}`);
      const before = present(await erased());
      const attemptId = claim.attempt.id;

      const words = verdict({ notes: "Zoe wants a call", outcome: "callback", doNotCall: true });
      const callback = { at: NOON + DAY, zone: "Europe/London" };
      const amends = { was: "completed", ending: "voicemail", status: "no_answer", reachedIn: null } as const;
      const mended = { ...amends, nextAttemptAt: NOON + DAY };
      expect(await store.saveVerdict({ attemptId, verdict: words, callback, mended, at: NOON })).toBe("gone");
      const told = { what: "agent_left", how: "left", eventId: "EV_1", sentAt: NOON, late: 0, uncertain: 0 } as const;
      const said = { verdict: words, problems: [] };
      expect(await store.hear({ ...told, said, attemptId }, NOON)).toBe("unknown");
      expect(await store.saveRecording(attemptId, recorded("Zoe"), NOON)).toBe(false);
      expect(await store.setOutcome(claim.call.id, "callback", "Zoe", NOON, callback)).toBeNull();
      expect(await erased()).toEqual(before);
      expect((await store.news([attemptId], [], NOON)).told).toEqual([]);

      // What a call cost is nobody's; its id would tell the carrier's books whose it was.
      const price = { micros: 5000, unit: "USD" };
      const record = {
        id: "CA1",
        status: "completed",
        durationSeconds: 9,
        price,
        startedAt: NOON,
        endedAt: NOON,
      } as const;
      for (const again of [record, { ...record, price: null }])
        expect(await store.saveCarrierCall(attemptId, again, NOON)).toBe(true);
      expect(await store.costs(campaign.id)).toEqual([{ unit: "USD", micros: 5000, calls: 1 }]);
      expect(await store.saveCarrierCall(other.attempt.id, record, NOON)).toBe(true);
    });

    test("who waits to be called is not called any more", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(1));
      expect(await scene().store.erase(number(0), NOON)).toEqual([]);
      expect(await scene().claim(campaign, runner)).toBeNull();
      expect(await callsOf(campaign.id)).toMatchObject([{ status: "failed", endReason: "do_not_call" }]);
      expect(await scene().store.doNotCall(number(0), NOON)).toHaveLength(1);
    });

    test("whose recording is not stored yet is not erased, since nobody could say where it lies", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1));
      const claim = await scene().dialed(campaign, await scene().runner());
      await store.saveRecording(claim.attempt.id, recordingThat("recording"), NOON);
      await scene().save(ended(claim, "completed"));
      expect(await store.erase(number(0), NOON)).toBeNull();
      await store.saveRecording(claim.attempt.id, recorded("b"), NOON);
      // Told by the erasure itself: asked for a moment before, it was not there yet.
      expect(await store.erase(number(0), NOON)).toEqual(["s3://bucket/b.ogg"]);
      expect((await callsOf(campaign.id))[0]?.recording).toBeNull();
      expect(await store.forget()).toBe(true);
    });

    test("who is being called is not erased meanwhile", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(1));
      const claim = await scene().claimed(campaign, runner);
      expect(await scene().store.erase(number(0), NOON)).toBeNull();
      await scene().save(dialing(claim));
      expect(await scene().store.erase(number(0), NOON)).toBeNull();
      expect(await sizes(0)).toEqual({ csv_contacts: 1, campaign_calls: 1, call_attempts: 1 });
    });
  });

  describe("what is old", () => {
    test("is counted without a limit, and removed in parts", async () => {
      await finished();
      for (const what of ["contacts", "variables", "calls"] as const) {
        expect(await purge(what, LATER, null), what).toBe(2);
        expect(await purge(what, LATER, 1), what).toBe(1);
        expect(await purge(what, LATER, 10), what).toBe(1);
        expect(await purge(what, LATER, 10), what).toBe(0);
      }
    });

    test("leaves sums, endings and outcomes", async () => {
      const { id } = await finished();
      const before = await scene().store.progress(id, LATER);
      await purge("contacts", LATER, 10);
      await purge("calls", LATER, 10);
      expect(await scene().store.progress(id, LATER)).toEqual(before);
      expect((await callsOf(id)).map(({ contact }) => contact.phoneNumber.slice(0, 7))).toEqual(["erased:", "erased:"]);
      expect(await sizes(0)).toEqual({});
    });

    test("are rows of an import that was killed, a day later: nobody goes on with it", async () => {
      const { store } = scene();
      const id = randomUUID();
      await store.addContactFile({ id, filename: "contacts.csv", size: 1 }, NOON);
      await store.addContacts(id, people(2));
      expect(await purge("contacts", NOON + DAY, null)).toBe(0);
      expect(await purge("contacts", NOON + DAY + 1, 10)).toBe(2);
      expect(await sizes(0)).toEqual({});
    });

    test("takes names and variables, and leaves the number", async () => {
      const { id } = await finished();
      await purge("variables", LATER, 10);
      expect(await callsOf(id)).toMatchObject([
        { contact: { phoneNumber: number(0), name: null, variables: {} } },
        { contact: { phoneNumber: number(1), name: null } },
      ]);
    });

    test("takes what was said with a wish not to be called, which a note had told, and leaves the wish", async () => {
      const { store } = scene();
      const runner = await scene().runner();
      const campaign = await scene().running(people(3));
      for (const n of [0, 1, 2]) {
        const claim = await scene().dialed(campaign, runner);
        await scene().save(ended(claim, "completed"));
        if (n < 2) await store.setOutcome(claim.call.id, "do_not_call", "her name is Ada", NOON);
      }
      const letter = { source: "operator", addedAt: NOON };
      await store.addDoNotCall([{ ...letter, phoneNumber: number(2), reason: "by letter" }]);
      present(await store.moveCampaign(campaign.id, "finish", { at: NOON + MINUTE }));
      const reasons = async () =>
        (await Promise.all([0, 1, 2].map((n) => store.doNotCall(number(n), NOON)))).map(([entry]) => entry?.reason);
      expect(await reasons()).toEqual(["her name is Ada", "her name is Ada", "by letter"]);
      await purge("variables", LATER, 1);
      await purge("calls", LATER, 10);
      expect(await reasons()).toEqual([null, null, "by letter"]);
    });

    test("is not whom a stopped campaign still talks to", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(1));
      await scene().dialed(campaign, runner);
      present(await scene().store.moveCampaign(campaign.id, "stop", { at: NOON }));
      expect(await purge("calls", LATER, null)).toBe(0);
      expect(await purge("calls", LATER, 10)).toBe(0);
      expect((await callsOf(campaign.id))[0]?.contact.phoneNumber).toBe(number(0));
    });

    test("are recordings, once they are stored; where they lie is told before", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      const runner = await scene().runner();
      const [first, second] = [await scene().dialed(campaign, runner), await scene().dialed(campaign, runner)];
      await store.saveRecording(first.attempt.id, recorded("a"), NOON);
      await store.saveRecording(second.attempt.id, recordingThat("recording"), NOON);
      for (const claim of [first, second]) await scene().save(ended(claim, "completed"));
      expect(await store.recordingPlaces(first.call.contact.phoneNumber)).toEqual(["s3://bucket/a.ogg"]);
      expect(await store.recordingPlaces(second.call.contact.phoneNumber)).toEqual([]);
      expect(await forgotten("recordings", NOON - DAY, null)).toEqual([]);
      expect(await forgotten("recordings", LATER, null, randomUUID())).toEqual([]);
      expect(await forgotten("recordings", LATER, null, campaign.id)).toEqual(["s3://bucket/a.ogg"]);
      // Its campaign goes on.
      expect(await forgotten("calls", LATER, null)).toEqual([]);
      expect(await store.purge("recordings", LATER, null)).toEqual({ rows: 1, recordings: ["s3://bucket/a.ogg"] });
      expect(await store.purge("recordings", LATER, 10)).toEqual({ rows: 1, recordings: ["s3://bucket/a.ogg"] });
      expect(await store.purge("recordings", LATER, 10)).toEqual({ rows: 0, recordings: [] });
      const left = (await callsOf(campaign.id)).flatMap(({ recording }) => recording?.status ?? []);
      expect(left).toEqual(["recording"]);
    });

    test("is not a call whose recording is not stored yet: nobody could say where it lies", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2), { retention: 60 * DAY });
      const runner = await scene().runner();
      const [first, second] = [await scene().dialed(campaign, runner), await scene().dialed(campaign, runner)];
      for (const claim of [first, second])
        await store.saveRecording(claim.attempt.id, recordingThat("recording"), NOON);
      for (const claim of [first, second]) await scene().save(ended(claim, "completed", NOON + MINUTE));
      present(await store.moveCampaign(campaign.id, "finish", { at: NOON + MINUTE }));
      await store.saveRecording(first.attempt.id, recorded("a"), NOON);
      const stored = { rows: 1, recordings: ["s3://bucket/a.ogg"] };
      const [soon, heard] = [NOON + 2 * MINUTE, NOON + MINUTE + DAY];
      expect(await store.purge("calls", soon, null)).toEqual(stored);
      expect(await store.purge("calls", soon, 10)).toEqual(stored);
      await store.purge("contacts", soon, 10);
      // Nothing is to be done about it again and again either.
      expect(await store.outlived(heard + 60 * DAY)).toEqual([]);
      await store.saveRecording(second.attempt.id, recorded("b"), heard);
      expect(await store.outlived(heard + 60 * DAY)).toHaveLength(1);
      expect(await store.purge("calls", soon, 10)).toEqual({ rows: 1, recordings: ["s3://bucket/b.ogg"] });
      expect(await store.outlived(heard + 60 * DAY)).toEqual([]);
    });

    test("never was a call whose recording no run had settled: a day later nobody will hear of it", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1), { retention: 60 * DAY });
      const claim = await scene().dialed(campaign, await scene().runner());
      await store.saveRecording(claim.attempt.id, recordingThat("starting"), NOON);
      await scene().save(ended(claim, "completed"));
      present(await store.moveCampaign(campaign.id, "finish", { at: NOON }));
      const heard = NOON + DAY;
      await store.purge("contacts", heard, 10);
      for (const limit of [null, 10]) expect(await purge("calls", heard, limit)).toBe(0);
      expect(await store.outlived(heard + 60 * DAY)).toEqual([]);
      expect(await store.outlived(heard + 60 * DAY + 1)).toHaveLength(1);
      for (const limit of [null, 10]) expect(await purge("calls", heard + 1, limit)).toBe(1);
      expect(await sizes(0)).toEqual({});
      expect(await store.outlived(heard + 60 * DAY + 1)).toEqual([]);
      expect(await store.openRecordings(9)).toEqual([]);
    });

    test("is not a call that ended later than its campaign was stopped, until it is old itself", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(1), { retention: 60 * DAY });
      const claim = await scene().dialed(campaign, await scene().runner());
      present(await store.moveCampaign(campaign.id, "stop", { at: NOON }));
      await scene().save(ended(claim, "completed", NOON + 10 * MINUTE));
      await store.saveRecording(claim.attempt.id, recorded("a"), NOON + 10 * MINUTE);
      const [between, after] = [NOON + 5 * MINUTE, NOON + 15 * MINUTE];
      for (const what of ["recordings", "calls"] as const)
        for (const limit of [null, 10]) expect(await purge(what, between, limit), what).toBe(0);
      await store.purge("contacts", between, 10);
      expect(await store.outlived(between + 60 * DAY)).toEqual([]);
      expect(await store.outlived(after + 60 * DAY)).toHaveLength(1);
      for (const limit of [null, 10])
        expect(await store.purge("calls", after, limit)).toEqual({ rows: 1, recordings: ["s3://bucket/a.ogg"] });
    });

    test("of a campaign goes by its own retention, and nothing of others or of lists does", async () => {
      const { store } = scene();
      const runner = await scene().runner(NOON, LATER);
      const file = await scene().file([person(8)]);
      const listed = { kind: "contact_list", id: randomUUID() } as const;
      await store.mergeContactFile(file.id, { id: listed.id, name: "members" }, NOON);
      await store.dropContactFile(file.id);
      const campaigns = [
        await scene().running(people(2), { retention: 60 * DAY }),
        await scene().running(people(2), { retention: 200 * DAY, name: "keeps longer" }),
        await scene().running([], { source: listed, retention: 60 * DAY, name: "of a list" }),
        await scene().running([person(5)], { name: "for ever" }),
      ];
      for (const campaign of campaigns) {
        for (
          let claim = await scene().claim(campaign, runner);
          claim !== null;
          claim = await scene().claim(campaign, runner)
        )
          await scene().save(ended(await scene().save(dialing(claim)), "completed"));
        present(await store.moveCampaign(campaign.id, "finish", { at: NOON }));
      }
      const [first, , third] = campaigns;
      expect((await store.findCampaigns(first?.id ?? ""))[0]?.retention).toBe(60 * DAY);
      expect(await store.outlived(NOON + 60 * DAY)).toEqual([]);
      const outlived = await store.outlived(LATER);
      expect(outlived.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(
        [first, third].map((campaign) => ({
          campaignId: campaign?.id,
          name: campaign?.name,
          before: LATER - 60 * DAY,
        })),
      );
      const removed: Record<string, number> = {};
      for (const { campaignId, before } of outlived)
        for (const what of PURGED) removed[what] = (removed[what] ?? 0) + (await purge(what, before, 10, campaignId));
      // The list stays.
      expect(removed).toEqual({ contacts: 2, variables: 3, recordings: 0, calls: 3 });
      expect(await store.outlived(LATER)).toEqual([]);
      expect(await sizes(8)).toEqual({ contacts: 1 });
      expect(await sizes(5)).toMatchObject({ csv_contacts: 1, campaign_calls: 1 });
      expect(await sizes(0)).toMatchObject({ csv_contacts: 1, campaign_calls: 1 });
    });

    test("is nothing that is younger, or of a campaign that goes on", async () => {
      await finished();
      for (const what of ["contacts", "variables", "calls"] as const)
        expect(await purge(what, NOON, null), what).toBe(0);
      const shared = await scene().file(people(2));
      await scene().running([], { source: shared, name: "goes on" });
      await scene().idle([], { source: shared, name: "to come" });
      expect(await purge("contacts", LATER, null)).toBe(2);
      expect(await purge("calls", LATER, null)).toBe(2);
    });
  });
}
