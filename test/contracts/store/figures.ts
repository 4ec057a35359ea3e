import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { answered, ended, happened, people, type Scene } from "./scene.ts";

export function figuresContract(scene: () => Scene): void {
  describe("what a campaign came to, summed up", () => {
    test("before anything was dialed it is nothing", async () => {
      const { id } = await scene().idle(people(2));
      const nothing = { dials: [], contacts: [], endings: {}, talks: [], joins: [], held: [] };
      expect(await scene().store.figures(id, NOON)).toEqual(nothing);
    });

    test("dials by place and quarter hour, tries until somebody was reached, endings, talks: of its own rows alone", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(4));
      const runner = await scene().runner(NOON, NOON + 3 * HOUR);
      const quiet = await scene().dialed(campaign, runner);
      await scene().save(ended(quiet, "no_answer", NOON + 30 * SECOND));
      const machine = await scene().save(answered(await scene().dialed(campaign, runner), NOON + 5 * SECOND));
      await scene().save(ended(machine, "voicemail", NOON + 17 * SECOND));
      // Rang nobody.
      await scene().save(ended(await scene().dialed(campaign, runner, NOON + MINUTE), "trunk_error", NOON + MINUTE));
      // Under way.
      await scene().dialed(campaign, runner, NOON + 14 * MINUTE);
      const after = NOON + 2 * HOUR;
      for (let left = 3; left > 0; left--) {
        const claim = await scene().dialed(campaign, runner, after);
        if (claim.call.id !== quiet.call.id) continue;
        const talk = await scene().save(answered(claim, after + SECOND));
        await scene().save(
          happened(talk, { type: "ended", at: after + 41_400, ending: "completed", agentStayed: true }),
        );
      }

      const { dials, contacts, ...sums } = await store.figures(campaign.id, after + HOUR);
      expect(dials.toSorted((a, b) => a.at - b.at)).toEqual([
        { place: PLACE, at: NOON, dials: 3, answered: 1, reached: 0 },
        { place: PLACE, at: after, dials: 3, answered: 1, reached: 1 },
      ]);
      const known = contacts.toSorted((a, b) => a.dials - b.dials || (a.reachedBy ?? 0) - (b.reachedBy ?? 0));
      expect(known).toEqual([
        { dials: 1, answered: false, reachedBy: null, n: 2 },
        { dials: 2, answered: true, reachedBy: null, n: 1 },
        { dials: 2, answered: true, reachedBy: 2, n: 1 },
      ]);
      expect(sums.endings).toEqual({ no_answer: 1, voicemail: 1, trunk_error: 1, completed: 1 });
      expect(sums.talks.toSorted((a, b) => a.value - b.value)).toEqual([
        { value: 12, n: 1 },
        { value: 40, n: 1 },
      ]);
      expect(sums.joins).toEqual([{ value: 0, n: 7 }]);
      expect(sums.held).toEqual([]);

      const { dials: counted } = await store.progress(campaign.id, after);
      expect(dials.reduce((sum, each) => sum + each.dials, 0)).toBe(counted);
      const other = await scene().running(people(1));
      expect((await store.figures(other.id, after)).dials).toEqual([]);
    });

    test("who waits for what protects the number, and where", async () => {
      const { store } = scene();
      const [first, second] = [await scene().running(people(1)), await scene().running(people(1))];
      const runner = await scene().runner();
      await scene().claimed(first, runner);
      expect(await scene().claim(second, runner)).toBeNull();
      const by = "another call to this number is under way";
      expect((await store.figures(second.id, NOON)).held).toEqual([{ by, place: PLACE, n: 1 }]);
      expect((await store.figures(second.id, NOON + HOUR)).held).toEqual([]);
    });
  });
}
