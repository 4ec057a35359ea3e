/** What a store opened for one owner gives of another's: nothing, whatever verb of the port is tried on it. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Contact } from "../../src/domain/calls/contact.ts";
import { DAY as DAY_MS, HOUR, MINUTE } from "../../src/domain/time/instant.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../support/domain.ts";
import { ownersWordsContract } from "./owners-words.ts";
import { type Theirs, TRIES, type Try, type Verb } from "./owners-tries.ts";
import { consent } from "./store/protection.ts";
import { DAY, dialing, ended, number, people, person, present, Scene } from "./store/scene.ts";

/** One set of data, seen by an owner or, without one, by everybody. */
export interface Shared extends AsyncDisposable {
  readonly as: (userId?: string) => Store;
}

/** Anew each time: a contact is in one file. */
const asked = (): Contact[] => [23, 24, 20, 21, 22].map((n) => person(n));

const assign = (store: Store, n: number, trunkId: string, shared = false) =>
  store.assignNumber({ id: randomUUID(), number: number(n), assistantId: "a1", trunkId, trunkName: "t", shared }, NOON);

const entry = (n: number, source = "operator") => ({ phoneNumber: number(n), source, reason: null, addedAt: NOON });
const limit = (interval: number) => ({ trunkId: "ST_hers", interval, concurrency: 1 });
const isOthers = (store: Store, id = "ST_hers"): Promise<boolean> => store.trunkIsOthers({ id, name: "london" });

const pool = async (store: Store, owner?: string | null): Promise<unknown> => {
  const { numbers, othersTrunks, othersNumbers } = await store.callerPool("a1", owner);
  return [numbers.map((row) => row.number).toSorted(), othersTrunks, othersNumbers.toSorted()];
};

