/** What the engine may expect of any Store about caller IDs, trunk limits and the carrier's records. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimedAttempt, waitingCall } from "../../src/domain/calls/call.ts";
import type { Assignment } from "../../src/engine/ports/caller-numbers.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { dialing, Scene } from "./store/scene.ts";

const AT = Date.UTC(2026, 10, 24, 12);
const ADA = "+12025550101";
const [FIRST, SECOND] = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
const assignment: Assignment = { id: FIRST, number: ADA, assistantId: "a1", trunkId: "ST_1", trunkName: "one" };

export function numbersContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => void (store = await open()));
  afterEach(() => store[Symbol.asyncDispose]());

  test("an assigned number is in its assistant's pool, and in no other", async () => {
    const told = { ...assignment, label: "desk", interval: 2000, phoneSid: "PN1", trunkSid: "TK1" };
    const assigned = await store.assignNumber(told, AT);
    expect(assigned).toEqual({ is: "assigned", number: { ...told, lastUsedAt: null } });
    const number = { ...told, lastUsedAt: null };
    expect(await store.listNumbers("a1")).toEqual([number]);
    expect(await store.listNumbers("a2")).toEqual([]);
    expect(await store.listNumbers()).toEqual([number]);
  });

  test("assigning again changes what is said, keeps what is not, and makes no second row", async () => {
    await store.assignNumber({ ...assignment, label: "desk", interval: 2000 }, AT);
    const again = await store.assignNumber({ ...assignment, id: SECOND, interval: 500 }, AT + 1);
    expect(again).toMatchObject({ number: { id: FIRST, label: "desk", interval: 500 } });
    expect(await store.listNumbers()).toHaveLength(1);
  });

  test.each([{ trunkId: "ST_2" }, { assistantId: "a2" }])(
    "a number that is assigned elsewhere is refused, and stays where it is: %j",
    async (elsewhere) => {
      await store.assignNumber(assignment, AT);
      const refused = await store.assignNumber({ ...assignment, id: SECOND, ...elsewhere }, AT);
      expect(refused).toMatchObject({ is: "taken", number: { assistantId: "a1", trunkId: "ST_1" } });
      expect(await store.listNumbers("a1")).toHaveLength(1);
    },
  );

  test("an unassigned number is free for another trunk, and keeps its row", async () => {
    await store.assignNumber({ ...assignment, label: "desk" }, AT);
    expect(await store.unassignNumber(ADA)).toMatchObject({ number: ADA, trunkId: "ST_1" });
    expect(await store.unassignNumber(ADA)).toBeNull();
    expect(await store.listNumbers()).toEqual([]);
    const moved = await store.assignNumber({ ...assignment, id: SECOND, trunkId: "ST_2", assistantId: "a2" }, AT);
    expect(moved).toMatchObject({ is: "assigned", number: { id: FIRST, label: "desk", trunkId: "ST_2" } });
  });

  test("unassigning a number nobody knows changes nothing", async () => {
    expect(await store.unassignNumber("+12025550199")).toBeNull();
  });

  async function dialFrom(number: string, at: number): Promise<void> {
    const scene = new Scene(store);
    const dialed = dialing(await scene.single(await scene.runner()), at, null, number);
    expect(await store.beginDial(dialed, 0)).toEqual({ say: "go" });
  }

  test("the pool comes the least recently used first, the never used before all", async () => {
    const [first, second, third] = ["+12025550111", "+12025550112", "+12025550113"] as const;
    for (const number of [first, second, third])
      await store.assignNumber({ ...assignment, id: randomUUID(), number }, AT);
    await dialFrom(first, AT + 2000);
    await dialFrom(second, AT + 1000);
    const pool = await store.listNumbers("a1");
    expect(pool.map(({ number }) => number)).toEqual([third, second, first]);
    expect(pool.map(({ lastUsedAt }) => lastUsedAt)).toEqual([null, AT + 1000, AT + 2000]);
  });

  test("a trunk's limit is kept, replaced, left alone when asked to, and dropped", async () => {
    await store.setTrunkLimit({ trunkId: "ST_1", interval: 1000, concurrency: null }, AT, "unless_set");
    await store.setTrunkLimit({ trunkId: "ST_1", interval: 5, concurrency: 9 }, AT, "unless_set");
    expect(await store.trunkLimits()).toEqual([{ trunkId: "ST_1", interval: 1000, concurrency: null }]);
    await store.setTrunkLimit({ trunkId: "ST_1", interval: 200, concurrency: 4 }, AT);
    expect(await store.trunkLimits()).toEqual([{ trunkId: "ST_1", interval: 200, concurrency: 4 }]);
    await store.dropTrunkLimit("ST_1");
    expect(await store.trunkLimits()).toEqual([]);
  });

  test("a carrier's record belongs to one attempt; asked again, the later answer counts", async () => {
    const contact = { id: null, name: null, phoneNumber: "+12025550142", email: null, variables: {} };
    for (const id of [FIRST, SECOND]) {
      const call = { ...waitingCall(randomUUID(), null, contact, "", null), attemptId: id };
      await store.addSingleCall(call, claimedAttempt(id, call, "r1", "ST_1", AT));
    }
    const none = { durationSeconds: null, price: null, endedAt: null };
    const record = { id: "CA1", status: "in-progress", startedAt: AT, ...none } as const;
    const price = { micros: 15_000, unit: "USD" };
    expect(await store.saveCarrierCall(FIRST, record, AT)).toBe(true);
    expect(await store.saveCarrierCall(SECOND, record, AT)).toBe(false);
    expect(await store.saveCarrierCall(FIRST, { ...record, status: "completed", price }, AT)).toBe(true);
  });
}
