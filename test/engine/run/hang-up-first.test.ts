/** Whoever is to be hung up is hung up at once: that the database is away is no reason to let them talk on, or hear silence. */
import { expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Telephony } from "../../../src/engine/ports/index.ts";
import { NOON } from "../../support/domain.ts";
import { Rig } from "../../support/engine.ts";
import { altered, troubled } from "../../support/troubled.ts";

/** A LiveKit that does not cut off a call by itself. */
const lax = (rig: Rig): Telephony =>
  altered(
    rig.telephony,
    "dial",
    (dial) => (order) => dial({ ...order, maxDurationSeconds: order.maxDurationSeconds * 100 }),
  );

/** When the far side was hung up, seconds after noon. */
const hungUpAt = (rig: Rig): number => ((rig.world.dials[0]?.endedAt ?? Infinity) - NOON) / SECOND;

const BACK = 5 * MINUTE;

test.each([
  ["in the conversation", 20 * SECOND],
  // Not even its answer is stored.
  ["at the answer", 2 * SECOND],
])("a call past its maximum talked on while the database was away, since %s", async (_, from) => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 2, talks: 900 });
  const away = (): boolean => rig.clock.now() >= NOON + from && rig.clock.now() < NOON + BACK;
  const store = troubled(rig.store, () => (away() ? "before" : null));
  const id = await rig.start(1, { maxDuration: "1m" });
  const working = rig.work({}, store, lax(rig));
  await rig.clock.advance(BACK - SECOND);
  expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
  expect(hungUpAt(rig)).toBeLessThan(68);
  await rig.clock.finish(working.done, HOUR);
  const [call] = (await rig.campaigns.calls(id, { limit: 1 })).calls;
  expect(call).toMatchObject({ status: "completed", attemptsSpent: 1 });
  expect(Math.abs((call?.durationSeconds ?? 0) - 60)).toBeLessThanOrEqual(2);
  expect(rig.said("call_ended")).toMatchObject([{ detail: "cut off at the maximum duration" }]);
  expect(rig.world.rooms.list()).toEqual([]);
});

test("a callee whose agent had left heard silence while the database was away", async () => {
  await using rig = new Rig();
  rig.script({ agentLeavesAfter: 30, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 600 } }] });
  const away = (): boolean => rig.clock.now() >= NOON + 20 * SECOND && rig.clock.now() < NOON + BACK;
  const id = await rig.start(1);
  const working = rig.work(
    {},
    troubled(rig.store, () => (away() ? "before" : null)),
  );
  await rig.clock.advance(BACK - SECOND);
  expect(hungUpAt(rig)).toBeLessThan(42);
  await rig.clock.finish(working.done, HOUR);
  const [attempt] = (await rig.store.callHistory(id, [...rig.dials.keys()][0] ?? ""))?.attempts ?? [];
  expect(attempt).toMatchObject({ ending: "completed", endedByUs: true });
});

test("a LiveKit that does not remove the room either is asked again once the end is stored", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 600 });
  rig.world.faults.set({
    seed: 1,
    faults: [{ method: "RoomService/DeleteRoom", chance: 1, does: "unavailable_before", seconds: 0 }],
  });
  await rig.start(1, { maxDuration: "1m" });
  const working = rig.work({}, rig.store, lax(rig));
  await rig.clock.advance(75 * SECOND);
  expect(rig.world.dials[0]?.endedAs).toBeNull();
  rig.world.faults.set({ seed: 1, faults: [] });
  await rig.clock.finish(working.done, HOUR);
  expect(rig.world.dials[0]?.endedAs).toBe("hung up in conversation");
});