export function ownersContract(open: () => Promise<Shared>): void {
  ownersWordsContract(open);
  describe("a store opened for one owner", () => {
    const [alice, bob] = [randomUUID(), randomUUID()];
    let shared: Shared;
    let theirs: Theirs;
    beforeEach(async () => {
      shared = await open();
      const scene = new Scene(shared.as(alice));
      const campaign = await scene.running([...people(4), person(9)], { name: "alice's" });
      const runner = await scene.runner();
      const { calls } = await scene.store.listCalls({ campaignId: campaign.id, limit: 10 });
      await scene.store.setOutcome(present(calls[4]).id, "do_not_call", null, NOON);
      const over = await scene.save(ended(await scene.dialed(campaign, runner), "declined"));
      theirs = { campaign, runner, over, claim: await scene.claimed(campaign, runner) };
    });
    afterEach(() => shared[Symbol.asyncDispose]());

    /** All that the owner has, to the last column that the port shows. */
    const all = async (store: Store): Promise<unknown> => {
      const { id } = theirs.campaign;
      const { calls } = await store.listCalls({ campaignId: id, limit: 100 });
      const histories = await Promise.all(calls.map(({ contact }) => store.callHistory(id, contact.phoneNumber)));
      const { runners: _, ...progress } = await store.progress(id, NOON);
      // A trunk carries everybody's calls.
      const { trunk: __, ...snapshot } = await store.snapshot(theirs.campaign, DAY);
      return {
        campaigns: await store.listCampaigns(),
        histories,
        progress,
        snapshot,
      };
    };

    test("gives that owner what is theirs, and whoever asks for no owner everything", async () => {
      expect(theirs.campaign.userId).toBe(alice);
      for (const store of [shared.as(alice), shared.as()]) {
        expect(await store.findCampaigns(theirs.campaign.name)).toHaveLength(1);
        expect((await store.listCalls({ campaignId: theirs.campaign.id, limit: 10 })).calls).toHaveLength(5);
        expect(await store.findCall(theirs.claim.call.id)).not.toBeNull();
        expect(await store.endedAttempts([theirs.over.attempt.id])).toHaveLength(1);
      }
      const single = await new Scene(shared.as(alice)).single(theirs.runner);
      expect(await shared.as(alice).findCall(single.call.id)).not.toBeNull();
      expect(await shared.as(bob).findCall(single.call.id)).toBeNull();
      expect(await shared.as(alice).takeOver(randomUUID(), NOON + HOUR)).toHaveLength(2);
    });

    test.each(Object.keys(TRIES) as Verb[])(
      "is shut to another with %s: nothing is found, nothing changes",
      async (verb) => {
        const before = await all(shared.as(alice));
        const { act, gives }: Try = TRIES[verb];
        expect(await act(shared.as(bob), theirs)).toEqual(gives);
        expect(await all(shared.as(alice))).toEqual(before);
        // Nor has the file gone or grown, which shows when the next campaign is made of it.
        const again = await new Scene(shared.as(alice)).running([], { source: theirs.campaign.source, name: "again" });
        expect((await shared.as(alice).progress(again.id, NOON)).total).toBe(4);
      },
    );

    test("calls with its own numbers and the installation's, on trunks that carry some of them or nobody's", async () => {
      const [hers, his, everybodys] = [shared.as(alice), shared.as(bob), shared.as()];
      await assign(hers, 60, "ST_hers");
      await assign(his, 61, "ST_his");
      await assign(everybodys, 62, "ST_all");
      // With a row of his on her trunk it is still hers; that it is shared has to be said, by whoever it is.
      for (const store of [his, everybodys]) expect(await assign(store, 63, "ST_hers")).toEqual({ is: "others_trunk" });
      expect(await assign(his, 63, "ST_hers", true)).toMatchObject({ is: "assigned" });
      expect(await assign(his, 63, "ST_hers")).toMatchObject({ is: "assigned" });
      expect(await assign(his, 64, "ST_all")).toMatchObject({ is: "assigned" });
      expect(await his.unassignNumber(number(64))).not.toBeNull();
      const alices = [[number(60), number(62)], ["ST_his"], [number(61), number(63)]];
      expect(await pool(hers)).toEqual(alices);
      expect(await pool(everybodys, alice)).toEqual(alices);
      expect(await pool(everybodys, null)).toEqual([
        [number(62)],
        expect.arrayContaining(["ST_hers", "ST_his"]),
        [number(60), number(61), number(63)],
      ]);
      expect(await pool(everybodys)).toEqual([[60, 61, 62, 63].map(number), [], []]);
      expect(await everybodys.callerPool(null, alice)).toMatchObject({ numbers: [], othersTrunks: ["ST_his"] });
      // Nor is a number assigned, listed or taken away over its owner's head.
      expect(await assign(his, 60, "ST_hers")).toEqual({ is: "others_number" });
      expect(await his.unassignNumber(number(60))).toBeNull();
      expect(await his.unassignNumber(number(62))).toBeNull();
      expect((await hers.listNumbers()).map((row) => row.number)).toEqual([60, 62].map(number));
    });

    test("counts its own dials and the installation's towards its own limit, and everybody's towards the law's", async () => {
      const [hers, his, everybodys] = [shared.as(alice), shared.as(bob), shared.as()];
      const runner = await new Scene(everybodys).runner(NOON, NOON + DAY_MS);
      const dial = async (store: Store, name: string) => {
        const scene = new Scene(store);
        const campaign = await scene.running([person(30)], { name });
        const claim = await scene.claim(campaign, runner, { open: [{ place: PLACE, caps: [], ...limits }] });
        if (claim === null) return (await store.callHistory(campaign.id, number(30)))?.call.heldBy;
        const dialed = dialing(claim);
        expect(await store.beginDial(dialed, 0)).toEqual({ say: "go" });
        await scene.save(ended(dialed, "declined"));
        return "dialed";
      };
      let limits = {};
      expect(await dial(his, "his 1")).toBe("dialed");
      const own = { rule: "own", max: 1, within: DAY_MS, after: "any", own: true } as const;
      limits = { caps: [own] };
      expect(await dial(his, "his 2")).toBe("rule own: enough calls to this number");
      expect(await dial(hers, "hers 1")).toBe("dialed");
      expect(await dial(hers, "hers 2")).toBe("rule own: enough calls to this number");
      limits = { caps: [{ ...own, max: 2 }] };
      expect(await dial(everybodys, "all")).toBe("rule own: enough calls to this number");
      expect(await dial(hers, "hers 3")).toBe("dialed");
      limits = { caps: [own, { ...own, rule: "law", max: 4, own: undefined }] };
      expect(await dial(shared.as(randomUUID()), "another's 1")).toBe("dialed");
      limits = { caps: [{ rule: "law", max: 4, within: DAY_MS, after: "any" }] };
      expect(await dial(shared.as(randomUUID()), "another's 2")).toBe("rule law: enough calls to this number");
    });

    test("sets the limits of a trunk that it alone calls through; of a shared one only the installation does", async () => {
      const [hers, his, everybodys] = [shared.as(alice), shared.as(bob), shared.as()];
      await assign(hers, 60, "ST_hers");
      await hers.setTrunkLimit(limit(1000), NOON);
      await his.setTrunkLimit(limit(0), NOON);
      await his.dropTrunkLimit("ST_hers");
      expect(await everybodys.trunkLimits()).toEqual([limit(1000)]);
      expect([await isOthers(hers), await isOthers(his), await isOthers(everybodys)]).toEqual([false, true, false]);
      await assign(his, 63, "ST_hers", true);
      await hers.setTrunkLimit(limit(2000), NOON);
      expect([await isOthers(hers), await isOthers(his), await isOthers(everybodys)]).toEqual([true, true, false]);
      expect(await everybodys.trunkLimits()).toEqual([limit(1000)]);
      // What a carrier is known to allow is stored by whoever dials first.
      await his.setTrunkLimit({ ...limit(5), trunkId: "ST_free" }, NOON, "unless_set");
      await everybodys.setTrunkLimit(limit(3000), NOON);
      expect(await hers.trunkLimits()).toEqual([{ ...limit(5), trunkId: "ST_free" }, limit(3000)]);
      // A campaign that names it, by its name too, calls through it.
      const named = await new Scene(hers).idle(people(1), { name: "named", trunkId: "london" });
      expect([await isOthers(his, "ST_new"), await isOthers(hers, "ST_new")]).toEqual([true, false]);
      await hers.moveCampaign(named.id, "stop", { at: NOON });
      expect(await isOthers(his, "ST_new")).toBe(false);
    });

    test("takes off the do-not-call list what that owner alone has put there, and whoever asks for no owner everything", async () => {
      const [hers, his, everybodys] = [shared.as(alice), shared.as(bob), shared.as()];
      await hers.addDoNotCall([entry(30), entry(31), entry(32, "ftc")]);
      // Nobody can say that somebody else wrote it.
      await his.addDoNotCall([{ ...entry(33), addedBy: alice }, entry(31), entry(34, "ftc")]);
      const writers = async () =>
        (await everybodys.listDoNotCall(99, null, null))
          .filter(({ phoneNumber }) => phoneNumber >= number(30))
          // An encrypted store has an order of its own.
          .toSorted((one, other) => (one.phoneNumber < other.phoneNumber ? -1 : 1))
          .map(({ phoneNumber, addedBy }) => [phoneNumber, addedBy]);
      const both = [number(31), "several"];
      const all = [[number(30), alice], both, [number(32), alice], [number(33), bob], [number(34), bob]];
      expect(await writers()).toEqual(all);
      expect(await his.removeDoNotCall([30, 31, 32].map(number), null)).toBe(0);
      expect(await hers.removeDoNotCall([number(31)], null)).toBe(0);
      expect(await writers()).toEqual(all);
      // A list that another owner has too is replaced as far as it is one's own.
      await his.addDoNotCall([entry(32, "ftc (arriving)"), entry(35, "ftc (arriving)")]);
      expect(await his.settleDoNotCall("ftc (arriving)", "ftc", true)).toBe(1);
      expect(await writers()).toEqual([all[0], both, [number(32), "several"], all[3], [number(35), bob]]);
      expect(await hers.dropDoNotCallSource("ftc")).toBe(0);
      expect(await his.dropDoNotCallSource("ftc")).toBe(1);
      expect((await his.doNotCallSources(NOON)).map(({ source }) => source)).toContain("ftc");
      expect(await everybodys.removeDoNotCall([30, 31, 32, 33].map(number), null)).toBe(4);
      // The outcome of a call is its owner's.
      expect((await hers.doNotCall(number(9), NOON))[0]?.addedBy).toBe(alice);
    });

    test("is given no consent that was given to another: at the start, the claim and the last door", async () => {
      const [hers, his, everybodys] = [shared.as(alice), shared.as(bob), shared.as()];
      const briefly = { expiresAt: NOON + MINUTE };
      await hers.addConsents([consent(20), consent(23, briefly), consent(24, briefly)]);
      await everybodys.addConsents([consent(21)]);
      await his.addConsents([22, 23, 24].map((n) => consent(n, { source: "his form" })));
      const scene = new Scene(hers);
      const campaign = await scene.idle(asked(), { requireConsent: true, name: "asked" });
      const { callable, leftOut } = await hers.preview(campaign.id, NOON);
      expect([callable, leftOut.no_consent]).toEqual([new Map([[PLACE, 4]]), 1]);

      await hers.moveCampaign(campaign.id, "start", { at: NOON });
      const runner = await scene.runner(NOON, NOON + HOUR);
      const claim = await scene.claimed(campaign, runner);
      expect(claim.call.contact.phoneNumber).toBe(number(23));
      const refusal = { say: "no", because: "no_consent" };
      expect(await hers.beginDial(dialing(claim, NOON + MINUTE), 0)).toEqual(refusal);
      const next = await scene.claimed(campaign, runner, { at: NOON + MINUTE });
      expect(next.call.contact.phoneNumber).toBe(number(20));
      expect((await hers.callHistory(campaign.id, number(24)))?.call.endReason).toBe("no_consent");
      expect((await scene.claimed(campaign, runner, { at: NOON + MINUTE })).call.contact.phoneNumber).toBe(number(21));
      // Whoever asks for no owner has them all.
      const all = await new Scene(everybodys).idle(asked(), { requireConsent: true, name: "all" });
      expect((await everybodys.preview(all.id, NOON)).callable).toEqual(new Map([[PLACE, 5]]));
      // Nor is it taken by a revocation that was told to another.
      await his.revokeConsents(number(21), NOON);
      expect((await hers.doNotCall(number(21), NOON)).length).toBe(0);
      expect((await his.doNotCall(number(21), NOON)).length).toBe(1);
    });
  });
}
