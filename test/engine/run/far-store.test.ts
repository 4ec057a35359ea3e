/** A pace where each question to the store takes a while, as on a hosted project. */
import { expect, test } from "vitest";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";
import type { Clock, Store } from "../../../src/engine/ports/index.ts";
import { once, Rig } from "../../support/engine.ts";

/** The store, so many milliseconds there and back. */
function away(store: Store, clock: Clock, roundTrip: number): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function" || typeof name === "symbol") return member;
      return async (...args: unknown[]): Promise<unknown> => {
        await clock.sleep(roundTrip / 2);
        const answer: unknown = await Reflect.apply(member, target, args);
        await clock.sleep(roundTrip / 2);
        return answer;
      };
    },
  });
}

test.each([
  [50, 20, 0.99],
  [50, 40, 0.95],
  [20, 60, 0.99],
  [5, 60, 0.98],
])(
  "a pace of %i a second was as slow as the runner looked around on a store %i ms away",
  async (perSecond, ms, kept) => {
    await using rig = new Rig();
    await rig.start(perSecond * 6, { delay: `${SECOND / perSecond}ms`, concurrency: 1000, usualHangUps: "100%" });
    await rig.clock.finish(rig.work({}, away(rig.store, rig.clock, ms)).done, HOUR);
    expect([...rig.dials.values()]).toEqual(once(perSecond * 6));
    const all = rig.world.dials.map(({ at }) => at).toSorted((a, b) => a - b);
    for (const [n, at] of all.entries())
      expect(all.findIndex((other) => other > at - SECOND)).toBeGreaterThan(n - perSecond);
    // Without the first second, in which agents are asked for one after the other.
    const steady = all.slice(perSecond);
    const mean = ((steady.length - 1) * SECOND) / ((steady.at(-1) ?? NaN) - (steady[0] ?? NaN));
    expect(mean / perSecond).toBeGreaterThan(kept);
  },
);
