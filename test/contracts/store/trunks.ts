/** The limits of a trunk and of a caller ID, which hold for all campaigns, runners and single calls together. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Campaign } from "../../../src/domain/calls/campaign.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { TrunkLimit } from "../../../src/engine/ports/caller-numbers.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import {
  abroad,
  answered,
  DAY,
  dialing,
  ended,
  happened,
  number,
  people,
  person,
  present,
  type Scene,
  TRUNK,
} from "./scene.ts";

const OTHER = "ST_2";
const CALLER = "+442079460100";
const limit = (changes: Partial<TrunkLimit>): TrunkLimit => ({
  trunkId: TRUNK,
  interval: 0,
  concurrency: null,
  ...changes,
});

export function trunksContract(scene: () => Scene): void {
  /** Two campaigns to other people, which know nothing of each other, and a runner for both. */
  async function two(): Promise<readonly [Campaign, Campaign, string]> {
    const [one, other] = [[0, 1, 2].map((n) => person(n)), [10, 11, 12].map((n) => person(n))] as const;
    return [
      await scene().running(one, { name: "one" }),
      await scene().running(other, { name: "other" }),
      await scene().runner(),
    ];
  }

  describe("the last dials through a trunk", () => {
    test("are told of all campaigns, but for refusals of another's list that is known to be bad", async () => {
      const { store } = scene();
      const runner = await scene().runner();
      const history = async (campaign: Campaign): Promise<string> => (await store.snapshot(campaign, DAY)).trunkHistory;
      const [own, other] = [await scene().running(people(3)), await scene().running([person(4), person(5)])];
      const bad = await scene().running([person(6)], { expectAnswers: "low" });
      await scene().save(ended(await scene().dialed(other, runner, NOON), "invalid_number"));
      await scene().save(answered(await scene().dialed(other, runner, NOON + 1), NOON + 1));
      await scene().save(ended(await scene().dialed(bad, runner, NOON + 2), "declined"));
      await scene().save(ended(await scene().dialed(own, runner, NOON + 3), "invalid_number"));
      await scene().save(ended(await scene().dialed(own, runner, NOON + 4), "no_answer"));
      await scene().dialed(own, runner, NOON + 5);
      expect([await history(own), await history(other), await history(bad)]).toEqual(["i.i.", "i.i.", "i.di."]);
    });

    test("shows who rang unanswered alike, whether we gave up or the carrier did", async () => {
      const runner = await scene().runner();
      const campaign = await scene().running(people(2));
      for (const [n, rang] of [true, false].entries()) {
        const end = { type: "ended", at: NOON + n + SECOND, ending: "no_answer", sipStatus: 480, rang } as const;
        const saved = await scene().save(happened(await scene().dialed(campaign, runner, NOON + n), end));
        expect((await scene().store.callHistory(campaign.id, saved.call.contact.phoneNumber))?.attempts).toMatchObject([
          { rang },
        ]);
      }
      expect((await scene().store.snapshot(campaign, DAY)).trunkHistory).toBe(".n");
      expect((await scene().store.findCampaigns(campaign.id))[0]?.recent).toBe(".n");
    });
  });

  test("of the last dials through a trunk, the countries and prefixes that it refused and those that it served are told", async () => {
    const { store } = scene();
    const runner = await scene().runner();
    const campaign = await scene().running([person(0), person(1), abroad(0), abroad(1)]);
    const told = async () =>
      (await store.snapshot(present((await store.findCampaigns(campaign.id))[0]), DAY)).destinations;
    const open = [{ place: "GB Europe/London", caps: [] }];
    await scene().save(answered(await scene().dialed(campaign, runner, NOON), NOON));
    expect(await told()).toBeUndefined();
    for (const at of [NOON + 1, NOON + 2]) {
      const dialed = dialing(await scene().claimed(campaign, runner, { at, open }), at);
      expect(await store.beginDial(dialed, 0)).toEqual({ say: "go" });
      await scene().save(happened(dialed, { type: "ended", at, ending: "trunk_auth", sipStatus: 403 }));
    }
    const destinations = await told();
    expect(destinations?.countries).toMatchObject({
      refusals: new Map([["GB", 2]]),
      suspects: new Set(["GB"]),
      calls: 2,
    });
    expect(destinations?.countries.served).toEqual(new Set(["US"]));
    expect(destinations?.prefixes).toMatchObject({
      served: new Set(["+1 202"]),
      refusals: new Map([["+44 2", 2]]),
    });
  });

  test("of the last dials through a trunk, no prefix is told of who was erased, and a number refused again counts once", async () => {
    const { store } = scene();
    const runner = await scene().runner();
    const campaign = await scene().running([person(0), abroad(0), abroad(1)], {
      retry: { maxAttempts: 3, after: [0] },
    });
    const open = [{ place: "GB Europe/London", caps: [] }];
    const told = async () =>
      (await store.snapshot(present((await store.findCampaigns(campaign.id))[0]), DAY)).destinations?.prefixes;
    await scene().save(answered(await scene().dialed(campaign, runner, NOON), NOON));
    for (const n of [0, 1, 2, 3]) {
      const at = NOON + n * HOUR;
      await store.renewLease({ runnerId: runner, until: at + MINUTE }, at);
      const dialed = dialing(await scene().claimed(campaign, runner, { at, open }), at);
      expect(await store.beginDial(dialed, 0)).toEqual({ say: "go" });
      await scene().save(happened(dialed, { type: "ended", at, ending: "trunk_auth", sipStatus: 403 }));
    }
    expect((await told())?.refusals).toEqual(new Map([["+44 2", 2]]));
    expect(await store.erase(abroad(1).phoneNumber, NOON + 4 * HOUR)).toEqual([]);
    expect((await told())?.refusals).toEqual(new Map([["+44 2", 1]]));
  });

  test.each([
    ["that number got through", CALLER, true],
    ["another number did: that one may be dead", "+442079460101", false],
  ])(
    "what it refuses from a number speaks against a prefix where calls elsewhere from %s",
    async (_, from, vouched) => {
      const { store } = scene();
      const runner = await scene().runner();
      const campaign = await scene().running([person(0), ...[0, 1, 2, 3, 4].map((n) => abroad(n))]);
      const dial = async (place: string, at: Instant, fromNumber: string) => {
        const claim = await scene().claimed(campaign, runner, { at, open: [{ place, caps: [] }] });
        const dialed = dialing(claim, at, DAY, fromNumber);
        expect(await store.beginDial(dialed, 0)).toEqual({ say: "go" });
        return dialed;
      };
      await scene().save(answered(await dial(PLACE, NOON, from), NOON));
      for (const n of [1, 2, 3, 4, 5]) {
        const dialed = await dial("GB Europe/London", NOON + n, CALLER);
        await scene().save(happened(dialed, { type: "ended", at: NOON + n, ending: "trunk_auth", sipStatus: 403 }));
      }
      const { destinations } = await store.snapshot(present((await store.findCampaigns(campaign.id))[0]), DAY);
      expect(destinations?.prefixes).toMatchObject({ suspects: new Set(["+44 2"]), vouched });
      expect(destinations?.countries).toMatchObject({ suspects: new Set(["GB"]), vouched: true });
    },
  );

  describe("a trunk's pace", () => {
    test("holds for the claims of all campaigns on it, and for nobody on another trunk", async () => {
      const [one, other, runner] = await two();
      await scene().store.setTrunkLimit(limit({ interval: SECOND }), NOON);
      await scene().claimed(one, runner);
      expect(await scene().claim(other, runner)).toBeNull();
      expect(await scene().claim(one, runner, { at: NOON + SECOND - 1 })).toBeNull();
      await scene().claimed(other, runner, { trunkId: OTHER });
      await scene().claimed(other, runner, { at: NOON + SECOND });
    });

    test("is kept between two dials, however close their claims were", async () => {
      const [one, other, runner] = await two();
      const first = await scene().claimed(one, runner);
      const second = await scene().claimed(other, runner);
      await scene().store.setTrunkLimit(limit({ interval: SECOND }), NOON);
      expect(await scene().store.beginDial(dialing(first), 0)).toEqual({ say: "go" });
      const until = NOON + SECOND;
      expect(await scene().store.beginDial(dialing(second, until - 1), 0)).toEqual({ say: "wait", until });
      // In a turn that has passed a moment ago, as which it would be stored.
      const passed = scene().store.beginDial(dialing(second, until - 1), 0, undefined, until + 5);
      expect(await passed).toEqual({ say: "wait", until });
      expect(await scene().store.beginDial(dialing(second, until), 0)).toEqual({ say: "go" });
    });

    test("counts the calls that have ended", async () => {
      const [one, other, runner] = await two();
      await scene().store.setTrunkLimit(limit({ interval: SECOND }), NOON);
      await scene().save(ended(await scene().dialed(one, runner), "busy"));
      expect(await scene().claim(other, runner)).toBeNull();
      await scene().claimed(other, runner, { at: NOON + SECOND });
    });

    test("holds for a single call too", async () => {
      const [one, , runner] = await two();
      await scene().store.setTrunkLimit(limit({ interval: SECOND }), NOON);
      await scene().dialed(one, runner);
      const single = await scene().single(runner, person(20));
      const until = NOON + SECOND;
      expect(await scene().store.beginDial(dialing(single, NOON, null), 0)).toEqual({ say: "wait", until });
    });

    test("of none is no limit: everybody goes at once", async () => {
      const [one, other, runner] = await two();
      for (const campaign of [one, other, one, other]) await scene().dialed(campaign, runner);
    });
  });

  describe("a trunk's limit of calls at once", () => {
    test("holds for all campaigns on it, until a call has ended", async () => {
      const [one, other, runner] = await two();
      await scene().store.setTrunkLimit(limit({ concurrency: 2 }), NOON);
      const talking = await scene().save(answered(await scene().dialed(one, runner)));
      await scene().claimed(other, runner);
      expect(await scene().claim(other, runner)).toBeNull();
      expect(await scene().claim(one, runner)).toBeNull();
      await scene().claimed(one, runner, { trunkId: OTHER });
      await scene().save(ended(talking, "completed"));
      await scene().claimed(other, runner);
    });

    test("is never exceeded, however many runners of several campaigns ask at once", async () => {
      const [one, other] = await two();
      await scene().store.setTrunkLimit(limit({ concurrency: 2 }), NOON);
      const runners = await Promise.all([1, 2, 3, 4].map(() => scene().runner()));
      const asked = Array.from({ length: 24 }, (_, n) =>
        scene().claim(n % 2 === 0 ? one : other, present(runners[n % 4])),
      );
      expect((await Promise.all(asked)).filter((claim) => claim !== null)).toHaveLength(2);
    });

    test("refuses a single call that finds it reached, at no cost", async () => {
      const [one, , runner] = await two();
      await scene().store.setTrunkLimit(limit({ concurrency: 1 }), NOON);
      const dialed = await scene().dialed(one, runner);
      const single = await scene().single(runner, person(20));
      const refused = { say: "no", because: "trunk_full" };
      expect(await scene().store.beginDial(dialing(single, NOON, null), 0)).toEqual(refused);
      await scene().save(ended(dialed, "no_answer"));
      expect(await scene().store.beginDial(dialing(single, NOON, null), 0)).toEqual({ say: "go" });
    });
  });

  test("the snapshot shows what the trunk carries for everybody, also to a campaign that got nothing yet", async () => {
    const [one, other, runner] = await two();
    await scene().store.setTrunkLimit(limit({ interval: SECOND, concurrency: 1 }), NOON);
    expect((await scene().store.snapshot(other, DAY)).trunk).toBeNull();
    await scene().dialed(one, runner);
    expect(await scene().claim(other, runner, { at: NOON + SECOND })).toBeNull();
    const load = { live: 1, lastUse: NOON, interval: SECOND, concurrency: 1 };
    expect((await scene().store.snapshot(other, DAY)).trunk).toEqual(load);
    const named = await scene().running(people(1), { name: "named", trunkId: OTHER });
    expect((await scene().store.snapshot(named, DAY)).trunk).toEqual({
      live: 0,
      lastUse: null,
      interval: 0,
      concurrency: null,
    });
  });

  describe("a caller ID's own pace", () => {
    test("holds across campaigns, and the number's last use is stored with the dial", async () => {
      const [one, other, runner] = await two();
      await scene().store.assignNumber(
        { id: randomUUID(), number: CALLER, assistantId: "a1", trunkId: TRUNK, trunkName: "main", interval: SECOND },
        NOON,
      );
      const first = await scene().claimed(one, runner);
      const second = await scene().claimed(other, runner);
      expect(await scene().store.beginDial(dialing(first, NOON, DAY, CALLER), 0)).toEqual({ say: "go" });
      expect(await scene().store.listNumbers("a1")).toMatchObject([{ lastUsedAt: NOON }]);
      const until = NOON + SECOND;
      const early = dialing(second, until - 1, DAY, CALLER);
      expect(await scene().store.beginDial(early, 0)).toEqual({ say: "wait", until });
      expect(await scene().store.listNumbers("a1")).toMatchObject([{ lastUsedAt: NOON }]);
      expect(await scene().store.beginDial(dialing(second, until, DAY, CALLER), 0)).toEqual({ say: "go" });
    });

    test("a number that is nobody's has none", async () => {
      const [one, other, runner] = await two();
      for (const campaign of [one, other]) {
        const claim = await scene().claimed(campaign, runner);
        expect(await scene().store.beginDial(dialing(claim, NOON, DAY, number(90)), 0)).toEqual({ say: "go" });
      }
    });
  });
}
