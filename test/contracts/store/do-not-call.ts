/** The do-not-call list of a store: who is on it, for how long, and that it forbids. */
import { describe, expect, test } from "vitest";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import { DAY, HOUR } from "../../../src/domain/time/instant.ts";
import type { DoNotCallEntry, Store } from "../../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { abroad, dialing, number, people, person, present, type Scene } from "./scene.ts";

export const entry = (n: number, changes: Partial<DoNotCallEntry> = {}): DoNotCallEntry => ({
  phoneNumber: number(n),
  source: "operator",
  reason: null,
  addedAt: NOON,
  addedBy: "operator",
  ...changes,
});

const bySource = (a: { source: string }, b: { source: string }): number => (a.source < b.source ? -1 : 1);

const of = (source: string, ...ns: number[]) => ns.map((n) => entry(n, { source }));

/** One after the other, up to the empty one. */
async function pages(store: Store, limit: number): Promise<(readonly DoNotCallEntry[])[]> {
  const read: (readonly DoNotCallEntry[])[] = [];
  do read.push(await store.listDoNotCall(limit, read.at(-1)?.at(-1)?.phoneNumber ?? null, null));
  while (read.at(-1)?.length !== 0);
  return read;
}

/** `byNumber`: so the do-not-call list is read. */
export function doNotCallContract(scene: () => Scene, byNumber: boolean): void {
  /** By number, also where the store has an order of its own. */
  const inOrder = (entries: readonly DoNotCallEntry[]): readonly DoNotCallEntry[] =>
    byNumber ? entries : entries.toSorted((one, other) => (one.phoneNumber < other.phoneNumber ? -1 : 1));

  describe("the do-not-call list", () => {
    test("takes numbers in once and out again, and is read page by page", async () => {
      const { store } = scene();
      expect(await store.addDoNotCall([entry(2), entry(0), entry(1)])).toBe(3);
      expect(await store.addDoNotCall([{ ...entry(0), reason: "again" }, entry(3)])).toBe(1);
      expect(await store.doNotCall(number(0), NOON)).toEqual([entry(0)]);
      const [first = [], second = [], third] = await pages(store, 3);
      expect([first.length, second.length, third]).toEqual([3, 1, []]);
      expect(inOrder([...first, ...second])).toEqual([0, 1, 2, 3].map((n) => entry(n)));
      expect(await store.removeDoNotCall([number(0), number(9)], null)).toBe(1);
      expect(await store.doNotCall(number(0), NOON)).toEqual([]);
    });

    test("has a number once for each source, and it is free when it is off all of them", async () => {
      const { store } = scene();
      const [own, ftc] = [entry(0), entry(0, { source: "ftc", reason: "federal", addedAt: NOON + HOUR })];
      expect(await store.addDoNotCall([ftc, own, entry(1, { source: "ftc" })])).toBe(3);
      expect(await store.doNotCall(number(0), NOON)).toEqual([own, ftc]);
      // A page ends behind a number, not within it.
      expect(inOrder((await pages(store, 1)).flat())).toEqual([ftc, own, entry(1, { source: "ftc" })]);
      expect(await pages(store, 1)).toContainEqual([ftc, own]);
      expect(await store.listDoNotCall(10, null, "operator")).toEqual([own]);
      expect(await store.removeDoNotCall([number(0)], "operator")).toBe(1);
      expect(await store.doNotCall(number(0), NOON)).toEqual([ftc]);
      expect(await store.dropDoNotCallSource("ftc")).toBe(2);
      expect(await store.doNotCall(number(0), NOON)).toEqual([]);
      expect(await store.removeDoNotCall([number(0)], null)).toBe(0);
    });

    test("forbids until its day, and a longer term wins", async () => {
      const { store } = scene();
      const term = (n: number, expiresAt: number) => entry(n, { expiresAt });
      await store.addDoNotCall([term(0, NOON + HOUR), term(1, NOON + HOUR), term(2, NOON + HOUR)]);
      await store.addDoNotCall([term(0, NOON + 1), term(1, NOON + DAY), entry(2)]);
      const at = NOON + 2 * HOUR;
      expect(await store.doNotCall(number(0), NOON)).toEqual([term(0, NOON + HOUR)]);
      expect(await store.doNotCall(number(0), at)).toEqual([]);
      expect(await store.doNotCall(number(1), at)).toEqual([term(1, NOON + DAY)]);
      expect(await store.doNotCall(number(2), at + 999 * DAY)).toEqual([entry(2)]);
      const campaign = await scene().idle(people(3));
      expect((await store.preview(campaign.id, NOON)).leftOut.on_list).toBe(3);
      expect((await store.preview(campaign.id, at)).leftOut.on_list).toBe(2);
    });

    test("forbids every number that begins like a prefix: before the start, at the hand-out, before the dial", async () => {
      const { store } = scene();
      const prefix = { ...entry(0), phoneNumber: `${number(0).slice(0, -1)}*` };
      expect(await store.doNotCall(number(3), NOON)).toEqual([]);
      const campaign = await scene().running(people(2));
      const claim = await scene().claim(campaign, await scene().runner());
      await store.addDoNotCall([prefix]);
      expect(await store.doNotCall(number(3), NOON)).toEqual([prefix]);
      expect(await store.doNotCall("+442079460000", NOON)).toEqual([]);
      expect(await store.beginDial(dialing(present(claim)), 0)).toEqual({ say: "no", because: "do_not_call" });
      expect(await scene().claim(campaign, await scene().runner())).toBeNull();
      const next = await scene().idle([person(4), abroad(1)]);
      expect((await store.preview(next.id, NOON)).leftOut.on_list).toBe(1);
    });

    test("is swapped for a new one in one step, and says how old each of its lists is", async () => {
      const { store } = scene();
      await store.addDoNotCall([...of("ftc", 0, 1), ...of("operator", 1)]);
      await store.addDoNotCall(of("ftc (arriving)", 1, 2));
      expect(await store.settleDoNotCall("ftc (arriving)", "ftc", true)).toBe(2);
      // What came in place of it is said to be whole by who has read it.
      await store.refreshDoNotCallSource("ftc", NOON + DAY);
      await store.addDoNotCall([entry(1, { source: "ftc", addedAt: NOON + 2 * DAY })]);
      expect(inOrder(await store.listDoNotCall(9, null, "ftc"))).toEqual(of("ftc", 1, 2));
      expect(await store.doNotCallSources(NOON + DAY)).toEqual([
        { source: "ftc", entries: 2, refreshedAt: NOON + DAY },
        { source: "operator", entries: 1, refreshedAt: NOON },
      ]);
      await store.addDoNotCall(of("ftc (arriving)", 2, 3));
      expect(await store.settleDoNotCall("ftc (arriving)", "ftc", false)).toBe(0);
      expect(inOrder(await store.listDoNotCall(9, null, "ftc"))).toEqual(of("ftc", 1, 2, 3));
      // Asked again, since the answer was lost: nothing is arriving any more.
      expect(await store.settleDoNotCall("ftc (arriving)", "ftc", true)).toBe(0);
      expect(await store.listDoNotCall(9, null, "ftc")).toHaveLength(3);
    });

    test("that arrives anew lost a longer term than the entry had that stays: a longer term wins", async () => {
      const { store } = scene();
      const term = (n: number, expiresAt: number, source = "ftc") => entry(n, { source, expiresAt });
      await store.addDoNotCall([
        term(0, NOON + HOUR),
        term(1, NOON + HOUR),
        term(2, NOON + DAY),
        entry(3, { source: "ftc" }),
      ]);
      const arriving = "ftc (arriving)";
      await store.addDoNotCall([
        entry(0, { source: arriving }),
        term(1, NOON + DAY, arriving),
        term(2, NOON + HOUR, arriving),
        term(3, NOON + HOUR, arriving),
      ]);
      await store.settleDoNotCall(arriving, "ftc", false);
      const listed = inOrder(await store.listDoNotCall(9, null, "ftc"));
      expect(listed.map(({ expiresAt }) => expiresAt)).toEqual([undefined, NOON + DAY, NOON + DAY, undefined]);
    });

    test("says to a campaign that needs some of its lists when they were last read whole", async () => {
      const { store } = scene();
      const needsLists = { sources: ["ftc", "tps"], maxAge: 31 * DAY };
      const campaign = await scene().idle(people(1), { needsLists });
      expect((await store.findCampaigns(campaign.id))[0]?.needsLists).toEqual(needsLists);
      await store.addDoNotCall(of("ftc", 1));
      const lists = async () => (await store.snapshot(campaign, "2026-11-23")).lists?.toSorted(bySource);
      const never = { source: "tps", refreshedAt: null };
      expect(await lists()).toEqual([{ source: "ftc", refreshedAt: null }, never]);
      await store.refreshDoNotCallSource("ftc", NOON);
      await store.refreshDoNotCallSource("ftc", NOON - DAY);
      expect(await lists()).toEqual([{ source: "ftc", refreshedAt: NOON }, never]);
      await store.dropDoNotCallSource("ftc");
      expect(await lists()).toEqual([{ source: "ftc", refreshedAt: null }, never]);
      const other = await scene().idle(people(1), { name: "needs none" });
      expect(await store.snapshot(other, "2026-11-23")).not.toHaveProperty("lists");
    });

    test("and marks leave contacts out, each for its reason", async () => {
      const { store } = scene();
      await store.addDoNotCall([entry(0)]);
      const marked: NewContact = { ...person(1), doNotCall: true };
      const campaign = await scene().idle([person(0), marked, person(2)]);
      expect(await store.preview(campaign.id, NOON)).toEqual({
        callable: new Map([[PLACE, 1]]),
        leftOut: { marked: 1, on_list: 1, no_consent: 0, duplicate: 0, unusable: 0 },
      });
    });
  });
}
