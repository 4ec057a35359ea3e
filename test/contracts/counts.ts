/** What is told without counting all rows equals a recount of them, whoever wrote them. */
import { randomUUID } from "node:crypto";
import { array, assert, asyncProperty, constantFrom, nat, record } from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UNRUNG } from "../../src/domain/calls/ending.ts";
import { NOON } from "../support/domain.ts";
import { DAY, number, people, present, Scene, TOMORROW } from "./store/scene.ts";
import type { Outside } from "./strangers.ts";

interface Dial {
  readonly id: string;
  readonly state: "dialing" | "answered" | "ended";
  readonly day: string;
  readonly dialed: boolean;
  readonly answered: boolean;
  readonly ending: string | null;
  /** At any time: once it has left it stays in its day. */
  readonly left?: boolean;
}

const dial = record({
  state: constantFrom("dialing", "answered", "ended"),
  day: constantFrom(DAY, TOMORROW),
  dialed: constantFrom(true, true, false),
  answered: constantFrom(true, false),
  ending: constantFrom(null, "busy", "no_answer", ...UNRUNG.slice(0, 2)),
});
const step = record({ which: nat({ max: 5 }), dial, remove: constantFrom(false, false, false, false, true) });

const costs = ({ state, dialed, answered, ending }: Dial): boolean =>
  dialed && !(state === "ended" && !answered && ending !== null && UNRUNG.includes(ending));

const instant = (is: boolean): string | null => (is ? new Date(NOON).toISOString() : null);

const columns = ({ state, day, dialed, answered, ending }: Omit<Dial, "id" | "left">) => ({
  state,
  local_day: day,
  dialed_at: instant(dialed),
  answered_at: instant(answered),
  ending,
});

export function countsContract(open: () => Promise<Outside>, runs: number): void {
  let outside: Outside;
  let scene: Scene;
  beforeEach(async () => {
    outside = await open();
    scene = new Scene(outside.store);
  });
  afterEach(() => outside[Symbol.asyncDispose]());

  describe("dials of a day", () => {
    test("are as many as their rows say, whoever wrote them; and never fewer where rows were removed", async () => {
      const play = asyncProperty(array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const campaign = await scene.running(people(1));
        const { id: call_id } = present(await outside.store.callHistory(campaign.id, number(0))).call;
        const dials = new Map<number, Dial>();
        let removed = false;
        for (const { which, dial: wanted, remove } of steps) {
          const known = dials.get(which);
          if (known !== undefined && remove) {
            await outside.remove("call_attempts", known.id);
            dials.delete(which);
            removed ||= known.left === true;
          } else if (known !== undefined) {
            const left = known.left === true || wanted.dialed;
            const changed = { ...wanted, left, day: known.left === true ? known.day : wanted.day, id: known.id };
            await outside.update("call_attempts", known.id, columns(changed));
            removed ||= left && !changed.dialed;
            dials.set(which, changed);
          } else {
            const id = randomUUID();
            const row = { call_id, campaign_id: campaign.id, runner_id: "r", claimed_at: instant(true) };
            await outside.insert("call_attempts", { id, ...row, ...columns(wanted) });
            dials.set(which, { ...wanted, left: wanted.dialed, id });
          }
        }
        for (const day of [DAY, TOMORROW]) {
          const recount = [...dials.values()].filter((one) => one.day === day && costs(one)).length;
          const { today } = await outside.store.snapshot(campaign, day);
          if (removed) expect(today).toBeGreaterThanOrEqual(recount);
          else expect(today).toBe(recount);
        }
      });
      await assert(play, { numRuns: runs });
    });

    test("count those without a number too: nobody can have more dials by taking numbers away", async () => {
      const campaign = await scene.running(people(3), { dailyCap: 2 });
      const runner = await scene.runner();
      const dialed = await scene.dialed(campaign, runner);
      await scene.dialed(campaign, runner);
      await outside.update("call_attempts", dialed.attempt.id, { nth_of_day: null });
      expect(await outside.store.snapshot(campaign, DAY)).toMatchObject({ today: 2 + 1 });
      expect(await scene.claim(campaign, runner)).toBeNull();
      await expect(outside.update("call_attempts", dialed.attempt.id, { nth_of_day: -7 })).rejects.toThrow();
      await expect(outside.update("call_attempts", dialed.attempt.id, { nth_of_day: 2 })).rejects.toThrow();
      await outside.update("call_attempts", dialed.attempt.id, { nth_of_day: 1 });
      expect(await outside.store.snapshot(campaign, DAY)).toMatchObject({ today: 2 });
    });
  });
}
