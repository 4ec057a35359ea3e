import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { RunnerLease } from "../../../src/engine/run/lease.ts";
import { Rig } from "../../support/engine.ts";
import { troubled } from "../../support/troubled.ts";

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
