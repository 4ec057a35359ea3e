import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { RunnerLease } from "../../../src/engine/run/lease.ts";
import { NOON } from "../../support/domain.ts";
import { Rig } from "../../support/engine.ts";
import { altered, refusing, troubled } from "../../support/troubled.ts";

test("a lease that could not be renewed came back only at its next turn: now within two seconds of the store", async () => {
  await using rig = new Rig();
  const start = rig.clock.now();
  const back = start + 4 * MINUTE + SECOND;
  const store = troubled(rig.store, () =>
    rig.clock.now() >= start + MINUTE && rig.clock.now() < back ? "before" : null,
  );
  const lease = new RunnerLease("r1", 3 * MINUTE, store, rig.clock);
  await lease.renew();
  const [stop, troubles, answers] = [new AbortController(), [] as number[], [] as number[]];
  const kept = lease.keep(
    stop.signal,
    () => troubles.push(rig.clock.now()),
    () => answers.push(rig.clock.now()),
  );
  await rig.clock.advance(5 * MINUTE);
  stop.abort();
  await kept;
  expect(troubles.length).toBeGreaterThan(100);
  expect(answers).toHaveLength(1);
  expect((answers[0] ?? 0) - back).toBeLessThan(2 * SECOND);
  expect(lease.until).toBe((answers[0] ?? 0) + 3 * MINUTE);
});

test("what is told with a lease is told within a second of its change, and in one renewal", async () => {
  await using rig = new Rig();
  const told: (string | null | undefined)[] = [];
  const store = altered(rig.store, "renewLease", (renew) => (asked, at) => {
    told.push(asked.heldUp);
    return renew(asked, at);
  });
  let heldUp: string | null = null;
  const lease = new RunnerLease("r1", 3 * MINUTE, store, rig.clock, () => ({ heldUp }));
  const stop = new AbortController();
  const kept = lease.keep(stop.signal, () => {});
  await rig.clock.advance(5 * SECOND);
  expect(told).toEqual([]);
  for (const why of ["a", "b", "c"]) {
    heldUp = why;
    lease.changed();
    await rig.clock.advance(1);
  }
  await rig.clock.advance(SECOND);
  expect(told).toEqual(["c"]);
  await rig.clock.advance(MINUTE);
  stop.abort();
  await kept;
  expect(told).toEqual(["c", "c"]);
});

/** A store whose verb throws something else than trouble, from a moment on, for a while. */
const broken = (rig: Rig, verb: string, from: number, until: number): Rig["store"] =>
  refusing(rig.store, new TypeError("played"), (asked) => {
    const since = rig.clock.now() - NOON;
    return asked === verb && since >= from && since < until;
  });

describe("a bug of ours", () => {
  test.each(["renewLease", "news", "takeOver", "snapshot"])(
    "in %s killed the process, or the run: it takes no new calls, sees the live one to its end, and is told",
    async (verb) => {
      await using rig = new Rig();
      rig.behave({ does: "answer", rings: 1, talks: 100 });
      const id = await rig.start(20, { delay: "1s", concurrency: 3 });
      const working = rig.work({ watch: true }, broken(rig, verb, 20 * SECOND, 50 * SECOND));
      await expect(rig.clock.finish(working.done, 10 * MINUTE)).rejects.toThrow("played");
      expect(rig.world.dials.map(({ endedAs }) => endedAs)).toEqual(["talked", "talked", "talked"]);
      expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 3, pending: 17 });
      expect(rig.said("draining")).toMatchObject([{ because: "bug" }]);
      // While it drained nobody could take its calls over.
      expect(rig.said("call_relieved")).toEqual([]);
    },
  );
});
