/** The carrier's books about calls that are over: whose record is whose. */
import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { type Synced, syncCalls } from "../../../src/engine/manage/sync-calls.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { Rig } from "../../support/engine.ts";
import { Ledger } from "../../support/ledger.ts";

const sync = (rig: Rig, id: string, ledger: Ledger): Promise<Synced> =>
  syncCalls(id, ledger, rig, new AbortController().signal);
const startOf = (rig: Rig, n: number): number => rig.world.dials[n]?.at ?? 0;
const ANSWERS = { does: "answer", rings: 1, talks: 10 };

/** LiveKit refused the first dial, so the carrier never saw it; the second left 15 s later. */
async function triedTwice(rig: Rig): Promise<string> {
  const limited = { does: "refuse", status: 503, reason: "Trunk CPS limit exceeded", after: 0 };
  rig.script({ numbers: { [fictionalNumber(0)]: [limited, ANSWERS] } });
  const id = await rig.start(1);
  await rig.run();
  await rig.clock.advance(15 * SECOND);
  await rig.run();
  expect(startOf(rig, 1) - startOf(rig, 0)).toBeLessThan(20 * SECOND);
  return id;
}

test("the record of a retry within seconds was taken by the attempt before it; now neither has it", async () => {
  await using rig = new Rig();
  const id = await triedTwice(rig);
  const ledger = new Ledger();
  ledger.enter(startOf(rig, 1), "completed", { durationSeconds: 10, price: { micros: 15_000, unit: "USD" } });
  expect(await sync(rig, id, ledger)).toMatchObject({ asked: 2, found: 0, ambiguous: 2, missing: 0 });
  expect(await rig.store.costs(id)).toEqual([]);
});

test("attempts near each other that the carrier never saw are missing, not each other's", async () => {
  await using rig = new Rig();
  expect(await sync(rig, await triedTwice(rig), new Ledger())).toMatchObject({ missing: 2, ambiguous: 0 });
});

test("a call of another campaign to the same number soon after is as good a claim", async () => {
  await using rig = new Rig();
  rig.behave(ANSWERS);
  const one = await rig.start(1);
  await rig.run();
  await rig.start(1);
  await rig.run();
  const ledger = new Ledger();
  ledger.enter(startOf(rig, 0), "completed", { durationSeconds: 10 });
  expect(rig.world.dials).toHaveLength(2);
  expect(await sync(rig, one, ledger)).toMatchObject({ found: 0, ambiguous: 1 });
});

test("attempts far from each other have each its own", async () => {
  await using rig = new Rig();
  rig.script({
    numbers: { [fictionalNumber(0)]: [{ does: "refuse", status: 486, reason: "Busy Here", after: 1 }, ANSWERS] },
  });
  const id = await rig.start(1, { maxAttempts: 2, retryAfter: "10m" });
  await rig.run();
  await rig.clock.advance(11 * MINUTE);
  await rig.run();
  const ledger = new Ledger();
  ledger.enter(startOf(rig, 0), "busy");
  ledger.enter(startOf(rig, 1), "completed", { durationSeconds: 10 });
  expect(await sync(rig, id, ledger)).toMatchObject({ asked: 2, found: 2, ambiguous: 0, missing: 0 });
});
